package sigv4_test

import (
	"strings"
	"testing"

	"signet/internal/opaque"
	"signet/sigv4"
)

// BenchmarkReadBody is a whole verification of a request like those of the Go SDK, with a body of
// 1 KiB; BenchmarkSigningKey is the part of it that a cache of derived keys would save.
func BenchmarkReadBody(b *testing.B) {
	q := request{method: "POST", body: strings.Repeat("x", 1024)}
	r := q.received(b)
	b.ReportAllocs()
	for b.Loop() {
		setBody(r, q.body)
		if _, err := verify(r, check()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSigningKey(b *testing.B) {
	secret := opaque.New([]byte(keySecret))
	for b.Loop() {
		sigv4.SigningKey(secret, sigv4.Scope{Date: "20260131", Region: "us-east-1", Service: "sts"})
	}
}
