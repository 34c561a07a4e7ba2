package testenv_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"signet/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func one(t *testing.T, url, sql string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	var s string
	err = conn.QueryRow(ctx, sql).Scan(&s)
	return s, err
}

func TestEachCallHasItsOwnDatabase(t *testing.T) {
	a, b := testenv.Postgres(t), testenv.Postgres(t)
	testenv.Exec(t, a, "CREATE TABLE t (x text)", "INSERT INTO t VALUES ('a')")
	if got, err := one(t, a, "SELECT x FROM t"); err != nil || got != "a" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := one(t, b, "SELECT x FROM t"); err == nil {
		t.Error("the second database holds the first one's table")
	}
	if got, err := one(t, a, "SHOW fsync"); err != nil || got != "on" {
		t.Errorf("fsync is %q, %v; tests of durability need it on", got, err)
	}
}

func TestReadOnlyAndRefusedWrites(t *testing.T) {
	db := testenv.Postgres(t)
	testenv.Exec(t, db, "CREATE TABLE t (x text)")
	insert := "INSERT INTO t VALUES ('a') RETURNING x"
	accept := testenv.RefuseWrites(t, db, "t", "53100")
	if _, err := one(t, db, insert); err == nil || !strings.Contains(err.Error(), "53100") {
		t.Errorf("got %v; want SQLSTATE 53100", err)
	}
	accept()
	testenv.SetReadOnly(t, db, true)
	if _, err := one(t, db, insert); err == nil || !strings.Contains(err.Error(), "25006") {
		t.Errorf("got %v; want SQLSTATE 25006", err)
	}
	u, _ := url.Parse(db)
	testenv.Exec(t, db, "SET default_transaction_read_only = off", "ALTER DATABASE "+strings.TrimPrefix(u.Path, "/")+" RESET ALL")
	if _, err := one(t, db, insert); err != nil {
		t.Error(err)
	}
}

func TestServerStopsAndRecovers(t *testing.T) {
	s := testenv.StartPostgres(t, nil)
	db := s.Database(t)
	testenv.Exec(t, db, "CREATE TABLE t (x text)", "INSERT INTO t VALUES ('kept')")
	for name, end := range map[string]func(){"Stop": s.Stop, "Kill": s.Kill} {
		end()
		if _, err := one(t, db, "SELECT x FROM t"); err == nil {
			t.Errorf("%s left the server running", name)
		}
		s.Start(t)
		if got, err := one(t, db, "SELECT x FROM t"); err != nil || got != "kept" {
			t.Errorf("after %s: %q, %v", name, got, err)
		}
	}
}

func TestVaultHasTheEnginesOfTheTests(t *testing.T) {
	v := testenv.Vault(t)
	v.Mount(t, "database")
	v.Do(t, "POST", v.Mount(t, "transit")+"/keys/k", nil)
	kv := v.Mount(t, "kv")
	v.Do(t, "POST", kv+"/data/x", map[string]any{"data": map[string]any{"a": "kept"}})
	got := v.Do(t, "GET", kv+"/data/x", nil)["data"].(map[string]any)["data"].(map[string]any)["a"]
	if got != "kept" {
		t.Errorf("%v", got)
	}
}
