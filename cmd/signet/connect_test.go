package main

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"signet/internal/store"
	"signet/internal/testenv"
	"signet/source"
)

// TestA9TheStoreIsNoSource: neither the store's database nor its file can be read as a source, by
// whatever name it is given.
func TestA9TheStoreIsNoSource(t *testing.T) {
	address := testenv.Postgres(t)
	db, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	definition := func(host string) source.Definition {
		return source.Definition{ID: "s", Postgres: &source.Postgres{Host: host, Port: port, Database: strings.TrimPrefix(u.Path, "/"), User: u.User.Username(), TLS: "disable"}}
	}
	folder := &folder{path: t.TempDir()}
	for _, cfg := range []*config{{store: address}, {}} { // the same server's store, and another's
		for _, host := range []string{u.Hostname(), "localhost", "127.0.0.1"} {
			src, err := openSource(cfg, folder, nil)(t.Context(), definition(host))
			if !errors.Is(err, errOwnStore) {
				t.Errorf("store %q as host %q: %v, %v", cfg.store, host, src, err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(folder.path, "signet.db"), []byte("SQLite format 3\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"signet.db", "../signet.duckdb", "/etc/passwd", "root.key", "x/../signet.db", ".duckdb"} {
		d := source.Definition{ID: "s", DuckDB: &source.DuckDB{File: file}}
		if bad := d.Validate(); len(bad) == 0 {
			t.Errorf("the file %q passed", file)
		}
	}
}

func TestSameDatabase(t *testing.T) {
	p := &source.Postgres{Host: "db.example", Database: "app"}
	for store, want := range map[string]bool{
		"postgres://u@db.example/app":      true,
		"postgres://u@DB.example:5432/app": true,
		"postgres:///app?host=db.example":  true,
		"postgres://u@db.example:5433/app": false,
		"postgres://u@db.example/other":    false,
		"postgres://u@other.example/app":   false,
		"sqlite:/data/signet.db":           false,
		"":                                 false,
	} {
		if got := sameDatabase(store, p); got != want {
			t.Errorf("%q: %t", store, got)
		}
	}
	local := &source.Postgres{Host: "::1", Database: "app"}
	if !sameDatabase("postgres:///app?host=/var/run/postgresql", local) || !sameDatabase("postgres://localhost/app", local) {
		t.Error("this machine by another name")
	}
}
