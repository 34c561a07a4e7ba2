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
		name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), s.Target)
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
	type level struct {
		names map[string]bool // of an object; nil in a list
		key   bool            // a name comes next
	}
	var open []level
	for first := true; ; first = false {
		t, err := dec.Token()
		if err == io.EOF && len(open) == 0 && !first {
			return nil
		}
		if err != nil {
			return serialization("the body is not JSON")
		}
		if first && t != json.Delim('{') {
			return serialization("the body is not an object")
		}
		if !first && len(open) == 0 {
			return serialization("the body has something after the object")
		}
		if n := len(open); n > 0 && open[n-1].key {
			if name, ok := t.(string); ok {
				folded := strings.ToLower(name) // the standard library matches names in any case
				if open[n-1].names[folded] {
					return serialization("the member %q is there twice", clip(name))
				}
				open[n-1].names[folded], open[n-1].key = true, false
				continue
			}
		}
		switch t {
		case json.Delim('{'):
			open = append(open, level{names: map[string]bool{}, key: true})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
			fallthrough
		default:
			if n := len(open); n > 0 && open[n-1].names != nil {
				open[n-1].key = true
			}
		}
		if len(open) > maxDepth {
			return serialization("the body is nested too deep")
		}
	}
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
