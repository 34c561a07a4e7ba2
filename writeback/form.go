package writeback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// Form is what a person sees before they submit.
type Form struct {
	Action    FormAction  `json:"action"`
	Record    FormRecord  `json:"record"`
	Signed    []Field     `json:"signed"`
	Inputs    []FormInput `json:"inputs"`
	Computed  []Field     `json:"computed"` // with the inputs at their defaults; NULL where that cannot be computed yet
	ExpiresAt time.Time   `json:"expiresAt"`
}

// FormAction describes the action to the person.
type FormAction struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	SubmitLabel string `json:"submitLabel"`
	Tone        string `json:"tone"`
	Version     string `json:"version"`
}

// FormRecord says what the submission would do to which record.
type FormRecord struct {
	ID         string `json:"id,omitempty"`     // "" when a new record would begin
	Status     string `json:"status,omitempty"` // where it stands now
	Next       string `json:"next"`             // and where it would stand
	Transition bool   `json:"transition"`
}

// FormInput describes an input and its rules.
type FormInput struct {
	Name      string       `json:"name"`
	Label     string       `json:"label"`
	Type      value.Kind   `json:"type"`
	Format    string       `json:"format,omitempty"`
	Required  bool         `json:"required"`
	Default   value.Value  `json:"default"`
	Min       *value.Value `json:"min,omitempty"`
	Max       *value.Value `json:"max,omitempty"`
	Step      any          `json:"step,omitempty"`
	MaxLength int          `json:"maxLength,omitempty"`
	Options   []string     `json:"options,omitempty"`
	Help      string       `json:"help,omitempty"`
	Multiline bool         `json:"multiline,omitempty"`
}

// Preview is what the server would write, computed at this moment.
type Preview struct {
	Computed []NamedValue  `json:"computed"`
	Next     string        `json:"next"`
	RecordID string        `json:"recordId,omitempty"`
	Errors   []fault.Field `json:"errors"`
}

// NamedValue is a computed value.
type NamedValue struct {
	Name  string      `json:"name"`
	Value value.Value `json:"value"`
}

// Form opens a ticket for a person to look at. It writes nothing and uses nothing up.
func (e *Engine) Form(ctx context.Context, caller policy.Caller, actionID, token string) (*Form, error) {
	a, c, err := e.look(ctx, caller, actionID, token, nil, "Form")
	if err != nil {
		return nil, err
	}
	f := &Form{
		Action: FormAction{ID: a.ID, Title: a.Title, Description: a.Description, SubmitLabel: a.Submit, Tone: a.Tone,
			Version: fmt.Sprintf("%x", a.version)},
		Record: a.formRecord(c), Signed: a.signedFields(c.sub.signed), Inputs: []FormInput{}, ExpiresAt: c.sub.ticket.Expires,
		Computed: a.computedFields(a.computedOrNull(c)),
	}
	for i := range a.inputs {
		f.Inputs = append(f.Inputs, a.inputs[i].form())
	}
	return f, nil
}

// Preview computes what would be written with the given inputs.
func (e *Engine) Preview(ctx context.Context, caller policy.Caller, actionID, token string, entered map[string]any) (*Preview, error) {
	if entered == nil {
		entered = map[string]any{}
	}
	a, c, err := e.look(ctx, caller, actionID, token, entered, "Preview")
	p := &Preview{Computed: []NamedValue{}, Errors: []fault.Field{}}
	if f, ok := asFault(err); ok && (f.Code == fault.InvalidInput || f.Code == fault.ComputedEmpty) {
		p.Errors = f.Fields
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	record := a.formRecord(c)
	p.Next, p.RecordID = record.Next, record.ID
	for i, v := range a.computedOrNull(c) {
		p.Computed = append(p.Computed, NamedValue{Name: a.Definition.Computed[i].Name, Value: v})
	}
	return p, nil
}

func (a *action) computedOrNull(c *claim) []value.Value {
	values := make([]value.Value, len(a.computed))
	for i, d := range a.Definition.Computed {
		values[i] = value.Null(d.Type)
	}
	copy(values, c.computed)
	return values
}

func (a *action) formRecord(c *claim) FormRecord {
	r := FormRecord{Transition: a.Transition(), Next: a.Status.First}
	if c.previous != nil {
		r.ID, r.Status = c.previous[a.places[a.Record.Column]].String(), c.previous[a.places[a.Status.Column]].String()
		r.Next = a.Status.Again
	}
	if a.Transition() {
		r.Next = a.Status.To
	}
	return r
}

func (in *input) form() FormInput {
	f := FormInput{Name: in.Name, Label: in.Label, Type: in.Type, Format: in.Format, Required: in.Required, Default: in.def,
		Step: in.Step, Options: in.Options, Help: in.Help, Multiline: in.Multiline}
	if !in.min.IsNull() {
		f.Min = &in.min
	}
	if !in.max.IsNull() {
		f.Max = &in.max
	}
	if in.Type == value.Text {
		f.MaxLength = in.MaxLength
	}
	return f
}

// look runs a submission's checks against the target as it stands, in read-only transactions. With
// nil for what was entered, missing inputs are no error: nothing was typed yet.
func (e *Engine) look(ctx context.Context, caller policy.Caller, actionID, token string, entered map[string]any, name string) (*action, *claim, error) {
	a, err := e.action(actionID)
	if err != nil {
		return nil, nil, err
	}
	op := a.operation(name, nil)
	op.ReadOnly = true
	if err := e.cfg.Gate.View(ctx, caller, op); err != nil {
		return nil, nil, err
	}
	t, err := e.open(a, caller, token)
	if err != nil {
		return nil, nil, err
	}
	if err := e.expired(t); err != nil {
		return nil, nil, err
	}
	s, err := e.submission(a, caller, t, entered)
	if err != nil && entered != nil || s == nil {
		return nil, nil, err
	}
	c := &claim{sub: s}
	if err := e.inspect(ctx, a, c); err != nil {
		return nil, nil, err
	}
	if c.err != nil && entered != nil {
		return nil, nil, c.err
	}
	return a, c, nil
}

// inspect reads what claim reads, one query after the other.
func (e *Engine) inspect(ctx context.Context, a *action, c *claim) error {
	src, err := e.source(a.dataset.Source())
	if err != nil {
		return err
	}
	d, claims := src.Dialect(), []*claim{c}
	run := func(asks []ask) ([]source.Result, error) {
		var results []source.Result
		for _, q := range asks {
			r, err := e.query(ctx, a, q.statement)
			if err != nil {
				return nil, err
			}
			results = append(results, r)
		}
		return results, nil
	}
	newest := a.newest(d, claims)
	results, err := run(newest)
	if err != nil {
		return err
	}
	a.previousRows(newest, results, claims)
	if err := a.checkStatus(c); err != nil {
		return err
	}
	rows := a.reread(d, claims)
	if results, err = run(rows); err != nil {
		return err
	}
	if err := a.checkRow(c, a.readRows(rows, results, 1)[0], c.sub.secret); err != nil {
		return err
	}
	if len(a.computed) == 0 {
		return nil
	}
	computed := a.compute(d, claims)
	r, err := e.query(ctx, a, computed[0].statement)
	if err != nil {
		return err
	}
	return a.computedValues(computed[0], r, claims)
}

func asFault(err error) (*fault.Error, bool) { return errors.AsType[*fault.Error](err) }
