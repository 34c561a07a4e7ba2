package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
)

const openEnv = "SIGNET_STORE_TEST_OPEN"

func TestMain(m *testing.M) {
	if url := os.Getenv(openEnv); url != "" { // a second process of TestFirstStarts
		db, err := store.Open(context.Background(), url)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = db.Close()
		os.Exit(0)
	}
	testenv.Main(m)
}

func TestReadsWhatWasWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		ctx, db := t.Context(), open()
		insert(t, db, "a", 1<<40)
		err := db.Tx(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE probe SET n = n + ? WHERE id = ? -- why?\n", 1, "a")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // prepared, then reused
			if got := index(t, open(), "a"); got != 1<<40+1 {
				t.Errorf("got %d", got)
			}
		}
		rows, err := db.Query(ctx, "SELECT id, '?' FROM probe WHERE n > ?", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for ; rows.Next(); n++ {
			var id, mark string
			if err := rows.Scan(&id, &mark); err != nil || mark != "?" {
				t.Errorf("got %q %q %v", id, mark, err)
			}
		}
		if err := rows.Err(); err != nil || n != 1 {
			t.Errorf("%d rows, %v", n, err)
		}
		err = db.QueryRow(ctx, "SELECT id FROM probe WHERE id = ?", "none").Scan(new(string))
		if !store.IsNoRows(err) {
			t.Errorf("got %v, want no rows", err)
		}
	})
}

func TestFailedTransactionLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		ctx, db := t.Context(), open()
		if _, err := db.Exec(ctx, createProbe); err != nil {
			t.Fatal(err)
		}
		why := errors.New("why")
		err := db.Tx(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, insertProbe, "a", 1); err != nil {
				return err
			}
			return why
		})
		if !errors.Is(err, why) {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.Tx(ctx, func(tx *store.Tx) error {
				_, _ = tx.Exec(ctx, insertProbe, "b", 1)
				panic("test")
			})
		}()
		cancelled, cancel := context.WithCancel(ctx)
		err = db.Tx(cancelled, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, insertProbe, "c", 1)
			cancel()
			return err
		})
		if err == nil {
			t.Error("a cancelled transaction committed")
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows remain", n)
		}
		insert(t, db, "d", 1) // the writer still works
	})
}

// TestTransactionsRunOneAfterAnother would lose updates if two transactions could read the same value.
func TestTransactionsRunOneAfterAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		ctx := t.Context()
		dbs := []*store.DB{open(), open()}
		insert(t, dbs[0], "a", 0)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				if i%4 == 3 { // a single statement takes its turn too
					if _, err := dbs[i%2].Exec(ctx, "UPDATE probe SET n = n + 1 WHERE id = ?", "a"); err != nil {
						t.Error(err)
					}
					return
				}
				err := dbs[i%2].Tx(ctx, func(tx *store.Tx) error {
					var n int64
					err := tx.QueryRow(ctx, "SELECT n FROM probe WHERE id = ?", "a").Scan(&n)
					if err != nil {
						return err
					}
					_, err = tx.Exec(ctx, "UPDATE probe SET n = ? WHERE id = ?", n+1, "a")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := index(t, dbs[0], "a"); got != 40 {
			t.Errorf("counted to %d, want 40", got)
		}
	})
}

func TestFirstStartsOfManyProcesses(t *testing.T) {
	storetest.URLs(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				cmd := exec.CommandContext(t.Context(), os.Args[0])
				cmd.Env = append(os.Environ(), openEnv+"="+url)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wg.Wait()
		insert(t, storetest.Open(t, url), "a", 1)
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storetest.URLs(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		if _, err := db.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)", 99_999, true); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(t.Context(), url)
		var newer *store.NewerSchemaError
		if !errors.As(err, &newer) || newer.Found != 99_999 || newer.Known < 3 {
			t.Fatalf("got %v", err)
		}
		for _, want := range []string{"99999", fmt.Sprint(newer.Known), "newer"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not name %q", err, want)
			}
		}
	})
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a ?#%41.db") // a hostile name stays a name
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	insert(t, storetest.Open(t, path), "a", 1)
	insert(t, storetest.Open(t, filepath.Join(folder, "new.db")), "a", 1)
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 6 { // each with its WAL and its shared memory
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestBadPlaces(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "text")
	if err := os.WriteFile(file, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		filepath.Join(folder, "none", "x.db"):    "none does not exist",
		folder:                                   "is not a file",
		"sqlite:" + file:                         "not a database",
		"postgres://u:hidden@127.0.0.1:1/x":      "cannot reach PostgreSQL",
		"postgres://u:hidden@127.0.0.1:port/bad": "",
	} {
		_, err := store.Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
		if strings.Contains(fmt.Sprint(err), "hidden") {
			t.Errorf("%s: the error shows the password: %v", url, err)
		}
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	if err := db.QueryRow(t.Context(), "DELETE FROM audit_blocks RETURNING 1").Scan(new(int)); err == nil || store.IsNoRows(err) {
		t.Errorf("a reader wrote: %v", err)
	}
}

// A table of the tests' own.
const (
	createProbe = "CREATE TABLE IF NOT EXISTS probe (id TEXT PRIMARY KEY, n BIGINT NOT NULL)"
	insertProbe = "INSERT INTO probe (id, n) VALUES (?, ?)"
)

func insert(t *testing.T, db *store.DB, id string, n int64) {
	t.Helper()
	if _, err := db.Exec(t.Context(), createProbe); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), insertProbe, id, n); err != nil {
		t.Fatal(err)
	}
}

func index(t *testing.T, db *store.DB, id string) (n int64) {
	t.Helper()
	if err := db.QueryRow(t.Context(), "SELECT n FROM probe WHERE id = ?", id).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func count(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), "SELECT COUNT(*) FROM probe").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
