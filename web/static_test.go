package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"signet/web"
)

var build = fstest.MapFS{
	"index.html":         {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>`)},
	"favicon.svg":        {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
	"assets/app-1a2b.js": {Data: []byte(strings.Repeat("console.log(1);", 1000))},
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPageHasAFreshNonce(t *testing.T) {
	h, err := web.NewStatic(build)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range []string{"/", "/dashboards", "/dashboards/quotes", "/receipts/1", "/signin", "/setup", "/account"} {
		w := get(t, h, path)
		m := regexp.MustCompile(`'nonce-([A-Z0-9]{20,})'`).FindStringSubmatch(w.Header().Get("Content-Security-Policy"))
		if w.Code != 200 || m == nil || strings.Count(w.Body.String(), m[1]) != 2 || strings.Contains(w.Body.String(), "__CSP") {
			t.Fatalf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
		if seen[m[1]] || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a nonce must be used once", path)
		}
		seen[m[1]] = true
	}
	if w := get(t, h, "/nowhere"); w.Code != 404 || !strings.Contains(w.Body.String(), "csp-nonce") {
		t.Errorf("an unknown path gives %d %s", w.Code, w.Body)
	}
}

// TestA28ContentPolicy holds the policy's parts against what would let a stored script run.
func TestA28ContentPolicy(t *testing.T) {
	h, err := web.NewStatic(build)
	if err != nil {
		t.Fatal(err)
	}
	page := get(t, h, "/").Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page's policy has no %s: %s", want, page)
		}
	}
	for _, never := range []string{"unsafe-eval", "script-src 'self' 'unsafe", "*", "http:"} {
		if strings.Contains(page, never) {
			t.Errorf("the page's policy has %s: %s", never, page)
		}
	}
	for _, path := range []string{"/", "/favicon.svg", "/api/v1/session", "/api/v1/none", "/healthz", "/assets/none.js"} {
		header := get(t, h, path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, header.Get(name))
			}
		}
		if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") || header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %v", path, header)
		}
	}
}

func TestAssets(t *testing.T) {
	h, err := web.NewStatic(build)
	if err != nil {
		t.Fatal(err)
	}
	w := get(t, h, "/assets/app-1a2b.js", "Accept-Encoding", "br, gzip;q=1.0")
	if w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%v", w.Header())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != string(build["assets/app-1a2b.js"].Data) {
		t.Errorf("unzipped to %.40q, %v", b, err)
	}
	if w := get(t, h, "/assets/app-1a2b.js", "If-None-Match", w.Header().Get("ETag")); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("asked again: %d", w.Code)
	}
	if w := get(t, h, "/assets/app-1a2b.js", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" || w.Body.Len() != 15000 {
		t.Errorf("plain: %v", w.Header())
	}
	if w := get(t, h, "/favicon.svg"); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("favicon: %d %v", w.Code, w.Header())
	}
	for _, path := range []string{"/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/index.html"} {
		if w := get(t, h, path); w.Code == 200 {
			t.Errorf("%s gives %d %s", path, w.Code, w.Body)
		}
	}
}

func TestWithoutTheScreens(t *testing.T) {
	h, err := web.NewStatic(nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := get(t, h, "/"); w.Code != 503 || !strings.Contains(w.Body.String(), "make ui") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := get(t, h, "/healthz"); w.Code != 200 {
		t.Errorf("healthz gives %d", w.Code)
	}
}
