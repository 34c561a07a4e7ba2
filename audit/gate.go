package audit

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"signet/internal/fault"
	"signet/policy"
)

// Gate decides whether a caller may do an operation, and sees that nothing is done unrecorded.
type Gate struct {
	log  *Log
	seen seen
}

// NewGate returns the gate in front of a log.
func NewGate(log *Log) *Gate { return &Gate{log: log} }

// Log is the log behind the gate.
func (g *Gate) Log() *Log { return g.log }

// event describes an operation of a caller, and the decision about it unless it has ended.
func event(c policy.Caller, op policy.Operation, phase Phase, d policy.Decision) Event {
	p := c.Principal()
	e := Event{
		Phase: phase, Attempt: NoAttempt, Action: op.Action, Resource: op.Resource,
		Who: Who{Type: TypeUser, ID: p.ID, Name: p.Name}, SourceIP: p.SourceIP, RequestID: p.RequestID,
		UserAgent: p.UserAgent, ReadOnly: op.ReadOnly, Detail: op.Detail,
	}
	if phase != PhaseOutcome && phase != PhaseUse {
		e.AWS = trailOf(c, op, d)
	}
	switch {
	case !c.Known() || p.Role == "" && p.AWS.Requester.Type == "": // identity puts failed sign-ins on record for a stranger
		e.Who.Type = TypeNobody
	case p.Role == policy.System:
		e.Who.Type = TypeSystem
	}
	if phase == PhaseDenial {
		e.Result = ResultDenied
		if op.Record == nil {
			e.Detail = with(op.Detail, "reason", d.By())
		}
	}
	return e
}

// with copies details and adds one, for they are the caller's.
func with(detail map[string]string, name, value string) map[string]string {
	detail = maps.Clone(detail)
	if detail == nil {
		detail = map[string]string{}
	}
	detail[name] = value
	return detail
}

// denied says no. On the AWS side it says so in AWS's words, as its clients look for them.
func denied(c policy.Caller, op policy.Operation, d policy.Decision, recording error) error {
	if op = policy.Refused(c, op); op.Rules != nil {
		return fault.Wrap(recording, fault.Denied, "User: %s is not authorized to perform: %s on resource: %s because %s",
			c.Principal().AWS.Requester.ARN, op.Action, op.Rules.Resource, reason(op, d))
	}
	return fault.Wrap(recording, fault.Denied, "you may not do %s on %s", op.Action, op.Resource)
}

// reason tells no more than AWS does: not which policy, nor what it says.
func reason(op policy.Operation, d policy.Decision) string {
	if d.Outcome == policy.ExplicitDeny {
		return "of an explicit deny in a policy"
	}
	return "no policy allows the " + op.Action + " action"
}

// Attempt is an allowed operation under way. Its act must wait for Recorded, and Done must follow.
type Attempt struct {
	gate    *Gate
	pending *Pending
	outcome Event // but for its attempt and result
	caller  policy.Caller
	op      policy.Operation
}

// Begin decides about an operation. A denial is recorded and returned as fault denied; nobody at all
// (the zero Caller) is always denied. When the operation is allowed, its attempt is on the way to the log.
func (g *Gate) Begin(ctx context.Context, c policy.Caller, op policy.Operation) (*Attempt, error) {
	d, err := g.decide(ctx, c, op)
	if err != nil {
		return nil, err
	}
	a := &Attempt{gate: g, outcome: event(c, op, PhaseOutcome, d), caller: c, op: op}
	a.outcome.Detail = nil // the attempt's event has them
	a.pending = g.log.AppendAsync(event(c, op, PhaseAttempt, d))
	return a, nil
}

// decide returns what allows an operation. A denial is on record before it is told.
func (g *Gate) decide(ctx context.Context, c policy.Caller, op policy.Operation) (policy.Decision, error) {
	notice(ctx)
	d := policy.Judge(c, op)
	if d.Allowed() {
		return d, nil
	}
	_, err := g.log.AppendAsync(event(c, op, PhaseDenial, d)).Wait(ctx) // recorded even when the client hangs up
	return d, denied(c, op, d, err)
}

// Recorded waits until the attempt is durable. On an error (a fault log_unavailable) the operation is
// denied: nothing may be done.
func (a *Attempt) Recorded(ctx context.Context) error {
	_, err := a.pending.Wait(ctx)
	return err
}

// Index is the attempt's place in the log. Only after Recorded has returned nil is there one.
func (a *Attempt) Index() Index { return a.pending.index }

// Done records how the operation ended, with details of the end, and waits until that is durable. It does not stop when ctx does: the act is done and the log must say so.
func (a *Attempt) Done(ctx context.Context, result error, detail map[string]string) (Index, error) {
	ctx = context.WithoutCancel(ctx) // the committer answers within its own limit
	index, err := a.pending.Wait(ctx)
	if err != nil {
		return NoAttempt, err
	}
	a.outcome.AWS = trailEnd(a.caller, a.op, result)
	return a.gate.log.Append(ctx, ended(a.outcome, index, result, detail))
}

