package sourcetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/value"
	"signet/source"
)

var counter = []source.Column{{Name: "id", Kind: value.Integer}, {Name: "n", Kind: value.Integer}}

// testReadSide tries to write through Query: after each try the table must be as it was.
func testReadSide(t *testing.T, db *database) {
	db.create(t, "t", counter)
	db.exec(t, db.insert("t", counter, [][]value.Value{{value.OfInteger(1), value.OfInteger(10)}}))
	writes := append([]string{
		"INSERT INTO t VALUES (2, 20)",
		"INSERT INTO t VALUES (2, 20) RETURNING id",
		"UPDATE t SET n = 99",
		"DELETE FROM t RETURNING id",
		"CREATE TABLE u (x INTEGER)",
		"DROP TABLE t",
		"TRUNCATE t",
		"ALTER TABLE t ADD COLUMN z INTEGER",
		"CREATE VIEW v AS SELECT 1 AS x",
		"SELECT 1 AS x; INSERT INTO t VALUES (2, 20)",
		"SELECT 1 AS x; COMMIT; INSERT INTO t VALUES (2, 20)",
		"COMMIT; INSERT INTO t VALUES (2, 20); BEGIN",
		"BEGIN; INSERT INTO t VALUES (2, 20); COMMIT",
		"/* SELECT */ INSERT INTO t VALUES (2, 20)",
		"EXPLAIN ANALYZE INSERT INTO t VALUES (2, 20)",
		"EXPLAIN (ANALYZE) DELETE FROM t",
		"", ";", "-- nothing",
	}, db.suite.Writes...)
	for _, sql := range writes {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		_, err := db.Query(ctx, source.Statement{SQL: sql}, 1000)
		cancel()
		if err == nil {
			t.Errorf("Query(%q) is accepted", sql)
		}
		r := db.query(t, raw("SELECT id, n FROM t")[0])
		if got := texts(r); len(got) != 1 || strings.Join(got[0], " ") != "1 10" {
			t.Fatalf("Query(%q) changed the table to %v", sql, got)
		}
	}
	if _, err := db.Query(within(t), source.Statement{SQL: "INSERT INTO t VALUES (2, 20) RETURNING id"}, 10); !errors.Is(err, source.ErrReadOnly) {
		t.Errorf("an INSERT through Query gives %v; want ErrReadOnly", err)
	}
	if _, err := db.Columns(within(t), "u"); !errors.Is(err, source.ErrSchema) {
		t.Errorf("table u: %v; want it absent", err)
	}
}

func testTransactions(t *testing.T, db *database) {
	db.create(t, "t", counter)
	insert := func(id int64) source.Statement {
		return db.insert("t", counter, [][]value.Value{{value.OfInteger(id), value.OfInteger(0)}})
	}
	ids := func() int { return len(db.query(t, raw("SELECT id FROM t")[0]).Rows) }

	tx, err := db.BeginWrite(within(t), []uint64{1, 1<<63 + 5, 1})
	if err != nil {
		t.Fatal(err)
	}
	results, err := tx.Run(within(t), insert(1), raw("SELECT count(*) AS c FROM t")[0])
	if err != nil || len(results) != 2 || results[0].Affected != 1 || results[1].Affected != 0 || results[1].Rows[0][0].Int() != 1 {
		t.Fatalf("Run gives %v, %v; want the row it wrote", results, err)
	}
	if n := ids(); n != 0 {
		t.Errorf("others see %d rows before the commit", n)
	}
	results, err = tx.Commit(within(t), insert(2), raw("SELECT id FROM t ORDER BY id")[0])
	if err != nil || len(results) != 2 || len(results[1].Rows) != 2 {
		t.Fatalf("Commit gives %v, %v", results, err)
	}
	tx.Rollback()
	if n := ids(); n != 2 {
		t.Errorf("%d rows after the commit and a late rollback; want 2", n)
	}
	if _, err := tx.Run(within(t), insert(3)); err == nil {
		t.Error("Run works after Commit")
	}

	for _, run := range []bool{true, false} {
		tx, err := db.BeginWrite(within(t), []uint64{1})
		if err != nil {
			t.Fatal(err)
		}
		if run {
			if _, err := tx.Run(within(t), insert(4)); err != nil {
				t.Fatal(err)
			}
		}
		tx.Rollback()
		if _, err := tx.Commit(within(t)); err == nil {
			t.Error("Commit works after Rollback")
		}
	}
	if n := ids(); n != 2 {
		t.Errorf("%d rows after the rollback; want 2", n)
	}
}

