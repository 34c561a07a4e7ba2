package sigv4_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/opaque"
	"signet/sigv4"
)

const alphabet = "abcXYZ019-._~ /:;,=&?%+@!$'()*[]|^\"<>#ä€😀"

func randomText(rnd *rand.Rand, alphabet string, min, max int) string {
	runes := []rune(alphabet)
	var b strings.Builder
	for range min + rnd.IntN(max-min+1) {
		b.WriteRune(runes[rnd.IntN(len(runes))])
	}
	return b.String()
}

func randomTarget(rnd *rand.Rand) string {
	var path, query []string
	for range rnd.IntN(4) {
		path = append(path, "p"+url.PathEscape(randomText(rnd, alphabet, 0, 6))) // no dot segments: the signer would sign them as they are
	}
	for range rnd.IntN(5) {
		key := randomText(rnd, alphabet, 1, 3)
		for range 1 + rnd.IntN(2) {
			query = append(query, url.QueryEscape(key)+"="+url.QueryEscape(randomText(rnd, alphabet, 0, 5)))
		}
	}
	target := strings.Join(path, "/")
	if len(path) > 0 && rnd.IntN(2) == 0 {
		target += "/"
	}
	return target + "?" + strings.Join(query, "&")
}

func randomRequest(rnd *rand.Rand, presign bool) request {
	q := request{
		method: []string{"GET", "POST", "PUT", "DELETE", "PATCH"}[rnd.IntN(5)], target: randomTarget(rnd),
		body: randomText(rnd, alphabet, 0, 200), declare: rnd.IntN(2) == 0, presign: presign,
		header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
	}
	if rnd.IntN(2) == 0 {
		q.token = randomText(rnd, "abcXYZ019/+=", 1, 60)
	}
	if rnd.IntN(2) == 0 {
		q.header.Set("X-Amz-Target", "TrentService."+randomText(rnd, "abcXYZ", 1, 10))
	}
	for range rnd.IntN(4) {
		name := http.CanonicalHeaderKey("if-" + randomText(rnd, "abcXYZ-", 1, 6) + "x")
		q.header.Add(name, " "+randomText(rnd, alphabet+"  ", 0, 12))
	}
	if presign {
		q.target += fmt.Sprintf("&X-Amz-Expires=%d", 1+rnd.IntN(604800))
	}
	return q
}

// mutation changes a received request; false when it has nothing to change.
type mutation struct {
	name string
	do   func(r *http.Request) bool
}

func inTarget(old, with string) func(r *http.Request) bool {
	return func(r *http.Request) bool {
		was := r.RequestURI
		r.RequestURI = strings.Replace(was, old, with, 1)
		return r.RequestURI != was
	}
}

func inAuthorization(old, with string) func(r *http.Request) bool {
	return func(r *http.Request) bool {
		was := r.Header.Get("Authorization")
		if was == "" {
			return false
		}
		r.Header.Set("Authorization", strings.Replace(was, old, with, 1))
		return r.Header.Get("Authorization") != was
	}
}

// flipped changes the last digit of the signature, which is the last of both forms.
func flipped(s string) string {
	if strings.HasSuffix(s, "0") {
		return s[:len(s)-1] + "1"
	}
	return s[:len(s)-1] + "0"
}

func changed(name string) func(r *http.Request) bool {
	return func(r *http.Request) bool {
		if r.Header.Get(name) == "" {
			return false
		}
		r.Header.Set(name, r.Header.Get(name)+"x")
		return true
	}
}

func withBody(change func(string) string) func(r *http.Request) bool {
	return func(r *http.Request) bool {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		body := change(b.String())
		setBody(r, body)
		// Where the length is signed too, it is the attacker's to correct.
		if r.Header.Get("Content-Length") != "" {
			r.Header.Set("Content-Length", fmt.Sprint(len(body)))
		}
		return body != b.String()
	}
}