func ended(outcome Event, attempt Index, result error, detail map[string]string) Event {
	outcome.Attempt, outcome.Result, outcome.Detail = attempt, ResultOK, detail
	if result != nil {
		outcome.Result = string(fault.CodeOf(result))
	}
	return outcome
}

// Settle records the outcome of an attempt that a process left behind, once it is known. c is the job
// that found out.
func (g *Gate) Settle(ctx context.Context, c policy.Caller, attempt Record, result error, detail map[string]string) (Index, error) {
	op := policy.Operation{Action: attempt.Action, Resource: attempt.Resource, ReadOnly: attempt.ReadOnly}
	if !c.Known() {
		return NoAttempt, denied(c, op, policy.Decision{}, nil)
	}
	return g.log.Append(ctx, ended(event(c, op, PhaseOutcome, policy.Decision{}), attempt.Index, result, detail))
}

// Do begins, waits for the attempt's record, acts, and records the outcome. The error of the act comes
// back unchanged; joined with it or alone, that of an outcome that could not be written.
func (g *Gate) Do(ctx context.Context, c policy.Caller, op policy.Operation, act func(ctx context.Context) (detail map[string]string, err error)) error {
	a, err := g.Begin(ctx, c, op)
	if err != nil {
		return err
	}
	if err := a.Recorded(ctx); err != nil {
		return err
	}
	detail, err := act(ctx)
	if _, unwritten := a.Done(ctx, err, detail); unwritten != nil {
		return errors.Join(err, unwritten)
	}
	return err
}

// Fail is Use for an operation that is known to fail when the caller may do it at all: a view would not tell
// how it ended. The error that comes back is never nil.
func (g *Gate) Fail(ctx context.Context, c policy.Caller, op policy.Operation, failure error) error {
	return g.Use(ctx, c, op, func(context.Context) (map[string]string, error) { return nil, failure })
}

// View decides about a read. It is recorded once per session and resource a minute (on the AWS side each
// time), and the caller does
// not wait for the disk; but when the queue is full or the log stands still, the read is denied.
func (g *Gate) View(ctx context.Context, c policy.Caller, op policy.Operation) error {
	notice(ctx)
	phase, d := PhaseView, policy.Judge(c, op)
	if !d.Allowed() {
		phase = PhaseDenial
	}
	e := event(c, op, phase, d)
	if g.log.standsStill() {
		return g.viewSlowly(ctx, c, e, op, d)
	}
	key := viewOf(c, e)
	if op.Record != nil { // the trail has every call
		if !g.log.appendView(e) && phase == PhaseView {
			return unavailable(errFull)
		}
	} else if g.seen.first(key, time.Now()) && !g.log.appendView(e) {
		g.seen.forget(key)
		if phase == PhaseView {
			return unavailable(errFull)
		}
	}
	if phase == PhaseDenial {
		return denied(c, op, d, nil)
	}
	return nil
}

// viewSlowly is View while the log does not get on: only a record that reached the disk lets a read
// pass. It is also what finds out that the log works again.
func (g *Gate) viewSlowly(ctx context.Context, c policy.Caller, e Event, op policy.Operation, d policy.Decision) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := g.log.Append(ctx, e)
	if e.Phase == PhaseDenial {
		return denied(c, op, d, err)
	}
	return err
}

// view tells one read from another.
type view struct{ who, action, resource string }

func viewOf(c policy.Caller, e Event) view {
	who := "session " + c.Principal().Session
	if c.Principal().Session == "" {
		who = e.Who.Type + " " + e.Who.ID
	}
	return view{who + " " + string(e.Phase), e.Action, e.Resource}
}

// A view is recorded again after viewEvery; maxSeen bounds what is remembered.
const (
	viewEvery = time.Minute
	maxSeen   = 1 << 16
)

// seen remembers the views of the last minute.
type seen struct {
	mu    sync.Mutex
	at    map[view]time.Time // guarded by mu
	swept time.Time          // guarded by mu
}

// first reports whether the view is the first of its minute, and remembers it.
func (s *seen) first(v view, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.at[v]; ok && now.Sub(at) < viewEvery {
		return false
	}
	if s.at == nil || len(s.at) >= maxSeen { // too many: some views are recorded twice
		s.at = map[view]time.Time{}
	}
	if now.Sub(s.swept) > viewEvery {
		maps.DeleteFunc(s.at, func(_ view, at time.Time) bool { return now.Sub(at) >= viewEvery })
		s.swept = now
	}
	s.at[v] = now
	return true
}

func (s *seen) forget(v view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, v)
}
