// Package projecttest serves a project for tests as a server does: on a real store, log and vault,
// and on the databases that its sources name.
package projecttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/dashboard"
	"signet/dataset"
	"signet/identity"
	"signet/internal/rootkey"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/policy"
	"signet/project"
	"signet/secrets"
	"signet/secrets/file"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/postgres"
	"signet/writeback"
)

// World is everything that serves one project. It ends with the test.
type World struct {
	Runtime    *project.Runtime
	Sources    *project.Sources
	Datasets   *dataset.Set
	Actions    *writeback.Engine
	Dashboards *dashboard.Set
	Users      *identity.Service
	Log        *audit.Log
	Gate       *audit.Gate
	System     policy.Caller
	Applied    chan string           // versions, as they are taken over
	Refused    chan string           // the version that stays, as changes are refused
	Changes    chan writeback.Change // writes, as they are committed
}

// Open sets a server up for the project in dir, without loading it.
func Open(t testing.TB, dir string, o project.Options) *World {
	t.Helper()
	w := &World{System: identity.System("test"), Applied: make(chan string, 100), Refused: make(chan string, 100), Changes: make(chan writeback.Change, 1000)}
	vault := w.trust(t)
	warehouses := t.TempDir()
	files := file.New(o.SourcesDir, "SourcesDir")
	logins := source.NewLogins(secretstest.Resolver(t, w.System, map[reference.Kind]reference.Provider{reference.File: files}), w.System)
	w.Sources = project.NewSources(func(_ context.Context, d source.Definition) (source.Source, error) {
		switch {
		case d.DuckDB != nil:
			return duckdb.Open(d, warehouses)
		case d.MySQL != nil:
			return mysql.OpenWith(d, logins)
		}
		return postgres.OpenWith(d, logins)
	})
	t.Cleanup(func() { check(t, w.Sources.Close()) })
	w.Datasets = dataset.NewSet(w.Sources.Get, w.Gate)
	w.Actions = writeback.New(writeback.Config{Gate: w.Gate, Log: w.Log, Keys: vault, Datasets: w.Datasets, Sources: w.Sources.Get,
		Clock: time.Now, Instance: "test", Changed: func(c writeback.Change) { w.Changes <- c }})
	t.Cleanup(w.Actions.Close)
	w.Dashboards = dashboard.NewSet(dashboard.Config{Gate: w.Gate, Datasets: w.Datasets, Actions: w.Actions})
	w.Runtime = project.NewRuntime(project.Config{Dir: dir, Options: o, Gate: w.Gate, Sources: w.Sources, Datasets: w.Datasets,
		Actions: w.Actions, Dashboards: w.Dashboards, Users: w.Users, Clock: time.Now,
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
		Applied: func(version string) { w.Applied <- version },
		Refused: func(version string) { w.Refused <- version }})
	return w
}

// trust opens the store, the log, the vault and the users.
func (w *World) trust(t testing.TB) *secrets.Vault {
	t.Helper()
	db := storetest.Open(t, storetest.SQLiteURL(t))
	private, _, err := note.GenerateKey(rand.Reader, "signet-test")
	check(t, err)
	signer, err := note.NewSigner(private)
	check(t, err)
	w.Log, err = audit.Open(context.Background(), db, signer, time.Now, audit.Options{})
	check(t, err)
	t.Cleanup(w.Log.Close)
	w.Gate = audit.NewGate(w.Log)
	root, err := rootkey.LoadOrCreate(filepath.Join(t.TempDir(), "root.key"))
	check(t, err)
	ring, err := rootkey.Open(context.Background(), db, root)
	check(t, err)
	vault, err := secrets.Open(context.Background(), db, ring, w.Gate, time.Now)
	check(t, err)
	check(t, vault.Generate(context.Background(), w.System, writeback.TicketKey, 32))
	w.Users, err = identity.Open(context.Background(), identity.Config{DB: db, Gate: w.Gate, Clock: time.Now})
	check(t, err)
	t.Cleanup(func() { check(t, w.Users.Close()) })
	return vault
}

// Serve serves the project in dir.
func Serve(t testing.TB, dir string, o project.Options) *World {
	t.Helper()
	w := Open(t, dir, o)
	check(t, w.Runtime.Reload(context.Background(), w.System))
	if left := w.Runtime.Status().Problems; len(left) > 0 {
		t.Fatal(left)
	}
	return w
}

