package dashboard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/writeback"
)

// Catalogue is what dashboards refer to.
type Catalogue struct {
	Datasets map[string]dataset.Definition
	Actions  map[string]writeback.Definition
}

// Compiled is a set of dashboards that fit their datasets and actions. Only Compile makes one.
type Compiled struct {
	ids    []string // in the order of titles
	boards map[string]*board
}

// Problem is what is wrong with one dashboard.
type Problem struct {
	Dashboard string
	fault.Field
}

type board struct {
	def     Definition
	version string
	filters []*filter
	visuals map[string]*visual
}

// filter is a control whose field is known.
type filter struct {
	Filter
	kind value.Kind
}

// visual is a definition with everything resolved that does not depend on the request.
type visual struct {
	def     Visual
	columns []Column
	fields  map[string]dataset.Field // of its dataset
	actions []writeback.Definition
	query   dataset.Query
}

// Column is one column of a visual's data.
type Column struct {
	Name     string     `json:"name"`
	Label    string     `json:"label"`
	Type     value.Kind `json:"type"`
	Format   string     `json:"format,omitempty"`
	Unit     string     `json:"unit,omitempty"`
	Role     string     `json:"role"` // dimension, measure, column
	Sortable bool       `json:"sortable"`
	Hidden   bool       `json:"hidden,omitempty"`
}

