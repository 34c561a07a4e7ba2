package writeback

import (
	"fmt"

	"signet/internal/value"
	"signet/source"
)

// receipt says what the claim writes.
func (a *action) receipt(c *claim) *Receipt {
	p := c.sub.caller.Principal()
	r := &Receipt{
		Version:  receiptVersion,
		ID:       c.sub.ticket.ID(),
		Action:   ActionRef{ID: a.ID, Title: a.Title, Version: fmt.Sprintf("%x", a.version)},
		Dataset:  a.Dataset,
		Target:   TargetRef{Source: a.dataset.Source(), Table: a.Target},
		Record:   RecordRef{ID: c.record, Status: c.status},
		Who:      Person{ID: p.ID, Name: p.Name},
		At:       c.at,
		Attempt:  c.sub.attempt.Index(),
		Signed:   a.signedFields(c.sub.signed),
		Inputs:   a.inputFields(c.sub.inputs),
		Computed: a.computedFields(c.computed),
	}
	for i, w := range a.writing {
		r.Written = append(r.Written, with(a.shown[w.place], c.written[i]))
	}
	if c.previous != nil {
		r.Record.PreviousStatus = c.previous[a.places[a.Status.Column]].String()
		r.Before = a.rowFields(c.previous)
	}
	return r
}

func with(f Field, v value.Value) Field {
	f.Value = v
	return f
}

// rowFields shows a row of the target.
func (a *action) rowFields(row []value.Value) []Field {
	fields := make([]Field, len(row))
	for i, v := range row {
		fields[i] = with(a.shown[i], v)
	}
	return fields
}

// signedFields shows what the ticket signed, without the key fields that it holds besides.
func (a *action) signedFields(values []value.Value) []Field {
	fields := make([]Field, len(a.Definition.Signed))
	for i := range fields {
		fields[i] = a.fieldOf(origin{fromSigned, i}, values[i])
	}
	return fields
}

func (a *action) inputFields(values []value.Value) []Field {
	fields := make([]Field, len(values))
	for i, v := range values {
		fields[i] = a.fieldOf(origin{fromInput, i}, v)
	}
	return fields
}

func (a *action) computedFields(values []value.Value) []Field {
	fields := make([]Field, len(values))
	for i, v := range values {
		fields[i] = a.fieldOf(origin{fromComputed, i}, v)
	}
	return fields
}

// fieldOf shows a signed, entered or computed value.
func (a *action) fieldOf(o origin, v value.Value) Field {
	switch o.from {
	case fromSigned:
		f := a.dataset.Fields()[a.signed[o.index]]
		return Field{Name: f.Name, Label: f.Label, Type: f.Type, Format: f.Format, Value: v}
	case fromInput:
		in := &a.inputs[o.index]
		return Field{Name: in.Name, Label: in.Label, Type: in.Type, Format: in.Format, Value: v}
	}
	d := &a.Definition.Computed[o.index]
	return Field{Name: d.Name, Label: d.Label, Type: d.Type, Format: d.Format, Value: v}
}

// columnField shows a column of the target with the label and format of what is written to it.
func (a *action) columnField(c source.Column, o origin, written bool) Field {
	f := Field{Name: c.Name, Label: c.Name, Type: c.Kind}
	for _, d := range a.dataset.Fields() { // a transition's dataset shows the target's own columns
		if d.Column == c.Name {
			f.Label, f.Format = d.Label, d.Format
		}
	}
	if !written {
		return f
	}
	switch o.from {
	case fromRecord:
		f.Label = "Record"
	case fromStatus:
		f.Label = "Status"
	case fromWho:
		f.Label = "By"
	case fromAt:
		f.Label = "At"
	case fromReceipt:
		f.Label = "Receipt"
	case fromSigned, fromInput, fromComputed:
		shown := a.fieldOf(o, value.Null(c.Kind))
		f.Label, f.Format = shown.Label, shown.Format
	}
	return f
}
