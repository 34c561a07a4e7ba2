package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"signet/source"
)

// tx is a write transaction: it begins in the engine with its first statement, after the locks
// are held, so that it sees everything that their last holders wrote.
type tx struct {
	source *Source
	conn   *conn // nil once the transaction has ended
	begun  bool
	free   func()
}

// BeginWrite implements source.Source. The locks are this process's own: it alone has the file.
func (s *Source) BeginWrite(ctx context.Context, locks []uint64) (source.Tx, error) {
	free, err := s.db.locks.acquire(ctx, locks)
	if err != nil {
		return nil, err
	}
	c, err := s.writes.get(ctx)
	if err != nil {
		free()
		return nil, err
	}
	return &tx{source: s, conn: c, free: free}, nil
}

var errEnded = errors.New("the transaction has ended")

// Run implements source.Tx.
func (t *tx) Run(ctx context.Context, statements ...source.Statement) ([]source.Result, error) {
	if t.conn == nil {
		return nil, errEnded
	}
	results, err := t.run(ctx, statements)
	if err != nil {
		t.Rollback()
		return nil, classify(ctx, err)
	}
	return results, nil
}

func (t *tx) run(ctx context.Context, statements []source.Statement) ([]source.Result, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !t.begun {
		if _, err := t.conn.run(ctx, source.Statement{SQL: "BEGIN TRANSACTION"}, 0); err != nil {
			return nil, err
		}
		t.begun = true
	}
	results := make([]source.Result, len(statements))
	for i, st := range statements {
		err := t.conn.writeOnly(st.SQL)
		if err == nil {
			results[i], err = t.conn.run(ctx, st, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// Commit implements source.Tx.
func (t *tx) Commit(ctx context.Context, statements ...source.Statement) ([]source.Result, error) {
	results, err := t.Run(ctx, statements...)
	if err != nil {
		return nil, err
	}
	// From here on there is no way back: an interrupt would leave the outcome open.
	if _, err := t.conn.run(context.Background(), source.Statement{SQL: "COMMIT"}, 0); err != nil {
		t.Rollback()
		if strings.HasPrefix(err.Error(), "FATAL") {
			return nil, fmt.Errorf("%w: %w", source.ErrOutcomeUnknown, err)
		}
		return nil, meaning(err)
	}
	t.begun = false
	t.release()
	return results, nil
}

// Rollback implements source.Tx.
func (t *tx) Rollback() {
	if t.conn == nil {
		return
	}
	if t.begun {
		if _, err := t.conn.run(context.Background(), source.Statement{SQL: "ROLLBACK"}, 0); err != nil {
			t.conn.broken = true
		}
	}
	t.release()
}

func (t *tx) release() {
	t.source.writes.put(t.conn)
	t.conn = nil
	t.free()
}

// lockTable holds the named locks of write transactions.
type lockTable struct {
	mu   sync.Mutex // guards held and the users of each lock
	held map[uint64]*lock
}

type lock struct {
	turn  chan struct{} // full while somebody holds the lock
	users int           // holders and waiters
}

// acquire takes the locks in their order, so that two callers never wait for each other.
func (l *lockTable) acquire(ctx context.Context, names []uint64) (free func(), err error) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	taken := 0
	free = func() {
		for _, n := range names[:taken] {
			l.leave(n, true)
		}
	}
	for _, n := range names {
		turn := l.enter(n)
		select {
		case turn <- struct{}{}:
			taken++
		case <-ctx.Done():
			l.leave(n, false)
			free()
			return nil, context.Cause(ctx)
		}
	}
	return free, nil
}

func (l *lockTable) enter(name uint64) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.held[name]
	if k == nil {
		k = &lock{turn: make(chan struct{}, 1)}
		l.held[name] = k
	}
	k.users++
	return k.turn
}

func (l *lockTable) leave(name uint64, holding bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.held[name]
	if holding {
		<-k.turn
	}
	if k.users--; k.users == 0 {
		delete(l.held, name)
	}
}