// Compile checks definitions by themselves and against what they refer to; every way to a dashboard
// goes through it (threats A7, A13). With any problem there is no result.
func Compile(defs []Definition, c Catalogue) (*Compiled, []Problem) {
	out := &Compiled{boards: map[string]*board{}}
	titles := map[string]string{}
	for _, d := range defs {
		titles[d.ID] = d.Title
	}
	var problems []Problem
	for _, d := range defs {
		d.Normalize()
		k := &compiler{c: c}
		if k.Bad = d.Validate(); len(k.Bad) == 0 {
			out.boards[d.ID] = k.board(d, titles)
		}
		for _, bad := range k.Bad {
			problems = append(problems, Problem{d.ID, bad})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	out.ids = slices.SortedFunc(maps.Keys(titles), func(a, b string) int {
		if n := strings.Compare(titles[a], titles[b]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return out, nil
}

type compiler struct {
	validation
	c Catalogue
}

func (k *compiler) board(d Definition, titles map[string]string) *board {
	b := &board{def: d, version: digest(d), visuals: map[string]*visual{}}
	for i, f := range d.Filters {
		b.filters = append(b.filters, k.filter(f, fmt.Sprintf("filters[%d]", i)))
	}
	for i, row := range d.Rows {
		for j, v := range row.Visuals {
			b.visuals[v.ID] = k.visual(v, fmt.Sprintf("rows[%d].visuals[%d]", i, j))
		}
	}
	for i, link := range d.Links {
		k.Want(titles[link] != "", fmt.Sprintf("links[%d]", i), "there is no dashboard %q", link)
	}
	return b
}

func (k *compiler) filter(f Filter, path string) *filter {
	out := &filter{Filter: f}
	_, fields, ok := k.dataset(f.Dataset, path)
	if !ok {
		return out
	}
	field, ok := k.field(fields, f.Dataset, f.Field, path+".field")
	if !ok {
		return out
	}
	out.kind = field.Type
	if out.Label == "" {
		out.Label = label(field)
	}
	switch f.Control {
	case Search:
		k.Want(field.Type == value.Text, path+".control", "search needs a text field, %s is %s", f.Field, field.Type)
	case Range:
		k.Want(field.Type != value.Text && field.Type != value.Boolean, path+".control", "range needs a number, date or timestamp, %s is %s", f.Field, field.Type)
	}
	return out
}

func (k *compiler) dataset(id, path string) (dataset.Definition, map[string]dataset.Field, bool) {
	d, ok := k.c.Datasets[id]
	k.Want(ok, path+".dataset", "there is no dataset %q", id)
	fields := map[string]dataset.Field{}
	for _, f := range d.Fields {
		fields[f.Name] = f
	}
	return d, fields, ok
}

// field finds a field of a row; one that aggregates stands for many rows, and only a measure takes it.
func (k *compiler) field(fields map[string]dataset.Field, id, name, path string) (dataset.Field, bool) {
	f, ok := fields[name]
	k.Want(ok, path, "dataset %s has no field %q", id, name)
	k.Want(!f.Aggregate, path, "%q gives one value for many rows: only a measure with op: formula takes it", name)
	return f, ok && !f.Aggregate
}

func (k *compiler) visual(v Visual, path string) *visual {
	out := &visual{def: v}
	def, fields, ok := k.dataset(v.Dataset, path)
	if !ok {
		return out
	}
	out.fields = fields
	out.query.Filters = k.where(v.Where, fields, path+".where")
	if len(v.Measures) > 0 {
		k.groups(out, path)
	} else {
		k.table(out, def, path)
	}
	for i, s := range v.Sort {
		k.Want(out.sortable(s.Column), fmt.Sprintf("%s.sort[%d].column", path, i), "%q is not a column of this visual", s.Column)
		out.query.Sort = append(out.query.Sort, dataset.Sort{Column: s.Column, Descending: s.Descending})
	}
	return out
}

func (v *visual) sortable(column string) bool {
	return slices.ContainsFunc(v.columns, func(c Column) bool { return c.Name == column && c.Sortable })
}

// table resolves a table of single rows.
func (k *compiler) table(v *visual, def dataset.Definition, path string) {
	names := v.def.Columns
	if len(names) == 0 {
		for _, f := range def.Fields {
			if !f.Hidden && !f.Aggregate && f.Name != v.def.Highlight {
				names = append(names, f.Name)
			}
		}
	}
	for i, name := range names {
		f, _ := k.field(v.fields, v.def.Dataset, name, fmt.Sprintf("%s.columns[%d]", path, i))
		k.Want(!slices.Contains(names[:i], name), fmt.Sprintf("%s.columns[%d]", path, i), "%q is there twice", name)
		v.columns = append(v.columns, column(f, "column"))
	}
	if h := v.def.Highlight; h != "" && !slices.Contains(names, h) {
		f, ok := v.fields[h]
		k.Want(ok && !f.Aggregate && f.Type == value.Boolean, path+".highlight", "needs a boolean field of dataset %s, %q is not", v.def.Dataset, h)
		c := column(f, "column")
		c.Hidden = true
		v.columns = append(v.columns, c)
	}
	for _, c := range v.columns {
		v.query.Fields = append(v.query.Fields, c.Name)
	}
	for i, name := range v.def.Totals {
		k.Want(slices.Contains(v.query.Fields, name) && v.fields[name].Type.Number(), fmt.Sprintf("%s.totals[%d]", path, i), "%q is not a number column of this table", name)
	}
	k.actions(v, path)
}

// actions checks that each action is one on the rows that the table shows.
func (k *compiler) actions(v *visual, path string) {
	for i, id := range v.def.Actions {
		at := fmt.Sprintf("%s.actions[%d]", path, i)
		a, ok := k.c.Actions[id]
		k.Want(ok, at, "there is no action %q", id)
		k.Want(!ok || a.Dataset == v.def.Dataset, at, "action %s is for rows of dataset %s, this table shows %s", id, a.Dataset, v.def.Dataset)
		v.actions = append(v.actions, a)
	}
	k.Want(!v.def.History || len(v.def.Actions) > 0, path+".history", "needs actions: they say which rows are one record")
}

// groups resolves a visual that aggregates.
func (k *compiler) groups(v *visual, path string) {
	for i, d := range v.def.Dimensions {
		at := fmt.Sprintf("%s.dimensions[%d]", path, i)
		f, _ := k.field(v.fields, v.def.Dataset, d.Field, at+".field")
		c := column(f, "dimension")
		if d.Label != "" {
			c.Label = d.Label
		}
		if d.Granularity != "" {
			k.Want(f.Type == value.Date || f.Type == value.Timestamp, at+".granularity", "needs a date or a timestamp, %s is %s", d.Field, f.Type)
			c.Type = value.Date
		}
		k.Want(!v.has(c.Name), at+".field", "%q is there twice", d.Field)
		v.columns = append(v.columns, c)
		v.query.Dimensions = append(v.query.Dimensions, dataset.Dimension{Field: d.Field, Granularity: string(d.Granularity)})
		if len(v.def.Sort) == 0 {
			v.query.Sort = append(v.query.Sort, dataset.Sort{Column: d.Field})
		}
	}
	for i := range v.def.Measures {
		m, at := &v.def.Measures[i], fmt.Sprintf("%s.measures[%d]", path, i)
		v.query.Measures = append(v.query.Measures, k.measure(m, v, at))
		k.Want(!v.has(m.Name), at+".name", "%q is there twice", m.Name)
		v.columns = append(v.columns, measureColumn(m, v.fields))
	}
}

func (v *visual) has(name string) bool {
	return slices.ContainsFunc(v.columns, func(c Column) bool { return c.Name == name })
}

func (k *compiler) measure(m *Measure, v *visual, path string) dataset.Measure {
	out := dataset.Measure{Name: m.Name, Op: string(m.Op), Field: m.Field, Where: k.where(m.Where, v.fields, path+".where")}
	if m.Op == "formula" {
		f, ok := v.fields[m.Field]
		k.Want(ok, path+".field", "dataset %s has no field %q", v.def.Dataset, m.Field)
		k.Want(!ok || f.Aggregate, path+".field", "%q has no formula with an aggregate: op says how it is taken together", m.Field)
	} else if m.Field != "" {
		f, ok := k.field(v.fields, v.def.Dataset, m.Field, path+".field")
		if m.Op == "sum" || m.Op == "avg" || m.Op == "ratio" {
			k.Want(!ok || f.Type.Number(), path+".field", "%s needs a number, %s is %s", m.Op, m.Field, f.Type)
		}
	}
	if m.Of != nil {
		of := k.measure(m.Of, v, path+".of")
		f := v.fields[m.Of.Field]
		k.Want(m.Of.Op != "formula" || f.Type.Number(), path+".of.field", "a ratio needs a number, %s is %s", f.Name, f.Type)
		out.Of = &of
	}
	return out
}

// where turns fixed filters into those of a query, in the order of their fields.
func (k *compiler) where(w map[string][]any, fields map[string]dataset.Field, path string) []dataset.Filter {
	var out []dataset.Filter
	for _, name := range slices.Sorted(maps.Keys(w)) {
		f, ok := fields[name]
		if !ok || f.Aggregate {
			k.Want(ok, path+"."+name, "is not a field of the dataset")
			k.Want(!ok, path+"."+name, "gives one value for many rows: a filter is about single rows")
			continue
		}
		filter := dataset.Filter{Field: name, Op: "in"}
		for i, x := range w[name] {
			x, err := value.Parse(f.Type, x)
			if err != nil {
				k.Add(fmt.Sprintf("%s.%s[%d]", path, name, i), "%v", err)
				continue
			}
			filter.Values = append(filter.Values, x)
		}
		out = append(out, filter)
	}
	return out
}

func column(f dataset.Field, role string) Column {
	return Column{Name: f.Name, Label: label(f), Type: f.Type, Format: f.Format, Unit: f.Unit, Role: role, Sortable: true}
}

func label(f dataset.Field) string {
	if f.Label == "" {
		return f.Name
	}
	return f.Label
}

func measureColumn(m *Measure, fields map[string]dataset.Field) Column {
	f := fields[m.Field]
	c := Column{Name: m.Name, Label: m.Label, Type: f.Type, Format: f.Format, Unit: f.Unit, Role: "measure", Sortable: true}
	switch m.Op {
	case "count", "count_distinct":
		c.Type, c.Format, c.Unit = value.Integer, "number", ""
	case "avg":
		if c.Type == value.Integer {
			c.Type = value.Decimal
		}
	case "ratio":
		c.Type, c.Format, c.Unit = value.Float, "percent", ""
	}
	if c.Label == "" {
		c.Label = m.Name
	}
	if m.Format != "" {
		c.Format = m.Format
	}
	if m.Unit != "" {
		c.Unit = m.Unit
	}
	return c
}
