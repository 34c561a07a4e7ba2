package sigv4_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/internal/opaque"
	"signet/sigv4"
)

// refusal is a row of the truth table: what is changed, and what the client hears. Without a
// message, only the kind is compared.
type refusal struct {
	name    string
	from    request
	request func(r *http.Request)
	check   func(c *sigv4.Check)
	kind    sigv4.Kind
	message string
}

var (
	plain    = request{method: "POST", target: "?a=1", body: "Action=A"}
	declared = request{method: "POST", target: "?a=1", body: "Action=A", declare: true}
	link     = request{target: "?a=1&X-Amz-Expires=60", presign: true}
)

const signatureMismatch = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func authorization(old, with string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
	}
}

func target(old, with string) func(*http.Request) {
	return func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, old, with, 1) }
}

func at(d time.Duration) func(*sigv4.Check) {
	return func(c *sigv4.Check) { c.Now = now.Add(d) }
}

// cut removes a parameter of the query.
func cut(name string) func(*http.Request) {
	return func(r *http.Request) {
		before, rest, _ := strings.Cut(r.RequestURI, name+"=")
		_, after, _ := strings.Cut(rest, "&")
		r.RequestURI = strings.TrimSuffix(before+after, "&")
	}
}

func refusals() []refusal {
	return []refusal{
		{name: "nothing", from: plain, request: func(r *http.Request) { r.Header.Del("Authorization") }, kind: sigv4.Missing, message: "Request is missing Authentication Token"},
		{name: "bearer", from: plain, request: header("Authorization", "Bearer x"), kind: sigv4.Missing},
		{name: "version 2", from: plain, request: header("Authorization", "AWS AKID:sig"), kind: sigv4.Unsupported},
		{name: "version 4a", from: plain, request: authorization("HMAC-SHA256", "ECDSA-P256-SHA256"), kind: sigv4.Unsupported, message: "The signing algorithm must be AWS4-HMAC-SHA256."},
		{name: "bare", from: plain, request: header("Authorization", sigv4.Algorithm), kind: sigv4.Incomplete},
		{name: "no signature", from: plain, request: authorization("Signature=", "Signature= ,"), kind: sigv4.Incomplete},
		{name: "empty signature", from: plain, request: header("Authorization", sigv4.Algorithm+" Credential=a, SignedHeaders=host, Signature="), kind: sigv4.Incomplete, message: "Authorization header requires 'Signature' parameter."},
		{name: "two credentials", from: plain, request: authorization("Credential=", "Credential=x, Credential="), kind: sigv4.Incomplete},
		{name: "unknown part", from: plain, request: authorization("Credential=", "Extra=x, Credential="), kind: sigv4.Incomplete},
		{name: "short signature", from: plain, request: authorization("Signature=", "Signature=a"), kind: sigv4.Incomplete, message: "Signature must be 64 lowercase hexadecimal digits."},
		{name: "two headers", from: plain, request: func(r *http.Request) { r.Header.Add("Authorization", "Basic x") }, kind: sigv4.Malformed},
		{name: "both forms", from: plain, request: target("?", "?X-Amz-Signature=x&"), kind: sigv4.Malformed},
		{name: "link and bearer", from: link, request: header("Authorization", "Bearer x"), kind: sigv4.Malformed},
		{name: "six parts", from: plain, request: authorization("Credential=", "Credential=x/"), kind: sigv4.Incomplete, message: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."},
		{name: "an empty part", from: plain, request: authorization("/us-east-1/", "//"), kind: sigv4.Incomplete},
		{name: "a strange part", from: plain, request: authorization("/us-east-1/", "/us\x07east/"), kind: sigv4.Incomplete},
		{name: "terminator", from: plain, request: authorization("aws4_request", "aws5_request"), kind: sigv4.BadScope, message: "Credential should be scoped with a valid terminator: 'aws4_request'."},
		{name: "date of the scope", from: plain, request: authorization("/20260131/", "/20260130/"), kind: sigv4.BadScope,
			message: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260130' != '20260131', from '20260131T100000Z'."},
		{name: "no date", from: plain, request: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, kind: sigv4.Incomplete},
		{name: "strange date", from: plain, request: header("X-Amz-Date", "2026-01-31"), kind: sigv4.Incomplete},
		{name: "fraction of a second", from: plain, request: header("X-Amz-Date", "20260131T100000.5Z"), kind: sigv4.Incomplete},
		{name: "two dates", from: plain, request: func(r *http.Request) { r.Header.Add("X-Amz-Date", "20260131T100000Z") }, kind: sigv4.Malformed},
		{name: "unsorted headers", from: plain, request: authorization("host;x-amz-date", "x-amz-date;host"), kind: sigv4.Incomplete},
		{name: "a header twice", from: plain, request: authorization("host;", "host;host;"), kind: sigv4.Incomplete},
		{name: "capitals", from: plain, request: authorization("host;", "Host;"), kind: sigv4.Incomplete},
		{name: "too many signed headers", from: plain, request: authorization("host;", strings.Repeat("a;", 64)+"host;"), kind: sigv4.OverLimit},
		{name: "host is not signed", from: plain, request: authorization("host;", ""), kind: sigv4.UnsignedHeader, message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{name: "host is not there", from: plain, request: func(r *http.Request) { r.Host = "" }, kind: sigv4.Mismatch, message: "The header host is signed, but not in the request."},
		{name: "date is not signed", from: plain, request: authorization(";x-amz-date", ""), kind: sigv4.UnsignedHeader},
		{name: "unsigned target", from: plain, request: header("X-Amz-Target", "TrentService.Decrypt"), kind: sigv4.UnsignedHeader, message: "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
		{name: "unsigned target of another spelling", from: plain, request: func(r *http.Request) { r.Header["x-aMz-target"] = []string{"A"} }, kind: sigv4.UnsignedHeader},
		{name: "unsigned token", from: plain, request: header("X-Amz-Security-Token", "x"), kind: sigv4.UnsignedHeader},
		{name: "unsigned hash", from: plain, request: header("X-Amz-Content-Sha256", hashOf("Action=A")), kind: sigv4.UnsignedHeader},
		{name: "target of a link", from: link, request: header("X-Amz-Target", "A.B"), kind: sigv4.UnsignedHeader},
		{name: "token of a link in a header", from: link, request: header("X-Amz-Security-Token", "x"), kind: sigv4.Malformed},
		{name: "a signed header is gone", from: plain, request: authorization("host;", "gone;host;"), kind: sigv4.Mismatch, message: "The header gone is signed, but not in the request."},
		{name: "chunked signature", from: declared, request: header("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), kind: sigv4.Unsupported},
		{name: "unsigned payload", from: declared, request: header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), kind: sigv4.Unsupported},
		{name: "unsigned payload that nobody signed", from: declared, request: header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
			check: func(c *sigv4.Check) { c.AllowUnsignedPayload = true }, kind: sigv4.Mismatch},
		{name: "strange hash", from: declared, request: header("X-Amz-Content-Sha256", "abc"), kind: sigv4.Incomplete},
		{name: "another hash", from: declared, request: header("X-Amz-Content-Sha256", hashOf("x")), kind: sigv4.Mismatch, message: signatureMismatch},
		{name: "another body", from: declared, request: func(r *http.Request) { setBody(r, "Action=B") }, kind: sigv4.BodyMismatch},
		{name: "another body without a hash", from: plain, request: func(r *http.Request) { setBody(r, "Action=B") }, kind: sigv4.Mismatch, message: signatureMismatch},
		{name: "another secret", from: plain, check: func(c *sigv4.Check) { c.Secret = opaque.New([]byte("x")) }, kind: sigv4.Mismatch, message: signatureMismatch},
		{name: "no secret", from: plain, check: func(c *sigv4.Check) { c.Secret = opaque.Bytes{} }, kind: sigv4.Mismatch},
		{name: "no time", from: plain, check: func(c *sigv4.Check) { c.Now = time.Time{} }, kind: sigv4.NotYetCurrent},
		{name: "no room", from: plain, check: func(c *sigv4.Check) { c.MaxBody = 0 }, kind: sigv4.BodyTooLarge, message: "The body is larger than 0 bytes."},
		{name: "negative room", from: plain, request: func(r *http.Request) { r.ContentLength = -1 }, check: func(c *sigv4.Check) { c.MaxBody = -9 }, kind: sigv4.BodyTooLarge},
		{name: "one byte too many", from: plain, request: func(r *http.Request) { r.ContentLength = -1 }, check: func(c *sigv4.Check) { c.MaxBody = 7 }, kind: sigv4.BodyTooLarge},
		{name: "too late", from: plain, check: at(5*time.Minute + time.Second), kind: sigv4.Expired, message: "Signature expired: 20260131T100000Z is now earlier than 20260131T100001Z (20260131T100501Z - 5 min.)"},
		{name: "too early", from: plain, check: at(-5*time.Minute - time.Second), kind: sigv4.NotYetCurrent, message: "Signature not yet current: 20260131T100000Z is still later than 20260131T095959Z (20260131T095459Z + 5 min.)"},
		{name: "a late link", from: link, check: at(61 * time.Second), kind: sigv4.PresignedExpired, message: "Signature expired: 20260131T100000Z is now earlier than 20260131T100001Z (20260131T100101Z - 1 min.)"},
		{name: "a late link of odd seconds", from: request{target: "?X-Amz-Expires=90", presign: true}, check: at(91 * time.Second), kind: sigv4.PresignedExpired,
			message: "Signature expired: 20260131T100000Z is now earlier than 20260131T100001Z (20260131T100131Z - 90 sec.)"},
		{name: "an early link", from: link, check: at(-5*time.Minute - time.Second), kind: sigv4.NotYetCurrent},
		{name: "a late link without expiry", from: request{presign: true}, check: at(5*time.Minute + time.Second), kind: sigv4.PresignedExpired},
		{name: "no expiry any more", from: link, request: cut("X-Amz-Expires"), kind: sigv4.Mismatch},
		{name: "empty expiry", from: link, request: target("Expires=60", "Expires="), kind: sigv4.Incomplete},
		{name: "expiry 0", from: link, request: target("Expires=60", "Expires=0"), kind: sigv4.Incomplete, message: "X-Amz-Expires must be a whole number of seconds from 1 to 604800."},
		{name: "expiry below 0", from: link, request: target("Expires=60", "Expires=-60"), kind: sigv4.Incomplete},
		{name: "expiry over a week", from: link, request: target("Expires=60", "Expires=604801"), kind: sigv4.Incomplete},
		{name: "expiry that overflows", from: link, request: target("Expires=60", "Expires=18446744073709551616"), kind: sigv4.Incomplete},
		{name: "another algorithm of a link", from: link, request: target("AWS4-HMAC-SHA256", "AWS4-ECDSA"), kind: sigv4.Unsupported},
		{name: "a link without date", from: link, request: cut("X-Amz-Date"), kind: sigv4.Incomplete, message: "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
		{name: "a link without signature", from: link, request: cut("X-Amz-Signature"), kind: sigv4.Incomplete},
		{name: "a link with two", from: link, request: target("?", "?X-Amz-Signature=x&"), kind: sigv4.Malformed},
		{name: "a link with two tokens", from: link, request: target("?", "?X-Amz-Security-Token=x&X-Amz-Security-Token=y&"), kind: sigv4.Malformed},
		{name: "semicolon", from: plain, request: target("a=1", "a=1;b=2"), kind: sigv4.Malformed},
		{name: "escape", from: plain, request: target("a=1", "a=%zz"), kind: sigv4.Malformed},
		{name: "absolute target", from: plain, request: func(r *http.Request) { r.RequestURI = "http://other.example/" }, kind: sigv4.Malformed},
		{name: "no target", from: plain, request: func(r *http.Request) { r.RequestURI = "" }, kind: sigv4.Malformed},
		{name: "lowercase method", from: plain, request: func(r *http.Request) { r.Method = "post" }, kind: sigv4.Malformed},
		{name: "method of two lines", from: plain, request: func(r *http.Request) { r.Method = "POST\n/" }, kind: sigv4.Malformed},
		{name: "long target", from: plain, request: target("a=1", "a="+strings.Repeat("1", 32<<10)), kind: sigv4.OverLimit},
		{name: "many parameters", from: plain, request: target("a=1", strings.Repeat("a&", 1001)), kind: sigv4.OverLimit},
		{name: "long header", from: plain, request: header("X", strings.Repeat("1", 64<<10)), kind: sigv4.OverLimit},
		{name: "many headers", from: plain, request: func(r *http.Request) { r.Header["X"] = make([]string, 201) }, kind: sigv4.OverLimit},
		{name: "long token", from: plain, request: header("X-Amz-Security-Token", strings.Repeat("1", 9<<10)), kind: sigv4.OverLimit},
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals() {
		t.Run(c.name, func(t *testing.T) {
			r, chk := c.from.received(t), check()
			if c.request != nil {
				c.request(r)
			}
			if c.check != nil {
				c.check(&chk)
			}
			sent := r.Header.Get("Authorization")
			body, err := verify(r, chk)
			if sigv4.KindOf(err) != c.kind || body != nil {
				t.Fatalf("body %q, kind %q: %v; want %q", body, sigv4.KindOf(err), err, c.kind)
			}
			if got := strings.TrimPrefix(err.Error(), "sigv4: "); c.message != "" && got != c.message {
				t.Errorf("message %q; want %q", got, c.message)
			}
			_, mac, _ := strings.Cut(sent, "Signature=")
			if strings.Contains(err.Error(), "marked") || len(mac) > 10 && strings.Contains(err.Error(), mac) {
				t.Errorf("the message holds a secret: %v", err)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	for name, c := range map[string]struct {
		from    request
		request func(*http.Request)
		check   func(*sigv4.Check)
	}{
		"plain":                              {from: plain},
		"declared":                           {from: declared},
		"link":                               {from: link},
		"just in time":                       {from: plain, check: at(5*time.Minute + 999*time.Millisecond)},
		"just not early":                     {from: plain, check: at(-5 * time.Minute)},
		"end of a link":                      {from: link, check: at(60 * time.Second)},
		"a week":                             {from: request{target: "?X-Amz-Expires=604800", presign: true}, check: at(sigv4.MaxExpires)},
		"no expiry, for as long as a header": {from: request{presign: true}, check: at(5 * time.Minute)},
		"full body":                          {from: plain, check: func(c *sigv4.Check) { c.MaxBody = 8 }},
		"no space after the comma":           {from: plain, request: authorization(", SignedHeaders", ",SignedHeaders")},
		"another spelling of a path":         {from: request{target: "a/b"}, request: target("/a/b", "//x/.././a//b")},
		"another order of the query":         {from: request{target: "?b=2&a=1"}},
		"a plus for a space":                 {from: request{target: "?a=1%202"}, request: target("%20", "+")},
		"unsigned other headers":             {from: plain, request: header("X-Amzn-Trace-Id", "Root=1")},
		"a token added to a link":            {from: link, request: target("?", "?X-Amz-Security-Token=later&")},
		"nobody's body":                      {from: request{}, request: func(r *http.Request) { r.Body = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			r, chk := c.from.received(t), check()
			if c.request != nil {
				c.request(r)
			}
			if c.check != nil {
				c.check(&chk)
			}
			if body, err := verify(r, chk); err != nil || string(body) != c.from.body {
				t.Errorf("body %q: %v", body, err)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	q := request{method: "POST", target: "a%2Fb/./c//", token: keyToken, header: http.Header{"X-Amz-Target": {"A.B"}}}
	r := q.received(t)
	sig, err := sigv4.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if sig.AccessKeyID != keyID || sig.Scope.String() != "20260131/us-east-1/sts/aws4_request" || !sig.Time.Equal(now) || sig.Presigned {
		t.Errorf("claims %s %s %s %v", sig.AccessKeyID, sig.Scope, sig.Time, sig.Presigned)
	}
	if sig.Path != "/a%2Fb/c/" || !sig.Signed("X-Amz-Target") || sig.Signed("User-Agent") || string(sig.SessionToken.Reveal()) != keyToken {
		t.Errorf("path %s, signed %s", sig.Path, sig.SignedHeaders)
	}
	if s := fmt.Sprintf("%v %+v %#v", sig, sig, *sig); strings.Contains(s, "marked") {
		t.Errorf("the token is printed: %s", s)
	}
	if err := errors.Join(sig.CheckRegion("eu-west-1", "us-east-1"), sig.CheckService("sts")); err != nil {
		t.Error(err)
	}
	for err, want := range map[error]string{
		sig.CheckRegion("eu-west-1"): "sigv4: Credential should be scoped to a valid Region, not us-east-1.",
		sig.CheckService("kms"):      "sigv4: Credential should be scoped to correct service: 'kms'.",
	} {
		if err == nil || err.Error() != want || sigv4.KindOf(err) != sigv4.BadScope {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

// TestParseKeepsWhatItRead changes a request between Parse and ReadBody.
func TestParseKeepsWhatItRead(t *testing.T) {
	r := plain.received(t)
	sig, err := sigv4.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	r.Method, r.Host, r.RequestURI, r.Body = "GET", "x", "/x", nil
	r.Header.Set("X-Amz-Date", "x")
	if body, err := sig.ReadBody(check()); err != nil || string(body) != plain.body {
		t.Errorf("body %q: %v", body, err)
	}
	if body, err := sig.ReadBody(check()); err == nil {
		t.Errorf("the body was read twice: %q", body)
	}
}

func TestUnsignedPayload(t *testing.T) {
	q := request{method: "PUT", target: "a", body: "whatever", header: http.Header{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}}
	for _, allow := range []bool{false, true} {
		r := q.received(t)
		c := check()
		c.AllowUnsignedPayload = allow
		setBody(r, "anything")
		body, err := verify(r, c)
		if allow && (err != nil || string(body) != "anything") || !allow && sigv4.KindOf(err) != sigv4.Unsupported {
			t.Errorf("allowed %v: body %q: %v", allow, body, err)
		}
	}
}

func TestStream(t *testing.T) {
	big := request{method: "PUT", target: "a", body: strings.Repeat("0123456789", 300), declare: true}
	open := func(r *http.Request, c sigv4.Check) (io.Reader, error) {
		sig, err := sigv4.Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		return sig.Stream(c)
	}
	r, err := open(big.received(t), check())
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, []byte(big.body)); err != nil {
		t.Error(err)
	}
	undeclared := big
	undeclared.declare = false
	if r, err := open(undeclared.received(t), check()); sigv4.KindOf(err) != sigv4.Unsupported || r != nil {
		t.Errorf("a stream without a hash: %v", err)
	}
	for name, c := range map[string]struct {
		body io.Reader
		want string
		n    int // bytes before the error
	}{
		"short":   {strings.NewReader(big.body[1:]), string(sigv4.BodyMismatch), 2999},
		"changed": {strings.NewReader("x" + big.body[1:]), string(sigv4.BodyMismatch), 3000},
		"broken":  {io.MultiReader(strings.NewReader("0"), iotest.ErrReader(io.ErrUnexpectedEOF)), "", 1},
		"endless": {endless{}, string(sigv4.BodyTooLarge), maxBody},
	} {
		t.Run(name, func(t *testing.T) {
			req := big.received(t)
			req.Body, req.ContentLength = io.NopCloser(c.body), -1
			req.Header.Set("Content-Length", "3000") // signed
			r, err := open(req, check())
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err == nil || string(sigv4.KindOf(err)) != c.want || len(b) > c.n {
				t.Errorf("%d bytes, %v; want at most %d, %q", len(b), err, c.n, c.want)
			}
			if _, again := r.Read(make([]byte, 1)); again != err {
				t.Errorf("the error does not stay: %v", again)
			}
			if name == "broken" && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

// endless is a body that nobody may read to its end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestWordsOfTheClock(t *testing.T) {
	r := plain.received(t)
	r.Header.Set("X-Amz-Date", "20180920T174101Z")
	authorization("/20260131/", "/20180920/")(r)
	c := check()
	c.Now = time.Date(2018, 9, 20, 17, 50, 4, 900_000_000, time.FixedZone("east", 3600)).Add(time.Hour)
	_, err := verify(r, c)
	want := &sigv4.Error{Kind: sigv4.Expired, Message: "Signature expired: 20180920T174101Z is now earlier than 20180920T174504Z (20180920T175004Z - 5 min.)"}
	var got *sigv4.Error
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
