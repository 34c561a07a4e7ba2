package secrets

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode/utf8"

	"signet/internal/opaque"
)

// Kinds of value, as the store has them.
const (
	textValue   = "text"
	binaryValue = "binary"
	emptyValue  = "" // of a version that a rotation has made and not filled
)

const maxValue = 65536

// Value is what a version holds: a text or bytes. It does not print. The zero Value is none.
type Value struct {
	kind  string
	bytes opaque.Bytes
}

// NewValue takes the two fields of a request, nil where one is missing, and owns them from then on. A
// secret has one of them, or none.
func NewValue(text, binary []byte) (Value, error) {
	switch {
	case text != nil && binary != nil:
		return Value{}, invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
	case text != nil:
		return Text(text), nil
	case binary != nil:
		return Binary(binary), nil
	}
	return Value{}, nil
}

// Text is a SecretString. It owns b.
func Text(b []byte) Value { return Value{textValue, opaque.New(b)} }

// Binary is a SecretBinary. It owns b.
func Binary(b []byte) Value { return Value{binaryValue, opaque.New(b)} }

// IsZero reports whether there is no value.
func (v Value) IsZero() bool { return v.kind == emptyValue }

// IsText reports whether the value is a SecretString.
func (v Value) IsText() bool { return v.kind == textValue }

// Reveal returns the bytes. The caller must neither keep nor change them.
func (v Value) Reveal() []byte { return v.bytes.Reveal() }

// Equal compares kind and bytes.
func (v Value) Equal(w Value) bool { return v.kind == w.kind && v.bytes.Equal(w.bytes) }

// Wipe overwrites the value in memory.
func (v Value) Wipe() { v.bytes.Wipe() }

const hidden = "[hidden]"

// Format prints a placeholder for every verb. The bytes' own methods are not enough: fmt does not call
// those of a field that is not exported.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String returns a placeholder.
func (v Value) String() string { return hidden }

// LogValue gives the log a placeholder.
func (v Value) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON refuses: a codec asks for the bytes by name.
func (v Value) MarshalJSON() ([]byte, error) {
	return nil, errors.New("secrets: a value cannot be marshalled")
}

// check wants a value that a version can hold.
func (v Value) check() error {
	field := "secretBinary"
	if v.IsText() {
		field = "secretString"
	}
	switch n := v.bytes.Len(); {
	case n == 0:
		return constraint(field, "have length greater than or equal to 1")
	case n > maxValue:
		return constraint(field, "have length less than or equal to %d", maxValue)
	}
	if v.IsText() && !utf8.Valid(v.Reveal()) {
		return constraint(field, "be UTF-8")
	}
	return nil
}
