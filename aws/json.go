package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// JSON11 is the protocol of KMS, Secrets Manager and CloudTrail: the operation is in X-Amz-Target,
// bodies are JSON objects.
var JSON11 = Protocol{
	contentType: "application/x-amz-json-1.1",
	common: map[reason]shape{
		noSignature:  {"MissingAuthenticationTokenException", 400},
		incomplete:   {"IncompleteSignatureException", 400},
		badSignature: {"InvalidSignatureException", 400},
		noKey:        {"UnrecognizedClientException", 400},
		expiredToken: {"ExpiredTokenException", 400},
		expired:      {"InvalidSignatureException", 400},
		denied:       {"AccessDeniedException", 400},
		throttled:    {"ThrottlingException", 400},
		tooLarge:     {"RequestEntityTooLargeException", 413},
		internal:     {"InternalFailure", 500},
		unavailable:  {"ServiceUnavailableException", 503},
	},
	unknown: shape{"UnknownOperationException", 400},
	find: func(s *Service, r *http.Request, _ *Call) (string, error) {
		name, ok := s.targeted(r.Header.Get("X-Amz-Target"))
		if !ok || r.Method != http.MethodPost || r.URL.Path != "/" {
			return "", Errorf("UnknownOperationException", "Send a POST of / with the operation in X-Amz-Target, after %s", s.Target)
		}
		return name, nil
	},
	write: func(_ *Service, _ *Call, e *Error) []byte {
		// SDKs read either spelling of the message; services differ.
		body := map[string]string{"__type": e.Code, "message": e.Message, "Message": e.Message}
		b, _ := json.Marshal(body) // texts cannot fail
		return b
	},
}

// targeted takes the operation off a target. Some clients write a longer name before the service's.
func (s *Service) targeted(target string) (operation string, ok bool) {
	i := strings.LastIndexByte(target, '.') + 1
	return target[i:], s.Target != "" && strings.HasSuffix(target[:i], s.Target)
}

// JSON makes an operation of a function. In is a struct with json tags; members that it does not have
// are ignored, as AWS does, and a member of the wrong type is a SerializationException. The function
// returns a pointer to a struct, nil for an answer without members.
func JSON[In, Out any](do func(context.Context, *Call, *In) (*Out, error)) Operation {
	return func(ctx context.Context, c *Call) ([]byte, error) {
		in := new(In)
		defer wipe(in)
		if err := decodeJSON(c.body, in); err != nil {
			return nil, err
		}
		out, err := do(ctx, c, in)
		if err != nil {
			return nil, err
		}
		if out == nil {
			return []byte("{}"), nil
		}
		defer wipe(out)
		return json.Marshal(out)
	}
}

// Wiper is an input or an output that holds secrets. JSON wipes it when it is of no more use.
type Wiper interface{ Wipe() }

func wipe(v any) {
	if w, ok := v.(Wiper); ok {
		w.Wipe()
	}
}

// maxDepth bounds nesting, which no operation needs much of.
const maxDepth = 64

// decodeJSON reads one object and nothing after it. Member names are matched as they are spelt, each
// once: with two, the signer and the server could have meant different ones.
func decodeJSON(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !utf8.Valid(body) {
		return serialization("the body is not UTF-8")
	}
	if err := checkObject(body); err != nil {
		return err
	}
	err := json.Unmarshal(body, into)
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return serialization("%s cannot be a %s", e.Field, e.Value)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if err != nil {
		return serialization("the body cannot be read")
	}
	return nil
}

func serialization(format string, args ...any) error {
	return Errorf("SerializationException", format, args...)
}

// checkObject walks the tokens: an object, no name twice in one, not too deep, nothing after it.
func checkObject(body []byte) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var w walk
	for first := true; ; first = false {
		t, err := dec.Token()
		switch {
		case err == io.EOF && len(w) == 0 && !first:
			return nil
		case err != nil:
			return serialization("the body is not JSON")
		case first && t != json.Delim('{'):
			return serialization("the body is not an object")
		case !first && len(w) == 0:
			return serialization("the body has something after the object")
		}
		if err := w.step(t); err != nil {
			return err
		}
	}
}

// walk is the objects and lists that are open.
type walk []level

type level struct {
	names map[string]bool // of an object; nil in a list
	key   bool            // a name comes next
}

func (w *walk) step(t json.Token) error {
	if n := len(*w); n > 0 && (*w)[n-1].key {
		if name, ok := t.(string); ok {
			return (*w)[n-1].name(name, n == 1)
		}
	}
	switch t {
	case json.Delim('{'):
		*w = append(*w, level{names: map[string]bool{}, key: true})
	case json.Delim('['):
		*w = append(*w, level{})
	case json.Delim('}'), json.Delim(']'):
		*w = (*w)[:len(*w)-1]
		w.value()
	default:
		w.value()
	}
	if len(*w) > maxDepth {
		return serialization("the body is nested too deep")
	}
	return nil
}

// value notes that a value has ended: in an object, a name comes next.
func (w *walk) value() {
	if n := len(*w); n > 0 && (*w)[n-1].names != nil {
		(*w)[n-1].key = true
	}
}

// name refuses a second one. The standard library matches members in any case, so of a request's own
// members two cases are one name; further down they may be keys of a map, where case counts.
func (l *level) name(name string, members bool) error {
	key := name
	if members {
		key = strings.ToLower(name)
	}
	if l.names[key] {
		return serialization("the member %q is there twice", clip(name))
	}
	l.names[key], l.key = true, false
	return nil
}

// Time is a timestamp in JSON: seconds since 1970, with up to three digits after the point.
type Time struct{ time.Time }

// MarshalJSON writes seconds; null for no time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(nil, ms/1000, 10), nil
	}
	return strconv.AppendFloat(nil, float64(ms)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads seconds.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 253402300799 {
		return serialization("a timestamp must be a number of seconds since 1970")
	}
	sec, frac := math.Modf(f)
	t.Time = time.Unix(int64(sec), int64(math.Round(frac*1e3))*1e6).UTC()
	return nil
}

// IsZero lets omitzero leave out a time that is not there.
func (t Time) IsZero() bool { return t.Time.IsZero() }

// Invalid is a ValidationException about one member.
func Invalid(member, format string, args ...any) error {
	return Errorf("ValidationException", "1 validation error detected: Value at '%s' failed to satisfy constraint: %s", member, fmt.Sprintf(format, args...))
}
