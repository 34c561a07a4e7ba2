// Package sigv4 verifies AWS Signature Version 4, from the Authorization header or from the query
// of a presigned URL. It guarantees that a body which ReadBody returns, or which Stream reads to
// its end, came from a holder of the secret, with the host, method, path, query and signed headers
// that Parse saw, inside the time that the signature allows. The host, and every x-amz- header that
// is there, are signed or the request is refused.
//
// The package is pure: secrets and the time come from the caller. Parse keeps what it read, so
// that a later change of the request changes nothing.
package sigv4

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"signet/internal/opaque"
)

// Algorithm is the only one that is verified.
const Algorithm = "AWS4-HMAC-SHA256"

// Window is how far the time of a signature may be from the server's.
const Window = 5 * time.Minute

// MaxExpires is the longest life of a presigned URL.
const MaxExpires = 7 * 24 * time.Hour

const (
	terminator = "aws4_request"
	dateLayout = "20060102"
	timeLayout = "20060102T150405Z"
)

// Bounds of what is read before anybody has proved anything, in bytes unless they say otherwise.
const (
	maxTarget      = 32 << 10 // path and query
	maxParameters  = 1000     // of the query; net/url reads no more than 10000
	maxHeaders     = 200      // values
	maxHeaderBytes = 64 << 10 // names and values
	maxSigned      = 64       // names of signed headers
	maxName        = 128      // one part of a credential, one name of a header
	maxToken       = 8 << 10
)

// Signature is what a request says about its sender. All of it is only claimed until ReadBody
// succeeds, or until Stream does and its reader reaches io.EOF.
type Signature struct {
	AccessKeyID string
	Scope       Scope
	Time        time.Time
	Presigned   bool

	// SessionToken is empty without one. The caller must check that it belongs to the access key:
	// in a presigned URL it need not be signed.
	SessionToken opaque.Bytes

	// Path is what was signed, in the escaped form of the wire and without dot segments and
	// repeated slashes. Route on it: many other spellings of r.URL have the same signature.
	Path string

	// SignedHeaders are the lowercase names, sorted. Nothing vouches for other headers.
	SignedHeaders []string

	lifetime time.Duration
	mac      []byte
	method   string
	query    query
	headers  string // canonical lines
	payload  string // what stands for the body in the canonical request; "" is the hash of the body
	body     io.Reader
	length   int64 // of the body; -1 when unknown
}

// Scope is what a signing key is good for.
type Scope struct {
	Date    string
	Region  string
	Service string
}

// String returns the scope as it is signed.
func (s Scope) String() string {
	return s.Date + "/" + s.Region + "/" + s.Service + "/" + terminator
}

// Format prints who claims to have signed, for every verb: the rest holds the session token.
func (s Signature) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s/%s", s.AccessKeyID, s.Scope)
}

// Check is what a signature is held against. Its zero value accepts nothing.
type Check struct {
	Secret  opaque.Bytes
	Now     time.Time
	MaxBody int64 // bytes

	// AllowUnsignedPayload accepts UNSIGNED-PAYLOAD: anybody on the way may have changed the body.
	AllowUnsignedPayload bool
}

// Signed tells whether the signature covers a header.
func (s *Signature) Signed(header string) bool {
	return slices.Contains(s.SignedHeaders, strings.ToLower(header))
}

// CheckRegion refuses a scope outside the server's regions.
func (s *Signature) CheckRegion(valid ...string) error {
	if slices.Contains(valid, s.Scope.Region) {
		return nil
	}
	return refuse(BadScope, "Credential should be scoped to a valid Region, not %s.", s.Scope.Region)
}

// CheckService refuses a scope of another service than the one that is called.
func (s *Signature) CheckService(want string) error {
	if s.Scope.Service == want {
		return nil
	}
	return refuse(BadScope, "Credential should be scoped to correct service: '%s'.", want)
}
