package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/identity"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
	"signet/web"
)

const password = "kestrel-over-the-fjord"

var system = identity.System("test")

// world is a server with people but without a project: what lies before the first domain call.
type world struct {
	t        testing.TB
	identity *identity.Service
	keys     *kms.Service
	secrets  *secrets.Service
	server   *web.Server
	http     *httptest.Server
	log      *journal
}

// journal is the server's log, at its most talkative.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func newWorld(t testing.TB, change ...func(*web.Config)) *world {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "signet.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	root := secretstest.RootKey(t)
	gate, _ := secretstest.Gate(t, db, root)
	vault, err := secrets.Open(t.Context(), db, secretstest.Ring(t, db, root), gate, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Generate(t.Context(), system, identity.AccessKeySecret, identity.AccessKeySecretSize); err != nil {
		t.Fatal(err)
	}
	keys, err := kms.Open(t.Context(), db, secretstest.Ring(t, db, root), gate, time.Now, kms.Config{Account: identity.DefaultAccount})
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := secrets.OpenService(db, keys, gate, time.Now, secrets.Config{Account: identity.DefaultAccount, KeyMaker: system})
	if err != nil {
		t.Fatal(err)
	}
	people, err := identity.Open(t.Context(), identity.Config{DB: db, Gate: gate, Clock: time.Now, Keys: vault})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = people.Close() })
	w := &world{t: t, identity: people, keys: keys, secrets: hidden, log: &journal{}}
	cfg := web.Config{
		Identity: people, Keys: keys, Secrets: hidden, Gate: gate, UI: build, Version: "test", MetricsToken: opaque.New([]byte("metrics-token-4711")),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")},
		Logger:         slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	if w.server, err = web.New(cfg); err != nil {
		t.Fatal(err)
	}
	w.http = httptest.NewServer(w.server)
	t.Cleanup(func() {
		w.server.Close()
		w.http.Close()
	})
	return w
}

func (w *world) user(name string, role policy.Role) {
	w.t.Helper()
	if _, err := w.identity.Create(w.t.Context(), system, identity.NewUser{Name: name, Role: role, Password: password}); err != nil {
		w.t.Fatal(err)
	}
}

// client is a browser: it keeps cookies and names its origin.
type client struct {
	w    *world
	http *http.Client
}

func (w *world) client() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &client{w: w, http: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// signedIn is a client of a fresh user.
func (w *world) signedIn(name string, role policy.Role) *client {
	w.t.Helper()
	w.user(name, role)
	c := w.client()
	if a := c.do("POST", "/api/v1/session", map[string]any{"name": name, "password": password}); a.status != 200 {
		w.t.Fatalf("signing in: %d %s", a.status, a.body)
	}
	return c
}

type answer struct {
	status int
	header http.Header
	body   string
}

// code is the problem's code, "" when the answer is none.
func (a answer) code() string {
	var p struct{ Code string }
	if a.header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	_ = json.Unmarshal([]byte(a.body), &p)
	return p.Code
}

// do sends a request as our own page does; further headers come in pairs, "" removes one.
func (c *client) do(method, path string, body any, header ...string) answer {
	c.w.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			c.w.t.Fatal(err)
		}
		in = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, c.w.http.URL+path, in)
	if err != nil {
		c.w.t.Fatal(err)
	}
	r.Header.Set("Origin", c.w.http.URL)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Del(header[i]); header[i+1] != "" {
			r.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.w.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}
