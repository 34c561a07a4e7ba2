package sigv4_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"signet/internal/opaque"
	"signet/sigv4"
)

// consistent holds what must be true of every signature that Parse lets through.
func consistent(t *testing.T, r *http.Request) {
	sig, err := sigv4.Parse(r)
	if err != nil {
		if sigv4.KindOf(err) == "" || sig != nil {
			t.Fatalf("not a refusal: %v", err)
		}
		return
	}
	if sig.AccessKeyID == "" || len(sig.AccessKeyID) > 128 || len(sig.MAC()) != 32 || len(sig.SignedHeaders) > 64 {
		t.Errorf("out of bounds: %s", sig)
	}
	if strings.ContainsAny(sig.AccessKeyID+sig.Scope.Region+sig.Scope.Service, "/\n\x00 ") || sig.Scope.Date != sig.Time.Format("20060102") {
		t.Errorf("scope %q", sig.Scope)
	}
	if !slices.IsSorted(sig.SignedHeaders) || !sig.Signed("Host") {
		t.Errorf("signed headers %q", sig.SignedHeaders)
	}
	canonical, _ := sig.Canonical(hashOf(""), false)
	if got, want := strings.Count(canonical, "\n"), 5+len(sig.SignedHeaders); got != want {
		t.Errorf("%d lines; want %d:\n%q", got, want, canonical)
	}
	other := check()
	other.Secret = opaque.New([]byte("not that of the seeds"))
	if _, err := sig.ReadBody(other); err == nil {
		t.Errorf("accepted: %q", canonical)
	}
}

func FuzzAuthorization(f *testing.F) {
	for _, r := range refusals() {
		req := r.from.received(f)
		if r.request != nil {
			r.request(req)
		}
		f.Add(req.Header.Get("Authorization"), req.Header.Get("X-Amz-Date"), req.Header.Get("X-Amz-Content-Sha256"), req.Header.Get("X-Amz-Security-Token"))
	}
	f.Fuzz(func(t *testing.T, auth, date, payload, token string) {
		h := http.Header{"Authorization": {auth}, "X-Amz-Date": {date}, "X-Amz-Content-Sha256": {payload}, "X-Amz-Security-Token": {token}}
		for name, values := range h {
			if values[0] == "" {
				delete(h, name)
			}
		}
		consistent(t, &http.Request{Method: "GET", RequestURI: "/", Host: "signet.example", ContentLength: -1, Header: h})
	})
}

func FuzzTarget(f *testing.F) {
	for _, r := range refusals() {
		req := r.from.received(f)
		if r.request != nil {
			r.request(req)
		}
		f.Add(req.RequestURI)
	}
	f.Add("//a/../..?a&=&%00=+;")
	f.Fuzz(func(t *testing.T, target string) {
		consistent(t, &http.Request{Method: "GET", RequestURI: target, Host: "signet.example", Header: http.Header{}})
		path, raw, _ := strings.Cut(target, "?")
		if once := sigv4.NormalPath(path); once != sigv4.NormalPath(once) || !strings.HasPrefix(once, "/") || strings.Contains(once, "//") ||
			strings.Contains(once+"/", "/../") || strings.Contains(once+"/", "/./") {
			t.Errorf("path %q becomes %q", path, once)
		}
		seenByHandlers(t, raw)
	})
}

// seenByHandlers wants that a handler, which reads the query with net/url, sees all that was
// verified and nothing else.
func seenByHandlers(t *testing.T, raw string) {
	pairs, err := sigv4.ParseQuery(raw)
	values, lax := url.ParseQuery(raw)
	if sigv4.KindOf(err) == sigv4.OverLimit {
		return
	}
	if (err == nil) != (lax == nil) {
		t.Fatalf("query %q: %v, but net/url says %v", raw, err, lax)
	}
	if err != nil {
		return
	}
	got := url.Values{}
	for _, p := range pairs {
		got.Add(p[0], p[1])
	}
	if got.Encode() != values.Encode() {
		t.Errorf("query %q: verified %q, seen %q", raw, got, values)
	}
}

func FuzzHeaderValue(f *testing.F) {
	for _, s := range []string{"", " a  b ", "\ta\r\n b", "a, b", "\u00a0a\u00a0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		got := sigv4.Collapse(v)
		if got != sigv4.Collapse(got) || strings.ContainsAny(got, "\r\n\t") || strings.Contains(got, "  ") || strings.Trim(got, " ") != got {
			t.Errorf("%q becomes %q", v, got)
		}
	})
}
