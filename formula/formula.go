// Package formula is the language of calculated fields: it reads a formula, checks its types and writes it
// as SQL of one dialect.
//
// It guarantees that a formula brings no SQL of its own: every function and operator is written from a
// list of this package, values are bound, and fields are written by the caller. It guarantees that a
// checked formula has one answer, the same in each dialect, for each row; SPEC.md says which.
// Parsing, checking and writing are bounded, and errors point at a character.
package formula

import (
	"fmt"
	"unicode/utf8"
)

// Bounds of one formula.
const (
	MaxLength = 16 << 10 // bytes
	maxDepth  = 64       // of nesting
	maxNodes  = 1000
	// MaxSQL bounds what one formula may become, with the formulas of the fields that it uses: some
	// functions are written with their argument repeated.
	MaxSQL = 64 << 10
)

// Error is what is wrong with a formula, and at which character.
type Error struct {
	Offset  int // in bytes, from 0
	Column  int // in characters, from 1
	Message string
}

// Error names the character and the mistake.
func (e *Error) Error() string { return fmt.Sprintf("character %d: %s", e.Column, e.Message) }

// failure carries an Error out of the parser and the checker, whose functions would otherwise each
// return one.
type failure struct {
	offset  int
	message string
}

func fail(offset int, format string, args ...any) {
	panic(failure{offset, fmt.Sprintf(format, args...)})
}

// rescue turns a failure into the Error that names its character; any other panic goes on.
func rescue(text string, err *error) {
	switch r := recover().(type) {
	case nil:
	case failure:
		*err = &Error{Offset: r.offset, Column: utf8.RuneCountInString(text[:r.offset]) + 1, Message: r.message}
	default:
		panic(r)
	}
}
