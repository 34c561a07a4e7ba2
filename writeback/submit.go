package writeback

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/value"
	"signet/policy"
	"signet/ticket"
)

// submission is a ticket and what was entered, on its way to a receipt.
type submission struct {
	action  *action
	caller  policy.Caller
	ticket  *ticket.Ticket
	secret  opaque.Bytes  // the version of the key that signed the ticket
	signed  []value.Value // in the order of the action's signed fields
	inputs  []value.Value // in the order of the action's inputs
	attempt *audit.Attempt
	done    chan outcome // receives once
}

// outcome is what became of a submission.
type outcome struct {
	raw      string   // the receipt's bytes, as they stand in the ledger
	receipt  *Receipt // the same, read
	replayed bool
	err      error
}

// replayed is the outcome of a ticket that was used before.
func replayed(raw string) outcome {
	r, err := parseReceipt(raw)
	return outcome{raw: raw, receipt: r, replayed: true, err: err}
}

// key returns the signed value of one of the dataset's key fields.
func (s *submission) key(field int) value.Value {
	if i := slices.Index(s.action.signed, field); i >= 0 {
		return s.signed[i]
	}
	v, _ := s.ticket.Value(s.action.fields[field])
	return v
}

func (s *submission) parameter(p parameter) value.Value {
	if p.signed {
		return s.signed[p.place]
	}
	return s.inputs[p.place]
}

// Submit writes what the ticket offers, with what was entered, and returns the receipt. Submitting
// a used ticket again returns its first receipt and writes nothing. It returns faults: see package
// fault for the codes; after target_unavailable and log_unavailable the same ticket may be
// submitted again.
func (e *Engine) Submit(ctx context.Context, caller policy.Caller, actionID, token string, entered map[string]any) (*Submission, error) {
	a, err := e.action(actionID)
	if err != nil {
		return nil, err
	}
	t, openErr := e.open(a, caller, token)
	defer e.working(t)()
	attempt, err := e.cfg.Gate.Begin(ctx, caller, a.operation("Submit", a.announce(t)))
	if err != nil {
		return nil, err
	}
	// The caller may go away; what was begun is finished and recorded all the same.
	ctx = context.WithoutCancel(ctx)
	if openErr != nil {
		return nil, e.refuse(ctx, attempt, openErr)
	}
	out := e.once(ctx, a, caller, t, attempt, entered)
	if out.err != nil {
		return nil, e.refuse(ctx, attempt, out.err)
	}
	return e.answer(ctx, attempt, out)
}

// announce is what the attempt's event says of the write that may follow: enough to find out later
// whether it happened.
func (a *action) announce(t *ticket.Ticket) map[string]string {
	if t == nil {
		return nil
	}
	signed := make([]value.Value, len(t.Columns))
	for i, c := range t.Columns {
		signed[i] = c.Value
	}
	return map[string]string{
		"ticket": t.ID(), "key": t.KeyID, "source": a.dataset.Source(), "target": a.Target,
		"version": fmt.Sprintf("%x", a.version), "lock": fmt.Sprintf("%016x", a.lock(signed)),
	}
}

// refuse records that nothing was written and why. An outcome that is not known stays open in the
// log: Recover settles it from the ledger.
func (e *Engine) refuse(ctx context.Context, attempt *audit.Attempt, err error) error {
	if isUnknown(err) {
		return err
	}
	if _, recordErr := attempt.Done(ctx, err, nil); recordErr != nil {
		return recordErr
	}
	return err
}

// flight is a ticket that is being submitted; later submissions of it wait for its end.
type flight struct {
	landed chan struct{}
	out    outcome // set before landed is closed
}

// once lets one submission of a ticket at a time through; those that come meanwhile get its
// receipt as a replay, or its error.
func (e *Engine) once(ctx context.Context, a *action, caller policy.Caller, t *ticket.Ticket, attempt *audit.Attempt, entered map[string]any) outcome {
	id := t.ID()
	e.mu.Lock()
	if f := e.inflight[id]; f != nil {
		e.mu.Unlock()
		<-f.landed
		out := f.out
		out.replayed = true
		return out
	}
	f := &flight{landed: make(chan struct{})}
	e.inflight[id] = f
	e.mu.Unlock()

	f.out = e.first(ctx, a, caller, t, attempt, entered)
	e.mu.Lock()
	delete(e.inflight, id)
	e.mu.Unlock()
	close(f.landed)
	return f.out
}

func (e *Engine) first(ctx context.Context, a *action, caller policy.Caller, t *ticket.Ticket, attempt *audit.Attempt, entered map[string]any) outcome {
	s, err := e.submission(a, caller, t, entered)
	expired := e.expired(t)
	if err != nil || expired != nil {
		// Was it used before? Then neither its age nor what was entered now matters.
		if out, found := e.replay(ctx, a, t); found {
			return out
		}
		if expired != nil {
			err = expired
		}
		return outcome{err: err}
	}
	s.attempt = attempt
	return e.enqueue(s)
}

// submission types what was entered.
func (e *Engine) submission(a *action, caller policy.Caller, t *ticket.Ticket, entered map[string]any) (*submission, error) {
	secret, err := e.cfg.Keys.Version(TicketKey, t.KeyID)
	if err != nil {
		return nil, err
	}
	s := &submission{action: a, caller: caller, ticket: t, secret: secret, done: make(chan outcome, 1)}
	for _, c := range t.Columns {
		s.signed = append(s.signed, c.Value)
	}
	var bad []fault.Field
	if s.inputs, bad = a.parseInputs(entered, func(field string) value.Value { return s.signed[slices.Index(a.names, field)] }); len(bad) > 0 {
		return s, &fault.Error{Code: fault.InvalidInput, Detail: "Some values need another look. Nothing was written.", Fields: bad}
	}
	return s, nil
}

// replay looks a ticket up in the ledger.
func (e *Engine) replay(ctx context.Context, a *action, t *ticket.Ticket) (outcome, bool) {
	src, err := e.source(a.dataset.Source())
	if err != nil {
		return outcome{err: err}, false
	}
	r, err := e.query(ctx, a, ledgerLookup(src.Dialect(), []string{t.ID()}))
	if err != nil {
		return outcome{}, false
	}
	row, found := ledgerRows(r)[t.ID()]
	if !found {
		return outcome{}, false
	}
	return replayed(row.receipt), true
}

// answer tells the open dashboards, records the outcome and returns the receipt.
func (e *Engine) answer(ctx context.Context, attempt *audit.Attempt, out outcome) (*Submission, error) {
	// The row is there, whatever becomes of the outcome's event; Recover would see to that one.
	if r := out.receipt; !out.replayed && e.cfg.Changed != nil {
		e.cfg.Changed(Change{Source: r.Target.Source, Table: r.Target.Table, Action: r.Action.ID, Receipt: r.ID, By: r.Who.Name, At: r.At})
	}
	if _, err := attempt.Done(ctx, nil, outcomeDetail(out)); err != nil {
		return nil, err
	}
	return &Submission{Receipt: json.RawMessage(out.raw), Replayed: out.replayed}, nil
}

func outcomeDetail(out outcome) map[string]string {
	r := out.receipt
	detail := map[string]string{
		"receipt": r.ID, "digest": digest([]byte(out.raw)), "record": r.Record.ID, "status": r.Record.Status,
		"source": r.Target.Source, "target": r.Target.Table,
	}
	if out.replayed {
		detail["replayed"] = "true"
	}
	return detail
}
