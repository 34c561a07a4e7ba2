package dataset_test

import (
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
	"signet/source/duckdb"
)

func openDuck(t testing.TB) (*duckdb.Source, error) {
	src, err := duckdb.Open(source.Definition{ID: "db", DuckDB: &source.DuckDB{File: "w.duckdb"}}, t.TempDir())
	if err == nil {
		t.Cleanup(func() { _ = src.Close() })
	}
	return src, err
}

// TestPolicyAgrees compares the rows that SQL lets through with those that Go does, for random
// rules, and checks that nothing a caller adds to the query widens them.
func TestPolicyAgrees(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rng := mrand.New(mrand.NewPCG(10, 11))
		rows := sample(rng, 80)
		load(t, src, rows)
		callers := []policy.Caller{ana, caller("ben", policy.Reader, "east"), caller("root", policy.Admin), caller("nightly", policy.System), caller("eve", policy.Reader)}
		set := newSet(t, src, sampleDefinition())
		for round := range 40 {
			def := sampleDefinition()
			for range 1 + rng.IntN(3) {
				def.RowPolicy = append(def.RowPolicy, randomRule(rng, rows))
			}
			d, bad := dataset.New(def)
			if len(bad) > 0 {
				t.Fatalf("%+v", bad)
			}
			swap(t, set, def)
			for _, c := range callers {
				var want []string
				for _, row := range rows {
					if d.Allows(c, func(field string) (value.Value, bool) {
						at := slices.IndexFunc(sampleFields, func(f dataset.Field) bool { return f.Name == field })
						return row[at], true
					}) {
						want = append(want, row[0].String()+"|")
					}
				}
				checkPolicy(t, set, c, want, fmt.Sprintf("round %d, %s, %+v", round, c.Principal().Name, def.RowPolicy))
			}
		}
	})
}

func checkPolicy(t *testing.T, set *dataset.Set, c policy.Caller, want []string, what string) {
	t.Helper()
	for _, filters := range [][]dataset.Filter{
		nil,
		{{Field: "id", Op: "not_null"}},
		{{Field: "t", Op: "not_in", Values: []value.Value{text("x' OR '1'='1")}}},
	} {
		r := query(t, set, c, dataset.Query{Fields: []string{"id"}, Filters: filters, WholeRows: true, Count: true, Totals: []string{"id"}})
		if diff := cmp.Diff(want, show(r.Rows)); diff != "" {
			t.Fatalf("%s, %+v (-go +sql):\n%s", what, filters, diff)
		}
		if len(r.Whole) != len(want) || r.Count != int64(len(want)) {
			t.Fatalf("%s: %d whole rows and a count of %d; want %d", what, len(r.Whole), r.Count, len(want))
		}
	}
	g := query(t, set, c, dataset.Query{Measures: []dataset.Measure{{Name: "n", Op: "count"}, {Name: "all", Op: "count", Where: []dataset.Filter{{Field: "id", Op: "not_null"}}}}})
	if got := show(g.Rows); got[0] != fmt.Sprintf("%d|%d|", len(want), len(want)) {
		t.Fatalf("%s: measures count %v; want %d", what, got, len(want))
	}
}

func randomRule(rng *mrand.Rand, rows [][]value.Value) dataset.Rule {
	rule := dataset.Rule{}
	switch rng.IntN(4) {
	case 0:
		rule.Users = []string{"ana"}
	case 1:
		rule.Groups = []string{"east", "west"}
	case 2:
		rule.Roles = []policy.Role{policy.Reader}
	default:
		rule.Users, rule.Roles = []string{"ana"}, []policy.Role{policy.Admin}
	}
	if rng.IntN(6) == 0 {
		rule.All = true
		return rule
	}
	rule.Where = map[string][]any{}
	for range 1 + rng.IntN(2) {
		c := 1 + rng.IntN(len(sampleFields)-1)
		var values []any
		for range 1 + rng.IntN(3) {
			v := rows[rng.IntN(len(rows))][c]
			switch {
			case v.IsNull():
				values = append(values, nil)
			case v.Kind() == value.Float:
				values = append(values, v.Float())
			case v.Kind() == value.Boolean:
				values = append(values, v.Bool())
			default:
				values = append(values, v.String())
			}
		}
		rule.Where[sampleFields[c].Name] = values
	}
	return rule
}

