package dataset

import (
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// rows writes the FROM item that everything a caller asks for stands on: the dataset's fields under
// their names, and only the rows that the caller may see.
func (p *plan) rows(b *source.Builder, caller policy.Caller) {
	fields := p.d.fields
	b.Raw("(SELECT ").List(", ", len(fields), func(i int) {
		p.d.Column(b, baseAlias, fields[i])
		b.Raw(" AS ").Ident(fields[i].Name)
	})
	b.Raw(" FROM ")
	p.d.Base(b)
	b.Raw(" AS ").Ident(baseAlias).Raw(" WHERE ")
	p.d.wherePolicy(b, caller, baseAlias)
	b.Raw(") AS ").Ident(rowsAlias)
}

// statement writes one page:
//
//	SELECT columns FROM (SELECT outputs FROM rows WHERE filters [GROUP BY dimensions]) p
//	WHERE behind the cursor ORDER BY ... LIMIT one more than the page
func (p *plan) statement(dialect source.Dialect, caller policy.Caller, after *cursor) source.Statement {
	b := source.NewBuilder(dialect)
	b.Raw("SELECT ").List(", ", len(p.out), func(i int) { b.Ident(pageAlias, p.out[i].name) })
	b.Raw(" FROM (SELECT ").List(", ", len(p.out), func(i int) {
		p.out[i].write(b)
		b.Raw(" AS ").Ident(p.out[i].name)
	})
	b.Raw(" FROM ")
	p.rows(b, caller)
	b.Raw(" WHERE ")
	p.writeFilters(b, p.q.Filters)
	if len(p.groups) > 0 {
		b.Raw(" GROUP BY ").List(", ", len(p.groups), func(i int) {
			b.Dialect.Exact(b, p.groups[i].kind, func() { p.groups[i].write(b) })
		})
	}
	b.Raw(") AS ").Ident(pageAlias)
	if after != nil {
		b.Raw(" WHERE ")
		p.behind(b, after)
	}
	if len(p.order) > 0 {
		b.Raw(" ORDER BY ").List(", ", len(p.order), func(i int) { p.writeOrder(b, p.order[i]) })
	}
	b.Raw(" LIMIT ").Arg(value.OfInteger(int64(p.fetch(after))))
	return b.Statement()
}

// fetch is how many rows a page's statement asks for: one more tells whether there is another page.
func (p *plan) fetch(after *cursor) int {
	n := p.limit + 1
	if after != nil {
		n += after.skip
	}
	return n
}

func (p *plan) writeOrder(b *source.Builder, o order) {
	out := p.out[o.at]
	b.Dialect.Order(b, out.kind, func() { b.Ident(pageAlias, out.name) }, o.descending)
}

// behind writes the condition that a row comes after the cursor's: it agrees in some first sort
// columns and comes later in the next. Rows that agree in all come back too when they need not be
// the same row; the reader skips those that were shown.
func (p *plan) behind(b *source.Builder, after *cursor) {
	b.Raw("(").List(" OR ", len(p.order), func(n int) {
		b.Raw("(")
		for i := range n {
			p.equal(b, p.order[i], after.values[i])
			b.Raw(" AND ")
		}
		p.later(b, p.order[n], after.values[n])
		b.Raw(")")
	})
	if after.skip > 0 {
		b.Raw(" OR (").List(" AND ", len(p.order), func(i int) { p.equal(b, p.order[i], after.values[i]) }).Raw(")")
	}
	b.Raw(")")
}

func (p *plan) equal(b *source.Builder, o order, v value.Value) {
	name := func() { b.Ident(pageAlias, p.out[o.at].name) }
	if v.IsNull() {
		name()
		b.Raw(" IS NULL")
		return
	}
	b.Dialect.Compare(b, name, "=", v)
}

func (p *plan) later(b *source.Builder, o order, v value.Value) {
	name := p.out[o.at].name
	if v.IsNull() { // NULLs are last: nothing comes later
		b.Raw("1 = 0")
		return
	}
	op := ">"
	if o.descending {
		op = "<"
	}
	b.Raw("(")
	b.Dialect.Compare(b, func() { b.Ident(pageAlias, name) }, op, v)
	b.Raw(" OR ").Ident(pageAlias, name).Raw(" IS NULL)")
}

// totalsStatement writes the count and the sums over all rows that the filters let through.
func (p *plan) totalsStatement(dialect source.Dialect, caller policy.Caller) source.Statement {
	b := source.NewBuilder(dialect).Raw("SELECT count(*)")
	for _, f := range p.totals {
		b.Raw(", ")
		p.aggregate(b, "sum", f, nil)
	}
	b.Raw(" FROM ")
	p.rows(b, caller)
	b.Raw(" WHERE ")
	p.writeFilters(b, p.q.Filters)
	return b.Statement()
}
