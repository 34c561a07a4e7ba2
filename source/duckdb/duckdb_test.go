package duckdb_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/source"
	"signet/source/duckdb"
	"signet/source/sourcetest"
)

func open(t testing.TB, folder string, setup ...string) *duckdb.Source {
	t.Helper()
	s, err := duckdb.Open(source.Definition{ID: "warehouse", DuckDB: &source.DuckDB{File: "w.duckdb", SetupSQL: setup}}, folder)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	sourcetest.Run(t, sourcetest.Suite{
		Open:       func(t *testing.T) source.Source { return open(t, t.TempDir()) },
		Writes:     escapes,
		Unreadable: "INTERVAL '1 day'",
	})
}

// escapes are statements that leave the database or change its settings (threats A4, A5).
var escapes = []string{
	"SELECT * FROM read_csv('/etc/passwd')",
	"SELECT * FROM read_text('/etc/passwd')",
	"SELECT * FROM read_blob('/etc/passwd')",
	"SELECT * FROM glob('/etc/*')",
	"SELECT * FROM '/etc/passwd'",
	`SELECT * FROM "/etc/passwd"`,
	"SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
	"SELECT * FROM enable_logging(storage='file', storage_path='/tmp/signet-log')",
	"SELECT * FROM query('COPY t TO ''/tmp/signet.csv''')",
	"SELECT * FROM query('INSERT INTO t VALUES (2, 20)')",
	"COPY t TO '/tmp/signet.csv'",
	"COPY t FROM '/etc/passwd'",
	"COPY (SELECT 1) TO '/dev/stdout'",
	"EXPORT DATABASE '/tmp/signet-export'",
	"IMPORT DATABASE '/tmp/signet-export'",
	"ATTACH '/tmp/signet-other.duckdb'",
	"ATTACH ':memory:' AS m",
	"DETACH w",
	"INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1'", "LOAD '/tmp/evil.duckdb_extension'",
	"SET enable_external_access = true", "SET GLOBAL enable_external_access = true", "RESET enable_external_access",
	"SET lock_configuration = false", "SET memory_limit = '100GB'", "SET temp_directory = '/tmp'", "SET TimeZone = 'Asia/Tokyo'",
	"PRAGMA enable_profiling", "PRAGMA database_list", "PRAGMA temp_directory='/tmp'", "PRAGMA memory_limit='1GB'",
	"CREATE SECRET s (TYPE S3)", "CREATE TEMP TABLE tt (x INTEGER)", "CREATE MACRO m(a) AS a + 1", "SET VARIABLE x = 1",
	"USE memory", "CHECKPOINT", "VACUUM", "CALL enable_logging()", "CALL pragma_version()",
	"PREPARE p AS INSERT INTO t VALUES (2, 20)", "EXECUTE p", "BEGIN", "COMMIT", "ROLLBACK",
	"MERGE INTO t USING (SELECT 2 AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (2, 20)",
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestA5_WriteSideStaysInside tries the escapes on the write side, on several connections at once.
func TestA5_WriteSideStaysInside(t *testing.T) {
	folder := t.TempDir()
	src := open(t, folder, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 10);")
	defer func() { _ = src.Close() }()
	var held []source.Tx
	for i := range uint64(3) {
		for _, sql := range escapes {
			tx, err := src.BeginWrite(within(t), []uint64{i})
			if err != nil {
				t.Fatal(err)
			}
			writes := strings.HasPrefix(sql, "CREATE TEMP") || strings.HasPrefix(sql, "CREATE MACRO") || strings.HasPrefix(sql, "SELECT * FROM query('INSERT")
			if _, err := tx.Run(within(t), source.Statement{SQL: sql}); err == nil && !writes {
				t.Errorf("a write transaction accepts %s", sql)
			}
			tx.Rollback()
		}
		tx, err := src.BeginWrite(within(t), []uint64{100 + i}) // the next round meets another connection
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, tx)
	}
	for _, tx := range held {
		tx.Rollback()
	}
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if !strings.HasPrefix(f.Name(), "w.duckdb") {
			t.Errorf("%s appeared beside the database", f.Name())
		}
	}
	for _, p := range []string{"/tmp/signet.csv", "/tmp/signet-export", "/tmp/signet-other.duckdb", "/tmp/signet-log"} {
		if _, err := os.Stat(p); err == nil {
			t.Errorf("%s was written", p)
		}
	}
}

// TestA4_SetupStaysInside wants set-up files to be as locked in as everything else.
func TestA4_SetupStaysInside(t *testing.T) {
	for _, sql := range []string{
		"CREATE TABLE t AS SELECT * FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/signet.csv'", "ATTACH '/tmp/signet-other.duckdb'",
		"INSTALL httpfs", "SET enable_external_access = true", "SET lock_configuration = false",
	} {
		folder := t.TempDir()
		def := source.Definition{ID: "w", DuckDB: &source.DuckDB{File: "w.duckdb", SetupSQL: []string{"CREATE TABLE first (x INTEGER)", sql}}}
		if s, err := duckdb.Open(def, folder); err == nil {
			_ = s.Close()
			t.Errorf("set-up accepts %s", sql)
		}
		if left, _ := os.ReadDir(folder); len(left) != 0 {
			t.Errorf("a failed set-up left %v; the next start must begin again", left)
		}
	}
}

