package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
)

// ReadBody verifies the whole request and returns its body. It returns bytes only when the time,
// the signature and the body's hash are right; so nothing can act on a body that nobody signed.
// Where the client says the hash, the signature is verified before anything is read.
func (s *Signature) ReadBody(c Check) ([]byte, error) {
	r, err := s.open(c)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return body, nil
}

// Stream verifies the signature and returns the body, which is hashed as it is read. What was
// read is proven only when the reader returns io.EOF; any other error means that the body is not
// the signed one, or not whole, and that what was done with it must be undone. Stream wants the
// hash in x-amz-content-sha256: without it, nothing is proven before the end.
func (s *Signature) Stream(c Check) (io.Reader, error) {
	if s.payload == "" {
		return nil, refuse(Unsupported, "The header x-amz-content-sha256 is required.")
	}
	return s.open(c)
}

// open makes all checks that need no body, and leaves the others to the reader.
func (s *Signature) open(c Check) (io.Reader, error) {
	if err := s.checkTime(c.Now); err != nil {
		return nil, err
	}
	if s.payload == unsignedPayload && !c.AllowUnsignedPayload {
		return nil, refuse(Unsupported, "%s is not supported here. Send the SHA-256 of the body in x-amz-content-sha256.", unsignedPayload)
	}
	limit := max(0, c.MaxBody)
	if s.length > limit {
		return nil, tooLarge(limit)
	}
	r := &bodyReader{from: s.body, hash: sha256.New(), limit: limit, left: limit, verdict: s.compareHash}
	if r.from == nil {
		r.from = http.NoBody
	}
	if s.payload == "" {
		r.verdict = func(sum string) error { return s.prove(c.Secret, sum) }
		return r, nil
	}
	if err := s.prove(c.Secret, s.payload); err != nil {
		return nil, err
	}
	return r, nil
}

func (s *Signature) compareHash(sum string) error {
	if s.payload == unsignedPayload || hmac.Equal([]byte(sum), []byte(s.payload)) {
		return nil
	}
	return refuse(BodyMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
}

// bodyReader caps and hashes a body, and asks for the verdict at its end.
type bodyReader struct {
	from    io.Reader
	hash    hash.Hash
	limit   int64
	left    int64
	verdict func(sum string) error
	err     error // stays, once there is one
}

// Read hands out no byte beyond the cap, and io.EOF only after a good verdict.
func (b *bodyReader) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if int64(len(p))-1 > b.left {
		p = p[:b.left+1] // one more than allowed, to tell a full body from a too large one
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.err = tooLarge(b.limit)
		return 0, b.err
	}
	b.hash.Write(p[:n])
	if err == io.EOF {
		b.err = io.EOF
		if refused := b.verdict(hex.EncodeToString(b.hash.Sum(nil))); refused != nil {
			b.err = refused
		}
	} else if err != nil {
		b.err = fmt.Errorf("sigv4: reading the body: %w", err)
	}
	return n, b.err
}

func tooLarge(limit int64) error {
	return refuse(BodyTooLarge, "The body is larger than %d bytes.", limit)
}
