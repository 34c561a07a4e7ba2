package formula

import (
	"slices"

	"signet/internal/value"
)

// rep is what the SQL of a node gives. A formula's author sees the five types of String: exact and
// binary numbers with a point are both DECIMAL.
type rep uint8

const (
	nothing  rep = iota
	null         // NULL, of no type yet
	str          // text
	integer      // 64 bits, signed
	exact        // decimal digits
	binary64     // IEEE 754 double
	datetime     // a timestamp without a zone, which holds UTC
	boolean
)

// String returns the type as errors and signatures name it.
func (r rep) String() string {
	return [...]string{"nothing", "NULL", "STRING", "INTEGER", "DECIMAL", "DECIMAL", "DATETIME", "BOOLEAN"}[r]
}

var repOf = map[value.Kind]rep{
	value.Text: str, value.Integer: integer, value.Decimal: exact, value.Float: binary64,
	value.Boolean: boolean, value.Date: datetime, value.Timestamp: datetime,
}

// kinds lists what a result can be declared as; the first is what it is when nothing is declared.
var kinds = map[rep][]value.Kind{
	str: {value.Text}, integer: {value.Integer, value.Decimal, value.Float}, exact: {value.Decimal, value.Float},
	binary64: {value.Float, value.Decimal}, datetime: {value.Timestamp, value.Date}, boolean: {value.Boolean},
}

func (r rep) number() bool { return r == integer || r == exact || r == binary64 }

// unify returns the type that holds the values of both.
func unify(a, b rep) (rep, bool) {
	switch {
	case a == b || b == null:
		return a, true
	case a == null:
		return b, true
	case a.number() && b.number():
		return max(a, b), true
	}
	return nothing, false
}

// level is how many rows a value is of.
type level uint8

const (
	constant level = iota
	row
	aggregate
)

// Expr is a checked formula.
type Expr struct {
	root  *Node
	calls []called
}

// called is a function that a formula calls, and where.
type called struct {
	text           string
	offset, column int // as in Error
}

// Kind returns the kind of the formula's values when a field declares none.
func (e *Expr) Kind() value.Kind { return kinds[e.root.rep][0] }

// Type returns the formula's type: STRING, INTEGER, DECIMAL, DATETIME or BOOLEAN.
func (e *Expr) Type() string { return e.root.rep.String() }

// Fits reports whether a field can declare the formula's values as a kind.
func (e *Expr) Fits(k value.Kind) bool { return slices.Contains(kinds[e.root.rep], k) }

// Aggregate reports whether the formula gives one value for a group of rows.
func (e *Expr) Aggregate() bool { return e.root.level == aggregate }
