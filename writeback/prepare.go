package writeback

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/blake2b"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
	"signet/ticket"
)

// Problem is what is wrong with one action.
type Problem struct {
	Action string
	fault.Field
}

// Prepared is a set of actions that were checked and can be swapped in.
type Prepared struct{ actions map[string]*action }

// Catalogue is where Prepare finds what the definitions refer to.
type Catalogue struct {
	Dataset func(id string) (*dataset.Dataset, bool)
	Source  func(id string) (source.Source, bool)
}

// Prepare checks definitions by themselves, against their datasets and against the catalogues of
// their targets. The problems name action and field; the set is usable when there are none.
func (e *Engine) Prepare(ctx context.Context, definitions []Definition, in Catalogue) (*Prepared, []Problem) {
	p := &Prepared{actions: map[string]*action{}}
	var problems []Problem
	for _, d := range definitions {
		a, bad := prepare(ctx, d, in)
		for _, b := range bad {
			problems = append(problems, Problem{Action: d.ID, Field: b})
		}
		if a != nil && p.actions[d.ID] != nil {
			problems = append(problems, Problem{Action: d.ID, Field: fault.Field{Field: "action", Message: "another action has the same id"}})
		}
		if a != nil {
			p.actions[d.ID] = a
		}
	}
	return p, problems
}

func prepare(ctx context.Context, d Definition, in Catalogue) (*action, []fault.Field) {
	d.Normalize()
	v := &fault.Check{Bad: d.Validate()}
	if len(v.Bad) > 0 {
		return nil, v.Bad
	}
	ds, ok := in.Dataset(d.Dataset)
	if !ok {
		v.Add("dataset", "there is no dataset %q", d.Dataset)
		return nil, v.Bad
	}
	src, ok := in.Source(ds.Source())
	if !ok {
		v.Add("dataset", "its source %q is not connected", ds.Source())
		return nil, v.Bad
	}
	a := &action{Definition: d, dataset: ds}
	a.bindDataset(v)
	a.bindInputs(v)
	a.bindTarget(ctx, src, v)
	if len(v.Bad) > 0 {
		return nil, v.Bad
	}
	a.version = a.fingerprint()
	return a, nil
}

func (a *action) bindDataset(v *fault.Check) {
	place := map[string]int{}
	for i, f := range a.dataset.Fields() {
		a.fields = append(a.fields, f.Name)
		place[f.Name] = i
	}
	find := func(name, path string) int {
		i, ok := place[name]
		v.Want(ok, path, "the dataset %q has no field %q", a.Dataset, name)
		return i
	}
	calculated := func(i int) bool { return a.dataset.Fields()[i].Formula != "" }
	if name := a.dataset.PolicyCalculates(); name != "" {
		v.Add("dataset", "the row policy of dataset %q is about %q, which is calculated: a row that is written could not be judged by it", a.Dataset, name)
	}
	for i, s := range a.Definition.Signed {
		path := fmt.Sprintf("signed[%d].field", i)
		at := find(s.Field, path)
		v.Want(!calculated(at) || a.fields[at] != s.Field, path, "%q is calculated: a ticket signs columns", s.Field)
		a.names, a.signed = append(a.names, s.Field), append(a.signed, at)
	}
	v.Want(len(a.dataset.Key()) > 0, "dataset", "the dataset %q has no key: a ticket must find its row again", a.Dataset)
	for _, k := range a.dataset.Key() {
		a.key = append(a.key, find(k, "dataset"))
		if !a.signs(k) {
			a.names, a.signed = append(a.names, k), append(a.signed, place[k])
		}
	}
	for i, name := range a.fields {
		// What is calculated follows from the fields that are signed or in the rest; and what follows from
		// the time of day would change while the row stands still.
		if !slices.Contains(a.signed, i) && !calculated(i) {
			a.rest, a.restName = append(a.rest, i), append(a.restName, name)
		}
	}
	match := a.Record.Match
	if a.Transition() {
		match = []string{a.Record.Field}
	}
	for _, m := range match {
		a.match = append(a.match, slices.Index(a.names, m))
	}
	a.bindWhen(v, place)
}

func (a *action) bindWhen(v *fault.Check, place map[string]int) {
	for name, values := range a.When {
		i, ok := place[name]
		if !ok {
			v.Add("when."+name, "the dataset %q has no field %q", a.Dataset, name)
			continue
		}
		c := condition{field: i}
		for _, x := range values {
			typed, err := value.Parse(a.dataset.Fields()[i].Type, x)
			if err != nil {
				v.Add("when."+name, "%v", err)
			}
			c.values = append(c.values, typed)
		}
		a.when = append(a.when, c)
	}
}

