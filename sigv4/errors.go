package sigv4

import (
	"errors"
	"fmt"
)

// Kind says why a request is refused; the protocols give each their own code.
type Kind string

// The kinds.
const (
	Missing          Kind = "missing"           // no signature at all
	Incomplete       Kind = "incomplete"        // a part of the signature is missing or ill-formed
	Malformed        Kind = "malformed"         // the request can be read in two ways
	Unsupported      Kind = "unsupported"       // algorithm or payload
	OverLimit        Kind = "over_limit"        // target, headers
	UnsignedHeader   Kind = "unsigned_header"   // a header that must be signed is not
	BadScope         Kind = "bad_scope"         // date, region, service or terminator
	Mismatch         Kind = "mismatch"          // other secret or other request
	Expired          Kind = "expired"           // signed too long ago
	PresignedExpired Kind = "presigned_expired" // later than the URL allows
	NotYetCurrent    Kind = "not_yet_current"   // signed in the future
	BodyTooLarge     Kind = "body_too_large"
	BodyMismatch     Kind = "body_mismatch" // not the body whose hash was signed
)

// Error is a refusal. Message is for the client and in the words of AWS where there are such; it
// holds no secret, no token and no signature.
type Error struct {
	Kind    Kind
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return "sigv4: " + e.Message }

// KindOf returns the kind of err: "" for nil and for an error that is no refusal, such as a broken
// connection.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

func refuse(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// mismatch says the same for a wrong secret and for a changed request.
func mismatch() *Error {
	return refuse(Mismatch, "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}
