package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/opaque"
)

// The parameters of a presigned URL.
const (
	queryAlgorithm     = "X-Amz-Algorithm"
	queryCredential    = "X-Amz-Credential"
	queryDate          = "X-Amz-Date"
	queryExpires       = "X-Amz-Expires"
	querySignedHeaders = "X-Amz-SignedHeaders"
	querySignature     = "X-Amz-Signature"
	queryToken         = "X-Amz-Security-Token"
)

var queryNames = []string{queryAlgorithm, queryCredential, queryDate, queryExpires, querySignedHeaders, querySignature, queryToken}

const (
	headerDate    = "X-Amz-Date"
	headerToken   = "X-Amz-Security-Token"
	headerPayload = "X-Amz-Content-Sha256"
)

// once lists headers of which a handler reads the first value only. Two of them are refused:
// they are signed as one value with a comma, which is another reading.
var once = []string{"Authorization", "Content-Type", "X-Amz-Target", headerDate, headerToken, headerPayload}

const (
	unsignedPayload = "UNSIGNED-PAYLOAD"
	streamingPrefix = "STREAMING-"
)

// claim is a signature as it was sent, in a header or in the query.
type claim struct {
	presigned                                               bool
	credential, signedHeaders, mac, date, expires, security string
}

// Parse reads the signature of a request that a server received. It does not read the body.
func Parse(r *http.Request) (*Signature, error) {
	if err := checkBounds(r); err != nil {
		return nil, err
	}
	path, query, err := parseTarget(r.RequestURI)
	if err != nil {
		return nil, err
	}
	c, err := findClaim(r.Header, query)
	if err != nil {
		return nil, err
	}
	s := &Signature{
		Presigned: c.presigned, Path: path, query: query, method: r.Method,
		SessionToken: opaque.New([]byte(c.security)), body: r.Body, length: r.ContentLength,
	}
	if err := s.fill(c); err != nil {
		return nil, err
	}
	if err := s.cover(r); err != nil {
		return nil, err
	}
	if s.payload, err = parsePayload(r.Header.Get(headerPayload)); err != nil {
		return nil, err
	}
	return s, nil
}

func checkBounds(r *http.Request) error {
	count, size := 0, 0
	for name, values := range r.Header {
		for _, v := range values {
			count++
			size += len(name) + len(v)
		}
	}
	switch {
	case count > maxHeaders:
		return refuse(OverLimit, "The request has more than %d headers.", maxHeaders)
	case size > maxHeaderBytes:
		return refuse(OverLimit, "The headers are longer than %d bytes.", maxHeaderBytes)
	case len(r.RequestURI) > maxTarget:
		return refuse(OverLimit, "The path and query are longer than %d bytes.", maxTarget)
	}
	for _, name := range once {
		if len(r.Header[name]) > 1 {
			return refuse(Malformed, "The header %s is there more than once.", name)
		}
	}
	return checkMethod(r.Method)
}

func checkMethod(method string) error {
	if !only(method, capitals) {
		return refuse(Malformed, "The method must be of capital letters.")
	}
	return nil
}

// findClaim wants exactly one of the two forms: with both, proxies and handlers could take
// different senders for the real one.
func findClaim(h http.Header, q query) (claim, error) {
	for _, name := range queryNames {
		if q.count(name) > 1 {
			return claim{}, refuse(Malformed, "The query parameter %s is there more than once.", name)
		}
	}
	inQuery := slices.ContainsFunc(queryNames, func(name string) bool { return q.count(name) > 0 })
	_, inHeader := h["Authorization"]
	switch {
	case inQuery && inHeader:
		return claim{}, refuse(Malformed, "Only one authentication mechanism is allowed: the Authorization header or the query parameters.")
	case inQuery:
		return queryClaim(q, h)
	}
	c, err := parseAuthorization(h.Get("Authorization"))
	if err != nil {
		return claim{}, err
	}
	c.date, c.security = h.Get(headerDate), h.Get(headerToken)
	if c.date == "" {
		return claim{}, refuse(Incomplete, "Authorization header requires existence of an 'X-Amz-Date' header.")
	}
	return c, nil
}

// parseAuthorization reads the header form, such as
//
//	AWS4-HMAC-SHA256 Credential=ID/20150830/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa0...
func parseAuthorization(v string) (claim, error) {
	algorithm, rest, _ := strings.Cut(v, " ")
	switch {
	case algorithm == Algorithm:
	case algorithm == "AWS" || strings.HasPrefix(algorithm, "AWS4-"):
		return claim{}, refuse(Unsupported, "The signing algorithm must be %s.", Algorithm)
	default:
		return claim{}, refuse(Missing, "Request is missing Authentication Token")
	}
	var c claim
	fields := map[string]*string{"Credential": &c.credential, "SignedHeaders": &c.signedHeaders, "Signature": &c.mac}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		field, known := fields[name]
		if !known || *field != "" {
			return claim{}, refuse(Incomplete, "Authorization header must have 'Credential', 'SignedHeaders' and 'Signature', each once, with commas between them.")
		}
		*field = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if *fields[name] == "" {
			return claim{}, refuse(Incomplete, "Authorization header requires '%s' parameter.", name)
		}
	}
	return c, nil
}

