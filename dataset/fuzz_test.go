package dataset_test

import (
	"encoding/base64"
	mrand "math/rand/v2"
	"strings"
	"testing"

	"signet/dataset"
	"signet/internal/value"
	"signet/source/postgres"
)

func FuzzCursor(f *testing.F) {
	kinds := []value.Kind{value.Text, value.Integer, value.Decimal, value.Float, value.Boolean, value.Date, value.Timestamp}
	for _, row := range sample(mrand.New(mrand.NewPCG(1, 1)), 10) {
		s := dataset.EncodeCursor([]byte("shape"), 2, row[1:])
		b, _ := base64.RawURLEncoding.DecodeString(s)
		f.Add(b[17:], true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if seal {
			b = dataset.Seal([]byte("shape"), b)
		}
		s := base64.RawURLEncoding.EncodeToString(b)
		values, skip, err := dataset.DecodeCursor(s, []byte("shape"), kinds)
		if err != nil {
			return
		}
		again, n, err := dataset.DecodeCursor(dataset.EncodeCursor([]byte("shape"), skip, values), []byte("shape"), kinds)
		if err != nil || n != skip {
			t.Fatalf("a decoded cursor does not come back: %v", err)
		}
		for i := range values {
			if !values[i].Equal(again[i]) {
				t.Fatalf("value %d is %v, then %v", i, values[i], again[i])
			}
		}
		if _, _, err := dataset.DecodeCursor(s, []byte("other"), kinds); err == nil {
			t.Fatal("the cursor fits another shape")
		}
	})
}

func FuzzSingleStatement(f *testing.F) {
	for _, s := range []string{"select 1;", "select $a$;$a$ -- x", "/* /* */ */ select 'it''s' \"q\"", "select E'\\'' ; ;", "select (((1)))", "select $1", "select a$b$c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := dataset.SingleStatement(s)
		if err != nil {
			return
		}
		if !strings.HasPrefix(s, out) || strings.TrimSpace(out) == "" {
			t.Fatalf("%q became %q", s, out)
		}
		if again, err := dataset.SingleStatement(out); err != nil || again != out {
			t.Fatalf("%q became %q, then %q, %v", s, out, again, err)
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	def := sampleDefinition()
	def.RowPolicy = []dataset.Rule{{Users: []string{"ana"}, Where: map[string][]any{"t": {"a", "b", nil}, "i": {1, 2, 3}}}}
	d, bad := dataset.New(def)
	if len(bad) > 0 {
		b.Fatal(bad)
	}
	q := dataset.Query{Fields: []string{"t", "i", "d", "f", "b", "day", "at"}, WholeRows: true, Limit: 100, Sort: []dataset.Sort{{Column: "d"}, {Column: "at", Descending: true}},
		Filters: []dataset.Filter{{Field: "t", Op: "in", Values: []value.Value{text("a"), text("b")}}, {Field: "d", Op: "between", From: number(b, "1")}}}
	for b.Loop() {
		if _, err := d.Plan(postgres.Dialect{}, ana, q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkQueryDuckDB(b *testing.B) {
	src, err := openDuck(b)
	if err != nil {
		b.Fatal(err)
	}
	load(b, src, sample(mrand.New(mrand.NewPCG(1, 1)), 5000))
	set := newSet(b, src, sampleDefinition())
	q := dataset.Query{Fields: []string{"t", "i", "d"}, WholeRows: true, Limit: 100, Sort: []dataset.Sort{{Column: "d"}}}
	for b.Loop() {
		query(b, set, ana, q)
	}
}