// Caller signs a user of the project in.
func (w *World) Caller(t testing.TB, name string) policy.Caller {
	t.Helper()
	token, err := w.Users.MakeLink(context.Background(), w.System, name, time.Minute)
	check(t, err)
	_, caller, err := w.Users.UseLink(context.Background(), identity.Origin{}, string(token.Reveal()))
	check(t, err)
	return caller
}

// EachDatabase runs f with the project's own sources, and with its source named id on a new PostgreSQL or
// MariaDB database that was filled from the project's SQL files.
func EachDatabase(t *testing.T, dir, id string, f func(t *testing.T, o project.Options)) {
	t.Run("duckdb", func(t *testing.T) { f(t, project.Options{}) })
	t.Run("postgres", func(t *testing.T) { f(t, project.Options{SourcesDir: onPostgres(t, dir, id)}) })
	t.Run("mariadb", func(t *testing.T) { f(t, project.Options{SourcesDir: MariaDBSource(t, dir, id)}) })
}

// MariaDBSource fills a new MariaDB database from a project's SQL files, and writes a folder of sources with it
// under an id.
func MariaDBSource(t testing.TB, dir, id string) string {
	t.Helper()
	port := testenv.MariaDB(t)
	name := testenv.MariaDBDatabase(t, port)
	for _, file := range []string{"sql.mysql/schema.sql", "sql/seed.sql"} {
		sql, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		check(t, err)
		testenv.ExecMariaDBIn(t, port, name, strings.Split(strings.TrimSpace(string(sql)), ";\n")...)
	}
	sources := t.TempDir()
	password := filepath.Join(sources, "password")
	check(t, os.WriteFile(password, []byte(testenv.MariaDBPassword), 0o600))
	text := fmt.Sprintf("source: %s\ntitle: Warehouse\nmysql: {host: 127.0.0.1, port: %d, database: %s, user: %s, password: \"file:password\"}\n", id, port, name, testenv.MariaDBRoot)
	check(t, os.WriteFile(filepath.Join(sources, id+".yaml"), []byte(text), 0o600))
	return sources
}

func onPostgres(t testing.TB, dir, id string) string {
	t.Helper()
	at := testenv.Postgres(t)
	Fill(t, at, dir)
	return PostgresSource(t, at, id)
}

// Fill runs a project's SQL files on a PostgreSQL database.
func Fill(t testing.TB, at, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "sql", "*.sql"))
	check(t, err)
	slices.Sort(files) // schema.sql before seed.sql
	for _, f := range files {
		sql, err := os.ReadFile(f)
		check(t, err)
		testenv.Exec(t, at, strings.Split(strings.TrimSpace(string(sql)), ";\n")...)
	}
}

// PostgresSource writes a folder of sources with the database at a URL under an id.
func PostgresSource(t testing.TB, at, id string) string {
	t.Helper()
	u, err := url.Parse(at)
	check(t, err)
	dir := t.TempDir()
	text := fmt.Sprintf("source: %s\npostgres:\n  {host: %q, port: %s, database: %q, user: %q, tls: disable",
		id, u.Hostname(), u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username())
	if password, ok := u.User.Password(); ok {
		check(t, os.WriteFile(filepath.Join(dir, "password"), []byte(password), 0o600))
		text += ", password: file:password"
	}
	check(t, os.WriteFile(filepath.Join(dir, id+".yaml"), []byte(text+"}\n"), 0o600))
	return dir
}

// Guest makes a user of a PostgreSQL server who may use the tables of the database at a URL but
// create none, and returns the URL for them.
func Guest(t testing.TB, at string) string {
	t.Helper()
	u, err := url.Parse(at)
	check(t, err)
	name := "guest_" + strings.ToLower(rand.Text()[:12])
	testenv.Exec(t, at, "CREATE ROLE "+name+" LOGIN PASSWORD 'guest'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO "+name)
	t.Cleanup(func() { testenv.Exec(t, at, "DROP OWNED BY "+name, "DROP ROLE "+name) })
	u.User = url.UserPassword(name, "guest")
	return u.String()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Copy copies a project's folder, for a test that changes it.
func Copy(t testing.TB, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "project")
	check(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// Edit replaces one text of a file, which must hold it once.
func Edit(t testing.TB, dir, file, old, with string) {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(file))
	b, err := os.ReadFile(name)
	check(t, err)
	if strings.Count(string(b), old) != 1 {
		t.Fatalf("%s does not hold %q once", file, old)
	}
	check(t, os.WriteFile(name, []byte(strings.Replace(string(b), old, with, 1)), 0o600))
}
