package audit_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(crashURL); url != "" {
		appendUntilKilled(url)
	}
	testenv.Main(m)
}

// key is one log's key pair.
type key struct {
	signer    note.Signer
	verifiers note.Verifiers
}

func newKey(t testing.TB, name string) key {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	return keyFrom(t, private, public)
}

func keyFrom(t testing.TB, private, public string) key {
	t.Helper()
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return key{signer, note.VerifierList(verifier)}
}

func openLog(t testing.TB, db *store.DB, k key, opts audit.Options) *audit.Log {
	t.Helper()
	l, err := audit.Open(t.Context(), db, k.signer, time.Now, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// sqliteLog opens a log in a database of its own.
func sqliteLog(t testing.TB) (*audit.Log, *store.DB, key) {
	t.Helper()
	db, k := storetest.Open(t, storetest.SQLiteURL(t)), newKey(t, "test")
	return openLog(t, db, k, audit.Options{}), db, k
}

func attempt(n int) audit.Event {
	return audit.Event{
		Phase: audit.PhaseAttempt, Action: "writeback:Submit", Resource: "action/generate-quote",
		Who: audit.Who{Type: audit.TypeUser, ID: "u_ana", Name: "ana"}, SourceIP: "127.0.0.1",
		RequestID: fmt.Sprintf("r%d", n), UserAgent: "test/1.0",
		Detail: map[string]string{"ticket": fmt.Sprintf("%032x", n), "dataset": "billing"},
	}
}

func outcome(of audit.Index) audit.Event {
	e := attempt(int(of))
	e.Phase, e.Attempt, e.Result = audit.PhaseOutcome, of, audit.ResultOK
	return e
}

func mustAppend(t testing.TB, l *audit.Log, e audit.Event) audit.Index {
	t.Helper()
	index, err := l.Append(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// verified fails the test unless the log is sound.
func verified(t testing.TB, db *store.DB, k key, known ...string) audit.Report {
	t.Helper()
	r, err := audit.Verify(t.Context(), db, k.verifiers, known...)
	if err != nil {
		t.Fatal(err)
	}
	if r.Bad != nil {
		t.Fatalf("record %d of %d: %s", r.Bad.Index, r.Size, r.Bad.What)
	}
	return r
}
