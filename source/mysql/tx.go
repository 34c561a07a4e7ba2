package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"signet/internal/value"
	"signet/source"
)

// tx is a write transaction. Its locks and its begin wait for the first statements.
type tx struct {
	source  *Source
	session *session // nil once the transaction has ended
	locks   []uint64 // sorted, so that two transactions never wait for each other
	open    bool     // the server has begun it
}

// lockPatience is how long a lock may be waited for, in seconds.
const lockPatience = 60

// BeginWrite implements source.Source. It makes no round trip of its own.
func (s *Source) BeginWrite(ctx context.Context, locks []uint64) (source.Tx, error) {
	session, err := s.borrow(ctx, s.writes)
	if err != nil {
		return nil, classify(ctx, err)
	}
	locks = slices.Clone(locks)
	slices.Sort(locks)
	return &tx{source: s, session: session, locks: slices.Compact(locks)}, nil
}

var errEnded = errors.New("the transaction has ended")

// Run implements source.Tx.
func (t *tx) Run(ctx context.Context, statements ...source.Statement) ([]source.Result, error) {
	if t.session == nil {
		return nil, errEnded
	}
	results, err := t.run(ctx, statements)
	if err != nil {
		t.Rollback()
		return nil, classify(ctx, err)
	}
	return results, nil
}

// Commit implements source.Tx. An error of the server's before the COMMIT is certain, and so is one that it
// sends for the COMMIT, unless it ends the session with it. Everything else that happens once the COMMIT may
// have been sent is a lost answer.
func (t *tx) Commit(ctx context.Context, statements ...source.Statement) ([]source.Result, error) {
	results, err := t.Run(ctx, statements...)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		t.Rollback()
		return nil, err
	}
	if err := t.session.exec(ctx, "COMMIT"); err != nil {
		unsent := errors.Is(err, driver.ErrBadConn) // the driver says so only when no byte has left
		certain := unsent || number(err) != 0 && !ended(err)
		t.Rollback()
		if !certain {
			return nil, fmt.Errorf("%w: %w", source.ErrOutcomeUnknown, err)
		}
		return nil, classify(ctx, err)
	}
	t.release(ctx)
	return results, nil
}

// run begins the transaction when that still waits. A connection that turns out to be dead then has done
// nothing, and another one is taken.
func (t *tx) run(ctx context.Context, statements []source.Statement) ([]source.Result, error) {
	for try := 0; !t.open; try++ {
		err := t.begin(ctx)
		if err == nil {
			t.open = true
			break
		}
		if try > 0 || ctx.Err() != nil || !lost(err) {
			return nil, err
		}
		t.session.spoiled = true
		t.session.release()
		if t.session, err = t.source.borrow(ctx, t.source.writes); err != nil {
			t.session = nil
			return nil, err
		}
	}
	results := make([]source.Result, len(statements))
	for i, st := range statements {
		var err error
		if results[i], err = t.session.run(ctx, st, givesRows(st.SQL), 0); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// begin takes the locks first: what is read behind them is what their last holder has committed. They are the
// session's, and the server frees them when it ends, after the end of its transaction.
func (t *tx) begin(ctx context.Context) error {
	if len(t.locks) > 0 {
		names := value.List{Kind: value.Text}
		for _, k := range t.locks {
			names.Values = append(names.Values, value.OfText(fmt.Sprintf("signet:%016x", k)))
		}
		b := source.NewBuilder(Dialect{}).Raw("SELECT ").Ident("k").Raw(fmt.Sprintf(", GET_LOCK(`k`, %d) FROM ", lockPatience))
		b.Rows("l", []source.Column{{Name: "k", Kind: value.Text}}, column(names))
		r, err := t.session.run(ctx, b.Statement(), true, 0)
		if err != nil {
			return err
		}
		taken := 0
		for _, row := range r.Rows {
			if !row[1].IsNull() && row[1].Int() == 1 {
				taken++
			}
		}
		if taken != len(t.locks) {
			return fmt.Errorf("%w: a record's lock was not free within %d s", source.ErrConflict, lockPatience)
		}
	}
	return t.session.exec(ctx, "START TRANSACTION")
}

// givesRows tells queries from what writes, by the first word.
func givesRows(sql string) bool {
	word := strings.ToUpper(strings.TrimLeft(sql, " \t\r\n("))
	for _, first := range []string{"SELECT", "WITH", "VALUES"} {
		if strings.HasPrefix(word, first) {
			return true
		}
	}
	return false
}

// Rollback implements source.Tx.
func (t *tx) Rollback() {
	if t.session == nil {
		return
	}
	if t.open && !t.session.spoiled {
		// The caller's context may be over, but the locks must be freed at once.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if t.session.exec(ctx, "ROLLBACK") != nil {
			t.session.spoiled = true
		}
	}
	t.release(context.Background())
}

// release frees the locks and gives the connection back. A session whose locks cannot be freed ends with them.
func (t *tx) release(ctx context.Context) {
	if len(t.locks) > 0 && !t.session.spoiled {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if t.session.exec(ctx, "DO RELEASE_ALL_LOCKS()") != nil {
			t.session.spoiled = true
		}
	}
	t.session.release()
	t.session = nil
}
