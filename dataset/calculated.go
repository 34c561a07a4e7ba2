package dataset

import (
	"fmt"
	"slices"
	"strings"

	"signet/formula"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

// formulas are the checked formulas of a definition, by the place of their field. Those with a mistake
// are not in it.
type formulas map[int]*formula.Expr

// formulas checks all formulas, each behind those that it uses, and fills in what they tell of their fields.
func (d *Definition) formulas() (formulas, []fault.Field) {
	r := &resolver{d: d, done: formulas{}, places: map[string]int{}, seen: map[int]bool{}}
	for i, f := range d.Fields {
		if _, twice := r.places[f.Name]; !twice {
			r.places[f.Name] = i
		}
	}
	for i := range d.Fields {
		r.resolve(i, nil)
	}
	return r.done, r.v.Bad
}

type resolver struct {
	d      *Definition
	v      fault.Check
	done   formulas
	places map[string]int
	seen   map[int]bool
}

// resolve checks one field's formula. path are the fields whose formulas led to it.
func (r *resolver) resolve(i int, path []string) {
	f := &r.d.Fields[i]
	if f.Formula == "" || r.seen[i] {
		return
	}
	at := fmt.Sprintf("fields[%d].formula", i)
	parsed, err := formula.Parse(f.Formula)
	if err != nil {
		r.seen[i] = true
		r.v.Add(at, "%v", err)
		return
	}
	path = append(path, f.Name)
	for _, name := range parsed.Fields() {
		if start := slices.Index(path, name); start >= 0 {
			r.seen[i] = true
			circle := append(slices.Clone(path[start:]), name)
			r.v.Add(at, "uses itself: {%s}", strings.Join(circle, "} -> {"))
			return
		}
		if next, ok := r.places[name]; ok {
			r.resolve(next, path)
		}
	}
	if r.seen[i] { // part of a circle that was told
		return
	}
	r.seen[i] = true
	if slices.ContainsFunc(parsed.Fields(), r.failed) {
		return // the mistake is in the other formula, and told there
	}
	e, err := formula.Check(f.Formula, r.d.formulaField)
	if err != nil {
		r.v.Add(at, "%v", err)
		return
	}
	r.done[i], f.Aggregate = e, e.Aggregate()
	if f.Type == 0 {
		f.Type = e.Kind()
	}
	r.v.Want(e.Fits(f.Type), fmt.Sprintf("fields[%d].type", i), "the formula gives %s, which is not %s", e.Type(), f.Type)
}

func (r *resolver) failed(name string) bool {
	i, ok := r.places[name]
	return ok && r.d.Fields[i].Formula != "" && r.done[i] == nil
}

// formulaField is what formulas know of a field.
func (d *Definition) formulaField(name string) (formula.Field, bool) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return formula.Field{}, false
	}
	return formula.Field{Kind: d.Fields[i].Type, Aggregate: d.Fields[i].Aggregate}, true
}

// tooLarge finds the formulas that would become too much SQL, with those that they use, in any dialect.
func (d *Dataset) tooLarge() []fault.Field {
	v := &fault.Check{}
	for _, dialect := range formula.Dialects() {
		sizes := map[string]int{}
		var size func(name string) int
		size = func(name string) int {
			e := d.exprs[name]
			if n, known := sizes[name]; known || e == nil {
				return n + len(name)
			}
			if e.Refused(dialect) != nil { // no source of this dialect has it
				return len(name)
			}
			n, ok := e.Size(dialect, formula.Options{As: d.all[name].Type}, size)
			if sizes[name] = n; !ok && len(v.Bad) == 0 {
				at := slices.IndexFunc(d.def.Fields, func(f Field) bool { return f.Name == name })
				v.Add(fmt.Sprintf("fields[%d].formula", at), "becomes more than %d KiB of SQL, with the formulas that it uses: simplify it", formula.MaxSQL>>10)
			}
			return n + len(name)
		}
		for _, f := range d.def.Fields {
			size(f.Name)
		}
	}
	return v.Bad
}

// operands writes the fields that a formula uses.
type operands struct {
	d     *Dataset
	b     *source.Builder
	row   func(f Field) // writes a field of one row
	where func()        // the rows that aggregates take; nil for all
}

func (w *operands) Raw(sql string)    { w.b.Raw(sql) }
func (w *operands) Arg(v value.Value) { w.b.Arg(v) }
func (w *operands) Field(name string) {
	if f := w.d.all[name]; f.Aggregate {
		w.formula(f)
	} else {
		w.row(f)
	}
}

// formula writes a field's formula. That the dialect has formulas, Check has seen to.
func (w *operands) formula(f Field) {
	dialect, ok := formula.For(w.b.Dialect.Name())
	if !ok {
		panic("dataset: a formula for " + w.b.Dialect.Name() + ", which has none")
	}
	if err := w.d.exprs[f.Name].Refused(dialect); err != nil { // of a source that could not be asked when Check was
		w.b.Fail(fmt.Errorf("the field %s: %w", f.Name, err))
		w.b.Raw("NULL")
		return
	}
	w.b.Raw("(")
	w.d.exprs[f.Name].Write(w, dialect, formula.Options{As: f.Type, Where: w.where})
	w.b.Raw(")")
}

// Column writes a field of one row of the dataset's base: its column, or its formula over columns.
func (d *Dataset) Column(b *source.Builder, alias string, f Field) {
	if f.Formula == "" {
		b.Ident(alias, f.Column)
		return
	}
	w := &operands{d: d, b: b, row: func(of Field) { d.Column(b, alias, of) }}
	w.formula(f)
}

// aggregateFormula writes an aggregate field over the rows that where lets through.
func (p *plan) aggregateFormula(b *source.Builder, f Field, where []Filter) {
	w := &operands{d: p.d, b: b, row: func(of Field) { b.Ident(rowsAlias, of.Name) }}
	if len(where) > 0 {
		w.where = func() { p.writeFilters(b, where) }
	}
	w.formula(f)
}
