package sigv4

// What the public vectors and the fuzz targets look at.
var (
	NormalPath = normalPath
	Collapse   = collapse
	SigningKey = signingKey
)

// Canonical returns the canonical request and the string to sign; without the session token of the
// query, as if it was added after signing.
func (s *Signature) Canonical(payload string, withoutToken bool) (request, stringToSign string) {
	skip := []string{querySignature}
	if withoutToken {
		skip = append(skip, queryToken)
	}
	request = s.canonicalRequest(payload, skip...)
	return request, s.stringToSign(request)
}

// MAC returns what the request brought along.
func (s *Signature) MAC() []byte { return s.mac }

// ParseQuery returns keys and values in the order of the query.
func ParseQuery(raw string) ([][2]string, error) {
	q, err := parseQuery(raw)
	pairs := make([][2]string, len(q))
	for i, p := range q {
		pairs[i] = [2]string{p.key, p.value}
	}
	return pairs, err
}
