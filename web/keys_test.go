package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"signet/internal/opaque"
	"signet/kms"
	"signet/policy"
)

// read asks for something that must be there.
func (c *client) read(path string, out any) {
	c.w.t.Helper()
	c.want(200, "GET", path, nil, out)
}

// want sends a request whose answer must have a status; out may be nil.
func (c *client) want(status int, method, path string, in, out any) answer {
	c.w.t.Helper()
	a := c.do(method, path, in)
	if a.status != status {
		c.w.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.body, status)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(a.body), out); err != nil {
			c.w.t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
	return a
}

type object map[string]any

type key struct {
	ID, ARN, State, Description, DeletionAt, Material string
	Aliases, May                                      []string
	Rotation                                          *struct{ Days int }
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	var list struct{ Items []key }
	if c.read("/api/v1/keys", &list); len(list.Items) != 0 {
		t.Errorf("a new server has keys: %v", list)
	}
	var made key
	c.want(200, "POST", "/api/v1/keys", object{"alias": "hospital", "description": "of the hospital's data"}, &made)
	if made.State != "Enabled" || !slices.Equal(made.Aliases, []string{"hospital"}) || made.Rotation == nil || !slices.Contains(made.May, "DisableKey") {
		t.Errorf("made %+v", made)
	}
	if a := c.do("POST", "/api/v1/keys", object{"alias": "hospital"}); a.status != 409 || a.code() != "status_conflict" {
		t.Errorf("a taken alias: %d %s", a.status, a.body)
	}
	if a := c.do("POST", "/api/v1/keys", object{"alias": "no spaces"}); a.status != 422 {
		t.Errorf("no alias: %d %s", a.status, a.body)
	}
	if c.read("/api/v1/keys", &list); len(list.Items) != 1 {
		t.Errorf("of a refused request something stayed: %v", list.Items)
	}
	here := "/api/v1/keys/" + made.ID
	before := w.encrypt(t, "hospital")
	c.want(200, "POST", here+"/rotations", nil, &made)
	c.want(200, "PUT", here+"/rotation", object{"days": 365}, &made)
	if made.Rotation.Days != 365 {
		t.Errorf("rotation: %+v", made)
	}
	c.want(200, "POST", here+"/disable", nil, &made)
	if made.State != "Disabled" {
		t.Errorf("state: %s", made.State)
	}
	if err := w.decrypt(t, before); err == nil {
		t.Error("a disabled key decrypts")
	}
	c.want(200, "POST", here+"/enable", nil, &made)
	if err := w.decrypt(t, before); err != nil {
		t.Errorf("after enabling: %v", err)
	}
	c.want(200, "POST", here+"/deletion", object{"days": 7}, &made)
	if made.State != "PendingDeletion" || made.DeletionAt == "" {
		t.Errorf("planned: %+v", made)
	}
	if a := c.do("POST", here+"/enable", nil); a.status != 409 || strings.Contains(a.body, "Exception") {
		t.Errorf("enabling what will be deleted: %d %s", a.status, a.body)
	}
	c.want(200, "DELETE", here+"/deletion", nil, &made)
	if made.State != "Disabled" {
		t.Errorf("kept: %+v", made)
	}
	var events struct {
		Items []struct{ By, Operation, Result string }
	}
	c.read(here+"/uses", &events)
	if len(events.Items) < 6 || events.Items[0].Operation != "CancelKeyDeletion" || events.Items[0].By != "root" || events.Items[0].Result != "ok" {
		t.Errorf("events: %+v", events.Items)
	}
	var uses struct {
		Items []struct{ Key, Operation string }
	}
	c.read("/api/v1/key-uses", &uses)
	if len(uses.Items) != 1 || uses.Items[0].Key != made.ARN || uses.Items[0].Operation != "Decrypt" {
		t.Errorf("last uses: %+v", uses.Items)
	}
	if a := c.do("GET", "/api/v1/keys/11111111-2222-4333-8444-555555555555", nil); a.status != 404 {
		t.Errorf("an unknown key: %d %s", a.status, a.body)
	}
}

func (w *world) encrypt(t *testing.T, alias string) []byte {
	t.Helper()
	out, err := w.keys.Encrypt(t.Context(), system, kms.EncryptInput{Use: kms.Use{Scope: kms.Scope{Region: "us-east-1"}, KeyID: "alias/" + alias}, Plaintext: opaque.New([]byte("x"))})
	if err != nil {
		t.Fatal(err)
	}
	return out.CiphertextBlob
}