func mutations() []mutation {
	return []mutation{
		{"method", func(r *http.Request) bool { r.Method = "HEAD"; return true }},
		{"path grows", inTarget("?", "x?")},
		{"path's first byte", inTarget("/", "/x")},
		{"path's escape", inTarget("%20", "%2520")},
		{"query grows", func(r *http.Request) bool { r.RequestURI += "&z=1"; return true }},
		{"query's key", inTarget("?", "?z")},
		{"query is gone", func(r *http.Request) bool {
			path, query, _ := strings.Cut(r.RequestURI, "?")
			r.RequestURI = path
			return query != ""
		}},
		{"host", func(r *http.Request) bool { r.Host = "other.example"; return true }},
		{"content type", changed("Content-Type")},
		{"content type is gone", func(r *http.Request) bool { r.Header.Del("Content-Type"); return true }},
		{"target", changed("X-Amz-Target")},
		{"another target", func(r *http.Request) bool {
			r.Header["X-Amz-Target"] = append(r.Header["X-Amz-Target"], "B")
			return true
		}},
		{"token", changed("X-Amz-Security-Token")},
		{"token in the query", inTarget("X-Amz-Security-Token=", "X-Amz-Security-Token=x")},
		{"a new token", func(r *http.Request) bool {
			_, has := r.Header["X-Amz-Security-Token"]
			r.Header.Set("X-Amz-Security-Token", "x")
			return !has
		}},
		{"a new x-amz header", func(r *http.Request) bool { r.Header.Set("X-Amz-User-Agent", "x"); return true }},
		{"body grows", withBody(func(b string) string { return b + "x" })},
		{"body shrinks", withBody(func(b string) string { return b[:max(0, len(b)-1)] })},
		{"body's byte", withBody(func(b string) string { return strings.Replace(b, "a", "b", 1) })},
		{"body and its hash", func(r *http.Request) bool {
			if r.Header.Get("X-Amz-Content-Sha256") == "" {
				return false
			}
			setBody(r, "x")
			r.Header.Set("X-Amz-Content-Sha256", hashOf("x"))
			return true
		}},
		{"hash is gone", func(r *http.Request) bool {
			has := r.Header.Get("X-Amz-Content-Sha256") != ""
			r.Header.Del("X-Amz-Content-Sha256")
			return has
		}},
		{"payload is unsigned", func(r *http.Request) bool { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"); return true }},
		{"date", func(r *http.Request) bool {
			has := r.Header.Get("X-Amz-Date") != ""
			r.Header.Set("X-Amz-Date", "20260131T100001Z")
			return has
		}},
		{"date in the query", inTarget("X-Amz-Date=20260131T100000Z", "X-Amz-Date=20260131T100001Z")},
		{"expiry", inTarget("X-Amz-Expires=", "X-Amz-Expires=1")},
		{"scope's date", inAuthorization("/20260131/", "/20260130/")},
		{"scope's region", inAuthorization("/us-east-1/", "/us-east-2/")},
		{"scope's service", inAuthorization("/sts/", "/kms/")},
		{"scope's region in the query", inTarget("%2Fus-east-1%2F", "%2Fus-east-2%2F")},
		{"signed headers", inAuthorization("SignedHeaders=", "SignedHeaders=a;")},
		{"host is not signed", inAuthorization("host;", "")},
		{"signature", func(r *http.Request) bool {
			if auth := r.Header.Get("Authorization"); auth != "" {
				r.Header.Set("Authorization", flipped(auth))
				return true
			}
			r.RequestURI = flipped(r.RequestURI)
			return true
		}},
	}
}

// TestOfficialSigner wants what the official signer signs, whatever it is, and nothing that
// differs from it in one point.
func TestOfficialSigner(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	tried := map[string]int{}
	for _, presign := range []bool{false, true} {
		rnd := rand.New(rand.NewPCG(20260131, 4))
		for i := range rounds {
			q := randomRequest(rnd, presign)
			wire := onWire(t, q.sign(t, "signet.example:8480"))
			body, err := verify(receive(t, wire), check())
			if err != nil || string(body) != q.body {
				t.Fatalf("round %d, presigned %v: %v\n%s", i, presign, err, wire)
			}
			other := check()
			other.Secret = opaque.New([]byte(keySecret + "x"))
			if _, err := verify(receive(t, wire), other); sigv4.KindOf(err) != sigv4.Mismatch {
				t.Fatalf("round %d: another secret: %v", i, err)
			}
			for _, m := range mutations() {
				r := receive(t, wire)
				if !m.do(r) {
					continue
				}
				tried[m.name]++
				if body, err := verify(r, check()); sigv4.KindOf(err) == "" || body != nil {
					t.Errorf("round %d, presigned %v: %s was changed and not noticed: %v\n%s", i, presign, m.name, err, wire)
				}
			}
		}
	}
	for _, m := range mutations() {
		if tried[m.name] == 0 {
			t.Errorf("%s: never tried", m.name)
		}
	}
}
