package identity_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"signet/audit"
	"signet/identity"
	"signet/internal/fault"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/secretstest"
)

func TestMain(m *testing.M) {
	identity.UseCost(identity.Cheap)
	testenv.Main(m)
}

const good = "kestrel-over-the-fjord" // a password that passes the rule

var (
	system = identity.System("test")
	here   = identity.Origin{IP: "192.0.2.7", UserAgent: "test", RequestID: "r1"}
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// process is one server over a store.
type process struct {
	*identity.Service
	t     testing.TB
	db    *store.DB
	log   *audit.Log
	clock *clock
	gates *audit.Gate
}

func (p process) gate() *audit.Gate { return p.gates }

// world is what the processes of one test share.
type world struct {
	root  rootkey.Key
	clock *clock
}

func newWorld(t testing.TB) world { return world{secretstest.RootKey(t), newClock()} }

func (w world) start(t testing.TB, db *store.DB) process {
	t.Helper()
	gate, log := secretstest.Gate(t, db, w.root)
	vault, err := secrets.Open(t.Context(), db, secretstest.Ring(t, db, w.root), gate, w.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Generate(t.Context(), system, identity.AccessKeySecret, identity.AccessKeySecretSize); err != nil {
		t.Fatal(err)
	}
	s, err := identity.Open(t.Context(), identity.Config{
		DB: db, Gate: gate, Clock: w.clock.now, Keys: vault, SessionLife: 24 * time.Hour, SessionIdle: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return process{s, t, db, log, w.clock, gate}
}

// single is one process on SQLite, for rules that do not depend on the store.
func single(t testing.TB) process {
	t.Helper()
	return newWorld(t).start(t, storetest.Open(t, storetest.SQLiteURL(t)))
}

func (p process) create(n identity.NewUser) identity.User {
	p.t.Helper()
	u, err := p.Create(p.t.Context(), system, n)
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

// ana is an author with a password.
func (p process) ana() identity.User {
	p.t.Helper()
	return p.create(identity.NewUser{Name: "ana", DisplayName: "Ana", Role: policy.Author, Groups: []string{"sales"}, Password: good})
}

// enter signs in by a link, which costs no password hash.
func (p process) enter(name string) (token string, c policy.Caller) {
	p.t.Helper()
	link, err := p.MakeLink(p.t.Context(), system, name, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	session, c, err := p.UseLink(p.t.Context(), here, string(link.Reveal()))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(session.Reveal()), c
}

func (p process) code(token string) fault.Code {
	p.t.Helper()
	c, _, err := p.Authenticate(p.t.Context(), token, here)
	if c.Known() != (err == nil) {
		p.t.Fatalf("a caller with an error, or neither: %v", err)
	}
	return fault.CodeOf(err)
}

func (p process) works(token string) {
	p.t.Helper()
	if code := p.code(token); code != "" {
		p.t.Fatalf("the session does not work: %s", code)
	}
}

func (p process) ended(token string) {
	p.t.Helper()
	if code := p.code(token); code != fault.Unauthenticated {
		p.t.Fatalf("the session works: %q", code)
	}
}

// count runs a query that counts.
func (p process) count(query string, args ...any) (n int) {
	p.t.Helper()
	if err := p.db.QueryRow(p.t.Context(), query, args...).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p process) events(action string) []audit.Event {
	p.t.Helper()
	records, err := p.log.Events(p.t.Context(), 0, 1000)
	if err != nil {
		p.t.Fatal(err)
	}
	var found []audit.Event
	for _, r := range records {
		if r.Action == action {
			found = append(found, r.Event)
		}
	}
	return found
}

func want(t *testing.T, what string, err error, code fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != code {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, code)
	}
}

func TestSignInGivesACaller(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		p := newWorld(t).start(t, open())
		p.ana()
		token, c, err := p.SignIn(t.Context(), here, " ANA ", good)
		if err != nil {
			t.Fatal(err)
		}
		again, session, err := p.Authenticate(t.Context(), string(token.Reveal()), identity.Origin{IP: "198.51.100.1", RequestID: "r2"})
		if err != nil {
			t.Fatal(err)
		}
		got := again.Principal()
		if got.Name != "ana" || got.Role != policy.Author || !slices.Equal(got.Groups, []string{"sales"}) || got.SourceIP != "198.51.100.1" || got.RequestID != "r2" {
			t.Errorf("caller %+v", got)
		}
		if got.Session == "" || got.Session != c.Principal().Session || got.ID != c.Principal().ID {
			t.Errorf("session %q and %q", got.Session, c.Principal().Session)
		}
		if session.User.DisplayName != "Ana" || !session.User.HasPassword || session.IP != here.IP || !session.ExpiresAt.Equal(p.clock.now().Add(24*time.Hour)) {
			t.Errorf("session %+v", session)
		}
	})
}

func TestSessionLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		p, other := w.start(t, open()), w.start(t, open())
		p.ana()
		token, _ := p.enter("ana")
		for range 5 { // used every 50 minutes, in turns by two processes
			w.clock.advance(50 * time.Minute)
			p.works(token)
			if err := p.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.clock.advance(50 * time.Minute)
			other.works(token)
			if err := other.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.advance(61 * time.Minute)
		p.ended(token)
		other.ended(token)

		token, _ = p.enter("ana")
		for range 28 {
			w.clock.advance(50 * time.Minute)
			p.works(token)
		}
		w.clock.advance(50 * time.Minute) // 24 h 10 min after the sign-in
		p.ended(token)
	})
}

func TestExpiredRowsAreRemoved(t *testing.T) {
	p := single(t)
	p.ana()
	p.enter("ana")
	if _, _, err := p.SignIn(t.Context(), here, "ana", "wrong-password-here"); err == nil {
		t.Fatal("wrong password accepted")
	}
	p.clock.advance(8 * 24 * time.Hour)
	if err := p.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"sessions", "links", "sign_in_limits"} {
		if n := p.count("SELECT COUNT(*) FROM " + table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	if p.count("SELECT COUNT(*) FROM users") != 1 {
		t.Error("the user is gone")
	}
}
