package web_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/policy"
	"signet/web"
)

// contract is the browser's API: every route, and whether strangers may call it.
var contract = map[string]bool{
	"POST /api/v1/session":                                 true,
	"POST /api/v1/session/link":                            true,
	"POST /api/v1/setup":                                   true,
	"GET /api/v1/session":                                  false,
	"DELETE /api/v1/session":                               false,
	"PUT /api/v1/session/password":                         false,
	"GET /api/v1/dashboards":                               false,
	"GET /api/v1/dashboards/{id}":                          false,
	"GET /api/v1/dashboards/{id}/filters/{filter}/options": false,
	"POST /api/v1/dashboards/{id}/visuals/{visual}/query":  false,
	"GET /api/v1/dashboards/{id}/visuals/{visual}/history": false,
	"POST /api/v1/actions/{id}/form":                       false,
	"POST /api/v1/actions/{id}/preview":                    false,
	"POST /api/v1/actions/{id}/submissions":                false,
	"GET /api/v1/receipts/{id}":                            false,
	"GET /api/v1/receipts/{id}/file":                       false,
	"GET /api/v1/events":                                   false,
	"GET /api/v1/project":                                  false,

	"GET /api/v1/keys":                                      false,
	"POST /api/v1/keys":                                     false,
	"GET /api/v1/key-uses":                                  false,
	"GET /api/v1/keys/{id}":                                 false,
	"POST /api/v1/keys/{id}/enable":                         false,
	"POST /api/v1/keys/{id}/disable":                        false,
	"POST /api/v1/keys/{id}/deletion":                       false,
	"DELETE /api/v1/keys/{id}/deletion":                     false,
	"POST /api/v1/keys/{id}/rotations":                      false,
	"PUT /api/v1/keys/{id}/rotation":                        false,
	"GET /api/v1/keys/{id}/policy":                          false,
	"PUT /api/v1/keys/{id}/policy":                          false,
	"POST /api/v1/keys/{id}/explain":                        false,
	"GET /api/v1/keys/{id}/grants":                          false,
	"GET /api/v1/keys/{id}/usage":                           false,
	"GET /api/v1/keys/{id}/uses":                            false,
	"GET /api/v1/access/users":                              false,
	"GET /api/v1/access/users/{name}":                       false,
	"PUT /api/v1/access/users/{name}/disabled":              false,
	"GET /api/v1/access/users/{name}/keys":                  false,
	"POST /api/v1/access/users/{name}/keys":                 false,
	"PUT /api/v1/access/users/{name}/keys/{key}":            false,
	"DELETE /api/v1/access/users/{name}/keys/{key}":         false,
	"GET /api/v1/access/users/{name}/sessions":              false,
	"DELETE /api/v1/access/users/{name}/sessions/{session}": false,
	"GET /api/v1/access/groups":                             false,
	"GET /api/v1/access/groups/{name}":                      false,
	"GET /api/v1/access/roles":                              false,
	"GET /api/v1/access/roles/{name}":                       false,
	"GET /api/v1/access/{kind}/{name}/policies":             false,
	"POST /api/v1/access/{kind}/{name}/policies":            false,
	"DELETE /api/v1/access/{kind}/{name}/policies":          false,
	"GET /api/v1/access/{kind}/{name}/policies/{policy}":    false,
	"GET /api/v1/access/policies":                           false,
	"GET /api/v1/access/policy":                             false,
	"GET /api/v1/secrets":                                   false,
	"POST /api/v1/secrets":                                  false,
	"POST /api/v1/secrets/password":                         false,
	"GET /api/v1/secret":                                    false,
	"PUT /api/v1/secret":                                    false,
	"PUT /api/v1/secret/tags":                               false,
	"GET /api/v1/secret/versions":                           false,
	"POST /api/v1/secret/versions":                          false,
	"POST /api/v1/secret/reveal":                            false,
	"PUT /api/v1/secret/stage":                              false,
	"PUT /api/v1/secret/rotation":                           false,
	"DELETE /api/v1/secret/rotation":                        false,
	"POST /api/v1/secret/rotations":                         false,
	"GET /api/v1/secret/rotations":                          false,
	"GET /api/v1/secret/schedule":                           false,
	"POST /api/v1/secret/deletion":                          false,
	"DELETE /api/v1/secret/deletion":                        false,
	"GET /api/v1/secret/policy":                             false,
	"PUT /api/v1/secret/policy":                             false,
	"DELETE /api/v1/secret/policy":                          false,
	"POST /api/v1/secret/explain":                           false,
	"GET /api/v1/secret/readers":                            false,
	"GET /api/v1/secret/reads":                              false,
	"POST /api/v1/keys/{id}/grants":                         false,
	"DELETE /api/v1/keys/{id}/grants/{grant}":               false,
	"POST /api/v1/keys/{id}/grants/{grant}/retirement":      false,
	"POST /api/v1/keys/{id}/aliases":                        false,
	"PUT /api/v1/keys/{id}/aliases":                         false,
	"DELETE /api/v1/key-aliases":                            false,
	"PUT /api/v1/keys/{id}/description":                     false,
	"PUT /api/v1/keys/{id}/tags":                            false,
	"POST /api/v1/access/users":                             false,
	"PATCH /api/v1/access/users/{name}":                     false,
	"POST /api/v1/access/users/{name}/links":                false,
	"POST /api/v1/access/groups":                            false,
	"POST /api/v1/access/groups/{name}/members":             false,
	"DELETE /api/v1/access/groups/{name}/members/{user}":    false,
	"POST /api/v1/access/roles":                             false,
	"PATCH /api/v1/access/roles/{name}":                     false,
	"PUT /api/v1/access/roles/{name}/trust":                 false,
	"DELETE /api/v1/access/{kind}/{name}":                   false,
	"PUT /api/v1/access/{kind}/{name}/boundary":             false,
	"PUT /api/v1/access/{kind}/{name}/tags":                 false,
	"PUT /api/v1/access/{kind}/{name}/policies/{policy}":    false,
	"DELETE /api/v1/access/{kind}/{name}/policies/{policy}": false,
	"POST /api/v1/access/policies":                          false,
	"DELETE /api/v1/access/policies":                        false,
	"GET /api/v1/access/policy/about":                       false,
	"POST /api/v1/access/policy/versions":                   false,
	"DELETE /api/v1/access/policy/versions":                 false,
	"PUT /api/v1/access/policy/default":                     false,
	"POST /api/v1/access/explain":                           false,
	"GET /api/v1/audit/events":                              false,
	"GET /api/v1/audit/events/{index}":                      false,
	"GET /api/v1/audit/events/{index}/proof":                false,
}

