package aws

import (
	"context"
	"net/url"
)

// DecodeJSON reads a body as operations do.
func DecodeJSON(body []byte, into any) error { return decodeJSON(body, into) }

// ParseForm reads a form as operations do.
func ParseForm(text string) (url.Values, error) { return parseForm(text) }

// NewInput is the parameters of a form.
func NewInput(form url.Values) *Input { return &Input{values: form} }

// WriteXML writes an answer with a fixed request id.
func WriteXML[Out any](name string, out *Out) ([]byte, error) {
	return writeXML("https://example.test/", name, "00000000-0000-0000-0000-000000000000", out)
}

// WriteError writes an error of a protocol with a fixed request id.
func WriteError(p Protocol, e *Error) []byte {
	return p.write(&Service{Namespace: "https://example.test/"}, &Call{ID: "00000000-0000-0000-0000-000000000000"}, e)
}

// Do does an operation with a body.
func Do(ctx context.Context, op Operation, body []byte) ([]byte, error) {
	return op(ctx, &Call{body: body})
}
