package secrets_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const ticketKey = "ticket-key"

var (
	keeper = policy.NewCaller(policy.Principal{ID: "1", Name: "root", Role: policy.Admin})
	reader = policy.NewCaller(policy.Principal{ID: "2", Name: "vera", Role: policy.Reader})
)

// process is one server over a store.
type process struct {
	*secrets.Vault
	t    *testing.T
	log  *audit.Log
	gate *audit.Gate
}

func start(t *testing.T, db *store.DB, root rootkey.Key) process {
	t.Helper()
	gate, log := secretstest.Gate(t, db, root)
	v, err := secrets.Open(t.Context(), db, secretstest.Ring(t, db, root), gate, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return process{v, t, log, gate}
}

func (p process) generate(name string) {
	p.t.Helper()
	if err := p.Generate(p.t.Context(), keeper, name, 32); err != nil {
		p.t.Fatal(err)
	}
}

func (p process) rotate(name string) string {
	p.t.Helper()
	kid, err := p.Rotate(p.t.Context(), keeper, name)
	if err != nil {
		p.t.Fatal(err)
	}
	return kid
}

func (p process) current(name string) (string, opaque.Bytes) {
	p.t.Helper()
	kid, key, err := p.Current(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return kid, key
}

// S10: rotating keeps what is out valid, under N, N-1 and older, with no restart; a key id is revoked
// alone, for good, and at once.
func TestS10RotationKeepsLiveTicketsAndRevokesByKeyID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		p := start(t, open(), secretstest.RootKey(t))
		p.generate(ticketKey)
		keys, ids := map[string]opaque.Bytes{}, []string{}
		note := func() {
			kid, key := p.current(ticketKey)
			if _, twice := keys[kid]; twice || key.Len() != 32 {
				t.Fatalf("key id %q again, or %d bytes", kid, key.Len())
			}
			keys[kid], ids = key, append(ids, kid)
		}
		note()
		for range 3 {
			if kid := p.rotate(ticketKey); kid == "" {
				t.Fatal("no key id")
			}
			note()
		}
		for kid, want := range keys {
			if got, err := p.Version(ticketKey, kid); err != nil || !got.Equal(want) {
				t.Errorf("version %s: %v", kid, err)
			}
		}
		if keys[ids[0]].Equal(keys[ids[1]]) {
			t.Error("two versions have one key")
		}

		if err := p.Revoke(t.Context(), keeper, ticketKey, ids[1]); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Version(ticketKey, ids[1]); fault.CodeOf(err) != fault.TicketKeyRetired {
			t.Errorf("revoked: %v", err)
		}
		for _, kid := range []string{ids[0], ids[2], ids[3]} {
			if _, err := p.Version(ticketKey, kid); err != nil {
				t.Errorf("version %s went too: %v", kid, err)
			}
		}
		if _, err := p.Version(ticketKey, "unknown"); fault.CodeOf(err) != fault.TicketKeyRetired {
			t.Errorf("unknown: %v", err)
		}
	})
}

// S10: revoking the current version leaves a new current one, and never a moment without.
func TestS10RevokingTheCurrentKeyMakesANewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		p := start(t, db, secretstest.RootKey(t))
		p.generate(ticketKey)
		was, _ := p.current(ticketKey)
		for range 2 { // the second time changes nothing
			if err := p.Revoke(t.Context(), keeper, ticketKey, was); err != nil {
				t.Fatal(err)
			}
		}
		if is, _ := p.current(ticketKey); is == was {
			t.Error("still signing with the revoked key")
		}
		versions, err := p.Versions(ticketKey)
		if err != nil || len(versions) != 2 || versions[1].RevokedAt.IsZero() || !versions[0].RetiredAt.IsZero() {
			t.Errorf("versions %+v, %v", versions, err)
		}
		var left int
		if err := db.QueryRow(t.Context(), "SELECT LENGTH(sealed) FROM secret_versions WHERE key_id = ?", was).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d bytes of the revoked key are in the store (%v)", left, err)
		}
	})
}

