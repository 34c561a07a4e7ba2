package dataset

import (
	"fmt"

	"signet/internal/fault"

	"signet/internal/value"
	"signet/source"
)

// filters checks filters: their fields, operations and the types of their values.
func (p *plan) filters(v *fault.Check, path string, filters []Filter) {
	for i, fl := range filters {
		at := fmt.Sprintf("%s[%d]", path, i)
		f, ok := p.field(v, at+".field", fl.Field)
		if !ok {
			continue
		}
		typed := func(name string, x value.Value) {
			v.Want(x.Kind() == f.Type, at+"."+name, "%s is %s, not %s", f.Name, f.Type, x.Kind())
		}
		switch fl.Op {
		case "in", "not_in":
			v.Want(len(fl.Values) <= maxFilterValues, at+".values", "has more than %d", maxFilterValues)
			for j, x := range fl.Values {
				typed(fmt.Sprintf("values[%d]", j), x)
			}
		case "between":
			for name, x := range map[string]value.Value{"from": fl.From, "to": fl.To} {
				if x.Kind() != 0 {
					typed(name, x)
					v.Want(!x.IsNull(), at+"."+name, "is empty")
				}
			}
		case "contains":
			v.Want(f.Type == value.Text, at+".field", "%s is %s: only a text can be searched", f.Name, f.Type)
			v.Want(len(fl.Values) == 1 && fl.Values[0].Kind() == value.Text && !fl.Values[0].IsNull(), at+".values", "needs one text")
		case "is_null", "not_null":
		default:
			v.Add(at+".op", "%.80q is unknown", fl.Op)
		}
	}
}

// writeFilters writes the filters, joined by AND, over the columns of the rows' alias.
func (p *plan) writeFilters(b *source.Builder, filters []Filter) {
	if len(filters) == 0 {
		b.Raw("1 = 1")
	}
	b.List(" AND ", len(filters), func(i int) {
		f, _ := p.d.Field(filters[i].Field)
		writeFilter(b, filters[i], f)
	})
}

func writeFilter(b *source.Builder, fl Filter, f Field) {
	name := func() { b.Ident(rowsAlias, f.Name) }
	switch fl.Op {
	case "in", "not_in":
		writeMembers(b, fl, f, name)
	case "between":
		b.Raw("(1 = 1")
		if fl.From.Kind() != 0 {
			b.Raw(" AND ")
			b.Dialect.Compare(b, name, ">=", fl.From)
		}
		if fl.To.Kind() != 0 {
			b.Raw(" AND ")
			b.Dialect.Compare(b, name, "<=", fl.To)
		}
		b.Raw(")")
	case "contains":
		b.Raw("(")
		b.Dialect.Contains(b, name, fl.Values[0].String())
		b.Raw(")")
	case "is_null":
		name()
		b.Raw(" IS NULL")
	case "not_null":
		name()
		b.Raw(" IS NOT NULL")
	}
}

// writeMembers writes in and not_in.
func writeMembers(b *source.Builder, fl Filter, f Field, name func()) {
	list, null := value.List{Kind: f.Type}, false
	for _, x := range fl.Values {
		if null = null || x.IsNull(); !x.IsNull() {
			list.Values = append(list.Values, x)
		}
	}
	not := fl.Op == "not_in"
	b.Raw("(")
	b.Dialect.Members(b, name, list, not)
	switch {
	case not && null:
		b.Raw(" AND ")
		name()
		b.Raw(" IS NOT NULL")
	case not || null: // without NULL among the values, NULL is not in them
		b.Raw(" OR ")
		name()
		b.Raw(" IS NULL")
	}
	b.Raw(")")
}
