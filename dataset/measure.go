package dataset

import (
	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

// operations says of each operation whether it needs a field, whether that must be a number, and
// what comes out.
var operations = map[string]struct {
	field, number bool
	kind          func(of value.Kind) value.Kind
}{
	"count":          {false, false, always(value.Integer)},
	"count_distinct": {true, false, always(value.Integer)},
	"sum":            {true, true, same},
	"avg":            {true, true, func(of value.Kind) value.Kind { return fraction[of] }},
	"min":            {true, false, same},
	"max":            {true, false, same},
	"ratio":          {false, true, always(value.Float)},
	"formula":        {true, false, same},
}

func always(k value.Kind) func(value.Kind) value.Kind {
	return func(value.Kind) value.Kind { return k }
}

func same(k value.Kind) value.Kind { return k }

// fraction is the kind of an average.
var fraction = map[value.Kind]value.Kind{value.Integer: value.Decimal, value.Decimal: value.Decimal, value.Float: value.Float}

// measure plans one measure; top is false for what a ratio divides by.
func (p *plan) measure(v *fault.Check, path string, m *Measure, top bool) (output, bool) {
	problems := len(v.Bad)
	op, known := operations[m.Op]
	v.Want(known, path+".op", "%.80q is unknown", m.Op)
	v.Want(m.Field != "" || !op.field, path+".field", "needs the field to take the %s of", m.Op)
	v.Want(m.Field == "" || m.Op != "count", path+".field", "is not for count, which counts rows")
	v.Want(m.Op != "ratio" || top, path+".op", "a ratio of a ratio is not possible")
	v.Want(m.Op != "ratio" || m.Of != nil, path+".of", "needs the measure that the ratio is a part of")
	v.Want(m.Op == "ratio" || m.Of == nil, path+".of", "is only for a ratio")
	var f Field
	if m.Op == "formula" {
		f = p.d.all[m.Field]
		v.Want(m.Field == "" || f.Aggregate, path+".field", "%.80q has no formula with an aggregate", m.Field)
	} else if m.Field != "" {
		if found, ok := p.field(v, path+".field", m.Field); ok {
			f = found
			v.Want(f.Type.Number() || !op.number, path+".field", "%s needs a number: %s is %s", m.Op, f.Name, f.Type)
			v.Want(f.Type != value.Boolean || m.Op != "min" && m.Op != "max", path+".field", "%s is not for true and false", m.Op)
		}
	}
	p.filters(v, path+".where", m.Where)
	if len(v.Bad) > problems {
		return output{name: m.Name}, false
	}
	if m.Op == "ratio" {
		return p.ratio(v, path, m, f)
	}
	if m.Op == "formula" {
		return output{m.Name, f.Type, func(b *source.Builder) { p.aggregateFormula(b, f, m.Where) }}, true
	}
	write := func(b *source.Builder) { p.aggregate(b, m.Op, f, m.Where) }
	return output{m.Name, op.kind(f.Type), write}, true
}

// ratio plans a share: its own count, or the sum of its field, divided by another measure.
func (p *plan) ratio(v *fault.Check, path string, m *Measure, f Field) (output, bool) {
	whole, ok := p.measure(v, path+".of", m.Of, false)
	v.Want(!ok || whole.kind.Number(), path+".of", "is not a number")
	part := "count"
	if m.Field != "" {
		part = "sum"
	}
	float := func(b *source.Builder, of func(b *source.Builder)) {
		b.Dialect.Cast(b, value.Float, func() { of(b) })
	}
	return output{m.Name, value.Float, func(b *source.Builder) {
		float(b, func(b *source.Builder) { p.aggregate(b, part, f, m.Where) })
		b.Raw(" / NULLIF(")
		float(b, whole.write)
		b.Raw(", 0)")
	}}, ok
}

// aggregate writes one aggregate over the rows that where lets through.
func (p *plan) aggregate(b *source.Builder, op string, f Field, where []Filter) {
	switch {
	case op == "sum" && f.Type == value.Integer: // the databases widen it, each in its way
		b.Dialect.Cast(b, value.Integer, func() { p.aggregateOf(b, op, f, where) })
	case (op == "min" || op == "max") && f.Type == value.Text:
		b.Dialect.Cast(b, value.Text, func() { p.aggregateOf(b, op, f, where) })
	default:
		p.aggregateOf(b, op, f, where)
	}
}

func (p *plan) aggregateOf(b *source.Builder, op string, f Field, where []Filter) {
	of := func() { b.Dialect.Exact(b, f.Type, func() { b.Ident(rowsAlias, f.Name) }) }
	switch op {
	case "count":
		b.Raw("count(")
		if of = func() { b.Raw("1") }; len(where) == 0 {
			of = func() { b.Raw("*") }
		}
	case "count_distinct":
		b.Raw("count(DISTINCT ")
	default:
		b.Raw(aggregates[op] + "(")
	}
	if len(where) == 0 {
		of()
	} else { // FILTER would say the same, but not every database has it
		b.Raw("CASE WHEN ")
		p.writeFilters(b, where)
		b.Raw(" THEN ")
		of()
		b.Raw(" END")
	}
	b.Raw(")")
}

var aggregates = map[string]string{"sum": "sum", "avg": "avg", "min": "min", "max": "max"}