// path fills a pattern's parts.
func path(pattern string) string {
	_, p, _ := strings.Cut(pattern, " ")
	return strings.NewReplacer("{id}", "quotes", "{filter}", "state", "{visual}", "rows",
		"{name}", "ana", "{key}", "AKIA", "{session}", "ses_1", "{kind}", "users", "{policy}", "own", "{index}", "0", "{grant}", "0", "{user}", "ana").Replace(p)
}

func method(pattern string) string {
	m, _, _ := strings.Cut(pattern, " ")
	return m
}

func TestDocumentHoldsTheContract(t *testing.T) {
	b, err := web.Document("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	got, ids := map[string]bool{}, map[string]bool{}
	for p, operations := range doc.Paths {
		for m, op := range operations {
			pattern := strings.ToUpper(m) + " " + p
			got[pattern] = len(op.Security) == 0
			if ids[op.OperationID] || op.OperationID == "" || op.Responses["default"] == nil {
				t.Errorf("%s: id %q, responses %v", pattern, op.OperationID, op.Responses)
			}
			ids[op.OperationID] = true
		}
	}
	if diff := cmp.Diff(contract, got); diff != "" {
		t.Error(diff)
	}
}

// TestA23 finds no route that answers without a session, also with a cookie that is none.
func TestA23EveryRouteNeedsASession(t *testing.T) {
	w := newWorld(t)
	stranger := w.client()
	for pattern, open := range contract {
		if open {
			continue
		}
		for _, cookie := range []string{"", "signet_session=", "signet_session=AAAA", "signet_session=" + strings.Repeat("x", 5000), "session=1"} {
			a := stranger.do(method(pattern), path(pattern), "{}", "Cookie", cookie)
			if a.status != 401 || a.code() != "unauthenticated" {
				t.Errorf("%s with cookie %.30q: %d %s", pattern, cookie, a.status, a.body)
			}
		}
	}
}

// TestA21 sends each changing request as another site's page, or as nobody's, would make it: with
// the victim's cookie.
func TestA21OtherSitesChangeNothing(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("ana", policy.Author)
	reads := map[string]bool{}
	for pattern := range contract {
		if method(pattern) == "GET" {
			reads[path(pattern)] = true
		}
	}
	for pattern := range contract {
		m := method(pattern)
		if m == "GET" {
			continue
		}
		for _, header := range [][]string{
			{"Origin", ""},
			{"Origin", "http://evil.example"},
			{"Origin", "null"},
			{"Origin", "", "Sec-Fetch-Site", "cross-site"},
			{"Origin", "", "Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "cross-site"},
		} {
			if a := c.do(m, path(pattern), "{}", header...); a.status != 403 || a.code() != "denied" {
				t.Errorf("%s with %q: %d %s", pattern, header, a.status, a.body)
			}
		}
		// A form of another site can be sent without a script, as a GET too: no changing route has one.
		if !reads[path(pattern)] {
			if a := c.do("GET", path(pattern), nil); a.status != 404 || a.code() != "not_found" {
				t.Errorf("GET %s: %d %s", path(pattern), a.status, a.body)
			}
		}
	}
	if a := c.do("GET", "/api/v1/session", nil, "Sec-Fetch-Site", "cross-site"); a.status != 200 {
		t.Errorf("the session did not live through it: %d %s", a.status, a.body)
	}
}

// TestA16 offers what another product's browser would send: the server takes ids, never SQL.
func TestA16NoRouteTakesSQL(t *testing.T) {
	b, err := web.Document("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for name, schema := range doc.Components.Schemas {
		for property := range maps.Keys(schema.Properties) {
			if slices.Contains([]string{"sql", "query", "statement", "expression", "where"}, strings.ToLower(property)) {
				t.Errorf("%s has the property %s", name, property)
			}
		}
	}
	w := newWorld(t)
	c := w.signedIn("ana", policy.Author)
	a := c.do("POST", "/api/v1/dashboards/d/visuals/v/query", `{"sql":"SELECT 1"}`)
	if a.status != 422 || a.code() != "invalid_input" || !strings.Contains(a.body, "sql") {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("ana", policy.Author)
	large := `{"ticket":"` + strings.Repeat("t", 65<<10) + `"}`
	if a := c.do("POST", "/api/v1/actions/a/submissions", large); a.status != 413 || a.code() != "too_large" {
		t.Errorf("a large submission: %d %s", a.status, a.body)
	}
	huge := `{"token":"` + strings.Repeat("t", 1<<20) + `"}`
	if a := c.do("POST", "/api/v1/session/link", huge); a.status != 413 || a.code() != "too_large" {
		t.Errorf("a large sign-in: %d %s", a.status, a.body)
	}
	for _, c2 := range []struct {
		name, body, content, code string
		status                    int
	}{
		{"no JSON", "{", "application/json", "bad_request", 400},
		{"another type", `{"token":"x"}`, "text/plain", "bad_request", 400},
		{"an unknown member", `{"token":"x","y":1}`, "application/json", "invalid_input", 422},
		{"a member of another type", `{"token":7}`, "application/json", "invalid_input", 422},
		{"a member missing", `{}`, "application/json", "invalid_input", 422},
	} {
		a := c.do("POST", "/api/v1/session/link", c2.body, "Content-Type", c2.content)
		if a.status != c2.status || a.code() != c2.code {
			t.Errorf("%s: %d %s", c2.name, a.status, a.body)
		}
	}
	if a := c.do("GET", "/api/v1/nowhere", nil); a.status != 404 || a.code() != "not_found" {
		t.Errorf("an unknown route: %d %s", a.status, a.body)
	}
	if a := c.do("PATCH", "/api/v1/session", "{}"); a.status != 404 || a.code() != "not_found" {
		t.Errorf("an unknown method: %d %s", a.status, a.body)
	}
}
