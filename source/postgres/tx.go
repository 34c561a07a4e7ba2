package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"signet/internal/value"
	"signet/source"
)

// tx is a write transaction. Its BEGIN and its locks wait for the first statements and travel with them.
type tx struct {
	source  *Source
	session *session // nil once the transaction has ended
	opening []source.Statement
	retried bool
}

// lockSQL takes the locks in the order of the array, which is sorted, so that two transactions
// never wait for each other.
const lockOneSQL = `SELECT 1 FROM (SELECT pg_catalog.pg_advisory_xact_lock($1) OFFSET 0) l`

const lockSQL = `SELECT count(*) FROM (SELECT pg_catalog.pg_advisory_xact_lock(k) FROM pg_catalog.unnest($1) AS k OFFSET 0) l`

// BeginWrite implements source.Source. It makes no round trip of its own.
func (s *Source) BeginWrite(ctx context.Context, locks []uint64) (source.Tx, error) {
	session, err := s.borrow(ctx, s.writes)
	if err != nil {
		return nil, classify(ctx, err)
	}
	// Not READ WRITE: a database whose default is read-only shall stay so.
	t := &tx{source: s, session: session, opening: []source.Statement{{SQL: "BEGIN ISOLATION LEVEL READ COMMITTED"}}}
	switch keys := lockList(locks); len(keys.Values) {
	case 0:
	case 1:
		t.opening = append(t.opening, source.Statement{SQL: lockOneSQL, Args: []any{keys.Values[0]}})
	default:
		t.opening = append(t.opening, source.Statement{SQL: lockSQL, Args: []any{keys}})
	}
	return t, nil
}

func lockList(locks []uint64) value.List {
	keys := make([]int64, len(locks))
	for i, k := range locks {
		keys[i] = int64(k)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	l := value.List{Kind: value.Integer, Values: make([]value.Value, len(keys))}
	for i, k := range keys {
		l.Values[i] = value.OfInteger(k)
	}
	return l
}

// Run implements source.Tx.
func (t *tx) Run(ctx context.Context, statements ...source.Statement) ([]source.Result, error) {
	if t.session == nil {
		return nil, errEnded
	}
	results, err := t.exchange(ctx, statements)
	if err != nil {
		t.Rollback()
		return nil, classify(ctx, err)
	}
	t.opening = nil
	return results, nil
}

// Commit implements source.Tx.
func (t *tx) Commit(ctx context.Context, statements ...source.Statement) ([]source.Result, error) {
	if t.session == nil {
		return nil, errEnded
	}
	statements = append(slices.Clip(statements), source.Statement{SQL: "COMMIT"})
	results, err := t.exchange(ctx, statements)
	if err != nil {
		unknown := t.unknown(err, len(results) == len(statements)-1)
		t.Rollback()
		if unknown {
			return nil, fmt.Errorf("%w: %w", source.ErrOutcomeUnknown, err)
		}
		return nil, classify(ctx, err)
	}
	t.release()
	return results[:len(statements)-1], nil
}

var errEnded = errors.New("the transaction has ended")

// exchange sends statements, behind the transaction's opening if that still waits. It returns the
// results of those that ended well. While the opening waits, the transaction can begin once more:
// on another connection when this one died in the pool, or with new plans when a table changed.
func (t *tx) exchange(ctx context.Context, statements []source.Statement) ([]source.Result, error) {
	for {
		t.session.sent = false
		results, err := t.session.exchange(ctx, limits{}, append(slices.Clip(t.opening), statements...)...)
		n := len(t.opening)
		if err == nil || n == 0 || t.retried || ctx.Err() != nil || !t.again(ctx, err, len(results)) {
			return results[min(n, len(results)):], err
		}
		if t.session == nil {
			if t.session, err = t.source.borrow(ctx, t.source.writes); err != nil {
				t.session = nil
				return nil, err
			}
		}
		t.retried = true
	}
}

// again makes ready for a second try when it is certain that the first did nothing.
func (t *tx) again(ctx context.Context, err error, done int) bool {
	switch {
	case t.session.conn.IsClosed() && (!t.session.sent || fatal(err) && done == 0):
		t.release()
		return true
	case stalePlan(err) && !t.session.conn.IsClosed():
		// The server skipped everything behind the error, a COMMIT too.
		_, failed := t.session.conn.Exec(ctx, "ROLLBACK").ReadAll()
		return failed == nil && t.session.forget(ctx) == nil
	}
	return false
}

// unknown reports whether the transaction may be committed although err came back. An error that
// the server sent for a statement is certain: it skips the COMMIT behind it. So is one that it
// sent for the COMMIT itself, unless it ended the session with it. Everything else that happens
// once the COMMIT may have been sent is a lost answer.
func (t *tx) unknown(err error, atCommit bool) bool {
	if t.session == nil || !t.session.sent {
		return false
	}
	if serverError(err) {
		return atCommit && fatal(err)
	}
	return true
}

// Rollback implements source.Tx.
func (t *tx) Rollback() {
	if t.session == nil {
		return
	}
	if conn := t.session.conn; !conn.IsClosed() && conn.TxStatus() != 'I' {
		// The caller's context may be over, but the locks must be freed at once.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = conn.Exec(ctx, "ROLLBACK").ReadAll()
	}
	t.release()
}

// release gives the connection back; the pool closes one that is broken or still in a transaction.
func (t *tx) release() {
	t.session.loan.Release()
	t.session = nil
}
