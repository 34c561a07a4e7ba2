package writeback

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// Definition is an action as it is written in a project's file: which columns of a row are
// signed, what a person may enter, what is computed, and which row is then written where.
//
// An action inserts one row into its target: a new one (status.first, status.again), or the next
// state of a record (status.from, status.to), which carries the newest row's values over.
type Definition struct {
	ID          string        `yaml:"action"`
	Title       string        `yaml:"title"`
	Description string        `yaml:"description,omitempty"`
	Label       string        `yaml:"label,omitempty"`  // of the button in the row; the title when empty
	Submit      string        `yaml:"submit,omitempty"` // of the form's button; the label when empty
	Tone        string        `yaml:"tone,omitempty"`   // primary, neutral, danger
	Dataset     string        `yaml:"dataset"`
	Target      string        `yaml:"target"` // a table in the dataset's source
	Allow       policy.Grant  `yaml:"allow"`
	Expires     time.Duration `yaml:"expires,omitempty"` // of a ticket; 30m when empty
	// When lists, for fields of the dataset, the values with which a row gets the action's button.
	When     map[string][]any `yaml:"when,omitempty"`
	Signed   []Signed         `yaml:"signed"`
	Inputs   []Input          `yaml:"inputs,omitempty"`
	Computed []Computed       `yaml:"computed,omitempty"`
	Record   Record           `yaml:"record"`
	Status   Status           `yaml:"status"`
	System   System           `yaml:"columns"`
}

// Signed is a field of the dataset whose value a ticket binds and the action writes.
type Signed struct {
	Field  string `yaml:"field"`
	Column string `yaml:"column,omitempty"` // of the target; the field's name when empty
}

// Input is a value that a person enters.
type Input struct {
	Name      string     `yaml:"name"`
	Column    string     `yaml:"column,omitempty"` // of the target; the name when empty
	Label     string     `yaml:"label,omitempty"`
	Type      value.Kind `yaml:"type"`
	Format    string     `yaml:"format,omitempty"`
	Required  bool       `yaml:"required,omitempty"`
	Default   any        `yaml:"default,omitempty"`
	Min       any        `yaml:"min,omitempty"`
	Max       any        `yaml:"max,omitempty"`
	Step      any        `yaml:"step,omitempty"`
	MaxLength int        `yaml:"max_length,omitempty"` // characters; 500 when empty
	Options   []string   `yaml:"options,omitempty"`
	Rule      string     `yaml:"rule,omitempty"` // CEL over value, inputs and row; must give true
	Message   string     `yaml:"message,omitempty"`
	Help      string     `yaml:"help,omitempty"`
	Multiline bool       `yaml:"multiline,omitempty"`
}

// Computed is a value that the target database computes from its own tables at the moment of
// writing: a scalar query in which :name stands for a signed field or an input.
type Computed struct {
	Name     string     `yaml:"name"`
	Column   string     `yaml:"column,omitempty"` // of the target; the name when empty
	Label    string     `yaml:"label,omitempty"`
	Type     value.Kind `yaml:"type"`
	Format   string     `yaml:"format,omitempty"`
	SQL      string     `yaml:"sql"`
	Nullable bool       `yaml:"nullable,omitempty"`
	Empty    string     `yaml:"empty,omitempty"` // what to tell when the query gives no value
}

// Record says which rows of the target belong together: the history of one quote.
type Record struct {
	Column string   `yaml:"column"`           // of the target: the record's id
	Prefix string   `yaml:"prefix,omitempty"` // of a new id
	Match  []string `yaml:"match,omitempty"`  // signed fields whose equal values mean the same record
	Field  string   `yaml:"field,omitempty"`  // of the dataset: the id of the record that a transition moves
}

// Status is the machine that a record runs through.
type Status struct {
	Column string   `yaml:"column"`
	First  string   `yaml:"first,omitempty"` // of a record's first row
	Again  string   `yaml:"again,omitempty"` // of a further row for the same combination
	From   []string `yaml:"from,omitempty"`  // a transition is possible from these
	To     string   `yaml:"to,omitempty"`    // and leads here
}

