package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"signet/policy"
)

func TestSession(t *testing.T) {
	w := newWorld(t)
	w.user("ana", policy.Author)
	c := w.client()
	if a := c.do("POST", "/api/v1/session", map[string]string{"name": "ana", "password": "not-her-password"}); a.status != 401 || a.code() != "bad_credentials" {
		t.Errorf("a wrong password: %d %s", a.status, a.body)
	}
	a := c.do("POST", "/api/v1/session", map[string]string{"name": "ana", "password": password})
	var me struct {
		Name, Role  string
		Groups      []string
		HasPassword bool
		ExpiresAt   string
		Instance    struct{ Version string }
	}
	if err := json.Unmarshal([]byte(a.body), &me); err != nil || a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if me.Name != "ana" || me.Role != "author" || !me.HasPassword || me.Groups == nil || me.ExpiresAt == "" || me.Instance.Version != "test" {
		t.Errorf("got %s", a.body)
	}
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/", "Expires="} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie has no %s: %s", want, cookie)
		}
	}
	if again := c.do("GET", "/api/v1/session", nil); again.status != 200 || again.body != a.body {
		t.Errorf("GET /session: %d %s", again.status, again.body)
	}
	other := w.client()
	other.do("POST", "/api/v1/session", map[string]string{"name": "ana", "password": password})
	if a := c.do("PUT", "/api/v1/session/password", map[string]string{"current": password, "password": "short"}); a.status != 422 || !strings.Contains(a.body, `"field":"password"`) {
		t.Errorf("a weak password: %d %s", a.status, a.body)
	}
	if a := c.do("PUT", "/api/v1/session/password", map[string]string{"current": password, "password": password + "-2"}); a.status != 204 {
		t.Errorf("a new password: %d %s", a.status, a.body)
	}
	if a := other.do("GET", "/api/v1/session", nil); a.status != 401 {
		t.Errorf("the other session lives on after the password changed: %d", a.status)
	}
	if a := c.do("GET", "/api/v1/session", nil); a.status != 200 {
		t.Errorf("the own session ended: %d %s", a.status, a.body)
	}
	kept := cookieOf(t, c)
	if a := c.do("DELETE", "/api/v1/session", nil); a.status != 204 || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("signing out: %d %v", a.status, a.header)
	}
	// A24: the token is worthless, not only forgotten by the browser.
	if a := w.client().do("GET", "/api/v1/session", nil, "Cookie", kept); a.status != 401 {
		t.Errorf("the token works after signing out: %d %s", a.status, a.body)
	}
}

func cookieOf(t *testing.T, c *client) string {
	t.Helper()
	r, err := http.NewRequest("GET", c.w.http.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.http.Jar.Cookies(r.URL) {
		return k.Name + "=" + k.Value
	}
	t.Fatal("no cookie")
	return ""
}

func TestLinks(t *testing.T) {
	w := newWorld(t)
	w.user("ana", policy.Author)
	token, err := w.identity.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]string{"token": string(token.Reveal())}
	if a := w.client().do("POST", "/api/v1/session/link", body); a.status != 200 || !strings.Contains(a.body, `"ana"`) {
		t.Errorf("the link: %d %s", a.status, a.body)
	}
	used := w.client().do("POST", "/api/v1/session/link", body)
	unknown := w.client().do("POST", "/api/v1/session/link", map[string]string{"token": "nothing"})
	if used.status != 410 || unknown.status != 410 || used.code() != "link_used" || unknown.code() != "link_used" {
		t.Errorf("used: %d %s; unknown: %d %s", used.status, used.body, unknown.status, unknown.body)
	}
}

