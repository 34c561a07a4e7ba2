package postgres_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"testing"
	"time"

	"signet/internal/testenv"
	"signet/source"
	"signet/source/postgres"
	"signet/source/sourcetest"
)

type lost struct {
	*testenv.Line
	src *postgres.Source
	url string
}

// openLost opens a source behind a proxy with one writing connection, which knows its statements.
func openLost(t *testing.T) lost {
	url := testenv.Postgres(t)
	testenv.Exec(t, url, "CREATE TABLE t (id integer)")
	def := sourcetest.Postgres(t, "pg", url)
	p := testenv.StartLine(t, net.JoinHostPort(def.Postgres.Host, strconv.Itoa(def.Postgres.Port)))
	def.Postgres.Port, def.Postgres.MaxConnections = p.Port(), 2
	src, err := openAs(t, def)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	l := lost{p, src, url}
	if _, err := l.begin(t, true).Commit(timeout(t), insert); err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	insert = source.Statement{SQL: "INSERT INTO t VALUES (1)"}
	count  = source.Statement{SQL: "SELECT count(*) FROM t"}
)

func (l lost) begin(t *testing.T, run bool) source.Tx {
	t.Helper()
	tx, err := l.src.BeginWrite(timeout(t), []uint64{1})
	if err != nil {
		t.Fatal(err)
	}
	if run {
		if _, err := tx.Run(timeout(t), insert); err != nil {
			t.Fatal(err)
		}
	}
	return tx
}

// rows waits until the lost transaction's session has ended and counts what it left.
func (l lost) rows(t *testing.T) int64 {
	t.Helper()
	for try := 0; ; try++ {
		tx := l.begin(t, false) // waits for the lock that the lost transaction holds
		r, err := tx.Commit(timeout(t), count)
		if err == nil {
			return r[0].Rows[0][0].Int()
		}
		if !errors.Is(err, source.ErrOutcomeUnknown) || try == 3 {
			t.Fatal(err)
		}
	}
}

func timeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestLostWhileCommitting(t *testing.T) {
	l := openLost(t)
	for _, c := range []struct {
		name     string
		atClient bool
		stays    int64
	}{
		{"the request is lost", true, 0},
		{"the answer is lost", false, 2},
	} {
		for _, run := range []bool{true, false} {
			l.begin(t, true).Rollback() // a new connection learns the statements
			before := l.rows(t)
			tx := l.begin(t, run)
			l.Cut(c.atClient, 0)
			_, err := tx.Commit(timeout(t), insert)
			if !errors.Is(err, source.ErrOutcomeUnknown) {
				t.Errorf("%s: %v; want ErrOutcomeUnknown", c.name, err)
			}
			tx.Rollback()
			want := before + c.stays
			if !run && c.stays > 0 {
				want--
			}
			if got := l.rows(t); got != want {
				t.Errorf("%s: %d rows; want %d", c.name, got, want)
			}
		}
	}
}

func TestLostBeforeCommit(t *testing.T) {
	l := openLost(t)
	for _, atClient := range []bool{true, false} {
		l.begin(t, true).Rollback() // a new connection learns the statements
		before := l.rows(t)
		tx := l.begin(t, false)
		l.Cut(atClient, 0)
		if _, err := tx.Run(timeout(t), insert); !errors.Is(err, source.ErrUnavailable) || errors.Is(err, source.ErrOutcomeUnknown) {
			t.Errorf("lost in Run: %v; want ErrUnavailable", err)
		}
		if _, err := tx.Commit(timeout(t), insert); err == nil || errors.Is(err, source.ErrOutcomeUnknown) {
			t.Errorf("Commit after a lost Run: %v", err)
		}
		if got := l.rows(t); got != before {
			t.Errorf("%d rows; want %d", got, before)
		}
	}
}

// TestLostRead wants a read over a dead connection to be tried once more.
func TestLostRead(t *testing.T) {
	l := openLost(t)
	for range 3 {
		if _, err := l.src.Query(timeout(t), count, 1); err != nil {
			t.Fatal(err)
		}
		l.Cut(false, 0)
		if r, err := l.src.Query(timeout(t), count, 1); err != nil || r.Rows[0][0].Int() != 2 {
			t.Errorf("a read over a dead connection: %v, %v", r.Rows, err)
		}
	}
}

// TestCommitCutAnywhere ends the line at each byte of the server's answer in turn: either the
// commit is reported, or its outcome is unknown; an error that says "not written" must be true.
func TestCommitCutAnywhere(t *testing.T) {
	l := openLost(t)
	for limit := 0; limit < 120; limit += 3 {
		before := l.rows(t)
		tx := l.begin(t, true)
		l.Cut(false, limit)
		_, err := tx.Commit(timeout(t), insert)
		got := l.rows(t) - before
		switch {
		case err == nil && got != 2:
			t.Errorf("after %d bytes: success, but %d rows", limit, got)
		case err != nil && !errors.Is(err, source.ErrOutcomeUnknown) && got != 0:
			t.Errorf("after %d bytes: %v, but %d rows", limit, err, got)
		}
	}
}

func TestDownReadOnlyFull(t *testing.T) {
	server := testenv.StartPostgres(t, nil)
	url := server.Database(t)
	testenv.Exec(t, url, "CREATE TABLE t (id integer)")
	src := open(t, url)
	defer func() { _ = src.Close() }()
	write := func() error {
		tx, err := src.BeginWrite(timeout(t), []uint64{1})
		if err == nil {
			_, err = tx.Commit(timeout(t), insert)
		}
		return err
	}
	rows := func() int64 {
		r, err := src.Query(timeout(t), count, 1)
		if err != nil {
			t.Fatal(err)
		}
		return r.Rows[0][0].Int()
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	accept := testenv.RefuseWrites(t, url, "t", "53100")
	if err := write(); !errors.Is(err, source.ErrFull) {
		t.Errorf("full: %v", err)
	}
	accept()
	testenv.SetReadOnly(t, url, true)
	if err := write(); !errors.Is(err, source.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	if st, err := src.Ping(timeout(t)); err != nil || !st.ReadOnly {
		t.Errorf("Ping of a read-only database: %+v, %v", st, err)
	}
	if n := rows(); n != 1 {
		t.Errorf("%d rows; want 1", n)
	}
	for _, end := range []func(){server.Stop, server.Kill} {
		end()
		if err := write(); !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("writing while down: %v", err)
		}
		if _, err := src.Query(timeout(t), count, 1); !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("reading while down: %v", err)
		}
		if _, err := src.Ping(timeout(t)); !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("Ping while down: %v", err)
		}
		server.Start(t)
		if n := rows(); n != 1 {
			t.Errorf("%d rows after the restart; want 1", n)
		}
	}
}
