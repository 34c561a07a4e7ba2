package formula_test

import (
	"errors"
	"strings"
	"testing"

	"signet/formula"
	"signet/internal/value"
	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/postgres"
)

// TestErrorsNameTheCharacter: every mistake is told with the character, counted from 1 in characters and not
// in bytes, and with what was wanted and what was there.
func TestErrorsNameTheCharacter(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "character 1: the formula is empty",
		"  /* x */ ":          "character 1: the formula is empty",
		"1 +":                 "character 4: want a value, a field or a function, there is the end",
		"1 2":                 "character 3: the formula could end here, but there is 2",
		"(1 + 2":              "character 7: want ) to close the parenthesis, there is the end",
		"left({t}, 2":         "character 12: want ) to close left, there is the end",
		"'é' + 'abc":          "character 7: the text is not closed: want '",
		"/* é */ {i":          "character 9: the name of a field is not closed: want }",
		"{}":                  "character 1: the name of a field is empty",
		"1 /* 2":              "character 3: the comment is not closed: want */",
		"1 = 2 = 3":           "character 7: comparisons do not chain: join them by and",
		"1 ; 2":               `character 3: ';' has no meaning here`,
		"12abc":               "character 3: a number ends here",
		"1.2.3":               "character 4: a number ends here",
		"9223372036854775808": "character 1: 9223372036854775808 is larger than an INTEGER can be, 9223372036854775807",
		"1.123456789012345678901234567890123456789": "character 1: a number has at most 38 digits",
		"a\x00b":                        "character 2: a NUL character cannot be in a formula",
		"'\xff'":                        "character 2: the formula is not valid UTF-8",
		"{missing} + 1":                 "character 1: there is no field {missing}",
		"'東京' = {nowhere}":              "character 8: there is no field {nowhere}",
		"toUper({t})":                   "character 1: there is no function toUper; do you mean toUpper?",
		"xyzzy(1)":                      "character 1: there is no function xyzzy",
		"1 + {t}":                       "character 5: + wants a number here, there is a STRING: concat joins texts",
		"{at} - {day}":                  "character 1: - wants a number here, there is a DATETIME: dateDiff and addDateTime reckon with dates",
		"{t} * 2":                       "character 1: * wants a number here, there is a STRING: parseInt or parseDecimal makes one",
		"{t} = 1":                       "character 7: = compares with a STRING, there is an INTEGER: toString makes one",
		"{at} > '2024-01-01'":           "character 8: > compares with a DATETIME, there is a STRING: parseDate makes one",
		"{b} < true":                    "character 5: a BOOLEAN has no order: want = or <>",
		"{i} and true":                  "character 1: and wants a BOOLEAN here, there is an INTEGER",
		"NULL":                          "character 1: NULL alone has no type",
		"NULL = NULL":                   "character 6: comparing NULL with NULL gives nothing: isNull asks for it",
		"left({t}, 1.5)":                "character 11: left wants an INTEGER here, there is a DECIMAL: round, floor, ceil or decimalToInt makes one",
		"left({t})":                     "character 1: left wants more: left(STRING, INTEGER)",
		"left({t}, 1, 2)":               "character 14: left takes no more: left(STRING, INTEGER)",
		"left({i}, 1)":                  "character 6: left wants a STRING here, there is an INTEGER: toString makes one",
		"sqrt({t})":                     "character 6: sqrt wants a DECIMAL here, there is a STRING: parseInt or parseDecimal makes one",
		"truncDate('DAY', {at})":        "character 11: truncDate wants a period here: one of YYYY, Q, MM, WK, DD, HH, MI, SS, MS, in quotes",
		"extract('WK', {at})":           "character 9: extract wants a period here: one of YYYY, Q, MM, DD, WD, HH, MI, SS, MS, in quotes",
		"truncDate({t}, {at})":          "character 11: truncDate wants a period here",
		"contains({t}, 'a', {t})":       "character 20: contains wants CASE_SENSITIVE or CASE_INSENSITIVE here",
		"round({d}, {i})":               "character 12: round wants a number of 0 to 15 here that stands in the formula itself",
		"round({d}, 1.5)":               "character 12: round wants a number of 0 to 15 here that stands in the formula itself",
		"percentile({i}, 101)":          "character 17: percentile wants a number of 0 to 100 here that stands in the formula itself",
		"formatDate({at}, 'YYYY')":      `character 18: the format has "YYYY", which is not known`,
		"parseDate({t}, 'MM/dd')":       "character 16: the format needs a year, yyyy",
		"parseDate({t}, 'yyyy a')":      "character 16: a can be written but not read",
		"parseDate({t}, {t})":           "character 16: parseDate wants a text here that stands in the formula itself",
		"parseJson({t}, 'a.b')":         `character 16: "a.b" is not a path: want one such as $.a.b[0]`,
		"parseJson({t}, '$.a b')":       `character 16: "$.a b" is not a path`,
		"in({i}, 1)":                    "character 9: in wants a list of values here, such as ['a', 'b']",
		"in({i}, [])":                   "character 9: in wants a list of values here",
		"in({i}, [1, 'a'])":             "character 13: in looks for an INTEGER, there is a STRING",
		"in({i}, [{i}])":                "character 10: in takes values that stand in the formula itself",
		"in({i}, [NULL])":               "character 10: NULL is in no list: isNull asks for it",
		"[1, 2]":                        "character 1: a list is only the second argument of in and notIn",
		"ifelse({b}, 1)":                "character 1: ifelse wants more: ifelse(CONDITION, ANY, ANY ...)",
		"ifelse({b}, 1, {b}, 2)":        "character 21: ifelse wants pairs, and one value at the end for all else",
		"ifelse({b}, 1, 'a')":           "character 16: ifelse wants an INTEGER here like the ones before, there is a STRING: parseInt or parseDecimal makes one",
		"ifelse({i}, 1, 2)":             "character 8: ifelse wants a BOOLEAN here, there is an INTEGER",
		"ifelse({b}, NULL, NULL)":       "character 1: ifelse gives nothing but NULL",
		"switch({i}, 'a', 1, 2)":        "character 13: switch wants an INTEGER here like the ones before, there is a STRING",
		"coalesce(1, 'a')":              "character 13: coalesce wants an INTEGER here like the ones before, there is a STRING",
		"${p} + 1":                      "character 1: parameters are not served yet: write the value of ${p}",
		"${p q}":                        `character 1: "p q" is no name of a parameter: want letters and digits`,
		"1 + runningSum({i})":           "character 5: runningSum is not served yet",
		"periodToDateSum({i})":          "character 1: periodToDateSum is not served yet",
		"sum({i}, [{t}])":               "character 10: aggregates at a level of their own are not served yet",
		"sum({i}) + {d}":                "character 12: {d} is of one row, and beside it stands an aggregate: put it into an aggregate too",
		"ifelse({b}, sum({i}), 0)":      "character 8: {b} is of one row, and beside it stands an aggregate",
		"sum(max({i}))":                 "character 5: an aggregate of an aggregate is not possible here",
		"sum({t})":                      "character 5: sum wants a DECIMAL here, there is a STRING",
		"max({b})":                      "character 5: max is not for true and false",
		"sumIf({i}, {i})":               "character 12: sumIf wants a BOOLEAN here, there is an INTEGER",
		strings.Repeat("(", 100) + "1":  "character 65: the formula is nested deeper than 64 levels",
		strings.Repeat("1+", 600) + "1": "character 1000: the formula has more than 1000 parts",
		strings.Repeat(" ", 17<<10):     "character 1: the formula is longer than 16 KiB",
	} {
		_, err := formula.Check(text, lookup)
		e, ok := errors.AsType[*formula.Error](err)
		if !ok || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60q: got %v; want %s", text, err, want)
			continue
		}
		if len([]rune(text[:e.Offset]))+1 != e.Column {
			t.Errorf("%.60q: byte %d is not character %d", text, e.Offset, e.Column)
		}
	}
}