func TestSetupRunsOnce(t *testing.T) {
	folder := t.TempDir()
	setup := []string{"CREATE TABLE t (x INTEGER); -- a comment; with a semicolon\nINSERT INTO t VALUES (1);", "INSERT INTO t VALUES (2)"}
	for range 2 {
		src := open(t, folder, setup...)
		r, err := src.Query(within(t), source.Statement{SQL: "SELECT count(*) FROM t"}, 1)
		if err != nil || r.Rows[0][0].Int() != 2 {
			t.Errorf("got %v, %v; want 2 rows", r.Rows, err)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(filepath.Join(folder, "w.duckdb")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database's file: %v, %v; want mode 0600", info.Mode(), err)
	}
}

// TestReloadSharesTheFile opens the file a second time, as a reload does, and closes the first.
func TestReloadSharesTheFile(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, "CREATE TABLE t (x INTEGER)")
	second := open(t, folder)
	held, err := first.BeginWrite(within(t), []uint64{1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := second.BeginWrite(ctx, []uint64{1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second source takes a lock that the first one holds: %v", err)
	}
	if _, err := held.Commit(within(t), source.Statement{SQL: "INSERT INTO t VALUES (1)"}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := second.Query(within(t), source.Statement{SQL: "SELECT x FROM t"}, 10)
	if err != nil || len(r.Rows) != 1 {
		t.Errorf("after the first is closed: %v, %v", r.Rows, err)
	}
	if _, err := first.Query(within(t), source.Statement{SQL: "SELECT x FROM t"}, 10); !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("a closed source answers: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedFiles(t *testing.T) {
	for _, file := range []string{"", "../w.duckdb", "/tmp/w.duckdb", "a/b.duckdb", ".duckdb", "w.db", "C:w.duckdb"} {
		def := source.Definition{ID: "w", DuckDB: &source.DuckDB{File: file}}
		if s, err := duckdb.Open(def, t.TempDir()); err == nil {
			_ = s.Close()
			t.Errorf("Open accepts the file %q", file)
		}
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "w.duckdb"), []byte("not a database, but long enough to look at, it has some text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := duckdb.Open(source.Definition{ID: "w", DuckDB: &source.DuckDB{File: "w.duckdb"}}, folder); !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("a file that is no database: %v", err)
		if err == nil {
			_ = s.Close()
		}
	}
}

func TestTypesOfTheEngine(t *testing.T) {
	src := open(t, t.TempDir(), "CREATE TYPE mood AS ENUM ('sad', 'happy')")
	defer func() { _ = src.Close() }()
	for expr, want := range map[string]string{
		"'sad'::mood": "text sad",
		"'3f2504e0-4f89-11d3-9a0c-0305e82c3301'::UUID":              "text 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
		"'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID":              "text ffffffff-ffff-ffff-ffff-ffffffffffff",
		"'{\"a\": 1}'::JSON":                                        "text {\"a\": 1}",
		"18446744073709551615::UBIGINT":                             "decimal 18446744073709551615",
		"170141183460469231731687303715884105727":                   "decimal 170141183460469231731687303715884105727",
		"-170141183460469231731687303715884105728":                  "decimal -170141183460469231731687303715884105728",
		"-9223372036854775809::HUGEINT":                             "decimal -9223372036854775809",
		"-0.05::DECIMAL(3,2)":                                       "decimal -0.05",
		"-12345.678::DECIMAL(9,3)":                                  "decimal -12345.678",
		"123456789012.34::DECIMAL(18,2)":                            "decimal 123456789012.34",
		"'-99999999999999999999999999999999999.999'::DECIMAL(38,3)": "decimal -99999999999999999999999999999999999.999",
		"(-128)::TINYINT":                                           "integer -128",
		"4294967295::UINTEGER":                                      "integer 4294967295",
		"TIMESTAMP '1969-12-31 23:59:59.999999'":                    "timestamp 1969-12-31T23:59:59.999999Z",
		"TIMESTAMP_NS '1969-12-31 23:59:59.9999999'":                "timestamp 1969-12-31T23:59:59.999999Z",
		"TIMESTAMP_MS '2026-01-31 10:11:12.345'":                    "timestamp 2026-01-31T10:11:12.345000Z",
		"TIMESTAMP_S '2026-01-31 10:11:12'":                         "timestamp 2026-01-31T10:11:12.000000Z",
		"TIMESTAMPTZ '2026-01-31 10:11:12+02'":                      "timestamp 2026-01-31T08:11:12.000000Z",
		"sum(1::INTEGER)":                                           "decimal 1",
	} {
		r, err := src.Query(within(t), source.Statement{SQL: "SELECT " + expr + " AS x"}, 1)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := r.Rows[0][0].Kind().String() + " " + r.Rows[0][0].String(); got != want {
			t.Errorf("%s is %q; want %q", expr, got, want)
		}
	}
	for _, expr := range []string{"'infinity'::TIMESTAMP", "'-infinity'::DATE", "'290000-01-01'::TIMESTAMP"} {
		if _, err := src.Query(within(t), source.Statement{SQL: "SELECT " + expr + " AS x"}, 1); !errors.Is(err, source.ErrValue) {
			t.Errorf("%s: %v; want ErrValue", expr, err)
		}
	}
}

func BenchmarkQuery(b *testing.B) {
	src := open(b, b.TempDir(), "CREATE TABLE t AS SELECT i AS id, 'name ' || i AS name, (i * 1.25)::DECIMAL(12,2) AS price FROM range(1000) r(i)")
	defer func() { _ = src.Close() }()
	for b.Loop() {
		if _, err := src.Query(within(b), source.Statement{SQL: "SELECT * FROM t ORDER BY id LIMIT 100"}, 1000); err != nil {
			b.Fatal(err)
		}
	}
}
