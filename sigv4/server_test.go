package sigv4_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"signet/sigv4"
)

// echo is a server that does nothing before the body is verified.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := verify(r, check())
	if err != nil {
		kind := sigv4.KindOf(err)
		if kind == "" {
			kind = "broken"
		}
		http.Error(w, string(kind), http.StatusForbidden)
		return
	}
	_, _ = w.Write(body)
}

// echoStream sends on what it reads, and says in a trailer whether that was the signed body.
func echoStream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", "Verdict")
	sig, err := sigv4.Parse(r)
	if err == nil {
		var body io.Reader
		if body, err = sig.Stream(check()); err == nil {
			_, err = io.Copy(w, body)
		}
	}
	w.Header().Set("Verdict", string(sigv4.KindOf(err)))
}

func send(t *testing.T, srv *httptest.Server, r *http.Request) (int, string, http.Header) {
	t.Helper()
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(b)), resp.Trailer
}

func serve(t *testing.T, http2 bool) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/stream", echoStream)
	mux.HandleFunc("/", echo)
	srv := httptest.NewUnstartedServer(mux)
	if srv.EnableHTTP2 = http2; http2 {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv
}

// signedFor signs for a running server. chunked hides the length of the body from the client.
func (q request) signedFor(t *testing.T, srv *httptest.Server, chunked bool) *http.Request {
	t.Helper()
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	q.chunked = chunked
	r := q.sign(t, at.Host)
	r.URL.Scheme = at.Scheme
	return r
}

func TestServer(t *testing.T) {
	small, big := "Action=GetCallerIdentity", strings.Repeat("x", maxBody+1)
	for _, c := range []struct {
		name    string
		q       request
		chunked bool
		status  int
		answer  string
	}{
		{"whole", request{method: "POST", target: "a%2Fb%20c?b=2&a=%C3%A4&a", body: small, token: keyToken}, false, 200, small},
		{"hash declared", request{method: "POST", body: small, declare: true}, false, 200, small},
		{"chunked", request{method: "POST", body: small}, true, 200, small},
		{"chunked, hash declared", request{method: "POST", body: small, declare: true}, true, 200, small},
		{"presigned", request{target: "?X-Amz-Expires=60&a=1", token: keyToken, presign: true}, false, 200, ""},
		{"full", request{method: "POST", body: big[1:]}, true, 200, big[1:]},
		{"too large", request{method: "POST", body: big}, false, 403, string(sigv4.BodyTooLarge)},
		{"too large, chunked", request{method: "POST", body: big}, true, 403, string(sigv4.BodyTooLarge)},
		{"too large, chunked, hash declared", request{method: "POST", body: big, declare: true}, true, 403, string(sigv4.BodyTooLarge)},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				srv := serve(t, http2)
				status, answer, _ := send(t, srv, c.q.signedFor(t, srv, c.chunked))
				if status != c.status || answer != c.answer {
					t.Errorf("HTTP/2 %v: status %d, %.100q; want %d, %.100q", http2, status, answer, c.status, c.answer)
				}
			})
		}
	}
}

// inTransit is a man in the middle who changes each body and leaves the rest as it is.
func inTransit(t *testing.T, srv *httptest.Server) *httptest.Server {
	middle := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		out, err := http.NewRequest(r.Method, srv.URL+r.RequestURI, bytes.NewReader(bytes.ToUpper(b)))
		if err != nil {
			panic(err)
		}
		out.Header, out.Host = r.Header, r.Host
		resp, err := srv.Client().Do(out)
		if err != nil {
			panic(err)
		}
		defer resp.Body.Close()
		answer, _ := io.ReadAll(resp.Body)
		w.Header().Set("Trailer", "Verdict")
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(answer)
		w.Header().Set("Verdict", resp.Trailer.Get("Verdict"))
	}))
	t.Cleanup(middle.Close)
	return middle
}

func TestChangedInTransit(t *testing.T) {
	middle := inTransit(t, serve(t, false))
	for _, c := range []struct {
		q    request
		want string
	}{
		{request{method: "POST", body: "SAFE"}, "SAFE"}, // what the middle leaves alone
		{request{method: "POST", body: "safe"}, string(sigv4.Mismatch)},
		{request{method: "POST", body: "safe", declare: true}, string(sigv4.BodyMismatch)},
	} {
		if _, answer, _ := send(t, middle, c.q.signedFor(t, middle, false)); answer != c.want {
			t.Errorf("%+v: answer %q; want %q", c.q, answer, c.want)
		}
	}
	for body, want := range map[string]string{"SAFE": "", "safe": string(sigv4.BodyMismatch)} {
		q := request{method: "PUT", target: "stream", body: body, declare: true}
		if _, answer, trailer := send(t, middle, q.signedFor(t, middle, false)); answer != "SAFE" || trailer.Get("Verdict") != want {
			t.Errorf("stream of %s: %q, verdict %q; want %q", body, answer, trailer.Get("Verdict"), want)
		}
	}
}
