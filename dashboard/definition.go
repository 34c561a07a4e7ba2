// Package dashboard turns a visual and a person's filters into one query on a dataset.
//
// It guarantees that a request carries ids and typed values only (threat A16): which dataset is
// read, which fields are shown and how they are computed stands in the definition. Who may not see
// a dashboard gets the same answer as for one that does not exist.
package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"signet/internal/fault"
	"signet/policy"
	"signet/source"
)

// Definition is a dashboard as it is written in a project's file. What is left out has a good default.
type Definition struct {
	ID          string       `yaml:"dashboard"`
	Title       string       `yaml:"title"`
	Description string       `yaml:"description,omitempty"`
	Allow       policy.Grant `yaml:"allow,omitempty"` // who sees it; every signed-in user when left out
	Filters     []Filter     `yaml:"filters,omitempty"`
	Rows        []Row        `yaml:"rows"`
	Links       []string     `yaml:"links,omitempty"` // ids of dashboards
}

// Filter is a control that narrows every visual whose dataset has its field.
type Filter struct {
	ID       string  `yaml:"id"`
	Label    string  `yaml:"label,omitempty"`
	Dataset  string  `yaml:"dataset"` // gives the choices
	Field    string  `yaml:"field"`
	Control  Control `yaml:"control,omitempty"` // select when left out
	Multiple bool    `yaml:"multiple,omitempty"`
}

// Control is how a filter is set.
type Control string

// The controls.
const (
	Select Control = "select" // one or, with multiple, some of the field's values
	Range  Control = "range"  // from and to, both included, either may be open
	Search Control = "search" // a part of the text, in any case
)

// Enum lists the controls.
func (Control) Enum() []string { return []string{string(Select), string(Range), string(Search)} }

// Row is a row of visuals on a grid of 24 columns.
type Row struct {
	Height  int      `yaml:"height,omitempty"` // pixels
	Visuals []Visual `yaml:"visuals"`
}

// Visual shows one query.
type Visual struct {
	ID             string           `yaml:"id"`
	Type           Type             `yaml:"type"`
	Title          string           `yaml:"title"`
	Description    string           `yaml:"description,omitempty"`
	Width          int              `yaml:"width,omitempty"` // of 24; an equal share of the row when left out
	Dataset        string           `yaml:"dataset"`
	Columns        []string         `yaml:"columns,omitempty"` // of a table: fields of the dataset, all that are not hidden when left out
	Dimensions     []Dimension      `yaml:"dimensions,omitempty"`
	Measures       []Measure        `yaml:"measures,omitempty"`
	Where          map[string][]any `yaml:"where,omitempty"` // fixed: field -> allowed values
	Sort           []Sort           `yaml:"sort,omitempty"`
	Totals         []string         `yaml:"totals,omitempty"` // columns of a table that may be summed
	Actions        []string         `yaml:"actions,omitempty"`
	Highlight      string           `yaml:"highlight,omitempty"` // a boolean field; rows where it is true are marked
	HighlightLabel string           `yaml:"highlight_label,omitempty"`
	History        bool             `yaml:"history,omitempty"`
	PageSize       int              `yaml:"page_size,omitempty"` // 50 when left out
}

// Type is how a visual shows its rows.
type Type string

// The types.
const (
	Table Type = "table"
	KPI   Type = "kpi"
	Bar   Type = "bar"
	Line  Type = "line"
)

// Enum lists the types.
func (Type) Enum() []string { return []string{string(Table), string(KPI), string(Bar), string(Line)} }

// Dimension is a field to group by.
type Dimension struct {
	Field       string      `yaml:"field"`
	Label       string      `yaml:"label,omitempty"`
	Granularity Granularity `yaml:"granularity,omitempty"` // of a date or a timestamp
}

// Granularity is the length of the periods that a date is cut into.
type Granularity string

// Enum lists the granularities.
func (Granularity) Enum() []string { return []string{"day", "week", "month", "quarter", "year"} }

