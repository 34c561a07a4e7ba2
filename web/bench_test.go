package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"signet/internal/testenv"
	"signet/policy"
	"signet/web"
	"signet/writeback"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// BenchmarkSubmitOverhead is what a submission costs before and after the engine: naming, headers,
// origin, routing, session, decoding, answering, counting. The engine knows no action, so the
// answer is a problem, which costs more than a receipt.
func BenchmarkSubmitOverhead(b *testing.B) {
	w := newWorld(b, func(c *web.Config) {
		c.Engine = writeback.New(writeback.Config{})
		c.Logger = nil
	})
	c := w.signedIn("ana", policy.Author)
	base, _ := url.Parse(w.http.URL)
	cookie := c.http.Jar.Cookies(base)[0].String()
	body := `{"ticket":"` + strings.Repeat("t", 600) + `","inputs":{"discount":"12.5","note":"a note of usual length, as people write them"}}`
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest("POST", "/api/v1/actions/none/submissions", io.NopCloser(strings.NewReader(body)))
			r.Header.Set("Origin", "http://"+r.Host)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Cookie", cookie)
			rec := httptest.NewRecorder()
			w.server.ServeHTTP(rec, r)
			if rec.Code != http.StatusNotFound {
				b.Fatalf("%d %s", rec.Code, rec.Body)
			}
		}
	})
}

// BenchmarkRecorder is what the benchmark itself costs.
func BenchmarkRecorder(b *testing.B) {
	body := strings.Repeat("t", 700)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest("POST", "/api/v1/actions/none/submissions", io.NopCloser(strings.NewReader(body)))
			r.Header.Set("Origin", "http://"+r.Host)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Cookie", "x")
			rec := httptest.NewRecorder()
			rec.WriteHeader(200)
			_, _ = rec.WriteString("ok")
		}
	})
}
