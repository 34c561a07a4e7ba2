package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"signet/formula"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// Check compares the dataset with its source: that the table is there, that the query is a single
// statement that the database understands, that every column exists and can have its type.
func (d *Dataset) Check(ctx context.Context, src source.Source) []fault.Field {
	columns, err := d.columns(ctx, src)
	if err != nil {
		return []fault.Field{{Field: d.origin(), Message: err.Error()}}
	}
	v := &fault.Check{}
	dialect, calculates := formula.For(src.Dialect().Name())
	for i, f := range d.def.Fields {
		path := fmt.Sprintf("fields[%d]", i)
		if f.Formula != "" {
			v.Want(calculates, path+".formula", "formulas are not served on %s yet", src.Dialect().Name())
			if calculates {
				if err := d.exprs[f.Name].Refused(dialect); err != nil {
					v.Add(path+".formula", "%v", err)
				}
			}
			continue
		}
		at := slices.IndexFunc(columns, func(c source.Column) bool { return c.Name == f.Column })
		if at < 0 {
			v.Add(path+".column", "there is no column %q; there are %s", f.Column, listNames(columns))
			continue
		}
		c := columns[at]
		number := c.Kind == value.Integer && f.Type == value.Boolean && !src.Dialect().Booleans() // as a comparison gives it
		v.Want(number || fits(c.Kind, f.Type), path+".type", "the column %q has the type %s, which is not %s", c.Name, c.Type, f.Type)
	}
	if len(v.Bad) == 0 {
		d.checkFormulas(ctx, src, v)
	}
	return v.Bad
}

// checkFormulas has the database plan each formula: a column may have another type than its field
// says, and a decimal more digits than the database can multiply.
func (d *Dataset) checkFormulas(ctx context.Context, src source.Source, v *fault.Check) {
	for i, f := range d.def.Fields {
		if f.Formula == "" {
			continue
		}
		p, b := &plan{d: d}, source.NewBuilder(src.Dialect()).Raw("SELECT ")
		if f.Aggregate {
			p.aggregateFormula(b, f, nil)
		} else {
			b.Ident(rowsAlias, f.Name)
		}
		b.Raw(" FROM ")
		p.rows(b, policy.Caller{})
		if _, err := src.Query(ctx, b.Raw(" LIMIT 1").Statement(), 1); err != nil {
			v.Add(fmt.Sprintf("fields[%d].formula", i), "the database cannot compute it: %v", err)
		}
	}
}

func (d *Dataset) origin() string {
	if d.IsTable() {
		return "table"
	}
	return "sql"
}

// columns asks the catalogue, or has the database plan the query. The query is asked for on its
// own: one that only makes sense inside of parentheses could reach around the row policy.
func (d *Dataset) columns(ctx context.Context, src source.Source) ([]source.Column, error) {
	if d.IsTable() {
		return src.Columns(ctx, d.def.Table)
	}
	if _, err := src.Describe(ctx, source.Statement{SQL: d.def.SQLText}); err != nil {
		return nil, err
	}
	b := source.NewBuilder(src.Dialect()).Raw("SELECT * FROM ")
	d.Base(b)
	return src.Describe(ctx, b.Raw(" AS ").Ident(baseAlias).Statement())
}

// fits reports whether values of a column's kind can be shown as a field's type, all or the usual ones.
func fits(column, field value.Kind) bool {
	switch {
	case column == 0:
		return false
	case column == field || field == value.Text:
		return true
	case column.Number() && field.Number():
		return true
	}
	return column == value.Date && field == value.Timestamp || column == value.Timestamp && field == value.Date
}

func listNames(columns []source.Column) string {
	names := make([]string, 0, len(columns))
	for _, c := range columns {
		names = append(names, c.Name)
	}
	if len(names) > 20 {
		names = append(names[:20], "...")
	}
	return strings.Join(names, ", ")
}

// Infer returns fields for all columns that a definition's table or query has and that can be
// read: what an author starts a new dataset from.
func Infer(ctx context.Context, src source.Source, def Definition) ([]Field, error) {
	def.Normalize()
	if _, err := singleStatement(def.SQLText); err != nil && def.Table == "" {
		return nil, fault.Wrap(err, fault.InvalidInput, "The query %v.", err)
	}
	columns, err := (&Dataset{def: def}).columns(ctx, src)
	if err != nil {
		return nil, source.Fault(err, def.Source)
	}
	var fields []Field
	for _, c := range columns {
		if c.Kind == 0 {
			continue
		}
		f := Field{Name: c.Name, Column: c.Name, Type: c.Kind, Label: c.Name}
		if !source.ValidName(f.Name) {
			f.Name = fmt.Sprintf("column_%d", len(fields)+1)
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return nil, errors.New("dataset: there is no column that can be read")
	}
	return fields, nil
}
