package dataset_test

import (
	"encoding/base64"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

// reference sorts rows as the planner promises: each column in its direction, NULLs last, ties by the id.
func reference(rows [][]value.Value, sorts []dataset.Sort) [][]value.Value {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b []value.Value) int {
		for _, s := range sorts {
			at := slices.IndexFunc(sampleFields, func(f dataset.Field) bool { return f.Name == s.Column })
			c := value.Compare(a[at], b[at])
			if s.Descending && !a[at].IsNull() && !b[at].IsNull() {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return value.Compare(a[0], b[0])
	})
	return out
}

// walk follows Next to the end.
func walk(t *testing.T, set *dataset.Set, q dataset.Query) (rows [][]value.Value) {
	t.Helper()
	for pages := 0; ; pages++ {
		r := query(t, set, ana, q)
		if len(r.Rows) > q.Limit || pages > 500 {
			t.Fatalf("page %d has %d rows of %d", pages, len(r.Rows), q.Limit)
		}
		rows = append(rows, r.Rows...)
		if r.Next == "" {
			return rows
		}
		q.After = r.Next
	}
}

// TestPagesShowEachRowOnce walks random orders in random page sizes, with a key and without one.
func TestPagesShowEachRowOnce(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rng := mrand.New(mrand.NewPCG(1, 2))
		rows := sample(rng, 120)
		load(t, src, rows)
		keyless := sampleDefinition()
		keyless.Key = nil
		names := []string{"id", "t", "i", "d", "f", "b", "day", "at"}
		keyed, unkeyed := newSet(t, src, sampleDefinition()), newSet(t, src, keyless)
		for round := range 25 {
			q := dataset.Query{Fields: names, Limit: 1 + rng.IntN(40)}
			for _, c := range rng.Perm(len(names))[:rng.IntN(4)] {
				q.Sort = append(q.Sort, dataset.Sort{Column: names[c], Descending: rng.IntN(2) == 0})
			}
			want := show(reference(rows, q.Sort))
			if diff := cmp.Diff(want, show(walk(t, keyed, q))); diff != "" {
				t.Fatalf("round %d, %+v (-want +got):\n%s", round, q, diff)
			}
			got := show(walk(t, unkeyed, q))
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("round %d without a key, %+v (-want +got):\n%s", round, q, diff)
			}
		}
	})
}

// TestPagesOfEqualRows pages through rows that no column tells apart.
func TestPagesOfEqualRows(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rows := sample(mrand.New(mrand.NewPCG(3, 4)), 1)
		for len(rows) < 23 {
			rows = append(rows, rows[0])
		}
		other := slices.Clone(rows[0])
		other[1] = text("zz")
		load(t, src, append(rows, other))
		def := sampleDefinition()
		def.Key = nil
		for _, limit := range []int{1, 5, 22, 23, 24, 30} {
			if got := len(walk(t, newSet(t, src, def), dataset.Query{Fields: []string{"t"}, Limit: limit})); got != 24 {
				t.Errorf("pages of %d show %d rows; want 24", limit, got)
			}
		}
	})
}

func TestPagesOfGroups(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		rows := sample(mrand.New(mrand.NewPCG(5, 6)), 200)
		load(t, src, rows)
		set := newSet(t, src, sampleDefinition())
		q := dataset.Query{
			Dimensions: []dataset.Dimension{{Field: "t"}, {Field: "at", Granularity: "month"}},
			Measures:   []dataset.Measure{{Name: "n", Op: "count"}, {Name: "total", Op: "sum", Field: "i"}},
			Sort:       []dataset.Sort{{Column: "total", Descending: true}, {Column: "at"}},
			Limit:      1000,
		}
		all := query(t, set, ana, q)
		if all.Next != "" || len(all.Rows) < 20 {
			t.Fatalf("%d groups, next %q", len(all.Rows), all.Next)
		}
		n := int64(0)
		for _, row := range all.Rows {
			n += row[2].Int()
		}
		if n != 200 {
			t.Errorf("the groups count %d rows; want 200", n)
		}
		q.Limit = 7
		if diff := cmp.Diff(show(all.Rows), show(walk(t, set, q))); diff != "" {
			t.Errorf("in pages (-whole +pages):\n%s", diff)
		}
	})
}