// TestA2 finds the set-up closed without the link, open once with it, and gone afterwards.
func TestA2SetUp(t *testing.T) {
	w := newWorld(t)
	token, err := w.identity.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request := map[string]string{"token": "guess", "name": "root", "displayName": "Root", "password": password}
	if a := w.client().do("POST", "/api/v1/setup", request); a.status != 410 || a.code() != "link_used" {
		t.Errorf("a guess: %d %s", a.status, a.body)
	}
	request["token"] = string(token.Reveal())
	a := w.client().do("POST", "/api/v1/setup", request)
	if a.status != 201 || !strings.Contains(a.body, `"admin"`) || a.header.Get("Set-Cookie") == "" {
		t.Errorf("the link: %d %s", a.status, a.body)
	}
	request["name"] = "root2"
	if a := w.client().do("POST", "/api/v1/setup", request); a.status != 404 {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}

// TestA25 reads the server's log, at its most talkative, for what must never be there.
func TestA25NothingSecretInTheLog(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("ana", policy.Author)
	token, err := w.identity.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	link := string(token.Reveal())
	w.client().do("POST", "/api/v1/session/link", map[string]string{"token": link})
	w.client().do("POST", "/api/v1/session/link", map[string]any{"token": link, "more": 1})
	w.client().do("POST", "/api/v1/session", map[string]string{"name": "ana", "password": "wrong-" + password})
	w.client().do("GET", "/api/v1/session?token=in-the-query-4711", nil)
	c.do("POST", "/api/v1/actions/a/submissions", `{"ticket":"marked-ticket-4711","x":1}`)
	cookie := strings.TrimPrefix(cookieOf(t, c), "signet_session=")
	log := w.log.String()
	if !strings.Contains(log, "POST /api/v1/session/link") || !strings.Contains(log, "user=ana") {
		t.Fatalf("the log holds no requests:\n%s", log)
	}
	for _, secret := range []string{link, password, cookie, "in-the-query-4711", "marked-ticket-4711"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestOriginOfRequests(t *testing.T) {
	w := newWorld(t)
	w.user("ana", policy.Author)
	for _, c := range []struct {
		name, peer, forwarded, proto string
		address                      string
		secure                       bool
	}{
		{"no proxy", "192.0.2.1:1", "", "", "192.0.2.1", false},
		{"a stranger claims", "192.0.2.1:1", "198.51.100.9", "https", "192.0.2.1", false},
		{"a trusted proxy", "10.9.1.1:1", "198.51.100.9", "https", "198.51.100.9", true},
		{"a client lies to the proxy", "10.9.1.1:1", "203.0.113.5, 198.51.100.9", "http", "198.51.100.9", false},
		{"two proxies", "10.9.1.1:1", "198.51.100.9, 10.9.3.3", "https", "198.51.100.9", true},
		{"nonsense", "10.9.1.1:1", "unknown", "https", "10.9.1.1", true},
		{"IPv6", "[2001:db8::1]:1", "", "", "2001:db8::1", false},
	} {
		r := httptest.NewRequest("POST", "/api/v1/session", strings.NewReader(`{"name":"ana","password":"`+password+`"}`))
		r.RemoteAddr = c.peer
		r.Header.Set("Origin", "http://"+r.Host)
		r.Header.Set("Content-Type", "application/json")
		for name, v := range map[string]string{"X-Forwarded-For": c.forwarded, "X-Forwarded-Proto": c.proto} {
			if v != "" {
				r.Header.Set(name, v)
			}
		}
		rec := httptest.NewRecorder()
		w.server.ServeHTTP(rec, r)
		if rec.Code != 200 || strings.Contains(rec.Header().Get("Set-Cookie"), "Secure") != c.secure || (rec.Header().Get("Strict-Transport-Security") != "") != c.secure {
			t.Errorf("%s: %d %v", c.name, rec.Code, rec.Header())
		}
		if !strings.Contains(w.log.String(), "from="+c.address+"\n") {
			t.Errorf("%s: the log has no address %s", c.name, c.address)
		}
	}
}

func TestHealth(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	if a := c.do("GET", "/readyz", nil); a.status != 200 {
		t.Errorf("readyz: %d %s", a.status, a.body)
	}
	a := c.do("GET", "/metrics", nil)
	if a.status != 200 || !strings.Contains(a.body, `signet_http_requests_total{route="GET /readyz",status="2xx"} 1`) {
		t.Errorf("metrics: %d %.300s", a.status, a.body)
	}
	if a := c.do("GET", "/metrics", nil, "X-Forwarded-For", "192.0.2.1"); a.status != 401 {
		t.Errorf("metrics through a proxy: %d", a.status)
	}
	if a := c.do("GET", "/metrics", nil, "X-Forwarded-For", "192.0.2.1", "Authorization", "Bearer metrics-token-4711"); a.status != 200 {
		t.Errorf("metrics with the token: %d", a.status)
	}
	if a := c.do("GET", "/metrics", nil, "Authorization", "Bearer guess"); a.status != 401 {
		t.Errorf("metrics with a guess: %d", a.status)
	}
}
