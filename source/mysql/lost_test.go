package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"signet/internal/testenv"
	"signet/source"
	"signet/source/mysql"
	"signet/source/sourcetest"
)

type lost struct {
	*testenv.Line
	src *mysql.Source
}

// openLost opens a source behind a line with one writing connection, which knows its statements.
func openLost(t *testing.T) lost {
	def := sourcetest.MariaDB(t, "db", testenv.MariaDB(t))
	line := testenv.StartLine(t, net.JoinHostPort(def.MySQL.Host, strconv.Itoa(def.MySQL.Port)))
	def.MySQL.Port, def.MySQL.MaxConnections = line.Port(), 2
	l := lost{line, open(t, def)}
	write(t, l.src, "CREATE TABLE t (id integer) ENGINE=InnoDB")
	if _, err := l.begin(t, true).Commit(timeout(t), insert); err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	insert = source.Statement{SQL: "INSERT INTO t VALUES (1)"}
	count  = source.Statement{SQL: "SELECT count(*) FROM t"}
)

func write(t testing.TB, src source.Source, statements ...string) {
	t.Helper()
	for _, s := range statements {
		tx, err := src.BeginWrite(timeout(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(timeout(t), source.Statement{SQL: s}); err != nil {
			t.Fatalf("%.200s: %v", s, err)
		}
	}
}

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
	tx := l.begin(t, false) // waits for the lock that the lost transaction holds
	defer tx.Rollback()
	r, err := tx.Run(timeout(t), count)
	if err != nil {
		t.Fatal(err)
	}
	return r[0].Rows[0][0].Int()
}

// TestLostWhileCommitting cuts the line at the COMMIT, whose statements have all been answered.
func TestLostWhileCommitting(t *testing.T) {
	l := openLost(t)
	for _, c := range []struct {
		name     string
		atClient bool
		stays    int64
	}{
		{"the request is lost", true, 0},
		{"the answer is lost", false, 1},
	} {
		before := l.rows(t)
		tx := l.begin(t, true)
		l.Cut(c.atClient, 0)
		_, err := tx.Commit(timeout(t))
		if !errors.Is(err, source.ErrOutcomeUnknown) {
			t.Errorf("%s: %v; want ErrOutcomeUnknown", c.name, err)
		}
		tx.Rollback()
		if got := l.rows(t); got != before+c.stays {
			t.Errorf("%s: %d rows; want %d", c.name, got, before+c.stays)
		}
	}
}

// TestLostBeforeCommit cuts the line at a statement: the COMMIT behind it is never sent.
func TestLostBeforeCommit(t *testing.T) {
	l := openLost(t)
	for _, atClient := range []bool{true, false} {
		for _, commit := range []bool{true, false} {
			before := l.rows(t)
			tx := l.begin(t, true)
			l.Cut(atClient, 0)
			var err error
			if commit {
				_, err = tx.Commit(timeout(t), insert)
			} else {
				_, err = tx.Run(timeout(t), insert)
			}
			if !errors.Is(err, source.ErrUnavailable) || errors.Is(err, source.ErrOutcomeUnknown) {
				t.Errorf("lost at a statement: %v; want ErrUnavailable", err)
			}
			if _, err := tx.Commit(timeout(t), insert); err == nil || errors.Is(err, source.ErrOutcomeUnknown) {
				t.Errorf("Commit after it: %v", err)
			}
			if got := l.rows(t); got != before {
				t.Errorf("%d rows; want %d", got, before)
			}
		}
	}
}

// TestLostAtBegin wants a transaction over a dead connection to begin on another one: it has done nothing.
func TestLostAtBegin(t *testing.T) {
	l := openLost(t)
	for _, atClient := range []bool{true, false} {
		before := l.rows(t)
		tx := l.begin(t, false)
		l.Cut(atClient, 0)
		if _, err := tx.Commit(timeout(t), insert); err != nil {
			t.Errorf("over a dead connection: %v", err)
		}
		if got := l.rows(t); got != before+1 {
			t.Errorf("%d rows; want %d", got, before+1)
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
	for limit := range 13 {
		for _, more := range [][]source.Statement{nil, {insert}} {
			before := l.rows(t)
			tx := l.begin(t, true)
			l.Cut(false, limit)
			_, err := tx.Commit(timeout(t), more...)
			got := l.rows(t) - before
			switch {
			case err == nil && got != int64(1+len(more)):
				t.Errorf("after %d bytes: success, but %d rows", limit, got)
			case err != nil && !errors.Is(err, source.ErrOutcomeUnknown) && got != 0:
				t.Errorf("after %d bytes: %v, but %d rows", limit, err, got)
			}
		}
	}
}

// TestCancelReachesTheServer wants the statement of somebody who went away to end in the server, too.
func TestCancelReachesTheServer(t *testing.T) {
	def := sourcetest.MariaDB(t, "db", testenv.MariaDB(t))
	src, other := open(t, def), open(t, def)
	running := func() int64 {
		r, err := other.Query(timeout(t), source.Statement{SQL: "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT /* marked */%'"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return r.Rows[0][0].Int()
	}
	for name, run := range map[string]func(ctx context.Context) error{
		"read": func(ctx context.Context) error {
			_, err := src.Query(ctx, source.Statement{SQL: "SELECT /* marked */ BENCHMARK(2000000000, SHA2('x', 512))"}, 1)
			return err
		},
		"write": func(ctx context.Context) error {
			tx, err := src.BeginWrite(ctx, []uint64{1})
			if err != nil {
				return err
			}
			_, err = tx.Commit(ctx, source.Statement{SQL: "SELECT /* marked */ SLEEP(600)"})
			return err
		},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx) }()
		waitFor(t, name+" runs", func() bool { return running() == 1 })
		cancel()
		began := time.Now()
		if err := <-ended; !errors.Is(err, context.Canceled) || errors.Is(err, source.ErrOutcomeUnknown) {
			t.Errorf("%s: %v; want the context's end", name, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s ended after %v", name, took)
		}
		waitFor(t, name+" is gone", func() bool { return running() == 0 })
	}
	tx, err := src.BeginWrite(timeout(t), []uint64{1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(timeout(t)); err != nil {
		t.Errorf("the lock of a cancelled write: %v", err)
	}
}

// waitFor asks until it is so; each question is a round trip to a server.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

func TestDownReadOnlyFull(t *testing.T) {
	server := testenv.StartMariaDB(t)
	def := sourcetest.MariaDB(t, "db", server.Port())
	db := def.MySQL.Database
	testenv.ExecMariaDB(t, server.Port(), "CREATE USER app@'127.0.0.1'", "GRANT ALL ON "+db+".* TO app@'127.0.0.1'",
		"CREATE TABLE "+db+".t (id integer) ENGINE=InnoDB")
	def.MySQL.User, def.MySQL.Password = "app", "" // an administrator's writes pass read_only
	src := open(t, def)
	put := func() error {
		tx, err := src.BeginWrite(timeout(t), []uint64{1})
		if err == nil {
			_, err = tx.Commit(timeout(t), insert)
		}
		return err
	}
	rows := func() int64 {
		t.Helper()
		r, err := src.Query(timeout(t), count, 1)
		if err != nil {
			t.Fatal(err)
		}
		return r.Rows[0][0].Int()
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	testenv.ExecMariaDB(t, server.Port(), "CREATE TRIGGER "+db+".full BEFORE INSERT ON "+db+".t FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114")
	if err := put(); !errors.Is(err, source.ErrFull) {
		t.Errorf("full: %v", err)
	}
	testenv.ExecMariaDB(t, server.Port(), "DROP TRIGGER "+db+".full", "SET GLOBAL read_only = 1")
	if err := put(); !errors.Is(err, source.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	if st, err := src.Ping(timeout(t)); err != nil || !st.ReadOnly || !strings.Contains(st.Version, "MariaDB") {
		t.Errorf("Ping of a read-only server: %+v, %v", st, err)
	}
	testenv.ExecMariaDB(t, server.Port(), "SET GLOBAL read_only = 0")
	if n := rows(); n != 1 {
		t.Errorf("%d rows; want 1", n)
	}
	for _, end := range []func(){server.Stop, server.Kill} {
		end()
		if err := put(); !errors.Is(err, source.ErrUnavailable) {
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
	testenv.ExecMariaDB(t, server.Port(), "SET GLOBAL max_connections = 10") // an administrator may have one more
	var all []source.Tx
	var err error
	for i := 0; i < 20 && err == nil; i++ {
		full := def
		more := open(t, full)
		var tx source.Tx
		if tx, err = more.BeginWrite(timeout(t), nil); err == nil {
			all = append(all, tx)
		}
	}
	if !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("too many connections: %v", err)
	}
	for _, tx := range all {
		tx.Rollback()
	}
}

// TestConflicts wants deadlocks and waits for rows to be worth another try.
func TestConflicts(t *testing.T) {
	src := open(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	write(t, src, "CREATE TABLE c (id integer PRIMARY KEY, n integer) ENGINE=InnoDB", "INSERT INTO c VALUES (1, 0), (2, 0)")
	var txs []source.Tx
	update := func(id int) source.Statement {
		return source.Statement{SQL: fmt.Sprintf("UPDATE c SET n = n + 1 WHERE id = %d", id)}
	}
	for id := 1; id <= 2; id++ {
		tx, err := src.BeginWrite(timeout(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Run(timeout(t), update(id)); err != nil {
			t.Fatal(err)
		}
		txs = append(txs, tx)
	}
	ended := make(chan error, 2)
	for i, tx := range txs {
		go func() {
			_, err := tx.Commit(timeout(t), update(2-i))
			ended <- err
		}()
	}
	first, second := <-ended, <-ended
	if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), source.ErrConflict) {
		t.Errorf("a deadlock ends with %v and %v; want ErrConflict for one", first, second)
	}
}
