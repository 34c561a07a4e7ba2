package dataset

import (
	"signet/internal/value"
	"signet/source"
)

// measure plans one measure; top is false for what a ratio divides by.
func (p *plan) measure(v *validation, path string, m *Measure, top bool) (output, bool) {
	problems := len(v.bad)
	var f Field
	if m.Field != "" {
		f, _ = p.field(v, path+".field", m.Field)
	}
	known := f.Type.Valid()
	numeric := func() {
		v.want(!known || f.Type.Number(), path+".field", "%s needs a number: %s is %s", m.Op, m.Field, f.Type)
	}
	needs := func() { v.want(m.Field != "", path+".field", "needs the field to take the %s of", m.Op) }
	p.filters(v, path+".where", m.Where)
	o := output{name: m.Name}
	switch m.Op {
	case "count":
		v.want(m.Field == "", path+".field", "is not for count, which counts rows")
		o.kind = value.Integer
	case "count_distinct":
		needs()
		o.kind = value.Integer
	case "sum":
		needs()
		numeric()
		o.kind = f.Type
	case "avg":
		needs()
		numeric()
		if o.kind = f.Type; o.kind == value.Integer {
			o.kind = value.Decimal
		}
	case "min", "max":
		needs()
		v.want(!known || f.Type != value.Boolean, path+".field", "%s is not for true and false", m.Op)
		o.kind = f.Type
	case "ratio":
		v.want(top, path+".op", "a ratio of a ratio is not possible")
		v.want(m.Of != nil, path+".of", "needs the measure that the ratio is a part of")
		if m.Field != "" {
			numeric()
		}
		o.kind = value.Float
	default:
		v.add(path+".op", "%.80q is unknown", m.Op)
	}
	v.want(m.Op == "ratio" || m.Of == nil, path+".of", "is only for a ratio")
	if len(v.bad) > problems {
		return o, false
	}
	if m.Op != "ratio" {
		o.write = func(b *source.Builder) { p.aggregate(b, m.Op, f, m.Where) }
		return o, true
	}
	whole, ok := p.measure(v, path+".of", m.Of, false)
	part := "count"
	if m.Field != "" {
		part = "sum"
	}
	float := func(b *source.Builder, of func(b *source.Builder)) {
		b.Raw("CAST(")
		of(b)
		b.Raw(" AS " + b.Dialect.Type(value.Float) + ")")
	}
	o.write = func(b *source.Builder) {
		float(b, func(b *source.Builder) { p.aggregate(b, part, f, m.Where) })
		b.Raw(" / NULLIF(")
		float(b, whole.write)
		b.Raw(", 0)")
	}
	v.want(!ok || whole.kind.Number(), path+".of", "is not a number")
	return o, ok
}

// aggregate writes one aggregate over the rows that where lets through.
func (p *plan) aggregate(b *source.Builder, op string, f Field, where []Filter) {
	narrow := op == "sum" && f.Type == value.Integer // the databases widen it, each in its way
	if narrow {
		b.Raw("CAST(")
	}
	switch op {
	case "count":
		b.Raw("count(*)")
	case "count_distinct":
		b.Raw("count(DISTINCT ").Ident(rowsAlias, f.Name).Raw(")")
	default:
		b.Raw(aggregates[op]+"(").Ident(rowsAlias, f.Name).Raw(")")
	}
	if len(where) > 0 {
		b.Raw(" FILTER (WHERE ")
		p.writeFilters(b, where)
		b.Raw(")")
	}
	if narrow {
		b.Raw(" AS " + b.Dialect.Type(value.Integer) + ")")
	}
}

var aggregates = map[string]string{"sum": "sum", "avg": "avg", "min": "min", "max": "max"}
