package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"signet/internal/opaque"
	"signet/sigv4"
)

const (
	keyID     = "AKIDEXAMPLE"
	keySecret = "marked-secret-4711"
	keyToken  = "marked-token/0815=="
	maxBody   = 4 << 10
)

var now = time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)

func check() sigv4.Check {
	return sigv4.Check{Secret: opaque.New([]byte(keySecret)), Now: now, MaxBody: maxBody}
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// request is what a client of the tests sends. Its zero value is GET /.
type request struct {
	method, target, body string
	header               http.Header
	token                string
	declare              bool // x-amz-content-sha256
	presign              bool
	chunked              bool // the client does not know the length
}

func (q request) build(t testing.TB, host string) *http.Request {
	t.Helper()
	if q.method == "" {
		q.method = http.MethodGet
	}
	r, err := http.NewRequest(q.method, "http://"+host+"/"+strings.TrimPrefix(q.target, "/"), strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range q.header {
		r.Header[name] = append([]string(nil), values...)
	}
	if q.chunked {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(q.body)), -1
	}
	if q.declare {
		r.Header.Set("X-Amz-Content-Sha256", hashOf(q.body))
	}
	return r
}

// payloadHash is what the client signs in place of the body.
func (q request) payloadHash() string {
	if v := q.header.Get("X-Amz-Content-Sha256"); v != "" {
		return v
	}
	return hashOf(q.body)
}

// sign makes the request with the official signer.
func (q request) sign(t testing.TB, host string) *http.Request {
	t.Helper()
	r := q.build(t, host)
	cred := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: keySecret, SessionToken: q.token}
	signer := v4.NewSigner()
	if !q.presign {
		if err := signer.SignHTTP(context.Background(), cred, r, q.payloadHash(), "sts", "us-east-1", now); err != nil {
			t.Fatal(err)
		}
		return r
	}
	signed, header, err := signer.PresignHTTP(context.Background(), cred, r, q.payloadHash(), "sts", "us-east-1", now)
	if err != nil {
		t.Fatal(err)
	}
	p, err := http.NewRequest(r.Method, signed, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	header.Del("Host")
	p.Header = header
	return p
}

// receive reads a request as a server does, from what the client puts on the wire.
func receive(t testing.TB, wire []byte) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func onWire(t testing.TB, r *http.Request) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (q request) received(t testing.TB) *http.Request {
	t.Helper()
	return receive(t, onWire(t, q.sign(t, "signet.example")))
}

func verify(r *http.Request, c sigv4.Check) ([]byte, error) {
	sig, err := sigv4.Parse(r)
	if err != nil {
		return nil, err
	}
	return sig.ReadBody(c)
}

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}
