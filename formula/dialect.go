package formula

import (
	"fmt"
	"strconv"
	"strings"

	"signet/internal/value"
)

// Dialect is how one database writes formulas: data, in a file of its own.
type Dialect struct {
	name      string
	types     map[rep]string
	decimal   func(digits, scale int) string
	columns   map[value.Kind][]templatePiece // a column as its type
	results   map[value.Kind][]templatePiece // a value as a declared kind
	templates map[string][]templatePiece
	formats   map[string][]templatePiece // codes of date formats
	path      func(c *composer, steps []string)
	join      [2]string       // what opens texts joined, and what stands between them
	exactText []templatePiece // a text as it is compared; nil for as it is
	refused   map[string]bool // functions that have no answer here
}

// Refused returns the error of the first function that the dialect does not serve, or nil.
func (e *Expr) Refused(d *Dialect) *Error {
	for _, name := range e.calls {
		if d.refused[name.text] {
			return &Error{Offset: name.offset, Column: name.column, Message: name.text + " is not served on " + d.name}
		}
	}
	return nil
}

// For returns the dialect of a source, by the name of its connector.
func For(connector string) (*Dialect, bool) {
	d, ok := dialects[connector]
	return d, ok
}

var dialects = map[string]*Dialect{"duckdb": duckDB, "postgres": postgreSQL, "mysql": mySQL}

// Dialects returns all dialects.
func Dialects() []*Dialect { return []*Dialect{duckDB, postgreSQL, mySQL} }

// templatePiece is SQL or, where that is empty, the place of an argument.
type templatePiece struct {
	sql string
	arg int
}

// filterArg is the place of an aggregate's condition, with all that it is written with.
const filterArg = -1

// whenArg and endArg are the places around an aggregate's argument, where there is no FILTER.
const (
	whenArg = -2
	endArg  = -3
)

// words are what a template calls differently in each dialect.
type words map[string]string

// compile reads a template: {0} is an argument, {filter} the condition of an aggregate, and any other
// word in braces one of words.
func compile(t string, w words) []templatePiece {
	var out []templatePiece
	for t != "" {
		before, rest, found := strings.Cut(t, "{")
		if before != "" {
			out = append(out, templatePiece{sql: before})
		}
		if !found {
			break
		}
		inner, after, _ := strings.Cut(rest, "}")
		t = after
		i, err := strconv.Atoi(inner)
		sql, known := w[inner]
		switch {
		case err == nil:
			out = append(out, templatePiece{arg: i})
		case inner == "filter":
			out = append(out, templatePiece{arg: filterArg})
		case inner == "when":
			out = append(out, templatePiece{arg: whenArg})
		case inner == "end":
			out = append(out, templatePiece{arg: endArg})
		case known:
			out = append(out, templatePiece{sql: sql})
		default:
			panic(fmt.Sprintf("formula: a template has the word %q, which the dialect does not know", inner))
		}
	}
	return out
}

// compileAll reads the templates of a dialect, and adds those that count.
func compileAll(w words, templates map[string]string) map[string][]templatePiece {
	all := compileEach(w, templates)
	for places := range 16 {
		all[fmt.Sprintf("round:%d", places)] = compile(fmt.Sprintf("CAST({0} AS DECIMAL(38, %d))", places), w)
		power := "CAST(1" + strings.Repeat("0", places) + " AS {float})"
		all[fmt.Sprintf("round:FLOAT:%d", places)] = compile("CASE WHEN abs({0}) * "+power+" < 4503599627370496 THEN sign({0}) * floor(abs({0}) * "+power+" + 0.5) / "+power+" ELSE {0} END", w)
	}
	return all
}

func compileEach[K comparable](w words, in map[K]string) map[K][]templatePiece {
	all := map[K][]templatePiece{}
	for key, t := range in {
		all[key] = compile(t, w)
	}
	return all
}
