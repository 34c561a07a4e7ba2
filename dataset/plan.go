package dataset

import (
	"fmt"
	"slices"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

const (
	maxQueryColumns = 1000
	maxQueryFilters = 100
	maxFilterValues = 10_000
	maxSorts        = 20
)

// output is one column of a plan: a field, a dimension or a measure.
type output struct {
	name  string
	kind  value.Kind
	write func(b *source.Builder) // over the alias of the rows
}

// plan is a checked query.
type plan struct {
	d       *Dataset
	q       Query
	grouped bool
	groups  []output // dimensions
	out     []output // what the statement selects; in front, what the caller asked for
	shown   int      // columns that the caller asked for
	order   []order
	totals  []Field
	limit   int  // rows of a page
	cut     bool // more rows than limit are an error, not another page
	// unique says that no two rows agree in all of order, by the dataset's word.
	unique bool
}

// order is one sort column and its place in plan.out.
type order struct {
	at         int
	descending bool
}

// The aliases of a statement: base is the dataset's table or query, rows are what the row policy
// lets through, page is what paging walks over.
const (
	baseAlias = "d"
	rowsAlias = "t"
	pageAlias = "p"
)

// prepare checks a query against the dataset; all that is wrong comes back at once.
func (d *Dataset) prepare(q Query) (*plan, error) {
	p := &plan{d: d, q: q, grouped: len(q.Measures) > 0}
	v := &fault.Check{}
	v.Want(len(q.Fields)+len(q.Dimensions)+len(q.Measures) <= maxQueryColumns, "fields", "has more than %d columns", maxQueryColumns)
	v.Want(len(q.Filters) <= maxQueryFilters, "filters", "has more than %d", maxQueryFilters)
	v.Want(len(q.Sort) <= maxSorts, "sort", "has more than %d", maxSorts)
	v.Want(q.Limit >= 0, "limit", "is negative")
	p.filters(v, "filters", q.Filters)
	if p.grouped {
		p.group(v)
	} else {
		p.row(v)
	}
	p.names(v)
	p.sort(v)
	if len(v.Bad) > 0 {
		return nil, &fault.Error{Code: fault.InvalidInput, Detail: fmt.Sprintf("The query does not fit the dataset %s: %s %s.", d.ID(), v.Bad[0].Field, v.Bad[0].Message), Fields: v.Bad}
	}
	p.limit = q.Limit
	if p.limit == 0 || p.limit > d.def.RowLimit {
		p.limit, p.cut = d.def.RowLimit, true
	}
	return p, nil
}

func (p *plan) field(v *fault.Check, path, name string) (Field, bool) {
	f, ok := p.d.Field(name)
	if !ok && p.d.all[name].Aggregate {
		v.Add(path, "%.80q gives one value for many rows: only a measure with the operation formula takes it", name)
		return f, false
	}
	v.Want(ok, path, "%.80q is not a field", name)
	return f, ok
}

func column(f Field) output {
	return output{f.Name, f.Type, func(b *source.Builder) { b.Ident(rowsAlias, f.Name) }}
}

// row plans a query for rows.
func (p *plan) row(v *fault.Check) {
	v.Want(len(p.q.Dimensions) == 0, "dimensions", "needs measures beside it")
	v.Want(len(p.q.Fields) > 0 || p.q.WholeRows || p.q.Count || len(p.q.Totals) > 0, "fields", "asks for nothing")
	for i, name := range p.q.Fields {
		if f, ok := p.field(v, fmt.Sprintf("fields[%d]", i), name); ok {
			p.out = append(p.out, column(f))
		}
	}
	p.shown = len(p.out)
	if p.q.WholeRows {
		for _, f := range p.d.fields {
			p.place(f)
		}
	}
	for i, name := range p.q.Totals {
		f, ok := p.field(v, fmt.Sprintf("totals[%d]", i), name)
		v.Want(!ok || f.Type.Number(), fmt.Sprintf("totals[%d]", i), "%q is %s: only numbers can be summed", name, f.Type)
		p.totals = append(p.totals, f)
	}
}

// place returns where a field stands in the statement's columns, and adds it when it does not.
func (p *plan) place(f Field) int {
	if at := slices.IndexFunc(p.out, func(o output) bool { return o.name == f.Name }); at >= 0 {
		return at
	}
	p.out = append(p.out, column(f))
	return len(p.out) - 1
}

// group plans a query for groups.
func (p *plan) group(v *fault.Check) {
	v.Want(len(p.q.Fields) == 0 && !p.q.WholeRows, "fields", "does not go with measures")
	v.Want(len(p.q.Totals) == 0, "totals", "does not go with measures")
	for i, dim := range p.q.Dimensions {
		path := fmt.Sprintf("dimensions[%d]", i)
		f, ok := p.field(v, path+".field", dim.Field)
		if !ok {
			continue
		}
		o := column(f)
		if dim.Granularity != "" {
			v.Want(f.Type == value.Date || f.Type == value.Timestamp, path+".granularity", "needs a date or a timestamp: %s is %s", f.Name, f.Type)
			v.Want(slices.Contains(granularities, dim.Granularity), path+".granularity", "%.80q is unknown", dim.Granularity)
			o = output{f.Name, value.Date, func(b *source.Builder) {
				b.Dialect.Trunc(b, dim.Granularity, func() { b.Ident(rowsAlias, f.Name) })
			}}
		}
		p.groups = append(p.groups, o)
	}
	p.out = append(p.out, p.groups...)
	for i := range p.q.Measures {
		if o, ok := p.measure(v, fmt.Sprintf("measures[%d]", i), &p.q.Measures[i], true); ok {
			p.out = append(p.out, o)
		}
	}
	p.shown = len(p.out)
}

var granularities = []string{"day", "week", "month", "quarter", "year"}

// names refuses an answer with two columns of one name.
func (p *plan) names(v *fault.Check) {
	seen := map[string]bool{}
	for _, o := range p.out {
		v.Want(o.name != "", "fields", "has a column without a name")
		v.Want(!seen[o.name], "fields", "%.80q is there twice", o.name)
		seen[o.name] = true
	}
}

// sort plans the order. What the query leaves open is settled by the key, or by the dimensions, so
// that every row has one place and pages neither repeat nor lose one.
func (p *plan) sort(v *fault.Check) {
	used := map[string]bool{}
	for i, s := range p.q.Sort {
		path := fmt.Sprintf("sort[%d].column", i)
		v.Want(!used[s.Column], path, "%.80q is there twice", s.Column)
		used[s.Column] = true
		at := slices.IndexFunc(p.out, func(o output) bool { return o.name == s.Column })
		if at < 0 && !p.grouped {
			if f, ok := p.d.Field(s.Column); ok {
				at = p.place(f)
			}
		}
		v.Want(at >= 0, path, "%.80q is not a column to sort by", s.Column)
		p.order = append(p.order, order{at, s.Descending})
	}
	if p.grouped {
		p.unique = true
		for i, g := range p.groups {
			if !used[g.name] {
				p.order = append(p.order, order{at: i})
			}
		}
		return
	}
	p.breakTies(used)
}

// breakTies adds the key to the order; without a key, all fields, of which rows may still agree.
func (p *plan) breakTies(used map[string]bool) {
	rest := p.d.def.Key
	p.unique = len(rest) > 0
	if !p.unique {
		for _, f := range p.d.fields {
			rest = append(rest, f.Name)
		}
	}
	for _, name := range rest {
		if f, ok := p.d.Field(name); ok && !used[name] {
			p.order = append(p.order, order{at: p.place(f)})
		}
	}
}