// testFailedCommit puts a failing statement at each place before the COMMIT: nothing may stay.
func testFailedCommit(t *testing.T, db *database) {
	db.exec(t, raw("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)", "INSERT INTO t VALUES (1, 1)")...)
	good := "INSERT INTO t VALUES (2, 2)"
	for name, bad := range map[string]string{
		"constraint": "INSERT INTO t VALUES (1, 1)",
		"null":       "INSERT INTO t VALUES (3, NULL)",
		"runtime":    "INSERT INTO t SELECT 4, CAST('x' || id AS INTEGER) FROM t",
		"schema":     "INSERT INTO t (nope) VALUES (1)",
		"syntax":     "INSERT IN t",
	} {
		for _, batch := range [][]source.Statement{raw(bad, good), raw(good, bad), raw(good, bad, "DELETE FROM t")} {
			for _, early := range []bool{false, true} {
				tx, err := db.BeginWrite(within(t), []uint64{9})
				if err != nil {
					t.Fatal(err)
				}
				if early {
					if _, err := tx.Run(within(t), raw("INSERT INTO t VALUES (5, 5)")...); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := tx.Commit(within(t), batch...); err == nil || errors.Is(err, source.ErrOutcomeUnknown) {
					t.Errorf("%s: Commit gives %v; want the statement's own error", name, err)
				}
				if got := db.query(t, raw("SELECT id FROM t")[0]); len(got.Rows) != 1 {
					t.Fatalf("%s: a failed commit left %v", name, texts(got))
				}
			}
		}
	}
}

// testLocksExclude reads a counter and writes it back one higher: without the lock, additions get lost.
func testLocksExclude(t *testing.T, db *database) {
	db.create(t, "t", counter)
	db.exec(t, db.insert("t", counter, [][]value.Value{{value.OfInteger(1), value.OfInteger(0)}}))
	const workers, rounds = 8, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range rounds {
				locks := []uint64{7, 8}
				if w%2 == 1 {
					locks = []uint64{8, 9, 7, 8}
				}
				if err := db.addOne(locks); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := db.query(t, raw("SELECT n FROM t")[0]).Rows[0][0].Int(); got != workers*rounds {
		t.Errorf("the counter is %d; want %d", got, workers*rounds)
	}
}

func (db *database) addOne(locks []uint64) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tx, err := db.BeginWrite(ctx, locks)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	r, err := tx.Run(ctx, raw("SELECT n FROM t WHERE id = 1")...)
	if err != nil {
		return err
	}
	next := value.OfInteger(r[0].Rows[0][0].Int() + 1)
	_, err = tx.Commit(ctx, db.build(func(b *source.Builder) {
		b.Raw("UPDATE t SET n = ").Arg(next).Raw(" WHERE id = 1")
	}))
	return err
}

// testOtherLocks wants transactions without a common lock to run beside each other, and a waiting one to give up with its context.
func testOtherLocks(t *testing.T, db *database) {
	db.create(t, "t", counter)
	insert := db.insert("t", counter, [][]value.Value{{value.OfInteger(1), value.OfInteger(0)}})
	first, err := db.BeginWrite(within(t), []uint64{1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Run(within(t), insert); err != nil {
		t.Fatal(err)
	}
	second, err := db.BeginWrite(within(t), []uint64{2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Commit(within(t), insert); err != nil {
		t.Errorf("a transaction with another lock: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	third, err := db.BeginWrite(ctx, []uint64{1})
	if err == nil {
		_, err = third.Commit(ctx, insert)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a held lock ends with %v; want the context's end", err)
	}
	if _, err := first.Commit(within(t)); err != nil {
		t.Error(err)
	}
	fourth, err := db.BeginWrite(within(t), []uint64{1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fourth.Commit(within(t)); err != nil {
		t.Errorf("the lock is not free after the commit: %v", err)
	}
	if n := len(db.query(t, raw("SELECT id FROM t")[0]).Rows); n != 2 {
		t.Errorf("%d rows; want 2", n)
	}
}

func testRowLimit(t *testing.T, db *database) {
	columns := []source.Column{{Name: "n", Kind: value.Integer}}
	rows := make([][]value.Value, 5000)
	for i := range rows {
		rows[i] = []value.Value{value.OfInteger(int64(i))}
	}
	db.create(t, "many", columns)
	db.exec(t, db.insert("many", columns, rows))
	all := raw("SELECT n FROM many")[0]
	if r, err := db.Query(within(t), all, len(rows)); err != nil || len(r.Rows) != len(rows) {
		t.Errorf("a limit of exactly all rows gives %d rows, %v", len(r.Rows), err)
	}
	for _, limit := range []int{1, 10, len(rows) - 1} {
		if r, err := db.Query(within(t), all, limit); !errors.Is(err, source.ErrRowLimit) || len(r.Rows) != 0 {
			t.Errorf("a limit of %d gives %d rows, %v; want ErrRowLimit and none", limit, len(r.Rows), err)
		}
	}
	if r := db.query(t, raw("SELECT count(*) FROM many")[0]); r.Rows[0][0].Int() != int64(len(rows)) {
		t.Error("the source does not work after the limit")
	}
}

func testCancel(t *testing.T, db *database) {
	long := raw(db.suite.Long)[0]
	if db.suite.Long == "" {
		long = raw("WITH RECURSIVE r(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM r WHERE i < 2000000000) SELECT max(i) FROM r")[0]
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := db.Query(ctx, long, 10)
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("a cancelled query ends with %v after %v", err, took)
	}
	if r := db.query(t, raw("SELECT 1 AS one")[0]); r.Rows[0][0].Int() != 1 {
		t.Error("the source does not work after a cancelled query")
	}
	if _, err := db.Query(ctx, long, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query with a context that is over: %v", err)
	}
}

func testConcurrent(t *testing.T, db *database) {
	db.create(t, "t", counter)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 20 {
				want := int64(w*1000 + i)
				r, err := db.Query(within(t), db.build(func(b *source.Builder) {
					b.Raw("SELECT ")
					db.d.Cast(b, value.Integer, func() { b.Arg(value.OfInteger(want)) })
					b.Raw(" AS x")
				}), 10)
				if err != nil || r.Rows[0][0].Int() != want {
					t.Errorf("got %v, %v; want %d", r.Rows, err, want)
					return
				}
			}
		})
	}
	wg.Wait()
}