// System names the target's columns for what Signet itself knows.
type System struct {
	Who     string `yaml:"who"`
	At      string `yaml:"at"`
	Receipt string `yaml:"receipt"`
}

const (
	defaultExpiry   = 30 * time.Minute
	maxExpiry       = 24 * time.Hour
	minExpiry       = time.Second
	defaultTextSize = 500
	maxTextSize     = 10_000
	maxParts        = 200 // signed fields, inputs, computed values: each list
)

// Transition reports whether the action moves a record on instead of making a row from a dataset's row.
func (d *Definition) Transition() bool { return d.Status.To != "" }

// Normalize fills what may be left out.
func (d *Definition) Normalize() {
	fill(&d.Label, d.Title)
	fill(&d.Submit, d.Label)
	fill(&d.Tone, "neutral")
	if d.Expires == 0 {
		d.Expires = defaultExpiry
	}
	for i := range d.Signed {
		fill(&d.Signed[i].Column, d.Signed[i].Field)
	}
	for i := range d.Inputs {
		in := &d.Inputs[i]
		fill(&in.Column, in.Name)
		fill(&in.Label, in.Name)
		if in.MaxLength == 0 {
			in.MaxLength = defaultTextSize
		}
	}
	for i := range d.Computed {
		fill(&d.Computed[i].Column, d.Computed[i].Name)
		fill(&d.Computed[i].Label, d.Computed[i].Name)
	}
}

func fill(s *string, with string) {
	if *s == "" {
		*s = with
	}
}

// Validate returns what is wrong with a normalized definition by itself; Engine.Prepare checks it
// against its dataset and its target.
func (d *Definition) Validate() []fault.Field {
	v := &fault.Check{}
	d.validateHead(v)
	d.validateParts(v)
	d.validateRecord(v)
	d.validateColumns(v)
	return v.Bad
}

func (d *Definition) validateHead(v *fault.Check) {
	v.Want(source.ValidID(d.ID), "action", "%q is not an id: want lower-case letters, digits and dashes, at most 64", d.ID)
	v.Want(d.Title != "", "title", "needs a value")
	v.Want(d.Dataset != "", "dataset", "needs the id of a dataset")
	v.Want(d.Target != "", "target", "needs the name of a table")
	v.Want(!d.Allow.IsZero(), "allow", "names nobody: list roles, groups or users that may run the action")
	v.Want(slices.Contains([]string{"primary", "neutral", "danger"}, d.Tone), "tone", "%q is unknown: want primary, neutral or danger", d.Tone)
	v.Want(d.Expires >= minExpiry && d.Expires <= maxExpiry, "expires", "%s is out of range: want %s to %s", d.Expires, minExpiry, maxExpiry)
	for i, r := range d.Allow.Roles {
		v.Want(r.Valid(), fmt.Sprintf("allow.roles[%d]", i), "%q is no role: want admin, author or reader", r)
	}
}

func (d *Definition) validateParts(v *fault.Check) {
	v.Want(len(d.Signed) > 0 && len(d.Signed) <= maxParts, "signed", "needs 1 to %d fields", maxParts)
	v.Want(len(d.Inputs) <= maxParts, "inputs", "has more than %d", maxParts)
	v.Want(len(d.Computed) <= maxParts, "computed", "has more than %d", maxParts)
	names := map[string]string{}
	once := func(name, path string) {
		v.Want(source.ValidName(name), path, "%q is not a name: want letters, digits and underscores", name)
		v.Want(names[name] == "", path, "%q is used by %s too", name, names[name])
		names[name] = path
	}
	for i, s := range d.Signed {
		once(s.Field, fmt.Sprintf("signed[%d].field", i))
	}
	for i := range d.Inputs {
		once(d.Inputs[i].Name, fmt.Sprintf("inputs[%d].name", i))
		d.Inputs[i].validate(v, fmt.Sprintf("inputs[%d]", i))
	}
	for i, c := range d.Computed {
		path := fmt.Sprintf("computed[%d]", i)
		once(c.Name, path+".name")
		v.Want(c.Type.Valid(), path+".type", "needs a type")
		if _, err := parseTemplate(c.SQL, d.parameter); err != nil {
			v.Add(path+".sql", "%v", err)
		}
	}
}