func (a *action) bindInputs(v *fault.Check) {
	for i, in := range a.Definition.Inputs {
		compiled, err := compileInput(in)
		if err != nil {
			v.Add(fmt.Sprintf("inputs[%d].rule", i), "%v", err)
		}
		a.inputs = append(a.inputs, compiled)
		a.ruled = a.ruled || compiled.rule != nil
	}
	for i, c := range a.Definition.Computed {
		t, err := parseTemplate(c.SQL, a.parameter)
		if err != nil {
			v.Add(fmt.Sprintf("computed[%d].sql", i), "%v", err)
		}
		a.computed = append(a.computed, t)
	}
}

// bindTarget checks every written column against the target's catalogue.
func (a *action) bindTarget(ctx context.Context, src source.Source, v *fault.Check) {
	columns, err := src.Columns(ctx, a.Target)
	if err != nil {
		v.Add("target", "the table %q of source %q cannot be read: %v", a.Target, a.dataset.Source(), err)
		return
	}
	if err := checkTarget(ctx, src, a.Target); err != nil {
		v.Add("target", "the table %q of source %q cannot be written: %v", a.Target, a.dataset.Source(), err)
	}
	a.places = map[string]int{}
	for _, c := range columns {
		if c.Kind.Valid() {
			a.places[c.Name] = len(a.target)
			a.target = append(a.target, c)
		} else {
			v.Want(!a.Transition(), "target", "the column %q is %s, which a transition cannot carry over", c.Name, c.Type)
		}
	}
	for _, w := range a.writes() {
		i, ok := a.places[w.column]
		if !ok {
			v.Add(w.path, "the table %q has no column %q that can be written; it has %s", a.Target, w.column, columnNames(columns))
			continue
		}
		if want := a.kindOf(w.from); !fits(want, a.target[i].Kind) {
			v.Add(w.path, "the column %q is %s and cannot take %s", w.column, a.target[i].Kind, want)
		}
	}
	a.bindRows(columns, v)
}

// checkTarget asks the source whether a table can be written in a transaction.
func checkTarget(ctx context.Context, src source.Source, table string) error {
	if c, ok := src.(source.TargetChecker); ok {
		return c.CheckTarget(ctx, table)
	}
	return nil
}

// bindRows settles where each written column gets its value from.
func (a *action) bindRows(columns []source.Column, v *fault.Check) {
	from := map[string]origin{}
	for _, w := range a.writes() {
		from[w.column] = w.from
	}
	for i, c := range a.target {
		o, written := from[c.Name]
		if !written && a.Transition() {
			o, written = origin{fromPrevious, i}, true
		}
		if written {
			a.writing = append(a.writing, column{Column: c, place: i, from: o})
		}
		a.shown = append(a.shown, a.columnField(c, o, written))
	}
	for _, c := range columns {
		if _, written := from[c.Name]; !written && !a.Transition() && !c.Nullable && !c.Default {
			v.Add("target", "the column %q must have a value, but the action writes none", c.Name)
		}
	}
	if a.Transition() && len(a.match) == 1 && a.match[0] >= 0 {
		field := a.dataset.Fields()[a.signed[a.match[0]]]
		v.Want(field.Type == value.Text, "record.field", "the field %q is %s: want text", field.Name, field.Type)
	}
}

func columnNames(columns []source.Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// kindOf returns the kind of the value that comes from o.
func (a *action) kindOf(o origin) value.Kind {
	switch o.from {
	case fromSigned:
		return a.dataset.Fields()[a.signed[o.index]].Type
	case fromInput:
		return a.Definition.Inputs[o.index].Type
	case fromComputed:
		return a.Definition.Computed[o.index].Type
	case fromAt:
		return value.Timestamp
	}
	return value.Text
}

// fits reports whether a column of kind into can take every value of kind from.
func fits(from, into value.Kind) bool {
	switch {
	case from == into:
		return true
	case from == value.Integer:
		return into == value.Decimal || into == value.Float
	case from == value.Decimal:
		return into == value.Float
	case from == value.Float:
		return into == value.Decimal
	case from == value.Date:
		return into == value.Timestamp
	}
	return false
}

// fingerprint is the action's version: tickets made before a change of the action, its dataset or
// its target do not open after it.
func (a *action) fingerprint() (v [ticket.VersionSize]byte) {
	description, err := json.Marshal(struct {
		Definition Definition
		Dataset    string
		Target     []source.Column
	}{a.Definition, a.dataset.Fingerprint(), a.target})
	if err != nil {
		panic("writeback: encoding a definition: " + err.Error()) // only plain types are in it
	}
	h, err := blake2b.New(ticket.VersionSize, nil)
	if err != nil {
		panic("writeback: BLAKE2b without a key: " + err.Error())
	}
	h.Write([]byte("\x10signet action v1"))
	h.Write(description)
	h.Sum(v[:0])
	return v
}
