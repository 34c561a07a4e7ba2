// Package storetest runs a test on every engine of package store: on SQLite and on a real PostgreSQL.
package storetest

import (
	"path/filepath"
	"testing"

	"signet/internal/store"
	"signet/internal/testenv"
)

// Each runs f once per engine. Each call of open opens the same database again, as a second process
// would; the test's end closes it. The test's package needs testenv.Main in its TestMain.
func Each(t *testing.T, f func(t *testing.T, open func() *store.DB)) {
	t.Helper()
	URLs(t, func(t *testing.T, url string) {
		f(t, func() *store.DB { return Open(t, url) })
	})
}

// URLs runs f once per engine, with the URL of a new database.
func URLs(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run(store.SQLite, func(t *testing.T) { f(t, SQLiteURL(t)) })
	t.Run(store.Postgres, func(t *testing.T) { f(t, testenv.Postgres(t)) })
}

// SQLiteURL names a new SQLite database that lives as long as the test.
func SQLiteURL(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "signet.db")
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return db
}