// S10: a second process sees rotation and revocation within a second, without a restart.
func TestS10AnotherProcessFollowsWithinASecond(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		root := secretstest.RootKey(t)
		here, there := start(t, open(), root), start(t, open(), root)
		here.generate(ticketKey)
		was, _ := here.current(ticketKey)
		within(t, func() bool { kid, _, err := there.Current(ticketKey); return err == nil && kid == was })

		is := here.rotate(ticketKey)
		within(t, func() bool { kid, _ := there.current(ticketKey); return kid == is })
		if _, err := there.Version(ticketKey, was); err != nil {
			t.Errorf("the older version: %v", err)
		}
		if err := there.Revoke(t.Context(), keeper, ticketKey, was); err != nil {
			t.Fatal(err)
		}
		within(t, func() bool {
			_, err := here.Version(ticketKey, was)
			return fault.CodeOf(err) == fault.TicketKeyRetired
		})
	})
}

// within waits for what another process must see in a second.
func within(t *testing.T, seen func() bool) {
	t.Helper()
	began := time.Now()
	for !seen() {
		if time.Since(began) > time.Second {
			t.Fatal("not seen within a second")
		}
	}
}

// A1: two installations never share a generated key, and no installation starts with a known one.
func TestA1GeneratedKeysDiffer(t *testing.T) {
	a, b := start(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t)), start(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t))
	if _, _, err := a.Current(ticketKey); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a new store has a ticket key: %v", err)
	}
	a.generate(ticketKey)
	b.generate(ticketKey)
	_, ka := a.current(ticketKey)
	_, kb := b.current(ticketKey)
	if ka.Equal(kb) {
		t.Error("two installations share a key")
	}
}

func TestAnotherRootKeyOpensNothing(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	root := secretstest.RootKey(t)
	p := start(t, db, root)
	p.generate(ticketKey)
	_, err := rootkey.Open(t.Context(), db, secretstest.RootKey(t))
	if err == nil || !strings.Contains(err.Error(), "root key that belongs to this store") {
		t.Errorf("got %v", err)
	}
	again := start(t, db, root)
	_, was := p.current(ticketKey)
	if _, is := again.current(ticketKey); !is.Equal(was) {
		t.Error("another key after a restart")
	}
}