// TestPrintingIsParsing: a printed formula is the same formula, without parentheses that it does not need.
func TestPrintingIsParsing(t *testing.T) {
	for text, want := range map[string]string{
		"1+2*3": "1 + 2 * 3", "(1+2)*3": "(1 + 2) * 3", "1-(2-3)": "1 - (2 - 3)", "(1-2)-3": "1 - 2 - 3",
		"2^(3^2)": "2 ^ 3 ^ 2", "(2^3)^2": "(2 ^ 3) ^ 2", "-2^2": "-2 ^ 2", "(-2)^2": "(-2) ^ 2", "2^-1": "2 ^ -1", "- -1": "--1", "+1": "1",
		"not (a AND b) Or c": "not (a and b) or c", "not a = b": "not a = b", "(not a) = b": "(not a) = b", "(a = b) = c": "(a = b) = c",
		`"it's \"x\" \\ \d"`: `'it\'s "x" \\ \\d'`, "IN({a b},[1,'x'])": "IN({a b}, [1, 'x'])", "${p}": "${p}", "TRUE": "true", "a!=b": "a <> b",
		"a - -b": "a - -b", "a/*x*/*b": "a * b",
	} {
		n, err := formula.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := n.String(); got != want {
			t.Errorf("%s: printed as %s; want %s", text, got, want)
		}
		again, err := formula.Parse(n.String())
		if err != nil || again.String() != n.String() {
			t.Errorf("%s: printed as %s and that as %v, %v", text, n, again, err)
		}
	}
}

// write writes a formula of the fields of the table c.
func write(t testing.TB, e *formula.Expr, d source.Dialect) source.Statement {
	t.Helper()
	of, ok := formula.For(d.Name())
	if !ok {
		t.Fatal(d.Name())
	}
	w := writer{source.NewBuilder(d)}
	e.Write(w, of, formula.Options{})
	return w.end()
}