// Measure is a number over the rows of a group.
type Measure struct {
	Name   string           `yaml:"name,omitempty"`
	Label  string           `yaml:"label,omitempty"`
	Op     Op               `yaml:"op"`
	Field  string           `yaml:"field,omitempty"`
	Format string           `yaml:"format,omitempty"`
	Unit   string           `yaml:"unit,omitempty"`
	Where  map[string][]any `yaml:"where,omitempty"` // counts only these rows
	Of     *Measure         `yaml:"of,omitempty"`    // what a ratio is a part of; the ratio itself counts rows, or sums its field
}

// Op is how a measure is computed.
type Op string

// Enum lists the operations.
func (Op) Enum() []string {
	return []string{"count", "count_distinct", "sum", "avg", "min", "max", "ratio", "formula"}
}

// Sort orders the rows by a column of the visual.
type Sort struct {
	Column     string `yaml:"column" json:"column"`
	Descending bool   `yaml:"descending,omitempty" json:"descending" required:"false"`
}

const (
	gridWidth       = 24
	defaultPageSize = 50
	maxPageSize     = 500
	maxVisuals      = 60
	maxFilters      = 30
	maxColumns      = 200
	maxWhere        = 200 // values of one fixed filter
	maxHeight       = 2000
)

// Normalize fills what may be left out and needs no dataset.
func (d *Definition) Normalize() {
	if d.Allow.IsZero() {
		d.Allow = policy.Everyone
	}
	for i := range d.Filters {
		f := &d.Filters[i]
		if f.Control == "" {
			f.Control = Select
		}
	}
	for i := range d.Rows {
		row := &d.Rows[i]
		for j := range row.Visuals {
			v := &row.Visuals[j]
			if v.Width == 0 {
				v.Width = max(1, gridWidth/len(row.Visuals))
			}
			if v.PageSize == 0 {
				v.PageSize = defaultPageSize
			}
		}
	}
}

// Validate returns what is wrong with a normalized definition by itself; Prepare checks it against
// the datasets and actions.
func (d *Definition) Validate() []fault.Field {
	v := &validation{}
	v.Want(source.ValidID(d.ID), "dashboard", "%q is not an id: want lower-case letters, digits and dashes, at most 64", d.ID)
	v.Want(d.Title != "", "title", "needs a value")
	for i, r := range d.Allow.Roles {
		v.Want(r.Valid() || r == policy.System, fmt.Sprintf("allow.roles[%d]", i), "%q is no role: want admin, author or reader", r)
	}
	v.Want(len(d.Filters) <= maxFilters, "filters", "has more than %d", maxFilters)
	ids := map[string]bool{}
	for i, f := range d.Filters {
		path := fmt.Sprintf("filters[%d]", i)
		v.id(f.ID, path+".id", ids)
		v.Want(!f.Multiple || f.Control == Select, path+".multiple", "is only for a select")
	}
	v.Want(len(d.Rows) > 0, "rows", "needs at least one row of visuals")
	d.validateRows(v)
	return v.Bad
}

func (d *Definition) validateRows(v *validation) {
	ids, count := map[string]bool{}, 0
	for i, row := range d.Rows {
		path, width := fmt.Sprintf("rows[%d]", i), 0
		v.Want(row.Height >= 0 && row.Height <= maxHeight, path+".height", "%d is out of range: want 1 to %d pixels", row.Height, maxHeight)
		v.Want(len(row.Visuals) > 0, path+".visuals", "needs at least one visual")
		for j := range row.Visuals {
			vp := fmt.Sprintf("%s.visuals[%d]", path, j)
			v.id(row.Visuals[j].ID, vp+".id", ids)
			row.Visuals[j].validate(v, vp)
			width += row.Visuals[j].Width
		}
		v.Want(width <= gridWidth, path+".visuals", "are %d columns wide together: a row has %d", width, gridWidth)
		count += len(row.Visuals)
	}
	v.Want(count <= maxVisuals, "rows", "hold more than %d visuals", maxVisuals)
}