// A row that somebody moved or changed in the store opens nothing, and the start says so.
func TestChangedRowsAreRefused(t *testing.T) {
	for _, change := range []string{
		"UPDATE secret_versions SET version = version + 10 WHERE name = 'ticket-key'",
		"UPDATE secret_versions SET key_id = 'another' WHERE name = 'ticket-key'",
		"UPDATE secret_versions SET sealed = (SELECT sealed FROM secret_versions WHERE name = 'other-key') WHERE name = 'ticket-key'",
	} {
		db, root := storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t)
		p := start(t, db, root)
		p.generate(ticketKey)
		p.generate("other-key")
		if _, err := db.Exec(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if _, err := secrets.Open(t.Context(), db, secretstest.Ring(t, db, root), p.gate, time.Now); err == nil || !strings.Contains(err.Error(), "changed") {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestOnlyKeepersChangeSecrets(t *testing.T) {
	p := start(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t))
	p.generate(ticketKey)
	was, _ := p.current(ticketKey)
	for who, c := range map[string]policy.Caller{"nobody": {}, "a reader": reader} {
		_, err := p.Rotate(t.Context(), c, ticketKey)
		for what, err := range map[string]error{
			"rotate":         err,
			"revoke":         p.Revoke(t.Context(), c, ticketKey, was),
			"generate":       p.Generate(t.Context(), c, "new-key", 32),
			"generate again": p.Generate(t.Context(), c, ticketKey, 32),
		} {
			if fault.CodeOf(err) != fault.Denied {
				t.Errorf("%s, %s: %v", who, what, err)
			}
		}
	}
	if is, _ := p.current(ticketKey); is != was {
		t.Error("the key changed")
	}
	if names, err := p.Names(); err != nil || len(names) != 2 {
		t.Errorf("names %v, %v", names, err)
	}
}

func TestBadInputIsNamed(t *testing.T) {
	p := start(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t))
	for _, name := range []string{"", "Upper", "with space", "a/b", "1a", strings.Repeat("a", 64)} {
		if err := p.Generate(t.Context(), keeper, name, 32); fault.CodeOf(err) != fault.InvalidInput {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for _, size := range []int{-1, 0, 15, 4097} {
		if err := p.Generate(t.Context(), keeper, "k", size); fault.CodeOf(err) != fault.InvalidInput {
			t.Errorf("size %d: %v", size, err)
		}
	}
	if _, err := p.Rotate(t.Context(), keeper, "none"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("rotate: %v", err)
	}
	p.generate(ticketKey)
	if err := p.Revoke(t.Context(), keeper, ticketKey, "none"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("revoke: %v", err)
	}
	if _, err := p.Rotate(t.Context(), keeper, secretstest.LogKey); fault.CodeOf(err) != fault.InvalidInput {
		t.Errorf("the log's key was rotated: %v", err)
	}
}

func TestManyStartsAgree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		root := secretstest.RootKey(t)
		var wg sync.WaitGroup
		ids := make([]string, 6)
		processes := make([]process, len(ids))
		for i := range ids {
			processes[i] = start(t, open(), root)
		}
		for i, p := range processes {
			wg.Go(func() {
				if err := p.Generate(t.Context(), keeper, ticketKey, 32); err != nil {
					t.Error(err)
					return
				}
				ids[i], _, _ = p.Current(ticketKey)
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id == "" || id != ids[0] {
				t.Fatalf("the processes signed with %v", ids)
			}
		}
	})
}

func TestBootstrap(t *testing.T) {
	db, root := storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t)
	made := 0
	generate := func() ([]byte, error) { made++; return []byte("value"), nil }
	for range 2 {
		got, err := secrets.Bootstrap(t.Context(), db, secretstest.Ring(t, db, root), "fixed-key", generate)
		if err != nil || string(got.Reveal()) != "value" {
			t.Fatalf("%q, %v", got.Reveal(), err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	failed := errors.New("no luck")
	if _, err := secrets.Bootstrap(t.Context(), db, secretstest.Ring(t, db, root), "other", func() ([]byte, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	start(t, db, root).generate(ticketKey)
	if _, err := secrets.Bootstrap(t.Context(), db, secretstest.Ring(t, db, root), ticketKey, generate); err == nil {
		t.Error("bootstrap read a generated secret past the gate")
	}
}

// Every change is on the log, with its key id and without its key.
func TestChangesAreOnTheLog(t *testing.T) {
	p := start(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t))
	p.generate(ticketKey)
	p.generate(ticketKey) // no change, no event
	was, _ := p.current(ticketKey)
	kid := p.rotate(ticketKey)
	if err := p.Revoke(t.Context(), keeper, ticketKey, was); err != nil {
		t.Fatal(err)
	}
	events, err := p.log.Events(context.Background(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		if e.Phase == audit.PhaseOutcome {
			got = append(got, e.Action+" "+e.Resource+" "+e.Detail["key_id"]+e.Detail["revoked_key_id"]+" "+e.Result)
		}
	}
	want := "secrets:Generate secret/ticket-key " + was + " ok|secrets:Rotate secret/ticket-key " + kid + " ok|secrets:Revoke secret/ticket-key " + was + " ok"
	if strings.Join(got, "|") != want {
		t.Errorf("got\n %s, want\n %s", strings.Join(got, "|"), want)
	}
}

func BenchmarkVersion(b *testing.B) {
	db, root := storetest.Open(b, storetest.SQLiteURL(b)), secretstest.RootKey(b)
	gate, _ := secretstest.Gate(b, db, root)
	v, err := secrets.Open(b.Context(), db, secretstest.Ring(b, db, root), gate, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	if err := v.Generate(b.Context(), keeper, ticketKey, 32); err != nil {
		b.Fatal(err)
	}
	kid, _, err := v.Current(ticketKey)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := v.Version(ticketKey, kid); err != nil {
			b.Fatal(err)
		}
	}
}
