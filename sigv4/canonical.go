package sigv4

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pair is one parameter of the query, decoded.
type pair struct{ key, value string }

type query []pair

func (q query) count(key string) (n int) {
	for _, p := range q {
		if p.key == key {
			n++
		}
	}
	return n
}

func (q query) get(key string) string {
	if i := slices.IndexFunc(q, func(p pair) bool { return p.key == key }); i >= 0 {
		return q[i].value
	}
	return ""
}

// parseTarget takes the request's own line apart, not r.URL, which has lost the bytes that were
// sent.
func parseTarget(uri string) (path string, q query, err error) {
	if !strings.HasPrefix(uri, "/") {
		return "", nil, refuse(Malformed, "The request's target must start with a slash.")
	}
	path, raw, _ := strings.Cut(uri, "?")
	q, err = parseQuery(raw)
	return normalPath(path), q, err
}

// parseQuery reads what url.ParseQuery reads and refuses what that drops, so that a handler cannot
// see another query than the verified one.
func parseQuery(raw string) (query, error) {
	var q query
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		key, badKey := url.QueryUnescape(key)
		value, badValue := url.QueryUnescape(value)
		if badKey != nil || badValue != nil || strings.Contains(part, ";") {
			return nil, refuse(Malformed, "The query has a semicolon or a percent sign that is not an escape.")
		}
		if q = append(q, pair{key, value}); len(q) > maxParameters {
			return nil, refuse(OverLimit, "The query has more than %d parameters.", maxParameters)
		}
	}
	return q, nil
}

// normalPath drops dot segments and repeated slashes, as the SDKs do for all services but S3.
func normalPath(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	normal := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		normal += "/"
	}
	return normal
}

// canonicalRequest is what the client has hashed and signed. skip names query parameters that are
// not part of it.
func (s *Signature) canonicalRequest(payload string, skip ...string) string {
	return strings.Join([]string{
		s.method,
		escape(s.Path, '/'), // the wire's own escapes are escaped again
		s.query.canonical(skip...),
		s.headers,
		strings.Join(s.SignedHeaders, ";"),
		payload,
	}, "\n")
}

// canonical sorts by key and then by value, both encoded: as whole strings "a=" and "a-b=" would
// change places.
func (q query) canonical(skip ...string) string {
	encoded := make([]pair, 0, len(q))
	for _, p := range q {
		if !slices.Contains(skip, p.key) {
			encoded = append(encoded, pair{escape(p.key, 0), escape(p.value, 0)})
		}
	}
	slices.SortFunc(encoded, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.value, b.value))
	})
	var b strings.Builder
	for i, p := range encoded {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.key + "=" + p.value)
	}
	return b.String()
}

const unreserved = letters + "-._~"

// escape percent-encodes every byte but the unreserved ones of RFC 3986 and keep.
func escape(s string, keep byte) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		if c := s[i]; c == keep || strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// canonicalHeaders returns one line for each signed header. A signed header that the request lacks
// is not taken for an empty one: something on the way removed it.
func canonicalHeaders(r *http.Request, names []string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		values := headerValues(r, name)
		if len(values) == 0 {
			return "", refuse(Mismatch, "The header %s is signed, but not in the request.", name)
		}
		b.WriteString(name + ":")
		for i, v := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(collapse(v))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// headerValues knows that net/http keeps the host elsewhere.
func headerValues(r *http.Request, name string) []string {
	if name != "host" {
		return r.Header[http.CanonicalHeaderKey(name)]
	}
	if r.Host == "" {
		return nil
	}
	return []string{r.Host}
}

// collapse trims a value and makes one space of each run of white space. So it holds no line
// break, and a header cannot pose as two.
func collapse(v string) string {
	return strings.Join(strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }), " ")
}