func TestNobodySeesNothing(t *testing.T) {
	src, err := openDuck(t)
	if err != nil {
		t.Fatal(err)
	}
	load(t, src, sample(mrand.New(mrand.NewPCG(1, 1)), 5))
	set := newSet(t, src, sampleDefinition())
	if r, err := set.Query(within(t), policy.Caller{}, "sample", dataset.Query{Fields: []string{"id"}}); fault.CodeOf(err) != fault.Denied || r != nil {
		t.Errorf("nobody gets %v, %v; want denied", r, err)
	}
	if _, err := set.Query(within(t), ana, "other", dataset.Query{Fields: []string{"id"}}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a dataset that is not there: %v", err)
	}
}

// TestViewsAreOnRecord wants the query of a dataset in the log.
func TestViewsAreOnRecord(t *testing.T) {
	src, err := openDuck(t)
	if err != nil {
		t.Fatal(err)
	}
	load(t, src, sample(mrand.New(mrand.NewPCG(1, 1)), 5))
	gate, log := newGate(t)
	d, _ := dataset.New(sampleDefinition())
	set := dataset.NewSet(func(string) (source.Source, bool) { return src, true }, gate)
	set.Swap([]*dataset.Dataset{d})
	query(t, set, ana, dataset.Query{Fields: []string{"id"}})
	log.Close() // writes what waits
	events, err := log.Events(within(t), 0, 10)
	if err != nil || len(events) != 1 || events[0].Event.Resource != "dataset/sample" || events[0].Event.Who.Name != "ana" {
		t.Errorf("the log holds %+v, %v", events, err)
	}
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rows := sample(mrand.New(mrand.NewPCG(12, 13)), 100)
		load(t, src, rows)
		set := newSet(t, src, sampleDefinition())
		for c := 1; c < len(sampleFields); c++ {
			name, kind := sampleFields[c].Name, sampleFields[c].Type
			var some []value.Value
			for _, row := range rows {
				if !row[c].IsNull() && !slices.ContainsFunc(some, row[c].Equal) && len(some) < 2 {
					some = append(some, row[c])
				}
			}
			low, high := some[0], some[1]
			if value.Compare(low, high) > 0 {
				low, high = high, low
			}
			in := func(v value.Value) bool { return slices.ContainsFunc(some, v.Equal) }
			for what, f := range map[string]struct {
				filter dataset.Filter
				keep   func(v value.Value) bool
			}{
				"in":             {dataset.Filter{Op: "in", Values: some}, in},
				"in one":         {dataset.Filter{Op: "in", Values: some[:1]}, some[0].Equal},
				"in none":        {dataset.Filter{Op: "in"}, func(value.Value) bool { return false }},
				"in with NULL":   {dataset.Filter{Op: "in", Values: append(slices.Clip(some), value.Null(kind))}, func(v value.Value) bool { return in(v) || v.IsNull() }},
				"not in":         {dataset.Filter{Op: "not_in", Values: some}, func(v value.Value) bool { return !in(v) }},
				"not in, NULL":   {dataset.Filter{Op: "not_in", Values: append(slices.Clip(some), value.Null(kind))}, func(v value.Value) bool { return !in(v) && !v.IsNull() }},
				"not in nothing": {dataset.Filter{Op: "not_in"}, func(value.Value) bool { return true }},
				"between": {dataset.Filter{Op: "between", From: low, To: high}, func(v value.Value) bool {
					return !v.IsNull() && value.Compare(low, v) <= 0 && value.Compare(v, high) <= 0
				}},
				"from":     {dataset.Filter{Op: "between", From: high}, func(v value.Value) bool { return !v.IsNull() && value.Compare(high, v) <= 0 }},
				"to":       {dataset.Filter{Op: "between", To: low}, func(v value.Value) bool { return !v.IsNull() && value.Compare(v, low) <= 0 }},
				"is null":  {dataset.Filter{Op: "is_null"}, value.Value.IsNull},
				"not null": {dataset.Filter{Op: "not_null"}, func(v value.Value) bool { return !v.IsNull() }},
			} {
				f.filter.Field = name
				var want []string
				for _, row := range rows {
					if f.keep(row[c]) {
						want = append(want, row[0].String()+"|")
					}
				}
				got := query(t, set, ana, dataset.Query{Fields: []string{"id"}, Filters: []dataset.Filter{f.filter}})
				if diff := cmp.Diff(want, show(got.Rows)); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", name, what, diff)
				}
			}
		}
		got := query(t, set, ana, dataset.Query{Fields: []string{"t"}, Filters: []dataset.Filter{{Field: "t", Op: "contains", Values: []value.Value{text("%_")}}}})
		if len(got.Rows) == 0 || slices.ContainsFunc(got.Rows, func(r []value.Value) bool { return !strings.Contains(r[0].String(), "%_") }) {
			t.Errorf("contains finds %v", show(got.Rows))
		}
	})
}