func (w *world) decrypt(t *testing.T, blob []byte) error {
	t.Helper()
	_, err := w.keys.Decrypt(t.Context(), system, kms.DecryptInput{Use: kms.Use{Scope: kms.Scope{Region: "us-east-1"}}, CiphertextBlob: blob})
	return err
}

func TestKeyPolicy(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	w.user("ana", policy.Reader)
	var made key
	c.want(200, "POST", "/api/v1/keys", object{"alias": "k"}, &made)
	here := "/api/v1/keys/" + made.ID
	var have struct{ Policy string }
	c.read(here+"/policy", &have)
	if !strings.Contains(have.Policy, "Enable IAM User Permissions") {
		t.Errorf("the policy: %s", have.Policy)
	}
	explain := func(draft string) (out struct {
		Allowed bool
		Why     string
	}) {
		t.Helper()
		in := object{"principal": "ana", "action": "kms:Decrypt"}
		if draft != "" {
			in["policy"] = draft
		}
		c.want(200, "POST", here+"/explain", in, &out)
		return out
	}
	if out := explain(""); out.Allowed || !strings.Contains(out.Why, "denied") {
		t.Errorf("ana may: %+v", out)
	}
	draft := strings.Replace(have.Policy, `"Statement" : [ {`, `"Statement" : [ {"Sid":"ana","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/ana"},"Action":"kms:Decrypt","Resource":"*"}, {`, 1)
	if out := explain(draft); !out.Allowed || !strings.Contains(out.Why, `"ana"`) {
		t.Errorf("by the draft: %+v", out)
	}
	if out := explain(""); out.Allowed {
		t.Errorf("asking changed the policy: %+v", out)
	}
	c.want(200, "PUT", here+"/policy", object{"policy": draft}, nil)
	if out := explain(""); !out.Allowed {
		t.Errorf("after it was saved: %+v", out)
	}
	a := c.do("PUT", here+"/policy", object{"policy": strings.Replace(draft, `"kms:Decrypt"`, `7`, 1)})
	if a.status != 422 || !strings.Contains(a.body, `"field":"Statement[0] (Sid \"ana\").Action"`) {
		t.Errorf("a mistake: %d %s", a.status, a.body)
	}
	locked := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/ana"},"Action":"kms:*","Resource":"*"}]}`
	if a := c.do("PUT", here+"/policy", object{"policy": locked}); a.status != 422 || !strings.Contains(a.body, "in the future") {
		t.Errorf("locking oneself out: %d %s", a.status, a.body)
	}
	if a := c.do("POST", here+"/explain", object{"principal": "nobody", "action": "kms:Decrypt"}); a.status != 404 {
		t.Errorf("about nobody: %d %s", a.status, a.body)
	}
	var grants struct{ Items []object }
	if c.read(here+"/grants", &grants); len(grants.Items) != 0 {
		t.Errorf("grants: %v", grants)
	}
}

// Whom no policy lets near the keys gets nothing, and is told so by the session already; whom one does
// gets what it says, whatever their role.
func TestWhoMayUseTheTrustPages(t *testing.T) {
	w := newWorld(t)
	admin := w.signedIn("root", policy.Admin)
	var made key
	admin.want(200, "POST", "/api/v1/keys", object{"alias": "k"}, &made)
	ana := w.signedIn("ana", policy.Author)
	var me struct {
		May struct{ Keys, Access, Audit bool }
	}
	if ana.read("/api/v1/session", &me); me.May.Keys || me.May.Access || me.May.Audit {
		t.Errorf("an author may: %+v", me)
	}
	if admin.read("/api/v1/session", &me); !me.May.Keys || !me.May.Access || !me.May.Audit {
		t.Errorf("an administrator may: %+v", me)
	}
	for pattern := range contract {
		where := path(pattern)
		if !strings.HasPrefix(where, "/api/v1/key") && !strings.HasPrefix(where, "/api/v1/access") {
			continue
		}
		if pattern == "POST /api/v1/keys" { // as with AWS, a policy that locks its maker out is refused first
			continue
		}
		where = strings.NewReplacer("quotes", made.ID, "/ana", "/root", "/grants/0", "/grants/"+strings.Repeat("0", 64)).Replace(where)
		if a := ana.do(method(pattern), where+queryOf(pattern), bodyOf(pattern)); a.status != http.StatusForbidden || a.code() != "denied" {
			t.Errorf("an author's %s: %d %s", pattern, a.status, a.body)
		}
	}
	reader := "arn:aws:iam::aws:policy/ReadOnlyAccess"
	admin.want(204, "POST", "/api/v1/access/users/ana/policies", object{"arn": reader}, nil)
	if ana.read("/api/v1/session", &me); !me.May.Keys || !me.May.Access {
		t.Errorf("with ReadOnlyAccess: %+v", me)
	}
	var seen key
	if ana.read("/api/v1/keys/"+made.ID, &seen); slices.Contains(seen.May, "DisableKey") || !slices.Contains(seen.May, "GetKeyPolicy") {
		t.Errorf("with ReadOnlyAccess: %+v", seen)
	}
	if a := ana.do("POST", "/api/v1/keys/"+made.ID+"/disable", nil); a.status != 403 {
		t.Errorf("disabling with ReadOnlyAccess: %d %s", a.status, a.body)
	}
	admin.want(204, "DELETE", "/api/v1/access/users/ana/policies?arn="+reader, nil, nil)
	if a := ana.do("GET", "/api/v1/keys", nil); a.status != 403 {
		t.Errorf("after the policy was detached: %d %s", a.status, a.body)
	}
}

