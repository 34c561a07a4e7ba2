// Package secretstest gives tests what a start of the server makes before the first call can come in:
// a root key, and a gate over a log that signs with a key from the store. It guarantees that two
// gates over one store and root key write one log, as two processes do.
package secretstest

import (
	"crypto/rand"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/reference"
)

// LogKey is the name of the secret that the log signs with.
const LogKey = "audit-log-key"

// RootKey makes a new root key.
func RootKey(t testing.TB) rootkey.Key {
	t.Helper()
	key, err := rootkey.LoadOrCreate(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Ring opens the root keys of a store with one of them.
func Ring(t testing.TB, db *store.DB, root rootkey.Key) *rootkey.Ring {
	t.Helper()
	ring, err := rootkey.Open(t.Context(), db, root)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// Gate opens the store's log and returns a gate to it, and the log itself.
func Gate(t testing.TB, db *store.DB, root rootkey.Key) (*audit.Gate, *audit.Log) {
	t.Helper()
	key, err := secrets.Bootstrap(t.Context(), db, Ring(t, db, root), LogKey, func() ([]byte, error) {
		private, _, err := note.GenerateKey(rand.Reader, "signet.test")
		return []byte(private), err
	})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(string(key.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(t.Context(), db, signer, time.Now, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Close)
	return audit.NewGate(log), log
}

// Resolver returns a resolver over providers, with a log and a store of its own; it ends with the test. as is
// the job that looks after its leases.
func Resolver(t testing.TB, as policy.Caller, providers map[reference.Kind]reference.Provider) *reference.Resolver {
	t.Helper()
	gate, _ := Gate(t, storetest.Open(t, storetest.SQLiteURL(t)), RootKey(t))
	r := reference.New(reference.Config{Providers: providers, Life: 5 * time.Second, Gate: gate, Keeper: as, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	t.Cleanup(r.Close)
	return r
}
