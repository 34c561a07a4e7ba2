package dataset_test

import (
	mrand "math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/dataset"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// calculating is the sample with fields that formulas calculate, one of them over another.
func calculating() dataset.Definition {
	def := sampleDefinition()
	def.Fields = append(def.Fields,
		dataset.Field{Name: "twice", Formula: "{i} * 2"},
		dataset.Field{Name: "sign", Formula: "ifelse({twice} > 0, 'plus', {twice} < 0, 'minus', {twice} = 0, 'zero', NULL)"},
		dataset.Field{Name: "month", Formula: "truncDate('MM', {at})", Type: value.Date},
		dataset.Field{Name: "per_row", Formula: "sum({twice}) / count({id})"},
		dataset.Field{Name: "rounded", Formula: "round({per_row}, 2)", Type: value.Decimal},
	)
	return def
}

// signOf computes the field sign in Go.
func signOf(row []value.Value) value.Value {
	switch i := row[2]; {
	case i.IsNull():
		return value.Null(value.Text)
	case i.Int() > 0:
		return text("plus")
	case i.Int() < 0:
		return text("minus")
	}
	return text("zero")
}

// TestCalculatedFields asks for calculated fields in all places that take fields, and compares with Go.
func TestCalculatedFields(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rows := sample(mrand.New(mrand.NewPCG(3, 4)), 60)
		load(t, src, rows)
		def := calculating()
		set := newSet(t, src, def)
		var all, plus []string
		count, sum := map[string]int64{}, int64(0)
		for _, row := range rows {
			s := signOf(row)
			spelled := s.String()
			if s.IsNull() {
				spelled = "NULL"
			}
			all = append(all, row[0].String()+"|"+spelled+"|")
			count[spelled]++
			if s.Equal(text("plus")) {
				plus = append(plus, row[0].String()+"|")
				sum += 2 * row[2].Int()
			}
		}
		r := query(t, set, ana, dataset.Query{Fields: []string{"id", "sign"}})
		if d := cmp.Diff(all, show(r.Rows)); d != "" {
			t.Errorf("shown (-go +sql):\n%s", d)
		}
		only := []dataset.Filter{{Field: "sign", Op: "in", Values: []value.Value{text("plus")}}}
		r = query(t, set, ana, dataset.Query{Fields: []string{"id"}, Filters: only, Totals: []string{"twice"}, Count: true})
		if d := cmp.Diff(plus, show(r.Rows)); d != "" || r.Count != int64(len(plus)) || !r.Sums["twice"].Equal(value.OfInteger(sum)) {
			t.Errorf("filtered: %d rows, sum %v; want %d and %d (-go +sql):\n%s", r.Count, r.Sums["twice"], len(plus), sum, d)
		}
		r = query(t, set, ana, dataset.Query{Dimensions: []dataset.Dimension{{Field: "sign"}}, Measures: []dataset.Measure{
			{Name: "n", Op: "count"}, {Name: "top", Op: "max", Field: "twice"}, {Name: "months", Op: "count_distinct", Field: "month"},
			{Name: "r", Op: "formula", Field: "rounded"}, {Name: "none", Op: "formula", Field: "per_row", Where: []dataset.Filter{{Field: "id", Op: "is_null"}}},
		}})
		if len(r.Rows) != len(count) {
			t.Errorf("%d groups; want %d", len(r.Rows), len(count))
		}
		for _, row := range r.Rows {
			name := row[0].String()
			if row[0].IsNull() {
				name = "NULL"
			}
			if row[1].Int() != count[name] || !row[5].IsNull() || row[4].Kind() != value.Decimal {
				t.Errorf("group %s: %v; want %d rows, no average of no rows", name, show([][]value.Value{row}), count[name])
			}
		}
		whole := query(t, set, ana, dataset.Query{WholeRows: true, Sort: []dataset.Sort{{Column: "twice", Descending: true}}})
		d, _ := set.Get("sample")
		if len(whole.Whole[0]) != len(d.Fields()) || len(d.Fields()) != len(def.Fields)-2 {
			t.Errorf("a whole row has %d values of %d fields; the dataset has %d", len(whole.Whole[0]), len(d.Fields()), len(def.Fields))
		}
		for i := 1; i < len(whole.Whole); i++ {
			if a, b := whole.Whole[i-1][8], whole.Whole[i][8]; !b.IsNull() && value.Compare(a, b) < 0 {
				t.Errorf("row %d is not in the order of {twice}", i)
			}
		}
	})
}

// TestCalculatedPolicy has a row policy about a calculated field, and compares it with Go.
func TestCalculatedPolicy(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rows := sample(mrand.New(mrand.NewPCG(5, 6)), 60)
		load(t, src, rows)
		def := calculating()
		def.RowPolicy = []dataset.Rule{
			{Users: []string{"ana"}, Where: map[string][]any{"sign": {"minus", nil}}},
			{Users: []string{"ana"}, Where: map[string][]any{"sign": {"zero"}, "b": {true}}},
		}
		set := newSet(t, src, def)
		d, _ := set.Get("sample")
		var want []string
		for _, row := range rows {
			get := func(field string) (value.Value, bool) {
				switch field {
				case "sign":
					return signOf(row), true
				case "b":
					return row[5], true
				}
				return value.Value{}, false
			}
			if d.Allows(ana, get) {
				want = append(want, row[0].String()+"|")
			}
		}
		if len(want) == 0 || len(want) == len(rows) {
			t.Fatalf("the policy lets %d of %d rows through", len(want), len(rows))
		}
		checkPolicy(t, set, ana, want, "a policy about a calculated field")
		checkPolicy(t, set, caller("eve", policy.Reader), nil, "nobody's rule")
	})
}

