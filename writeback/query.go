package writeback

import (
	"fmt"
	"slices"
	"strconv"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

// The queries below ask for many submissions in one statement. Their values are bound as rows
// with a column "ord" that says which submission an answer belongs to.

// ask is a statement and the submissions that its "ord" counts.
type ask struct {
	statement source.Statement
	of        []int
}

// nulls is a part of the submissions in which the same of the compared values are NULL: a join by
// equality cannot find NULLs, so each part has a statement of its own.
type nulls struct {
	mask []bool // true: NULL
	of   []int
}

func splitByNulls(claims []*claim, values func(*claim) []value.Value) []nulls {
	var parts []nulls
	for i, c := range claims {
		mask := make([]bool, 0, 8)
		for _, v := range values(c) {
			mask = append(mask, v.IsNull())
		}
		at := slices.IndexFunc(parts, func(p nulls) bool { return slices.Equal(p.mask, mask) })
		if at < 0 {
			at = len(parts)
			parts = append(parts, nulls{mask: mask})
		}
		parts[at].of = append(parts[at].of, i)
	}
	return parts
}

// comparison is what a join compares: columns of the joined table with values of the submissions.
type comparison struct {
	alias   string
	columns []string
	kinds   []value.Kind
	values  func(*claim) []value.Value
}

// rows writes the submissions of one part as a FROM item "r".
func (j comparison) rows(b *source.Builder, claims []*claim, part nulls) {
	columns := []source.Column{{Name: "n", Kind: value.Integer}}
	for i, kind := range j.kinds {
		if !part.mask[i] {
			columns = append(columns, source.Column{Name: fmt.Sprintf("v%d", i), Kind: kind})
		}
	}
	rows := make([][]value.Value, len(part.of))
	for n, i := range part.of {
		rows[n] = append(make([]value.Value, 0, len(columns)), value.OfInteger(int64(n)))
		for _, v := range j.values(claims[i]) {
			if !v.IsNull() {
				rows[n] = append(rows[n], v)
			}
		}
	}
	b.Rows("r", columns, rows)
}

// on writes the join's condition.
func (j comparison) on(b *source.Builder, mask []bool) {
	b.List(" AND ", len(j.columns), func(i int) {
		b.Ident(j.alias, j.columns[i])
		if mask[i] {
			b.Raw(" IS NULL")
			return
		}
		b.Raw(" = ").Ident("r", fmt.Sprintf("v%d", i))
	})
}

// reread asks for the dataset's rows that the tickets were made for, as they stand now.
func (a *action) reread(d source.Dialect, claims []*claim) []ask {
	switch {
	case !a.dataset.IsTable():
		return a.rereadEach(d, claims)
	case d.Apart():
		return apart(d, claims, func(b *source.Builder, n int, c *claim) {
			a.selectFields(b, func() { b.Raw(strconv.Itoa(n)).Raw(" AS ").Ident("n") })
			a.dataset.Base(b)
			b.Raw(" ").Ident("d").Raw(" WHERE ")
			a.rereadWhere(b, c, false)
		})
	}
	join := comparison{alias: "d", values: a.keyValues}
	for _, k := range a.key {
		join.columns = append(join.columns, a.dataset.Fields()[k].Column)
		join.kinds = append(join.kinds, a.dataset.Fields()[k].Type)
	}
	var asks []ask
	for _, part := range splitByNulls(claims, join.values) {
		b := source.NewBuilder(d)
		a.selectFields(b, func() { b.Ident("r", "n") })
		join.rows(b, claims, part)
		b.Raw(" JOIN ")
		a.dataset.Base(b)
		b.Raw(" ").Ident("d").Raw(" ON ")
		join.on(b, part.mask)
		asks = append(asks, ask{b.Statement(), part.of})
	}
	return asks
}

// rereadEach asks once for each submission: a bound value reaches into a view's or a query's inside,
// where a join would make the database compute all of it. The record's id is asked for too, since
// that is what such queries are partitioned by.
func (a *action) rereadEach(d source.Dialect, claims []*claim) []ask {
	asks := make([]ask, len(claims))
	for n, c := range claims {
		b := source.NewBuilder(d)
		a.selectFields(b, func() { b.Raw("0") })
		a.dataset.Base(b)
		b.Raw(" ").Ident("d").Raw(" WHERE ")
		a.rereadWhere(b, c, true)
		asks[n] = ask{b.Statement(), []int{n}}
	}
	return asks
}

// rereadWhere writes the condition that finds the row of one submission.
func (a *action) rereadWhere(b *source.Builder, c *claim, record bool) {
	places, values := slices.Clone(a.key), a.keyValues(c)
	if record {
		for _, m := range a.match {
			places, values = append(places, a.signed[m]), append(values, c.sub.signed[m])
		}
	}
	b.List(" AND ", len(places), func(i int) {
		same(b, func() { b.Ident("d", a.dataset.Fields()[places[i]].Column) }, values[i])
	})
}

// same writes that an expression is exactly a value.
func same(b *source.Builder, expr func(), v value.Value) {
	if v.IsNull() {
		expr()
		b.Raw(" IS NULL")
		return
	}
	b.Dialect.Compare(b, expr, "=", v)
}

// maxApart is how many submissions one statement asks for, when each has a query of its own in it.
const maxApart = 64

// apart joins a query for each submission by UNION ALL. write gets the number that the query must give first.
// The parts are powers of two, so that there are few statements, which the connections soon have prepared.
func apart(d source.Dialect, claims []*claim, write func(b *source.Builder, n int, c *claim)) []ask {
	var asks []ask
	for from := 0; from < len(claims); {
		b := source.NewBuilder(d)
		size := maxApart
		for size > len(claims)-from {
			size /= 2
		}
		part, of := claims[from:from+size], make([]int, size)
		b.List(" UNION ALL ", len(part), func(n int) {
			of[n] = from + n
			b.Raw("(")
			write(b, n, part[n])
			b.Raw(")")
		})
		asks = append(asks, ask{b.Statement(), of})
		from += size
	}
	return asks
}

func (a *action) selectFields(b *source.Builder, first func()) {
	b.Raw("SELECT ")
	first()
	for _, f := range a.dataset.Fields() {
		b.Raw(", ")
		a.dataset.Column(b, "d", f)
	}
	b.Raw(" FROM ")
}

// keyValues returns the dataset's key as the ticket signed it.
func (a *action) keyValues(c *claim) []value.Value {
	values := make([]value.Value, len(a.key))
	for i, k := range a.key {
		values[i] = c.sub.key(k)
	}
	return values
}

// compute asks for all computed values of each submission.
func (a *action) compute(d source.Dialect, claims []*claim) []ask {
	if d.Apart() {
		return apart(d, claims, a.computeApart)
	}
	columns := []source.Column{{Name: "n", Kind: value.Integer}}
	names, bound := a.parameters(), map[string]string{} // bound by names of their own: an input may be called "ord"
	for i, p := range names {
		bound[p.name] = fmt.Sprintf("p%d", i)
		columns = append(columns, source.Column{Name: bound[p.name], Kind: p.kind})
	}
	rows := make([][]value.Value, len(claims))
	for n, c := range claims {
		rows[n] = append(rows[n], value.OfInteger(int64(n)))
		for _, p := range names {
			rows[n] = append(rows[n], c.sub.parameter(p))
		}
	}
	b := source.NewBuilder(d).Raw("SELECT ").Ident("r", "n")
	a.writeComputed(b, func(name string) { b.Ident("r", bound[name]) })
	b.Raw(" FROM ").Rows("r", columns, rows)
	all := make([]int, len(claims))
	for i := range all {
		all[i] = i
	}
	return []ask{{b.Statement(), all}}
}

// computeApart binds the values of one submission where they stand.
func (a *action) computeApart(b *source.Builder, n int, c *claim) {
	values := map[string]value.Value{}
	for _, p := range a.parameters() {
		values[p.name] = c.sub.parameter(p)
	}
	b.Raw("SELECT ").Raw(strconv.Itoa(n)).Raw(" AS ").Ident("n")
	a.writeComputed(b, func(name string) { b.Dialect.Exactly(b, values[name]) })
}

// writeComputed writes the computed values as columns behind another one.
func (a *action) writeComputed(b *source.Builder, parameter func(name string)) {
	for i, t := range a.computed {
		b.Raw(", (")
		for j, name := range t.names {
			b.Raw(t.text[j])
			parameter(name)
		}
		b.Raw(t.text[len(t.text)-1]).Raw("\n) AS ").Ident("v" + strconv.Itoa(i)) // the line's end closes a comment behind the query
	}
}

// parameter is a name that computed values use.
type parameter struct {
	name   string
	kind   value.Kind
	signed bool
	place  int // among the signed fields or the inputs
}

func (a *action) parameters() []parameter {
	used := map[string]bool{}
	for _, t := range a.computed {
		for _, name := range t.names {
			used[name] = true
		}
	}
	var out []parameter
	for i, name := range a.names {
		if used[name] {
			out = append(out, parameter{name, a.dataset.Fields()[a.signed[i]].Type, true, i})
		}
	}
	for i := range a.inputs {
		if used[a.inputs[i].Name] {
			out = append(out, parameter{a.inputs[i].Name, a.inputs[i].Type, false, i})
		}
	}
	return out
}

// computedValues reads the answer of compute into the claims.
func (a *action) computedValues(of ask, r source.Result, claims []*claim) error {
	for _, row := range r.Rows {
		c := claims[of.of[row[0].Int()]]
		c.computed = make([]value.Value, len(a.computed))
		for i, def := range a.Definition.Computed {
			v, err := value.Convert(row[i+1], def.Type)
			if err != nil {
				return fault.Wrap(err, fault.TargetSchema, "The computed value %q is not %s. Nothing was written; an author must mend the action.", def.Name, def.Type)
			}
			c.computed[i] = v
			if v.IsNull() && !def.Nullable && c.err == nil {
				c.err = a.empty(def)
			}
		}
	}
	return nil
}

func (a *action) empty(def Computed) error {
	detail := def.Empty
	if detail == "" {
		detail = fmt.Sprintf("%s cannot be computed for this row. Nothing was written.", def.Label)
	}
	return &fault.Error{Code: fault.ComputedEmpty, Detail: detail, Fields: []fault.Field{{Field: def.Name, Message: detail}}}
}

// newest asks for the newest row of each submission's record: by the record's id for a transition,
// by the combination's values otherwise.
func (a *action) newest(d source.Dialect, claims []*claim) []ask {
	join := comparison{alias: "t", values: a.matchValues}
	for i, m := range a.match {
		join.columns = append(join.columns, a.matchColumn(i))
		join.kinds = append(join.kinds, a.dataset.Fields()[a.signed[m]].Type)
	}
	if d.Apart() {
		return apart(d, claims, func(b *source.Builder, n int, c *claim) { a.newestApart(b, join, n, c) })
	}
	var asks []ask
	write := a.newestByWindow
	if d.Lateral() {
		write = a.newestByRow
	}
	for _, part := range splitByNulls(claims, join.values) {
		b := source.NewBuilder(d)
		write(b, join, claims, part)
		asks = append(asks, ask{b.Statement(), part.of})
	}
	return asks
}

// newestApart is a query for the newest row of one submission's record.
func (a *action) newestApart(b *source.Builder, join comparison, n int, c *claim) {
	b.Raw("SELECT ").Raw(strconv.Itoa(n)).Raw(" AS ").Ident("n")
	for _, column := range a.target {
		b.Raw(", ").Ident("t", column.Name)
	}
	b.Raw(" FROM ").Table(a.Target).Raw(" ").Ident("t").Raw(" WHERE ")
	values := join.values(c)
	b.List(" AND ", len(values), func(i int) {
		same(b, func() { b.Ident("t", join.columns[i]) }, values[i])
	})
	a.newestFirst(b.Raw(" ORDER BY "))
	b.Raw(" LIMIT 1")
}

// newestByRow looks each record up on its own.
func (a *action) newestByRow(b *source.Builder, join comparison, claims []*claim, part nulls) {
	b.Raw("SELECT ").Ident("r", "n").Raw(", ").Ident("t").Raw(".* FROM ")
	join.rows(b, claims, part)
	b.Raw(" CROSS JOIN LATERAL (SELECT ")
	b.List(", ", len(a.target), func(i int) { b.Ident("t", a.target[i].Name) })
	b.Raw(" FROM ").Table(a.Target).Raw(" ").Ident("t").Raw(" WHERE ")
	join.on(b, part.mask)
	a.newestFirst(b.Raw(" ORDER BY "))
	b.Raw(" LIMIT 1) ").Ident("t")
}

// newestByWindow joins all records at once.
func (a *action) newestByWindow(b *source.Builder, join comparison, claims []*claim, part nulls) {
	b.Raw("SELECT * FROM (SELECT ").Ident("r", "n")
	for _, c := range a.target {
		b.Raw(", ").Ident("t", c.Name)
	}
	a.newestFirst(b.Raw(", row_number() OVER (PARTITION BY ").Ident("r", "n").Raw(" ORDER BY "))
	b.Raw(") AS ").Ident("signet_newest").Raw(" FROM ")
	join.rows(b, claims, part)
	b.Raw(" JOIN ").Table(a.Target).Raw(" ").Ident("t").Raw(" ON ")
	join.on(b, part.mask)
	b.Raw(") ").Ident("x").Raw(" WHERE ").Ident("signet_newest").Raw(" = 1")
}

func (a *action) newestFirst(b *source.Builder) {
	b.Ident("t", a.System.At).Raw(" DESC, ")
	b.Dialect.Exact(b, value.Text, func() { b.Ident("t", a.System.Receipt) })
	b.Raw(" DESC")
}

// matchValues returns the signed values that name the record.
func (a *action) matchValues(c *claim) []value.Value {
	values := make([]value.Value, len(a.match))
	for i, m := range a.match {
		values[i] = c.sub.signed[m]
	}
	return values
}

// matchColumn is the target's column for the i-th value that names the record.
func (a *action) matchColumn(i int) string {
	if a.Transition() {
		return a.Record.Column
	}
	return a.Definition.Signed[a.match[i]].Column
}

// previousRows reads the answers of newest into the claims.
func (a *action) previousRows(asks []ask, results []source.Result, claims []*claim) {
	for i, r := range results {
		for _, row := range r.Rows {
			claims[asks[i].of[row[0].Int()]].previous = row[1 : 1+len(a.target)]
		}
	}
}