func TestMeasures(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		table := create(src, `CREATE TABLE q (state VARCHAR(9), price DECIMAL(12,2), n INTEGER, w `+src.Dialect().Type(value.Float)+`, "at" DATE)`)
		exec(t, src, table, source.Statement{SQL: `INSERT INTO q VALUES ('TX', 10.50, 1, 0.5, '2026-01-31'), ('TX', 20.25, 2, 1.5, '2026-02-01'),
			('NY', 5.00, NULL, NULL, '2026-02-28'), ('NY', NULL, 4, 2, '2026-04-01'), (NULL, 1.00, 2, 1, NULL)`})
		set := newSet(t, src, dataset.Definition{ID: "sample", Source: "db", Table: "q", Fields: []dataset.Field{
			{Name: "state", Type: value.Text}, {Name: "price", Type: value.Decimal}, {Name: "n", Type: value.Integer}, {Name: "w", Type: value.Float}, {Name: "at", Type: value.Date},
		}})
		texas := []dataset.Filter{{Field: "state", Op: "in", Values: []value.Value{text("TX")}}}
		count := dataset.Measure{Op: "count"}
		q := dataset.Query{
			Measures: []dataset.Measure{
				{Name: "rows", Op: "count"}, {Name: "states", Op: "count_distinct", Field: "state"}, {Name: "texans", Op: "count", Where: texas},
				{Name: "price", Op: "sum", Field: "price"}, {Name: "n", Op: "sum", Field: "n"}, {Name: "w", Op: "sum", Field: "w"},
				{Name: "low", Op: "min", Field: "at"}, {Name: "first", Op: "min", Field: "state"}, {Name: "last", Op: "max", Field: "state", Where: texas}, {Name: "high", Op: "max", Field: "price"}, {Name: "mean", Op: "avg", Field: "n"},
				{Name: "share", Op: "ratio", Where: texas, Of: &count},
				{Name: "texas_value", Op: "ratio", Field: "price", Where: texas, Of: &dataset.Measure{Op: "sum", Field: "price"}},
				{Name: "of_nothing", Op: "ratio", Of: &dataset.Measure{Op: "count", Where: []dataset.Filter{{Field: "n", Op: "in"}}}},
			},
		}
		r := query(t, set, ana, q)
		want := []string{"5", "2", "2", "36.75", "9", "", "2026-01-31", "NY", "TX", "20.25", "2.25", "", "", ""}
		for i, c := range r.Columns {
			v := r.Rows[0][i]
			if v.Kind() != c.Type || c.Name != q.Measures[i].Name {
				t.Errorf("%s is declared %s and comes as %s", c.Name, c.Type, v.Kind())
			}
			if want[i] != "" && v.String() != want[i] {
				t.Errorf("%s is %s; want %s", c.Name, v, want[i])
			}
		}
		for i, f := range map[int]float64{5: 5, 11: 0.4, 12: 30.75 / 36.75} {
			if got := r.Rows[0][i].Float(); got != f {
				t.Errorf("%s is %v; want %v", r.Columns[i].Name, got, f)
			}
		}
		if v := r.Rows[0][13]; !v.IsNull() {
			t.Errorf("a ratio of nothing is %v", v)
		}
		for granularity, want := range map[string]string{
			"": "NY:2,TX:2,NULL:1", "month": "2026-01-01:1,2026-02-01:2,2026-04-01:1,NULL:1", "quarter": "2026-01-01:3,2026-04-01:1,NULL:1", "year": "2026-01-01:4,NULL:1",
			"week": "2026-01-26:2,2026-02-23:1,2026-03-30:1,NULL:1",
		} {
			dim := dataset.Dimension{Field: "at", Granularity: granularity}
			if granularity == "" {
				dim.Field = "state"
			}
			r := query(t, set, ana, dataset.Query{Dimensions: []dataset.Dimension{dim}, Measures: []dataset.Measure{{Name: "c", Op: "count"}}})
			var got []string
			for _, s := range show(r.Rows) {
				got = append(got, strings.ReplaceAll(strings.TrimSuffix(s, "|"), "|", ":"))
			}
			if s := strings.Join(got, ","); s != want {
				t.Errorf("by %s %s: %s; want %s", dim.Field, granularity, s, want)
			}
		}
		totals := query(t, set, ana, dataset.Query{Fields: []string{"state"}, Filters: texas, Totals: []string{"price", "n"}, Count: true, Limit: 1})
		if totals.Count != 2 || totals.Sums["price"].String() != "30.75" || totals.Sums["n"].Int() != 3 || len(totals.Rows) != 1 || totals.AsOf.IsZero() {
			t.Errorf("totals are %+v", totals)
		}
	})
}