func queryClaim(q query, h http.Header) (claim, error) {
	for _, name := range []string{queryAlgorithm, queryCredential, querySignedHeaders, querySignature, queryDate} {
		if q.get(name) == "" {
			return claim{}, refuse(Incomplete, "AWS query-string parameters must include '%s'. Re-examine the query-string parameters.", name)
		}
	}
	if q.get(queryAlgorithm) != Algorithm {
		return claim{}, refuse(Unsupported, "The signing algorithm must be %s.", Algorithm)
	}
	if q.count(queryExpires) > 0 && q.get(queryExpires) == "" {
		return claim{}, badExpires()
	}
	// A presigned URL brings its token along; a second one in a header would be somebody else's.
	if _, ok := h[headerToken]; ok {
		return claim{}, refuse(Malformed, "A presigned request must have its session token in the query.")
	}
	return claim{
		presigned: true, credential: q.get(queryCredential), signedHeaders: q.get(querySignedHeaders), mac: q.get(querySignature),
		date: q.get(queryDate), expires: q.get(queryExpires), security: q.get(queryToken),
	}, nil
}

// fill checks the form of a claim and keeps it.
func (s *Signature) fill(c claim) (err error) {
	if len(c.security) > maxToken {
		return refuse(OverLimit, "The session token is longer than %d bytes.", maxToken)
	}
	if s.mac, err = parseHash(c.mac); err != nil {
		return refuse(Incomplete, "Signature must be %d lowercase hexadecimal digits.", 2*sha256.Size)
	}
	if s.AccessKeyID, s.Scope, err = parseCredential(c.credential); err != nil {
		return err
	}
	if s.Time, err = parseTime(c.date); err != nil {
		return err
	}
	if day := s.Time.Format(dateLayout); day != s.Scope.Date {
		return refuse(BadScope, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			s.Scope.Date, day, c.date)
	}
	if s.SignedHeaders, err = parseSignedHeaders(c.signedHeaders); err != nil {
		return err
	}
	s.lifetime, err = parseExpires(c.expires)
	return err
}

// parseHash wants lowercase, so that a hash has one spelling.
func parseHash(s string) ([]byte, error) {
	if len(s) != 2*sha256.Size || s != strings.ToLower(s) {
		return nil, hex.ErrLength
	}
	return hex.DecodeString(s)
}

func parseCredential(s string) (id string, scope Scope, err error) {
	parts := strings.SplitN(s, "/", 6)
	if len(parts) != 5 || slices.ContainsFunc(parts, func(p string) bool { return !only(p, letters+"-_") }) {
		return "", Scope{}, refuse(Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	if parts[4] != terminator {
		return "", Scope{}, refuse(BadScope, "Credential should be scoped with a valid terminator: '%s'.", terminator)
	}
	return parts[0], Scope{Date: parts[1], Region: parts[2], Service: parts[3]}, nil
}

const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	smalls   = "abcdefghijklmnopqrstuvwxyz0123456789"
	letters  = capitals + smalls
)

// only bounds a word and keeps it printable: canonical requests, messages and logs repeat it.
func only(word, chars string) bool {
	return word != "" && len(word) <= maxName && strings.Trim(word, chars) == ""
}

// parseTime is strict: time.Parse alone would accept a fraction of a second.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || len(s) != len(timeLayout) {
		return time.Time{}, refuse(Incomplete, "Date must be in ISO-8601 'basic format', such as %s.", timeLayout)
	}
	return t, nil
}

// parseExpires gives a URL without X-Amz-Expires, as some SDKs presign, the life of a header.
func parseExpires(s string) (time.Duration, error) {
	if s == "" {
		return Window, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if d := time.Duration(n) * time.Second; err == nil && n >= 1 && d <= MaxExpires {
		return d, nil
	}
	return 0, badExpires()
}

func badExpires() error {
	return refuse(Incomplete, "X-Amz-Expires must be a whole number of seconds from 1 to %d.", int(MaxExpires.Seconds()))
}

// parseSignedHeaders wants names in lowercase, sorted, each once, as all SDKs send them.
func parseSignedHeaders(s string) ([]string, error) {
	names := strings.SplitN(s, ";", maxSigned+1)
	if len(names) > maxSigned {
		return nil, refuse(OverLimit, "SignedHeaders has more than %d names.", maxSigned)
	}
	for i, name := range names {
		if !only(name, smalls+"-_.") || i > 0 && names[i-1] >= name {
			return nil, refuse(Incomplete, "SignedHeaders must be lowercase names of headers, sorted, each once, with semicolons between them.")
		}
	}
	return names, nil
}

// cover checks that what must be signed is, and builds the canonical headers.
func (s *Signature) cover(r *http.Request) (err error) {
	if !s.Signed("host") {
		return refuse(UnsignedHeader, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range r.Header {
		if strings.HasPrefix(strings.ToLower(name), "x-amz-") && !s.Signed(name) {
			return refuse(UnsignedHeader, "'%.128s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	s.headers, err = canonicalHeaders(r, s.SignedHeaders)
	return err
}

func parsePayload(v string) (string, error) {
	if v == "" || v == unsignedPayload {
		return v, nil
	}
	if strings.HasPrefix(v, streamingPrefix) {
		return "", refuse(Unsupported, "A payload that is signed in chunks (STREAMING-...) is not supported. Send the SHA-256 of the whole body in x-amz-content-sha256.")
	}
	if _, err := parseHash(v); err != nil {
		return "", refuse(Incomplete, "x-amz-content-sha256 must be %s or a valid SHA-256 of %d lowercase hexadecimal digits.", unsignedPayload, 2*sha256.Size)
	}
	return v, nil
}
