// Package value holds one typed scalar of a table: the same value in a ticket, a
// query's parameter, a row on the screen and a receipt.
//
// It guarantees one spelling per value: two values are equal exactly when their kind,
// NULL flag and canonical bytes are equal, so a digest over the bytes binds the value.
package value

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a value.
type Kind uint8

// The kinds. Their numbers are part of the ticket format: never reuse one.
const (
	Text      Kind = 1
	Integer   Kind = 2 // 64 bits, signed
	Decimal   Kind = 3 // exact, any number of digits
	Float     Kind = 4 // IEEE 754 double
	Boolean   Kind = 5
	Date      Kind = 6 // a calendar day without a zone
	Timestamp Kind = 7 // an instant, microseconds, UTC
)

var kindNames = [...]string{"", "text", "integer", "decimal", "float", "boolean", "date", "timestamp"}

// String returns the kind's name as it is written in YAML and JSON.
func (k Kind) String() string {
	if k.Valid() {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool { return k >= Text && k <= Timestamp }

// Number reports whether values of the kind can be summed.
func (k Kind) Number() bool { return k == Integer || k == Decimal || k == Float }

// ParseKind returns the kind with the given name.
func ParseKind(name string) (Kind, error) {
	for i, n := range kindNames {
		if i > 0 && n == name {
			return Kind(i), nil
		}
	}
	return 0, fmt.Errorf("unknown type %q: want one of %s", name, strings.Join(kindNames[1:], ", "))
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) {
	if !k.Valid() {
		return nil, fmt.Errorf("invalid value kind %d", uint8(k))
	}
	return []byte(k.String()), nil
}

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseKind(string(b))
	return err
}

// Value is one scalar. The zero Value is invalid; make values with the constructors.
type Value struct {
	kind Kind
	null bool
	num  int64  // Integer; Boolean 0 or 1; Date days since 1970; Timestamp microseconds since 1970; Float bits
	str  string // Text; Decimal in canonical spelling
}

// List is an array of values of one kind, for parameters that carry a whole column.
type List struct {
	Kind   Kind
	Values []Value
}

// Null returns the NULL of a kind.
func Null(k Kind) Value { return Value{kind: k, null: true} }

// OfText returns a text value. Invalid UTF-8 is kept as it is.
func OfText(s string) Value { return Value{kind: Text, str: s} }

// OfInteger returns an integer value.
func OfInteger(i int64) Value { return Value{kind: Integer, num: i} }

// OfFloat returns a floating-point value; all NaNs are one value, and so are both zeros.
func OfFloat(f float64) Value {
	switch {
	case math.IsNaN(f):
		f = math.NaN()
	case f == 0:
		f = 0
	}
	return Value{kind: Float, num: int64(math.Float64bits(f))}
}

// OfBoolean returns a boolean value.
func OfBoolean(b bool) Value {
	if b {
		return Value{kind: Boolean, num: 1}
	}
	return Value{kind: Boolean}
}

// OfTimestamp returns the instant t, cut to microseconds.
func OfTimestamp(t time.Time) Value { return Value{kind: Timestamp, num: t.UnixMicro()} }

// OfDate returns the calendar day that t shows in its own zone.
func OfDate(t time.Time) Value {
	y, m, d := t.Date()
	return Value{kind: Date, num: time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400}
}

// OfDecimal parses a decimal number such as "-12.50" or "1e3"; "12.50" and "12.5" are one value.
func OfDecimal(s string) (Value, error) {
	c, err := canonicalDecimal(s)
	if err != nil {
		return Value{}, err
	}
	return Value{kind: Decimal, str: c}, nil
}

// Kind returns the value's type; 0 for the zero Value.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.null }

// Int returns an integer; it panics on other kinds, as do the other accessors.
func (v Value) Int() int64 { v.must(Integer); return v.num }

// Bool returns a boolean.
func (v Value) Bool() bool { v.must(Boolean); return v.num != 0 }

// Float returns a floating-point number.
func (v Value) Float() float64 { v.must(Float); return math.Float64frombits(uint64(v.num)) }

// Time returns a date (midnight UTC) or a timestamp (UTC).
func (v Value) Time() time.Time {
	if v.kind == Date {
		return time.Unix(v.num*86400, 0).UTC()
	}
	v.must(Timestamp)
	return time.UnixMicro(v.num).UTC()
}

func (v Value) must(k Kind) {
	if v.kind != k || v.null {
		panic(fmt.Sprintf("value: %s accessor on %s (null %t)", k, v.kind, v.null))
	}
}

// String returns the canonical spelling of a value that is not NULL, and "" for NULL.
func (v Value) String() string {
	if v.null {
		return ""
	}
	switch v.kind {
	case Text, Decimal:
		return v.str
	}
	return string(v.AppendCanonical(nil))
}

// AppendCanonical appends the value's one spelling to b; NULL appends nothing (callers tag it).
// Text: its bytes. Integer, decimal: decimal digits. Float: 16 hexadecimal digits of its bits.
// Boolean: t or f. Date: 2006-01-02. Timestamp: 2006-01-02T15:04:05.000000Z.
func (v Value) AppendCanonical(b []byte) []byte {
	if v.null {
		return b
	}
	switch v.kind {
	case Text, Decimal:
		return append(b, v.str...)
	case Integer:
		return strconv.AppendInt(b, v.num, 10)
	case Float:
		return appendHex(b, uint64(v.num))
	case Boolean:
		if v.num != 0 {
			return append(b, 't')
		}
		return append(b, 'f')
	case Date:
		return appendDate(b, v.Time())
	case Timestamp:
		return appendTimestamp(b, v.Time())
	}
	panic("value: canonical bytes of an invalid value")
}

const timestampLayout = "2006-01-02T15:04:05.000000Z"

// ParseCanonical is the inverse of AppendCanonical and refuses every other spelling.
func ParseCanonical(k Kind, s string) (Value, error) {
	v, err := parseCanonical(k, s)
	if err != nil {
		return Value{}, fmt.Errorf("%q is not a canonical %s", s, k)
	}
	if got := v.AppendCanonical(nil); string(got) != s {
		return Value{}, fmt.Errorf("%q is not canonical: want %q", s, got)
	}
	return v, nil
}

func parseCanonical(k Kind, s string) (Value, error) {
	switch k {
	case Text:
		return OfText(s), nil
	case Integer:
		i, err := strconv.ParseInt(s, 10, 64)
		return OfInteger(i), err
	case Decimal:
		return OfDecimal(s)
	case Float:
		u, err := strconv.ParseUint(s, 16, 64)
		return OfFloat(math.Float64frombits(u)), err
	case Boolean:
		return OfBoolean(s == "t"), nil
	case Date:
		t, err := time.Parse(time.DateOnly, s)
		return OfDate(t), err
	case Timestamp:
		t, err := time.Parse(timestampLayout, s)
		return OfTimestamp(t), err
	}
	return Value{}, fmt.Errorf("invalid kind")
}

// Equal reports whether two values have the same kind and the same content; NULL equals NULL.
func (v Value) Equal(w Value) bool { return v == w }

// Compare orders values of one kind, NULL last. Decimals compare as numbers.
func Compare(a, b Value) int {
	switch {
	case a.null || b.null:
		return cmp.Compare(b2i(a.null), b2i(b.null))
	case a.kind == Decimal && b.kind == Decimal:
		return compareDecimal(a.str, b.str)
	case a.kind == Text:
		return strings.Compare(a.str, b.str)
	case a.kind == Float:
		return cmp.Compare(a.Float(), b.Float())
	}
	return cmp.Compare(a.num, b.num)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// maxSafeInteger is the largest integer that a JavaScript number holds exactly.
const maxSafeInteger = 1 << 53

// MarshalJSON writes the value as the browser's API shows it: decimals and large integers as strings.
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON gives.
func (v Value) AppendJSON(b []byte) []byte {
	if v.null || v.kind == 0 {
		return append(b, "null"...)
	}
	switch v.kind {
	case Text:
		return AppendJSONString(b, v.str)
	case Integer:
		if v.num >= -maxSafeInteger && v.num <= maxSafeInteger {
			return strconv.AppendInt(b, v.num, 10)
		}
	case Float:
		return v.appendJSONFloat(b)
	case Boolean:
		return strconv.AppendBool(b, v.num != 0)
	}
	return append(v.AppendCanonical(append(b, '"')), '"') // nothing in it needs an escape
}

func (v Value) appendJSONFloat(b []byte) []byte {
	f := v.Float()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return AppendJSONString(b, strconv.FormatFloat(f, 'g', -1, 64))
	}
	j, err := json.Marshal(f)
	if err != nil {
		panic("value: encoding a finite number: " + err.Error())
	}
	return append(b, j...)
}

// AppendJSONString appends s as encoding/json writes it, without its cost where nothing is escaped.
func AppendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			j, err := json.Marshal(s)
			if err != nil {
				panic("value: encoding a text: " + err.Error())
			}
			return append(b, j...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// Parse reads a value of kind k from what JSON or YAML decoding gives (nil, string, bool,
// float64, int, int64, uint64, json.Number), or from the text that a person types.
func Parse(k Kind, x any) (Value, error) {
	if x == nil {
		return Null(k), nil
	}
	if k == Boolean {
		if b, ok := x.(bool); ok {
			return OfBoolean(b), nil
		}
	}
	s, err := spelling(k, x)
	if err != nil {
		return Value{}, err
	}
	v, err := parseText(k, s)
	if err != nil {
		return Value{}, fmt.Errorf("%.80q is not %s", s, article(k))
	}
	return v, nil
}

func spelling(k Kind, x any) (string, error) {
	switch x := x.(type) {
	case string:
		return x, nil
	case json.Number:
		if k.Number() {
			return x.String(), nil
		}
	case float64:
		if k.Number() {
			return strconv.FormatFloat(x, 'f', -1, 64), nil
		}
	case int, int64, uint64:
		if k.Number() {
			return fmt.Sprint(x), nil
		}
	case time.Time:
		if k == Date {
			return x.Format(time.DateOnly), nil
		}
		if k == Timestamp {
			return x.Format(time.RFC3339Nano), nil
		}
	}
	return "", fmt.Errorf("%.80v is not %s", x, article(k))
}

func parseText(k Kind, s string) (Value, error) {
	switch k {
	case Text:
		return OfText(s), nil
	case Float:
		f, err := strconv.ParseFloat(s, 64)
		return OfFloat(f), err
	case Boolean:
		b, err := strconv.ParseBool(s)
		return OfBoolean(b), err
	case Timestamp:
		t, err := time.Parse(time.RFC3339Nano, s)
		return OfTimestamp(t), err
	}
	return parseCanonical(k, strings.TrimSpace(s))
}

func article(k Kind) string {
	switch k {
	case Integer:
		return "a whole number"
	case Decimal, Float:
		return "a number"
	case Boolean:
		return "true or false"
	case Date:
		return "a date such as 2026-01-31"
	case Timestamp:
		return "a time such as 2026-01-31T10:15:00Z"
	}
	return "a text"
}
