package testenv

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

var shared struct {
	once   sync.Once
	server *PostgresServer
	base   string // URL of the server, any database
	err    error
}

// Postgres returns the URL of a fresh database on a real PostgreSQL server, which is started once
// for the test process; SIGNET_TEST_POSTGRES_URL names a running one instead. The database is
// dropped when the test ends. The test is skipped only where no PostgreSQL is installed.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.once.Do(startShared)
	if shared.err != nil {
		skipOrFail(t, shared.err)
	}
	return freshDatabase(t, shared.base)
}

func startShared() {
	if shared.base = os.Getenv("SIGNET_TEST_POSTGRES_URL"); shared.base != "" {
		return
	}
	if shared.server, shared.err = newServer(memory(), nil); shared.err != nil {
		return
	}
	if shared.err = shared.server.start(); shared.err != nil {
		shared.server.remove()
		return
	}
	shared.base = shared.server.URL("postgres")
}

func stopShared() {
	if shared.server != nil {
		shared.server.remove()
	}
}

func skipOrFail(t testing.TB, err error) {
	t.Helper()
	if err == errNotInstalled {
		t.Skip(err)
	}
	t.Fatal(err)
}

// freshDatabase makes a database with a name of its own on the server that base points to.
func freshDatabase(t testing.TB, base string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	Exec(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		// Best effort: the test may have stopped the server.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if conn, err := pgx.Connect(ctx, base); err == nil {
			_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
			_ = conn.Close(ctx)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("parsing the server's URL: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// Exec runs SQL statements, each on its own, on a connection of the test's own.
func Exec(t testing.TB, url string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("connecting to PostgreSQL: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%.200s: %v", s, err)
		}
	}
}

// SetReadOnly makes the database of url refuse writes, or accept them again, and ends its other
// sessions, so that the next statement of each meets the new rule.
func SetReadOnly(t testing.TB, url string, on bool) {
	t.Helper()
	Exec(t, url,
		"SET default_transaction_read_only = false", // for this session: it may have begun under the old rule
		fmt.Sprintf("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET default_transaction_read_only = %t', current_database()); END $$", on),
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
}

// RefuseWrites makes every write to a table fail with an SQLSTATE, such as 53100 (disk full),
// until the returned function is called.
func RefuseWrites(t testing.TB, url, table, sqlstate string) (accept func()) {
	t.Helper()
	name := "refuse_" + strings.ToLower(rand.Text())
	quoted := pgx.Identifier(strings.Split(table, ".")).Sanitize()
	Exec(t, url,
		"CREATE FUNCTION "+name+"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '"+sqlstate+"'; END $$",
		"CREATE TRIGGER "+name+" BEFORE INSERT OR UPDATE OR DELETE ON "+quoted+" FOR EACH STATEMENT EXECUTE FUNCTION "+name+"()")
	return func() {
		t.Helper()
		Exec(t, url, "DROP FUNCTION "+name+"() CASCADE")
	}
}