var dialects = []source.Dialect{duckdb.Dialect{}, postgres.Dialect{}, mysql.Dialect{}}

// serving returns the dialects that have all functions of a formula.
func serving(e *formula.Expr) (all []source.Dialect) {
	for _, d := range dialects {
		if of, _ := formula.For(d.Name()); e.Refused(of) == nil {
			all = append(all, d)
		}
	}
	return all
}

// TestA16NothingIsPasted: texts and numbers of a formula are in no statement, and a field only as its quoted column.
func TestA16NothingIsPasted(t *testing.T) {
	for _, text := range []string{
		`replace(concat('a', 'x\'); DROP TABLE c; --'), "DROP", toString(774411))`, "{d} * 77.4411 + 774411", "in({t}, ['DROP', 'b'])", "formatDate({at}, \"'DROP'\")",
		"parseDate({t}, \"yyyy'DROP'\")", `parseJson({t}, '$.DROP')`, "round({d}, 2) = 77.44", "percentileCont({i}, 77.44)",
	} {
		e, err := formula.Check(text, lookup)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range serving(e) {
			if sql := write(t, e, d).SQL; strings.Contains(sql, "DROP") || strings.Contains(sql, "7744") || strings.Contains(sql, "77.44") {
				t.Errorf("%s: %s", d.Name(), sql)
			}
		}
	}
	for _, c := range readCases(t) {
		e, err := formula.Check(c.formula, lookup)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range serving(e) {
			st := write(t, e, d)
			for _, arg := range st.Args {
				v := arg.(value.Value)
				if v.Kind() == value.Text && len(v.String()) > 3 && strings.Contains(st.SQL, v.String()) {
					t.Errorf("%s: %s is in %s", c.formula, v, st.SQL)
				}
			}
		}
	}
	odd := `a"; DROP TABLE c; --`
	e, err := formula.Check("{"+odd+"} + 1", func(string) (formula.Field, bool) { return formula.Field{Kind: value.Integer}, true })
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dialects {
		of, _ := formula.For(d.Name())
		w := writer{source.NewBuilder(d)}
		e.Write(w, of, formula.Options{})
		if !strings.Contains(w.end().SQL, d.Ident(odd)) {
			t.Errorf("%s: %s", d.Name(), w.end().SQL)
		}
	}
}

// TestSizeIsBounded: functions that repeat their argument grow with each level; the formula is refused before it is written.
func TestSizeIsBounded(t *testing.T) {
	text := "{t}"
	for range 12 {
		text = "parseJson(toString(parseDate(" + text + ")), '$.a')"
	}
	e, err := formula.Check(text, lookup)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range formula.Dialects() {
		if e.Refused(d) != nil {
			continue
		}
		if n, ok := e.Size(d, formula.Options{}, func(string) int { return 3 }); ok {
			t.Errorf("%d bytes are let through", n)
		}
	}
	e, err = formula.Check("{i} + 1", lookup)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range formula.Dialects() {
		n, ok := e.Size(d, formula.Options{}, func(string) int { return len(`"c"."i"`) })
		if real := len(write(t, e, dialects[i]).SQL); !ok || n < real || n > 2*real {
			t.Errorf("%d bytes, %v; the SQL has %d", n, ok, real)
		}
	}
}

// FuzzFormula: nothing that is typed makes the parser, the checker or the writer panic, and printing is
// the inverse of parsing.
func FuzzFormula(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.formula)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := formula.Parse(text)
		if err != nil {
			if _, ok := errors.AsType[*formula.Error](err); !ok {
				t.Fatalf("%v is no place in the formula", err)
			}
			return
		}
		printed := n.String()
		again, err := formula.Parse(printed)
		if len(printed) <= formula.MaxLength && (err != nil || again.String() != printed) {
			t.Fatalf("%q is printed as %q, which reads as %v, %v", text, printed, again, err)
		}
		e, err := formula.Check(text, lookup)
		if err != nil {
			return
		}
		for i, d := range formula.Dialects() {
			if e.Refused(d) != nil {
				continue
			}
			if _, ok := e.Size(d, formula.Options{}, func(string) int { return 8 }); ok {
				if st := write(t, e, dialects[i]); len(st.SQL) == 0 {
					t.Fatalf("%q has no SQL", text)
				}
			}
		}
	})
}

// BenchmarkCompile reads, checks and writes a formula of usual size; its number is the reciprocal of formulas per second.
func BenchmarkCompile(b *testing.B) {
	text := "ifelse({d} > 100 and contains({t}, 'acme', CASE_INSENSITIVE), round({d} * 0.9, 2), in({t}, ['a', 'b', 'c']), {d} - {i}, coalesce({d}, 0))"
	for _, d := range dialects {
		of, _ := formula.For(d.Name())
		b.Run(d.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				e, err := formula.Check(text, lookup)
				if err != nil {
					b.Fatal(err)
				}
				w := writer{source.NewBuilder(d)}
				e.Write(w, of, formula.Options{})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "formulas/s")
		})
	}
}