// TestCursorIsBound hands a cursor to other queries, and damages each of its characters.
func TestCursorIsBound(t *testing.T) {
	src, err := openDuck(t)
	if err != nil {
		t.Fatal(err)
	}
	load(t, src, sample(mrand.New(mrand.NewPCG(7, 8)), 50))
	set := newSet(t, src, sampleDefinition())
	q := dataset.Query{Fields: []string{"t", "d"}, Sort: []dataset.Sort{{Column: "d"}}, Limit: 10,
		Filters: []dataset.Filter{{Field: "i", Op: "in", Values: []value.Value{value.OfInteger(1), value.OfInteger(2), value.OfInteger(0)}}}}
	next := query(t, set, ana, q).Next
	if next == "" {
		t.Fatal("there is no second page")
	}
	refused := func(what string, q dataset.Query) {
		t.Helper()
		if _, err := set.Query(within(t), ana, "sample", q); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%s: %v; want bad_request", what, err)
		}
	}
	q.After = next
	query(t, set, ana, q)
	q.Limit = 3
	query(t, set, ana, q) // the size of a page may change
	for what, change := range map[string]func(q *dataset.Query){
		"another order": func(q *dataset.Query) { q.Sort = []dataset.Sort{{Column: "d", Descending: true}} },
		"another sort":  func(q *dataset.Query) { q.Sort = []dataset.Sort{{Column: "f"}} },
		"other fields":  func(q *dataset.Query) { q.Fields = []string{"t"} },
		"other values": func(q *dataset.Query) {
			q.Filters = []dataset.Filter{{Field: "i", Op: "in", Values: []value.Value{value.OfInteger(1)}}}
		},
		"another operation": func(q *dataset.Query) { f := q.Filters[0]; f.Op = "not_in"; q.Filters = []dataset.Filter{f} },
		"no filter":         func(q *dataset.Query) { q.Filters = nil },
		"garbage":           func(q *dataset.Query) { q.After = "!!" },
		"nothing":           func(q *dataset.Query) { q.After = base64.RawURLEncoding.EncodeToString([]byte{1}) },
		"too long":          func(q *dataset.Query) { q.After = strings.Repeat("A", 1<<20) },
		"cut":               func(q *dataset.Query) { q.After = q.After[:len(q.After)-4] },
		"longer":            func(q *dataset.Query) { q.After += "AAAA" },
	} {
		changed := q
		change(&changed)
		refused(what, changed)
	}
	for i := range len(next) {
		changed := q
		changed.After = next[:i] + string(map[bool]byte{true: 'A', false: 'B'}[next[i] != 'A']) + next[i+1:]
		refused(fmt.Sprintf("character %d", i), changed)
	}
	def := sampleDefinition()
	def.Title = "changed"
	if _, err := newSet(t, src, def).Query(within(t), ana, "sample", q); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("a changed definition: %v; want bad_request", err)
	}
}

func TestRowLimitIsAnError(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		load(t, src, sample(mrand.New(mrand.NewPCG(9, 9)), 100))
		def := sampleDefinition()
		def.RowLimit = 60
		set := newSet(t, src, def)
		for _, limit := range []int{0, 61, 1000} {
			_, err := set.Query(within(t), ana, "sample", dataset.Query{Fields: []string{"id"}, Limit: limit})
			if fault.CodeOf(err) != fault.RowLimit {
				t.Errorf("limit %d: %v; want row_limit", limit, err)
			}
		}
		few := []dataset.Filter{{Field: "id", Op: "between", To: value.OfInteger(59)}}
		if r := query(t, set, ana, dataset.Query{Fields: []string{"id"}, Filters: few}); len(r.Rows) != 60 || r.Next != "" {
			t.Errorf("exactly the limit gives %d rows, next %q", len(r.Rows), r.Next)
		}
		if r := query(t, set, ana, dataset.Query{Fields: []string{"id"}, Limit: 60}); len(r.Rows) != 60 || r.Next == "" {
			t.Errorf("a page of the limit gives %d rows, next %q", len(r.Rows), r.Next)
		}
	})
}