// bodyOf is a sound body for a route of the trust pages, so that nothing but the right is missing.
func bodyOf(pattern string) any {
	switch {
	case strings.HasPrefix(pattern, "GET "), strings.HasPrefix(pattern, "DELETE "):
		return nil
	case strings.HasSuffix(pattern, "/deletion"):
		return object{"days": 7}
	case strings.HasSuffix(pattern, "/rotation"):
		return object{"days": 365}
	case strings.HasSuffix(pattern, "/keys/{id}/policy"):
		return object{"policy": `{"Version":"2012-10-17","Statement":[]}`}
	case strings.HasSuffix(pattern, "/explain"):
		return object{"principal": "root", "action": "kms:Decrypt"}
	case strings.HasSuffix(pattern, "/disabled"):
		return object{"disabled": true}
	case strings.HasSuffix(pattern, "/keys/{key}"):
		return object{"active": false}
	case strings.HasSuffix(pattern, "{kind}/{name}/policies"), strings.HasSuffix(pattern, "/boundary"):
		return object{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
	}
	return bodies[pattern]
}

var bodies = map[string]object{
	"POST /api/v1/keys/{id}/grants":                      {"grantee": "arn:aws:iam::123456789012:user/ana", "operations": []string{"Decrypt"}},
	"POST /api/v1/keys/{id}/aliases":                     {"alias": "mine"},
	"PUT /api/v1/keys/{id}/aliases":                      {"alias": "k"},
	"PUT /api/v1/keys/{id}/description":                  {"description": "mine"},
	"PUT /api/v1/keys/{id}/tags":                         {"tags": []object{{"key": "mine", "value": "yes"}}},
	"POST /api/v1/access/users":                          {"name": "eve", "role": "admin"},
	"PATCH /api/v1/access/users/{name}":                  {"role": "admin"},
	"POST /api/v1/access/users/{name}/links":             {"hours": 1},
	"POST /api/v1/access/groups":                         {"name": "eve"},
	"POST /api/v1/access/groups/{name}/members":          {"user": "ana"},
	"POST /api/v1/access/roles":                          {"name": "eve", "trust": trustAll},
	"PATCH /api/v1/access/roles/{name}":                  {"description": "mine"},
	"PUT /api/v1/access/roles/{name}/trust":              {"policy": trustAll},
	"PUT /api/v1/access/{kind}/{name}/tags":              {"tags": []object{{"key": "mine", "value": "yes"}}},
	"PUT /api/v1/access/{kind}/{name}/policies/{policy}": {"policy": anything},
	"POST /api/v1/access/policies":                       {"name": "eve", "policy": anything},
	"POST /api/v1/access/policy/versions":                {"policy": anything, "default": true},
}

// queryOf is what a route wants to be told in the address.
func queryOf(pattern string) string {
	switch _, where, _ := strings.Cut(pattern, " /api/v1"); {
	case where == "/key-aliases":
		return "?alias=k"
	case strings.HasPrefix(where, "/access/policy"), strings.HasPrefix(pattern, "DELETE") && strings.HasSuffix(where, "/policies"):
		return "?version=v1&arn=arn:aws:iam::aws:policy/ReadOnlyAccess"
	}
	return ""
}

func TestGrantsAliasesAndTags(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	ana := w.signedIn("ana", policy.Author)
	var one, two key
	c.want(200, "POST", "/api/v1/keys", object{"alias": "one"}, &one)
	c.want(200, "POST", "/api/v1/keys", object{"alias": "two"}, &two)
	path := "/api/v1/keys/" + one.ID
	const hers = "arn:aws:iam::123456789012:user/ana"
	grant := object{
		"name": "nightly", "grantee": hers, "retiring": hers, "operations": []string{"Decrypt", "DescribeKey"}, "subset": object{"dataset": "quotes"},
	}
	if a := c.do("POST", path+"/grants", object{"grantee": "everybody", "operations": []string{"Decrypt"}}); a.status != 422 {
		t.Errorf("a grant to no principal: %d %s", a.status, a.body)
	}
	if a := ana.do("POST", path+"/grants", grant); a.status != 403 {
		t.Errorf("ana grants herself: %d %s", a.status, a.body)
	}
	var made struct{ ID string }
	c.want(200, "POST", path+"/grants", grant, &made)
	var list struct {
		Items []struct {
			ID, Grantee, Retiring string
			Subset                map[string]string
		}
	}
	if c.read(path+"/grants", &list); len(list.Items) != 1 || list.Items[0].Retiring != hers || list.Items[0].Subset["dataset"] != "quotes" {
		t.Errorf("the grants: %+v", list)
	}
	if a := c.do("DELETE", "/api/v1/keys/"+two.ID+"/grants/"+made.ID, nil); a.status != 404 {
		t.Errorf("under another key (threat A30): %d %s", a.status, a.body)
	}
	if a := ana.do("DELETE", path+"/grants/"+made.ID, nil); a.status != 403 {
		t.Errorf("ana revokes: %d %s", a.status, a.body)
	}
	ana.want(204, "POST", path+"/grants/"+made.ID+"/retirement", nil, nil)
	c.want(200, "POST", path+"/grants", grant, &made)
	c.want(204, "DELETE", path+"/grants/"+made.ID, nil, nil)
	if c.read(path+"/grants", &list); len(list.Items) != 0 {
		t.Errorf("after their end: %+v", list)
	}

	if c.want(200, "POST", path+"/aliases", object{"alias": "payroll/2026"}, &one); !slices.Equal(one.Aliases, []string{"one", "payroll/2026"}) {
		t.Errorf("aliases %v", one.Aliases)
	}
	if a := c.do("POST", "/api/v1/keys/"+two.ID+"/aliases", object{"alias": "one"}); a.status != 409 {
		t.Errorf("a taken alias: %d %s", a.status, a.body)
	}
	if c.want(200, "PUT", "/api/v1/keys/"+two.ID+"/aliases", object{"alias": "payroll/2026"}, &two); !slices.Contains(two.Aliases, "payroll/2026") {
		t.Errorf("not moved: %v", two.Aliases)
	}
	if a := ana.do("DELETE", "/api/v1/key-aliases?alias=one", nil); a.status != 403 {
		t.Errorf("ana removes an alias: %d %s", a.status, a.body)
	}
	c.want(204, "DELETE", "/api/v1/key-aliases?alias=payroll/2026", nil, nil)
	if c.read("/api/v1/keys/"+two.ID, &two); !slices.Equal(two.Aliases, []string{"two"}) {
		t.Errorf("not removed: %v", two.Aliases)
	}
	if c.want(200, "PUT", path+"/description", object{"description": "of the ward"}, &one); one.Description != "of the ward" {
		t.Errorf("described: %q", one.Description)
	}
	c.want(200, "PUT", path+"/tags", object{"tags": []object{{"key": "team", "value": "a"}, {"key": "cost", "value": "7"}}}, nil)
	var tagged struct{ Tags []struct{ Key, Value string } }
	c.want(200, "PUT", path+"/tags", object{"tags": []object{{"key": "team", "value": "b"}}}, &tagged)
	if len(tagged.Tags) != 1 || tagged.Tags[0].Value != "b" {
		t.Errorf("tags: %+v", tagged)
	}
	if a := c.do("PUT", path+"/tags", object{"tags": []object{{"key": "x", "value": "1"}, {"key": "x", "value": "2"}}}); a.status != 422 {
		t.Errorf("the same tag twice: %d %s", a.status, a.body)
	}
}