// TestA16_NamesAreFields offers SQL wherever a query takes a name: the answer names the part and no statement is made.
func TestA16_NamesAreFields(t *testing.T) {
	src, err := openDuck(t)
	if err != nil {
		t.Fatal(err)
	}
	load(t, src, sample(mrand.New(mrand.NewPCG(1, 1)), 5))
	set := newSet(t, src, sampleDefinition())
	for _, evil := range []string{"", `id" FROM s; DROP TABLE s; --`, "(SELECT 1)", "ID", "s.id", "*"} {
		for part, q := range map[string]dataset.Query{
			"fields[0]":               {Fields: []string{evil}},
			"totals[0]":               {Totals: []string{evil}},
			"sort[0].column":          {Fields: []string{"id"}, Sort: []dataset.Sort{{Column: evil}}},
			"filters[0].field":        {Fields: []string{"id"}, Filters: []dataset.Filter{{Field: evil, Op: "is_null"}}},
			"filters[0].op":           {Fields: []string{"id"}, Filters: []dataset.Filter{{Field: "id", Op: evil}}},
			"dimensions[0].field":     {Dimensions: []dataset.Dimension{{Field: evil}}, Measures: []dataset.Measure{{Name: "n", Op: "count"}}},
			"measures[0].op":          {Measures: []dataset.Measure{{Name: "n", Op: evil}}},
			"measures[0].where[0].op": {Measures: []dataset.Measure{{Name: "n", Op: "count", Where: []dataset.Filter{{Field: "id", Op: evil}}}}},
		} {
			_, err := set.Query(within(t), ana, "sample", q)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != fault.InvalidInput || !slices.ContainsFunc(e.Fields, func(f fault.Field) bool { return f.Field == part }) {
				t.Errorf("%s = %q: %v; want invalid_input that names it", part, evil, err)
			}
		}
	}
	for part, q := range map[string]dataset.Query{
		"dimensions[0].granularity": {Dimensions: []dataset.Dimension{{Field: "at", Granularity: "month', now()) --"}}, Measures: []dataset.Measure{{Name: "n", Op: "count"}}},
		"filters[0].values[0]":      {Fields: []string{"id"}, Filters: []dataset.Filter{{Field: "i", Op: "in", Values: []value.Value{text("1")}}}},
		"filters[0].from":           {Fields: []string{"id"}, Filters: []dataset.Filter{{Field: "day", Op: "between", From: text("2026-01-01")}}},
		"filters[0].values":         {Fields: []string{"id"}, Filters: []dataset.Filter{{Field: "t", Op: "contains"}}},
		"measures[0].field":         {Measures: []dataset.Measure{{Name: "n", Op: "sum", Field: "t"}}},
		"fields":                    {Fields: []string{"id", "id"}},
		"measures[0].of":            {Measures: []dataset.Measure{{Name: "n", Op: "ratio"}}},
	} {
		_, err := set.Query(within(t), ana, "sample", q)
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Code != fault.InvalidInput || !slices.ContainsFunc(e.Fields, func(f fault.Field) bool { return f.Field == part }) {
			t.Errorf("%s: %v; want invalid_input that names it", part, err)
		}
	}
	r := query(t, set, ana, dataset.Query{Measures: []dataset.Measure{{Name: `n" FROM x; --`, Op: "count"}}})
	if r.Rows[0][0].Int() != 5 || r.Columns[0].Name != `n" FROM x; --` {
		t.Errorf("a hostile name of a measure gives %v", r)
	}
}

func TestFaultsOfTheDatabase(t *testing.T) {
	server := testenv.StartPostgres(t, nil)
	url := server.Database(t)
	src := openPostgres(t, url)
	load(t, src, sample(mrand.New(mrand.NewPCG(1, 1)), 5))
	set := newSet(t, src, sampleDefinition())
	q := dataset.Query{Fields: []string{"id"}, Count: true}
	query(t, set, ana, q)
	testenv.Exec(t, url, "ALTER TABLE s RENAME COLUMN day TO tag")
	if _, err := set.Query(within(t), ana, "sample", q); fault.CodeOf(err) != fault.TargetSchema || !strings.Contains(err.Error(), "day") {
		t.Errorf("a column that is gone: %v; want target_schema, with the column in the log's chain", err)
	}
	testenv.Exec(t, url, "ALTER TABLE s RENAME COLUMN tag TO day")
	query(t, set, ana, q)
	server.Stop()
	if _, err := set.Query(within(t), ana, "sample", q); fault.CodeOf(err) != fault.TargetUnavailable {
		t.Errorf("a server that is down: %v; want target_unavailable", err)
	}
	server.Start(t)
	query(t, set, ana, q)
}
