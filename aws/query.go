package aws

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const xmlType = "text/xml"

// Query is the protocol of STS and IAM: a form comes in, XML goes out.
var Query = Protocol{
	contentType: xmlType,
	common: map[reason]shape{
		noSignature:  {"MissingAuthenticationToken", 403},
		incomplete:   {"IncompleteSignature", 400},
		badSignature: {"SignatureDoesNotMatch", 403},
		noKey:        {"InvalidClientTokenId", 403},
		expiredToken: {"ExpiredToken", 403},
		expired:      {"SignatureDoesNotMatch", 403},
		denied:       {"AccessDenied", 403},
		throttled:    {"Throttling", 400},
		tooLarge:     {"RequestEntityTooLarge", 413},
		internal:     {"InternalFailure", 500},
		unavailable:  {"ServiceUnavailable", 503},
	},
	unknown: shape{"InvalidAction", 400},
	find:    findAction,
	write:   writeXMLError,
}

// findAction reads the form of the body, or of the query for GET.
func findAction(s *Service, r *http.Request, c *Call) (string, error) {
	text := r.URL.RawQuery
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case r.Method == http.MethodGet && len(c.body) == 0:
	case r.Method == http.MethodPost && kind == "application/x-www-form-urlencoded" && r.URL.RawQuery == "":
		text = string(c.body)
	default:
		return "", Errorf("InvalidAction", "Send a GET with a query, or a POST with a form")
	}
	var err error
	if c.form, err = parseForm(text); err != nil {
		return "", err
	}
	if v := c.form.Get("Version"); v != "" && v != s.Version {
		return "", Errorf("InvalidAction", "Could not find operation %s for version %s", clip(c.form.Get("Action")), clip(v))
	}
	if c.form.Get("Action") == "" {
		return "", Errorf("MissingAction", "The request must contain the parameter Action")
	}
	return c.form.Get("Action"), nil
}

// maxParameters bounds a form.
const maxParameters = 2000

// parseForm wants each parameter once.
func parseForm(text string) (url.Values, error) {
	if strings.Count(text, "&") >= maxParameters {
		return nil, Errorf("MalformedQueryString", "The request has more than %d parameters", maxParameters)
	}
	form, err := url.ParseQuery(text)
	if err != nil {
		return nil, Errorf("MalformedQueryString", "The form cannot be read")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, Errorf("MalformedQueryString", "The parameter %s is there more than once", clip(name))
		}
	}
	return form, nil
}

// Input is the parameters of an operation. Its methods note what is wrong; the first of it is the answer.
type Input struct {
	values url.Values
	err    error
}

func (f *Input) fail(format string, args ...any) {
	if f.err == nil {
		f.err = Errorf("ValidationError", format, args...)
	}
}

// Text is a parameter, "" when it is not there.
func (f *Input) Text(name string) string { return f.values.Get(name) }

// Need is a parameter that must be there.
func (f *Input) Need(name string) string {
	v := f.values.Get(name)
	if v == "" {
		member := strings.ToLower(name[:1]) + name[1:]
		f.fail("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must not be null", member)
	}
	return v
}

// Has reports whether a parameter is there, even empty.
func (f *Input) Has(name string) bool { return f.values.Has(name) }

// Int is a whole number, 0 when it is not there.
func (f *Input) Int(name string, least, most int) int {
	v := f.values.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		f.fail("The value of %s must be a whole number from %d to %d", name, least, most)
		return 0
	}
	return n
}

// Bool is false when it is not there.
func (f *Input) Bool(name string) bool {
	switch v := f.values.Get(name); v {
	case "true":
		return true
	case "", "false":
	default:
		f.fail("The value of %s must be true or false", name)
	}
	return false
}

// Choice is one of a few words; the first when it is not there.
func (f *Input) Choice(name string, words ...string) string {
	v := f.values.Get(name)
	if v == "" {
		return words[0]
	}
	for _, w := range words {
		if v == w {
			return v
		}
	}
	f.fail("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: %v", clip(v), name, words)
	return ""
}

// List is name.member.1, name.member.2 and so on.
func (f *Input) List(name string) []string {
	var all []string
	for i := 1; f.values.Has(fmt.Sprintf("%s.member.%d", name, i)); i++ {
		all = append(all, f.values.Get(fmt.Sprintf("%s.member.%d", name, i)))
	}
	return all
}

// ListOf is a list of structures: one member of each.
func (f *Input) ListOf(name, member string) []string {
	var all []string
	for i := 1; f.values.Has(fmt.Sprintf("%s.member.%d.%s", name, i, member)); i++ {
		all = append(all, f.values.Get(fmt.Sprintf("%s.member.%d.%s", name, i, member)))
	}
	return all
}

// Tags is a list of Key and Value.
func (f *Input) Tags(name string) map[string]string {
	keys := f.ListOf(name, "Key")
	if len(keys) == 0 {
		return nil
	}
	tags := make(map[string]string, len(keys))
	for i, k := range keys {
		if _, twice := tags[k]; twice {
			f.fail("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		tags[k] = f.values.Get(fmt.Sprintf("%s.member.%d.Value", name, i+1))
	}
	return tags
}

// Form makes an operation of a function that reads parameters and answers with a struct that has xml
// tags; nil for an answer without a result. The answer's elements are called by name, the
// operation's. The function asks in.Err when it has read what it needs.
func Form[Out any](name string, do func(ctx context.Context, c *Call, in *Input) (*Out, error)) Operation {
	return func(ctx context.Context, c *Call) ([]byte, error) {
		out, err := do(ctx, c, &Input{values: c.form})
		if err != nil {
			return nil, err
		}
		return writeXML(c.service.Namespace, name, c.ID, out)
	}
}

// Act makes an operation of a function without an answer.
func Act(name string, do func(ctx context.Context, c *Call, in *Input) error) Operation {
	return Form(name, func(ctx context.Context, c *Call, in *Input) (*struct{}, error) { return nil, do(ctx, c, in) })
}

// Err is the first thing that was wrong with what was read.
func (f *Input) Err() error { return f.err }

func writeXML[Out any](namespace, wrap, id string, out *Out) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<%sResponse xmlns="%s">`, wrap, namespace)
	if out != nil {
		start := xml.StartElement{Name: xml.Name{Local: wrap + "Result"}}
		if err := xml.NewEncoder(&b).EncodeElement(out, start); err != nil {
			return nil, fmt.Errorf("aws: writing the answer of %s: %w", wrap, err)
		}
	}
	fmt.Fprintf(&b, `<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>`, id, wrap)
	return b.Bytes(), nil
}

func writeXMLError(s *Service, c *Call, e *Error) []byte {
	var b bytes.Buffer
	kind := "Sender"
	if e.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	fmt.Fprintf(&b, `<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>`, s.Namespace, kind)
	_ = xml.EscapeText(&b, []byte(e.Code)) // a buffer takes everything
	b.WriteString(`</Code><Message>`)
	_ = xml.EscapeText(&b, []byte(e.Message))
	fmt.Fprintf(&b, `</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, c.ID)
	return b.Bytes()
}

// Stamp is a time in XML.
type Stamp struct{ time.Time }

// MarshalText writes RFC 3339 in UTC.
func (t Stamp) MarshalText() ([]byte, error) {
	return []byte(t.UTC().Format("2006-01-02T15:04:05Z")), nil
}

// Members is a list in XML, written also when it is empty.
type Members[T any] struct {
	Member []T `xml:"member"`
}
