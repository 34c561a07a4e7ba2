package writeback

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"signet/audit"
	"signet/internal/fault"
	"signet/policy"
	"signet/source"
	"signet/ticket"
)

// Recover settles the submissions whose outcome the log does not know, because a server was killed
// or the target was lost while committing: for each, the ledger says whether it was written. caller
// is Signet itself. Only submissions announced before a time are looked at: another server of the
// fleet may still be working on younger ones. Those whose target cannot be reached stay open; Recover
// returns their number.
func (e *Engine) Recover(ctx context.Context, caller policy.Caller, before time.Time) (open int, err error) {
	e.recovering.Lock()
	defer e.recovering.Unlock()
	attempts, err := e.cfg.Log.Unsettled(ctx, "writeback:Submit")
	if err != nil {
		return 0, err
	}
	var failed error
	for _, attempt := range attempts {
		if e.underWay(attempt) || attempt.Time.After(before) {
			continue
		}
		if err := e.recoverOne(ctx, caller, attempt); err != nil {
			failed = errors.Join(failed, err)
			open++
		}
	}
	return open, failed
}

// working notes, before there is an attempt, that this server is about to make one on a ticket; nil
// is one that did not open. The returned function ends the note.
func (e *Engine) working(t *ticket.Ticket) (done func()) {
	id := ""
	if t != nil {
		id = t.ID()
	}
	e.mu.Lock()
	e.live[id]++
	e.mu.Unlock()
	return func() {
		e.mu.Lock()
		if e.live[id]--; e.live[id] == 0 {
			delete(e.live, id)
		}
		e.mu.Unlock()
	}
}

// underWay reports whether this server may still be working on the attempt. That it works on the
// ticket is not enough: people submit again what a killed server left open, and the killed server's
// attempt must be settled all the same.
func (e *Engine) underWay(attempt audit.Record) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return attempt.Index >= e.begins && e.live[attempt.Detail["ticket"]] > 0
}

func (e *Engine) recoverOne(ctx context.Context, caller policy.Caller, attempt audit.Record) error {
	id := attempt.Detail["ticket"]
	if id == "" { // the ticket did not open: there was nothing to write
		_, err := e.cfg.Gate.Settle(ctx, caller, attempt, errInterrupted, nil)
		return err
	}
	raw, err := e.ledgerAfter(ctx, attempt.Detail["source"], attempt.Detail["lock"], id)
	if err != nil {
		return fmt.Errorf("settling the attempt %d from the ledger of %q: %w", attempt.Index, attempt.Detail["source"], err)
	}
	if raw == "" {
		_, err = e.cfg.Gate.Settle(ctx, caller, attempt, errInterrupted, map[string]string{"recovered": "not written"})
		return err
	}
	r, err := parseReceipt(raw)
	if err != nil {
		return err
	}
	detail := outcomeDetail(outcome{raw: raw, receipt: r, replayed: r.Attempt != attempt.Index})
	detail["recovered"] = "written"
	_, err = e.cfg.Gate.Settle(ctx, caller, attempt, nil, detail)
	return err
}

var errInterrupted = fault.New(fault.TargetUnavailable, "The server stopped before anything was written.")

// ledgerAfter reads a ticket's receipt once the transaction that may have written it has ended: it
// takes the same lock, which that transaction holds until its end. "" means that it was not written.
func (e *Engine) ledgerAfter(ctx context.Context, sourceID, lock, id string) (string, error) {
	src, err := e.source(sourceID)
	if err != nil {
		return "", err
	}
	n, err := strconv.ParseUint(lock, 16, 64)
	if err != nil {
		return "", fmt.Errorf("the event's lock %q is not a number", lock)
	}
	tx, err := src.BeginWrite(ctx, []uint64{n})
	if err != nil {
		return "", err
	}
	defer tx.Rollback()
	results, err := tx.Run(ctx, ledgerLookup(src.Dialect(), []string{id}))
	if err != nil {
		return "", source.Fault(err, sourceID)
	}
	return ledgerRows(results[0])[id].receipt, nil
}
