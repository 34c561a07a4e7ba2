// Package opaque holds secret bytes so that they cannot leak by accident: they do not print,
// log, marshal or compare with ==. The only way to the bytes is Reveal, which is easy to grep for.
package opaque

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const hidden = "[hidden]"

// Bytes is a secret. The function field makes == a compile error, because == is not constant-time.
type Bytes struct {
	_ [0]func()
	b []byte
}

// New takes ownership of b; the caller must not use it again.
func New(b []byte) Bytes { return Bytes{b: b} }

// Reveal returns the secret itself. The caller must neither keep nor change it.
func (s Bytes) Reveal() []byte { return s.b }

// Len returns the number of secret bytes.
func (s Bytes) Len() int { return len(s.b) }

// Equal compares in time that depends on the lengths only.
func (s Bytes) Equal(t Bytes) bool { return subtle.ConstantTimeCompare(s.b, t.b) == 1 }

// Wipe overwrites the secret in memory.
func (s Bytes) Wipe() { clear(s.b) }

// Format prints a placeholder for every verb.
func (s Bytes) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String returns a placeholder.
func (s Bytes) String() string { return hidden }

// LogValue gives the log a placeholder.
func (s Bytes) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText refuses: a secret in JSON or YAML is always a mistake.
func (s Bytes) MarshalText() ([]byte, error) {
	return nil, fmt.Errorf("opaque: a secret cannot be marshalled")
}

// MarshalJSON refuses, as MarshalText does.
func (s Bytes) MarshalJSON() ([]byte, error) { return s.MarshalText() }
