// Package dataset is the model between a source's tables and what people see: typed fields, who
// may see which rows, and the queries of dashboards.
//
// It guarantees that the row policy stands below everything that a caller asks for, and that the
// same rules, evaluated in SQL or here, let the same rows through.
package dataset

import (
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/crypto/blake2b"

	"signet/formula"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

// Dataset is a checked definition.
type Dataset struct {
	def         Definition
	fields      []Field                  // of a row: all but aggregates
	places      map[string]int           // field name -> place in fields
	all         map[string]Field         // aggregates too
	exprs       map[string]*formula.Expr // of the fields that have a formula
	rules       []rule
	fingerprint string
}

// New checks a definition. The dataset is usable when no problems come back.
func New(def Definition) (*Dataset, []fault.Field) {
	def.Fields = slices.Clone(def.Fields) // which Normalize fills in
	def.Normalize()
	if bad := def.Validate(); len(bad) > 0 {
		return nil, bad
	}
	d := &Dataset{def: def, places: map[string]int{}, all: map[string]Field{}, exprs: map[string]*formula.Expr{}}
	exprs, _ := d.def.formulas()
	for i, f := range def.Fields {
		if d.all[f.Name] = f; exprs[i] != nil {
			d.exprs[f.Name] = exprs[i]
		}
		if !f.Aggregate {
			d.places[f.Name] = len(d.fields)
			d.fields = append(d.fields, f)
		}
	}
	if bad := d.tooLarge(); len(bad) > 0 {
		return nil, bad
	}
	d.rules = d.compileRules()
	description, err := json.Marshal(def)
	if err != nil {
		return nil, []fault.Field{{Field: "", Message: "cannot be encoded: " + err.Error()}}
	}
	sum := blake2b.Sum256(append(description, def.SQLText...))
	d.fingerprint = fmt.Sprintf("%x", sum[:16])
	return d, nil
}

// ID returns the dataset's id.
func (d *Dataset) ID() string { return d.def.ID }

// Title returns the dataset's title.
func (d *Dataset) Title() string { return d.def.Title }

// Source returns the id of the source that the dataset reads.
func (d *Dataset) Source() string { return d.def.Source }

// Fields returns the fields of a row in their order, calculated ones too; the caller must not change them.
func (d *Dataset) Fields() []Field { return d.fields }

// Field returns the field of a row with a name.
func (d *Dataset) Field(name string) (Field, bool) {
	i, ok := d.places[name]
	if !ok {
		return Field{}, false
	}
	return d.fields[i], true
}

// PolicyCalculates returns a calculated field that the row policy is about; "" when there is none.
func (d *Dataset) PolicyCalculates() string {
	for _, r := range d.rules {
		for _, c := range r.conditions {
			if c.field.Formula != "" {
				return c.field.Name
			}
		}
	}
	return ""
}

// Key returns the names of the fields that identify a row.
func (d *Dataset) Key() []string { return d.def.Key }

// Tables returns the tables whose writes change the dataset.
func (d *Dataset) Tables() []string { return d.def.Tables }

// IsTable reports whether the dataset reads a table, and not a query.
func (d *Dataset) IsTable() bool { return d.def.Table != "" }

// Fingerprint changes whenever anything of the definition does.
func (d *Dataset) Fingerprint() string { return d.fingerprint }

// Base writes the dataset's FROM item, without alias and without row policy: the table, or the
// query in parentheses.
func (d *Dataset) Base(b *source.Builder) {
	if d.IsTable() {
		b.Table(d.def.Table)
		return
	}
	b.Raw("(").Raw(d.def.SQLText).Raw("\n)") // the line's end closes a comment behind the query
}

// Convert gives a row of all fields, as the source returned it, the fields' types.
func (d *Dataset) Convert(row []value.Value) ([]value.Value, error) {
	out := make([]value.Value, len(row))
	for i, v := range row {
		var err error
		if out[i], err = value.Convert(v, d.fields[i].Type); err != nil {
			return nil, fault.Wrap(err, fault.TargetSchema, "The field %q of dataset %q is declared as %s, but the source gives another type.", d.fields[i].Name, d.def.ID, d.fields[i].Type)
		}
	}
	return out, nil
}
