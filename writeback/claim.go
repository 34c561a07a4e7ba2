package writeback

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
)

const (
	maxGroup   = 512  // submissions in one transaction
	maxQueue   = 4096 // submissions that wait for one source
	maxGroups  = 2    // transactions at once on one source: one reads while the other commits
	maxRetries = 20   // of a transaction whose outcome is not known
)

// claim is a submission inside a group: what the target said of it.
type claim struct {
	sub      *submission
	row      []value.Value // the dataset's row as it stands
	computed []value.Value
	previous []value.Value // the record's newest row in the target; nil when there is none
	record   string
	status   string
	at       time.Time
	receipt  *Receipt
	raw      string // the receipt's bytes
	written  []value.Value
	err      error // it is refused; the rest of the group goes on
}

// queue commits the submissions to one source in groups: while a group is on its way to the disk,
// the next one gathers.
type queue struct {
	in   chan *submission
	done sync.WaitGroup
}

func (e *Engine) enqueue(s *submission) outcome {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return outcome{err: fault.New(fault.TargetUnavailable, "The server is stopping. Nothing was written; submit again in a moment.")}
	}
	id := s.action.dataset.Source()
	q := e.queues[id]
	if q == nil {
		q = &queue{in: make(chan *submission, maxQueue)}
		e.queues[id] = q
		for range maxGroups {
			q.done.Go(func() { e.commitGroups(q) })
		}
	}
	var full bool
	select {
	case q.in <- s:
	default:
		full = true
	}
	e.mu.Unlock() // not before: close must not close the channel under the send
	if full {
		return outcome{err: &fault.Error{Code: fault.RateLimited, Detail: "Too many submissions wait for the database. Nothing was written; submit again in a moment.", RetryAfter: 1}}
	}
	return <-s.done
}

func (q *queue) close() {
	close(q.in)
	q.done.Wait()
}

// commitGroups takes what waits, up to a group of one action, until the queue is closed.
func (e *Engine) commitGroups(q *queue) {
	for s := range q.in {
		group := []*submission{s}
		for len(group) < maxGroup {
			select {
			case next, ok := <-q.in:
				if ok {
					group = append(group, next)
					continue
				}
			default:
			}
			break
		}
		for _, part := range byAction(group) {
			e.commit(part)
		}
	}
}

func byAction(group []*submission) [][]*submission {
	var parts [][]*submission
	at := map[*action]int{}
	for _, s := range group {
		i, ok := at[s.action]
		if !ok {
			i = len(parts)
			at[s.action] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], s)
	}
	return parts
}

// commit writes a group and answers each of its submissions. When a statement fails because of one
// submission's values, the group is halved until the culprit stands alone.
func (e *Engine) commit(group []*submission) {
	ctx := context.Background()
	outcomes, err := e.settle(ctx, group)
	if err != nil && len(group) > 1 && !errors.Is(err, source.ErrUnavailable) && !isUnknown(err) {
		e.commit(group[:len(group)/2])
		e.commit(group[len(group)/2:])
		return
	}
	for i, s := range group {
		if err != nil {
			s.done <- outcome{err: source.Fault(err, s.action.dataset.Source())}
			continue
		}
		s.done <- outcomes[i]
	}
}

// settle runs the group's transaction until its outcome is known. Running it again is safe: it
// begins by taking the locks, which the lost transaction holds until it has ended, and by reading
// the ledger, which then says what was committed.
func (e *Engine) settle(ctx context.Context, group []*submission) ([]outcome, error) {
	outcomes, err := e.transact(ctx, group)
	if errors.Is(err, source.ErrUnavailable) && !isUnknown(err) {
		outcomes, err = e.transact(ctx, group) // the pool may have held a dead connection
	}
	if !isUnknown(err) {
		return outcomes, err
	}
	lost := err
	for try := range maxRetries {
		pause := time.NewTimer(min(time.Second, 10*time.Millisecond<<try))
		<-pause.C
		if outcomes, err = e.transact(ctx, group); err == nil {
			return outcomes, nil
		}
		if !errors.Is(err, source.ErrUnavailable) && !isUnknown(err) {
			return nil, err // the ledger was read and this try failed by itself: nothing was committed
		}
	}
	return nil, lost
}

func isUnknown(err error) bool { return errors.Is(err, source.ErrOutcomeUnknown) }

// transact is one try: locks, ledger, rows, checks, and the writes with the commit.
func (e *Engine) transact(ctx context.Context, group []*submission) ([]outcome, error) {
	a := group[0].action
	src, err := e.source(a.dataset.Source())
	if err != nil {
		return nil, err
	}
	locks := make([]uint64, len(group))
	for i, s := range group {
		locks[i] = a.lock(s.signed)
	}
	tx, err := src.BeginWrite(ctx, locks)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	outcomes := make([]outcome, len(group))
	claims, err := e.claim(ctx, src.Dialect(), tx, group, outcomes)
	if err != nil {
		return nil, err
	}
	if err := e.apply(ctx, src.Dialect(), tx, a, claims); err != nil {
		return nil, err
	}
	for i, c := range claims {
		if c != nil {
			outcomes[i] = outcome{raw: c.raw, receipt: c.receipt, err: c.err}
		}
	}
	return outcomes, nil
}

// claim reads, in one round trip, what the checks need. Used tickets get their receipts into
// outcomes; the others come back as claims, in the group's order with nil for the used.
func (e *Engine) claim(ctx context.Context, d source.Dialect, tx source.Tx, group []*submission, outcomes []outcome) ([]*claim, error) {
	a := group[0].action
	claims := make([]*claim, len(group))
	ids := make([]string, len(group))
	for i, s := range group {
		claims[i], ids[i] = &claim{sub: s}, s.ticket.ID()
	}
	rows, newest := a.reread(d, claims), a.newest(d, claims)
	var computed []ask
	if len(a.computed) > 0 {
		computed = a.compute(d, claims)
	}
	statements := []source.Statement{ledgerLookup(d, ids)}
	for _, q := range slices.Concat(rows, newest, computed) {
		statements = append(statements, q.statement)
	}
	results, err := tx.Run(ctx, statements...)
	if err != nil {
		return nil, err
	}
	used := ledgerRows(results[0])
	a.previousRows(newest, results[1+len(rows):1+len(rows)+len(newest)], claims)
	for i, q := range computed {
		if err := a.computedValues(q, results[1+len(rows)+len(newest)+i], claims); err != nil {
			return nil, err
		}
	}
	found := a.readRows(rows, results[1:1+len(rows)], len(claims))
	for i, c := range claims {
		if row, ok := used[ids[i]]; ok {
			outcomes[i], claims[i] = replayed(row.receipt), nil
			continue
		}
		c.err = firstError(a.checkStatus(c), a.checkRow(c, found[i], c.sub.secret), c.err)
	}
	return claims, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