func TestCalculatedFieldsAreChecked(t *testing.T) {
	for want, change := range map[string]func(def *dataset.Definition){
		`fields[8].formula: character 7: there is no field {x}`:                       formulas("{i} + {x}"),
		`fields[8].formula: character 7: + wants a number here, there is a STRING`:    formulas("{i} + {t}"),
		`fields[9].formula: uses itself: {f0} -> {f1} -> {f0}`:                        formulas("{f1} + 1", "{f0} + 1"),
		`fields[8].formula: uses itself: {f0} -> {f0}`:                                formulas("{f0}"),
		`fields[8].formula: character 1: there is no function summ; do you mean sum?`: formulas("summ({i})"),
		`fields[8].formula: character 1: runningSum is not served yet`:                formulas("runningSum({i})"),
		`fields[8].formula: give column or formula, one of them`: func(def *dataset.Definition) {
			formulas("{i}")(def)
			def.Fields[8].Column = "i"
		},
		`fields[8].type: the formula gives INTEGER, which is not text`: func(def *dataset.Definition) {
			formulas("{i}")(def)
			def.Fields[8].Type = value.Text
		},
		`key[1]: "f0" is calculated`: func(def *dataset.Definition) {
			formulas("{i}")(def)
			def.Key = []string{"id", "f0"}
		},
		`row_policy[0].where.f0: "f0" gives one value for many rows`: func(def *dataset.Definition) {
			formulas("sum({i})")(def)
			def.RowPolicy = []dataset.Rule{{Users: []string{"ana"}, Where: map[string][]any{"f0": {1}}}}
		},
		`fields[9].formula: character 13: {i} is of one row, and beside it stands an aggregate`: formulas("sum({i})", "  {f0} +    {i}"),
		// Each split repeats its first argument, and so does each field over the one before.
		`becomes more than 64 KiB of SQL`: formulas("locate({t}, 'a', 2)", "locate(toString({f0}), toString({f0}), {f0})", "locate(toString({f1}), toString({f1}), {f1})",
			"locate(toString({f2}), toString({f2}), {f2})", "locate(toString({f3}), toString({f3}), {f3})", "locate(toString({f4}), toString({f4}), {f4})"),
	} {
		def := sampleDefinition()
		change(&def)
		d, bad := dataset.New(def)
		if d != nil || len(bad) != 1 || !strings.Contains(bad[0].Field+": "+bad[0].Message, want) {
			t.Errorf("got %+v; want %s", bad, want)
		}
	}
}

// formulas adds the fields f0, f1 ...
func formulas(all ...string) func(def *dataset.Definition) {
	return func(def *dataset.Definition) {
		for i, f := range all {
			def.Fields = append(def.Fields, dataset.Field{Name: "f" + string(rune('0'+i)), Formula: f})
		}
	}
}

// TestAggregatesStandForManyRows refuses an aggregate where a row's field is wanted.
func TestAggregatesStandForManyRows(t *testing.T) {
	src, err := openDuck(t)
	if err != nil {
		t.Fatal(err)
	}
	load(t, src, sample(mrand.New(mrand.NewPCG(1, 1)), 5))
	set := newSet(t, src, calculating())
	for _, q := range []dataset.Query{
		{Fields: []string{"per_row"}},
		{Fields: []string{"id"}, Filters: []dataset.Filter{{Field: "per_row", Op: "not_null"}}},
		{Fields: []string{"id"}, Sort: []dataset.Sort{{Column: "per_row"}}},
		{Fields: []string{"id"}, Totals: []string{"per_row"}},
		{Dimensions: []dataset.Dimension{{Field: "per_row"}}, Measures: []dataset.Measure{{Name: "n", Op: "count"}}},
		{Measures: []dataset.Measure{{Name: "n", Op: "sum", Field: "per_row"}}},
		{Measures: []dataset.Measure{{Name: "n", Op: "formula", Field: "twice"}}},
		{Measures: []dataset.Measure{{Name: "n", Op: "formula"}}},
	} {
		if _, err := set.Query(within(t), ana, "sample", q); err == nil {
			t.Errorf("%+v was answered", q)
		}
	}
}

// TestCheckAsksTheDatabase: a formula that the language allows and the database cannot compute is told at its field.
func TestCheckAsksTheDatabase(t *testing.T) {
	src, err := openDuck(t)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, src, source.Statement{SQL: "CREATE TABLE q (id INTEGER, wide DECIMAL(38, 20))"})
	for text, want := range map[string]string{"{wide} + 1": "", "{wide} * {wide}": "the database cannot compute it", "sum({wide} * {wide})": "the database cannot compute it"} {
		d, bad := dataset.New(dataset.Definition{ID: "d", Source: "db", Table: "q", Fields: []dataset.Field{{Name: "wide", Type: value.Decimal}, {Name: "x", Formula: text}}})
		if len(bad) > 0 {
			t.Fatal(bad)
		}
		bad = d.Check(within(t), src)
		if want == "" && len(bad) > 0 || want != "" && (len(bad) != 1 || bad[0].Field != "fields[1].formula" || !strings.Contains(bad[0].Message, want)) {
			t.Errorf("%s: %+v; want %q", text, bad, want)
		}
	}
}