func (vis *Visual) validate(v *validation, path string) {
	v.Want(vis.Title != "", path+".title", "needs a value")
	v.Want(slices.Contains(Type("").Enum(), string(vis.Type)), path+".type", "%q is unknown: want table, kpi, bar or line", vis.Type)
	v.Want(vis.Width > 0 && vis.Width <= gridWidth, path+".width", "%d is out of range: want 1 to %d", vis.Width, gridWidth)
	v.Want(vis.PageSize > 0 && vis.PageSize <= maxPageSize, path+".page_size", "%d is out of range: want 1 to %d", vis.PageSize, maxPageSize)
	grouped := len(vis.Measures) > 0
	only := func(set bool, field string) {
		v.Want(!set, path+"."+field, "is only for a table of single rows")
	}
	if vis.Type != Table || grouped {
		only(len(vis.Columns) > 0, "columns")
		only(len(vis.Actions) > 0, "actions")
		only(vis.Highlight != "", "highlight")
		only(len(vis.Totals) > 0, "totals")
		only(vis.History, "history")
	}
	if vis.Type != Table {
		v.Want(grouped, path+".measures", "needs at least one")
	}
	v.Want(grouped || len(vis.Dimensions) == 0, path+".dimensions", "needs measures beside it")
	if vis.Type == Bar || vis.Type == Line {
		v.Want(len(vis.Dimensions) >= 1 && len(vis.Dimensions) <= 2, path+".dimensions", "needs one, or two for a series each")
	}
	v.Want(vis.Type != KPI || len(vis.Dimensions) <= 1, path+".dimensions", "has more than one")
	v.Want(len(vis.Columns)+len(vis.Dimensions)+len(vis.Measures) <= maxColumns, path, "has more than %d columns", maxColumns)
	v.where(vis.Where, path+".where")
	for i := range vis.Measures {
		vis.Measures[i].validate(v, fmt.Sprintf("%s.measures[%d]", path, i), true)
	}
}

func (m *Measure) validate(v *validation, path string, top bool) {
	v.Want(!top || source.ValidName(m.Name), path+".name", "%q is not a name: want letters, digits and underscores", m.Name)
	v.where(m.Where, path+".where")
	v.Want(slices.Contains(m.Op.Enum(), string(m.Op)), path+".op", "%q is unknown: want %s", m.Op, strings.Join(m.Op.Enum(), ", "))
	v.Want(m.Field != "" || m.Op == "count" || m.Op == "ratio", path+".field", "needs the field to take the %s of", m.Op)
	v.Want(m.Field == "" || m.Op != "count", path+".field", "is not for count, which counts rows: want count_distinct, or a where")
	switch {
	case m.Op == "ratio" && m.Of == nil:
		v.Add(path+".of", "needs the measure that the ratio is a part of")
	case m.Op != "ratio" && m.Of != nil:
		v.Add(path+".of", "is only for a ratio")
	case m.Of != nil:
		v.Want(m.Of.Op != "ratio", path+".of.op", "a ratio of a ratio is not possible")
		if m.Of.Op != "ratio" {
			m.Of.validate(v, path+".of", false)
		}
	}
}

// validation adds what is special to dashboards.
type validation struct{ fault.Check }

func (v *validation) id(id, path string, seen map[string]bool) {
	v.Want(source.ValidID(id), path, "%q is not an id: want lower-case letters, digits and dashes, at most 64", id)
	v.Want(!seen[id], path, "%q is used twice", id)
	seen[id] = true
}

func (v *validation) where(w map[string][]any, path string) {
	for field, values := range w {
		v.Want(len(values) > 0 && len(values) <= maxWhere, path+"."+field, "needs 1 to %d values", maxWhere)
	}
}
