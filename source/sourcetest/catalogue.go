package sourcetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"signet/internal/value"
	"signet/source"
)

func testSchema(t *testing.T, db *database) {
	db.create(t, "t", counter)
	for sql, name := range map[string]string{
		"SELECT id FROM nowhere": "nowhere",
		"SELECT nothing FROM t":  "nothing",
	} {
		_, err := db.Query(within(t), source.Statement{SQL: sql}, 10)
		if !errors.Is(err, source.ErrSchema) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want ErrSchema that names %s", sql, err, name)
		}
		if _, err := db.Describe(within(t), source.Statement{SQL: sql}); !errors.Is(err, source.ErrSchema) {
			t.Errorf("describing %s: %v; want ErrSchema", sql, err)
		}
	}
	for _, name := range []string{"nowhere", "no.where", "", "t.id", "id", `t" --`} {
		if c, err := db.Columns(within(t), name); !errors.Is(err, source.ErrSchema) {
			t.Errorf("Columns(%q) = %v, %v; want ErrSchema", name, c, err)
		}
	}
	_, err := db.Query(within(t), source.Statement{SQL: "SELECT id, " + db.suite.Unreadable + " AS odd FROM t"}, 10)
	if !errors.Is(err, source.ErrSchema) || !strings.Contains(err.Error(), "odd") {
		t.Errorf("a column without a kind: %v; want ErrSchema that names it", err)
	}
	db.exec(t, raw("CREATE SCHEMA other", "CREATE TABLE other.t (a INTEGER NOT NULL, b VARCHAR(20))")...)
	got, err := db.Columns(within(t), "other.t")
	if err != nil || len(got) != 2 || got[0].Name != "a" || got[0].Kind != value.Integer || got[0].Nullable || got[1].Kind != value.Text || !got[1].Nullable {
		t.Errorf("Columns(other.t) = %+v, %v", got, err)
	}
}

func testConstraint(t *testing.T, db *database) {
	db.exec(t, raw("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, CHECK (n > 0))", "INSERT INTO t VALUES (1, 1)")...)
	for sql, want := range map[string]error{
		"INSERT INTO t VALUES (1, 2)":           source.ErrConstraint,
		"INSERT INTO t VALUES (2, NULL)":        source.ErrConstraint,
		"INSERT INTO t VALUES (2, -1)":          source.ErrConstraint,
		"INSERT INTO t VALUES (99999999999, 1)": source.ErrValue,
	} {
		tx, err := db.BeginWrite(within(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Run(within(t), source.Statement{SQL: sql}); !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", sql, err, want)
		}
		if _, err := tx.Commit(within(t)); err == nil {
			t.Errorf("%s: the transaction goes on after its error", sql)
		}
		tx.Rollback()
	}
}

func testDescribe(t *testing.T, db *database) {
	db.create(t, "kinds", allKinds)
	got, err := db.Describe(within(t), raw("SELECT *, count(*) OVER () AS n FROM kinds")[0])
	if err != nil || len(got) != len(allKinds)+1 {
		t.Fatalf("Describe = %v, %v", got, err)
	}
	for i, c := range allKinds {
		if got[i].Name != c.Name || got[i].Kind != c.Kind || got[i].Type == "" {
			t.Errorf("column %d is %+v; want %s %s", i, got[i], c.Name, c.Kind)
		}
	}
	b := source.NewBuilder(db.d)
	b.Raw("SELECT t AS shown FROM kinds WHERE i = ").Arg(value.OfInteger(1))
	if got, err = db.Describe(within(t), b.Statement()); err != nil || len(got) != 1 || got[0].Name != "shown" {
		t.Errorf("Describe with an argument = %v, %v", got, err)
	}
	for _, sql := range []string{"INSERT INTO kinds (id) VALUES (1)", "DROP TABLE kinds", "SELECT 1; DROP TABLE kinds"} {
		if got, err := db.Describe(within(t), source.Statement{SQL: sql}); err == nil {
			t.Errorf("Describe(%q) = %v", sql, got)
		}
	}
	if r := db.query(t, raw("SELECT count(*) FROM kinds")[0]); r.Rows[0][0].Int() != 0 {
		t.Error("Describe ran the statement")
	}
}

func testPing(t *testing.T, db *database) {
	got, err := db.Ping(within(t))
	if err != nil || got.Version == "" || got.ReadOnly {
		t.Errorf("Ping = %+v, %v", got, err)
	}
	if off := time.Since(got.Clock); off > time.Minute || off < -time.Minute {
		t.Errorf("the database's clock is off by %v", off)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := db.Ping(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Ping with a context that is over: %v", err)
	}
}