// parameter reports whether :name may stand in a computed value's query.
func (d *Definition) parameter(name string) bool {
	return d.signs(name) || slices.ContainsFunc(d.Inputs, func(in Input) bool { return in.Name == name })
}

func (in *Input) validate(v *fault.Check, path string) {
	if !in.Type.Valid() {
		v.Add(path+".type", "needs a type")
		return
	}
	v.Want(in.MaxLength > 0 && in.MaxLength <= maxTextSize, path+".max_length", "%d is out of range: want 1 to %d", in.MaxLength, maxTextSize)
	bounds := []struct {
		name string
		x    any
	}{{"default", in.Default}, {"min", in.Min}, {"max", in.Max}, {"step", in.Step}}
	for _, b := range bounds {
		if _, err := value.Parse(in.Type, b.x); err != nil {
			v.Add(path+"."+b.name, "%v", err)
		}
	}
	if in.Rule != "" {
		v.Want(in.Message != "", path+".message", "a rule needs a message that says what is wanted")
	}
}

func (d *Definition) validateRecord(v *fault.Check) {
	v.Want(d.Record.Column != "", "record.column", "needs the target's column for the record's id")
	v.Want(d.Status.Column != "", "status.column", "needs the target's column for the status")
	if d.Transition() {
		v.Want(len(d.Status.From) > 0, "status.from", "needs the states that a record may be in")
		v.Want(d.Status.First == "" && d.Status.Again == "", "status", "give first and again, or from and to, not both")
		v.Want(d.signs(d.Record.Field), "record.field", "%q is not a signed field: the ticket must bind the record that it moves", d.Record.Field)
		v.Want(len(d.Record.Match) == 0, "record.match", "a transition names its record by record.field")
		return
	}
	v.Want(d.Status.First != "" && d.Status.Again != "", "status", "needs first and again, or from and to")
	v.Want(len(d.Status.From) == 0, "status.from", "needs status.to beside it")
	v.Want(len(d.Record.Match) > 0, "record.match", "needs the signed fields that make a combination")
	for i, f := range d.Record.Match {
		v.Want(d.signs(f), fmt.Sprintf("record.match[%d]", i), "%q is not a signed field: an unsigned value could be changed to reach another record", f)
	}
}

func (d *Definition) signs(field string) bool {
	return slices.ContainsFunc(d.Signed, func(s Signed) bool { return s.Field == field })
}

// validateColumns refuses two values for one column: with that, and because every written column
// is signed, computed, an input of its own or Signet's, nothing unsigned can be written (threat S8).
func (d *Definition) validateColumns(v *fault.Check) {
	seen := map[string]string{}
	for _, w := range d.writes() {
		if w.column == "" {
			v.Add(w.path, "needs the target's column")
			continue
		}
		if other := seen[strings.ToLower(w.column)]; other != "" {
			v.Add(w.path, "column %q is already written by %s", w.column, other)
		}
		seen[strings.ToLower(w.column)] = w.path
	}
}

// write is a column of the target that the action sets: the field of the definition that says so,
// and where the value comes from.
type write struct {
	column, path string
	from         origin
}

// writes lists the target's columns that the action sets. A transition's signed fields are not
// among them: it carries the newest row's values over.
func (d *Definition) writes() []write {
	w := []write{
		{d.Record.Column, "record.column", origin{fromRecord, 0}}, {d.Status.Column, "status.column", origin{fromStatus, 0}},
		{d.System.Who, "columns.who", origin{fromWho, 0}}, {d.System.At, "columns.at", origin{fromAt, 0}},
		{d.System.Receipt, "columns.receipt", origin{fromReceipt, 0}},
	}
	if !d.Transition() {
		for i, s := range d.Signed {
			w = append(w, write{s.Column, fmt.Sprintf("signed[%d].column", i), origin{fromSigned, i}})
		}
	}
	for i := range d.Inputs {
		w = append(w, write{d.Inputs[i].Column, fmt.Sprintf("inputs[%d].column", i), origin{fromInput, i}})
	}
	for i, c := range d.Computed {
		w = append(w, write{c.Column, fmt.Sprintf("computed[%d].column", i), origin{fromComputed, i}})
	}
	return w
}
