package reference_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"signet/audit"
	"signet/identity"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store/storetest"
	"signet/policy"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
)

var system = identity.System("test")

const mark = "MARKED-4711"

// maker is a provider that makes secrets, and leases when its leases last.
type maker struct {
	mu      sync.Mutex
	made    []opaque.Bytes
	fails   error
	lasts   time.Duration // of a lease; 0 for secrets without
	atMost  time.Duration // a lease cannot be renewed beyond
	renewed int
	revoked []int
}

func (m *maker) Fetch(context.Context, policy.Caller, reference.Reference) (reference.Fetched, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return reference.Fetched{}, m.fails
	}
	text := opaque.New(fmt.Appendf(nil, `{"v":"%s-%d"}`, mark, len(m.made)))
	m.made = append(m.made, text)
	f := reference.Fetched{Value: text}
	if m.lasts > 0 {
		f.Lease, f.Until = &made{m, len(m.made) - 1, time.Now()}, time.Now().Add(m.lasts)
	}
	return f, nil
}

type made struct {
	m     *maker
	n     int
	since time.Time
}

func (l *made) Renew(context.Context) (time.Time, error) {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	l.m.renewed++
	if l.m.fails != nil {
		return time.Time{}, l.m.fails
	}
	until, end := time.Now().Add(l.m.lasts), l.since.Add(l.m.atMost)
	if until.After(end) {
		until = end
	}
	return until, nil
}

func (l *made) Revoke(context.Context) error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	l.m.revoked = append(l.m.revoked, l.n)
	return nil
}

func (m *maker) count() (made, renewed, revoked int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.made), m.renewed, len(m.revoked)
}

func (m *maker) set(fails error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = fails
}

// wiped reports whether the n-th secret is overwritten.
func (m *maker) wiped(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Equal(m.made[n].Reveal(), make([]byte, m.made[n].Len()))
}

// gate returns one that writes its log into a store of the test.
func gate(t *testing.T) (*audit.Gate, *audit.Log) {
	return secretstest.Gate(t, storetest.Open(t, storetest.SQLiteURL(t)), secretstest.RootKey(t))
}

func resolver(g *audit.Gate, p reference.Provider, logger *slog.Logger) *reference.Resolver {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return reference.New(reference.Config{Providers: map[reference.Kind]reference.Provider{reference.Vault: p, reference.VaultDatabase: p},
		Life: 5 * time.Second, Gate: g, Keeper: system, Logger: logger})
}

func use(t testing.TB, r *reference.Resolver, text string) *reference.Secret {
	t.Helper()
	ref, err := reference.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Use(ref)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// in runs f in a bubble of time, with a resolver over m. The log is real, and outside: the bubble's clock
// stands still while it is written.
func in(t *testing.T, m *maker, f func(t *testing.T, r *reference.Resolver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g, _ := gate(t)
		r := resolver(g, m, nil)
		defer r.Close()
		f(t, r)
	})
}

func read(t *testing.T, s *reference.Secret, stale time.Time) reference.Value {
	t.Helper()
	v, err := s.Read(t.Context(), system, stale)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A value is shared for seconds, wiped at their end, read again when it was refused, and an error is not kept.
func TestValuesAreKeptForSeconds(t *testing.T) {
	m := &maker{}
	in(t, m, func(t *testing.T, r *reference.Resolver) {
		s, member := use(t, r, "vault:secret/a"), use(t, r, "vault:secret/a#v")
		want := func(what string, n int) {
			t.Helper()
			if got, _, _ := m.count(); got != n {
				t.Errorf("%s: %d readings, want %d", what, got, n)
			}
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _ = read(t, s, time.Time{}) })
			all.Go(func() {
				if v := read(t, member, time.Time{}); string(v.Text.Reveal()) != mark+"-0" || v.Replaced != nil {
					t.Errorf("%s", v.Text.Reveal())
				}
			})
		}
		all.Wait()
		want("together", 1)
		time.Sleep(time.Second)
		refused := time.Now()
		time.Sleep(time.Millisecond)
		mine := read(t, s, refused)
		want("refused", 2)
		if !m.wiped(0) || m.wiped(1) {
			t.Error("the value that was replaced is not wiped, or the new one is")
		}
		_ = read(t, s, refused)
		want("refused before the last reading", 2)
		time.Sleep(5*time.Second + time.Millisecond)
		synctest.Wait()
		if !m.wiped(1) {
			t.Error("a value is in memory after its time")
		}
		if string(mine.Text.Reveal()) != `{"v":"`+mark+`-1"}` {
			t.Error("the copy of a reader is wiped with it")
		}
		m.set(errors.New("closed"))
		if _, err := s.Read(t.Context(), system, time.Time{}); fault.CodeOf(err) != fault.TargetUnavailable {
			t.Errorf("%v", err)
		}
		m.set(nil)
		_ = read(t, s, time.Time{})
		want("after an error", 3)
		s.Close()
		if m.wiped(2) {
			t.Error("wiped while a member of it is in use")
		}
		member.Close()
		if !m.wiped(2) {
			t.Error("not wiped with its last user")
		}
		if _, err := s.Read(t.Context(), system, time.Time{}); err == nil {
			t.Error("read after its end")
		}
	})
}

// A lease is renewed at half of its time, replaced when there is no more time to have, while the old secret
// is good for half of its time still, and given back at the end.
func TestLeasesAreRenewedReplacedAndGivenBack(t *testing.T) {
	m := &maker{lasts: time.Hour, atMost: 2 * time.Hour}
	in(t, m, func(t *testing.T, r *reference.Resolver) {
		s := use(t, r, "vault-database:database/app")
		began := time.Now()
		v := read(t, s, time.Time{})
		replacedAt := make(chan time.Duration, 1)
		go func() { <-v.Replaced; replacedAt <- time.Since(began) }()
		at := <-replacedAt
		if _, renewed, revoked := m.count(); at < time.Hour || at > 90*time.Minute+time.Second || renewed < 2 || revoked != 0 {
			t.Errorf("replaced after %s and %d renewals, %d given back", at, renewed, revoked)
		}
		next := read(t, s, time.Time{})
		if made, _, _ := m.count(); made != 2 || string(next.Text.Reveal()) == string(v.Text.Reveal()) || !m.wiped(0) {
			t.Errorf("%d secrets made", made)
		}
		select {
		case <-next.Replaced:
			t.Error("the new one is replaced at once")
		default:
		}
		s.Close()
		if made, _, revoked := m.count(); made != 2 || revoked != 2 || !m.wiped(1) {
			t.Errorf("%d made, %d given back", made, revoked)
		}
	})
}

// While nobody answers, the secret is used to the end of its lease and not beyond; then the next one is asked for.
func TestLeasesEndWhenTheyCannotBeRenewed(t *testing.T) {
	m := &maker{lasts: time.Hour, atMost: 24 * time.Hour}
	in(t, m, func(t *testing.T, r *reference.Resolver) {
		s := use(t, r, "vault-database:database/app")
		_ = read(t, s, time.Time{})
		m.set(errors.New("down"))
		time.Sleep(59 * time.Minute)
		_ = read(t, s, time.Time{})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !m.wiped(0) {
			t.Error("kept beyond its lease")
		}
		if _, err := s.Read(t.Context(), system, time.Time{}); err == nil {
			t.Error("read beyond its lease")
		}
		m.set(nil)
		_ = read(t, s, time.Time{})
		if _, _, revoked := m.count(); revoked != 0 {
			t.Errorf("%d given back that had ended", revoked)
		}
		r.Close()
		if _, _, revoked := m.count(); revoked != 1 {
			t.Errorf("%d given back at the end", revoked)
		}
	})
}

// A server that refuses every user does not make one after the other.
func TestRefusalsDoNotMakeUsersWithoutEnd(t *testing.T) {
	m := &maker{lasts: time.Hour, atMost: 24 * time.Hour}
	in(t, m, func(t *testing.T, r *reference.Resolver) {
		s := use(t, r, "vault-database:database/app")
		for range 100 {
			_ = read(t, s, time.Now())
			time.Sleep(time.Second / 2)
		}
		made, _, revoked := m.count()
		if made < 9 || made > 11 || revoked != made-5 {
			t.Errorf("%d made, %d given back in 50 seconds", made, revoked)
		}
	})
}

// Each reading, renewal and giving back is on the log, with who did it and the reference; a secret is
// nowhere: not on the log, not in the server's log, not in an error.
func TestA25ReferencesAreOnTheLogAndValuesAreNot(t *testing.T) {
	g, log := gate(t)
	var text syncBuffer
	m := &maker{lasts: time.Second / 4, atMost: time.Hour}
	r := resolver(g, m, slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s := use(t, r, "vault-database:database/app")
	v := read(t, s, time.Time{})
	for end := time.Now().Add(20 * time.Second); ; {
		if _, renewed, _ := m.count(); renewed > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("not renewed")
		}
	}
	absent := use(t, r, "vault-database:database/app#absent")
	_, err := absent.Read(t.Context(), system, time.Time{})
	if err == nil {
		t.Error("a member that is not there is read")
	}
	var nobody policy.Caller
	if _, err := use(t, r, "vault:secret/other").Read(t.Context(), nobody, time.Time{}); !strings.Contains(fmt.Sprint(err), "cannot be read") {
		t.Errorf("read by nobody: %v", err)
	}
	absent.Close()
	s.Close()
	r.Close()
	records, failed := log.Events(t.Context(), 0, 100)
	if failed != nil {
		t.Fatal(failed)
	}
	seen := map[string]int{}
	for _, e := range records {
		seen[e.Action+" "+string(e.Phase)+" "+e.Result+" "+e.Resource]++
	}
	for _, want := range []string{"secrets:Fetch attempt  secret/vault-database:database/app", "secrets:Fetch outcome ok secret/vault-database:database/app",
		"secrets:RenewLease outcome ok secret/vault-database:database/app", "secrets:RevokeLease outcome ok secret/vault-database:database/app",
		"secrets:Fetch denial denied secret/vault:secret/other"} {
		if seen[want] == 0 {
			t.Errorf("%q is not on the log: %v", want, seen)
		}
	}
	if all := fmt.Sprint(records, text.String(), err, s, v); strings.Contains(all, mark) {
		t.Error("a secret is written down: " + all)
	}
}

// What is not recorded is not used: with a log that stands still nothing is read.
func TestA23WithoutALogNothingIsRead(t *testing.T) {
	g, log := gate(t)
	m := &maker{}
	r := resolver(g, m, nil)
	defer r.Close()
	log.Close()
	if _, err := use(t, r, "vault:secret/a").Read(t.Context(), system, time.Time{}); err == nil {
		t.Error("read although the log is closed")
	}
	if made, _, _ := m.count(); made != 0 {
		t.Error("fetched although the log is closed")
	}
}

func TestUsesAreBounded(t *testing.T) {
	r := resolver(nil, &maker{}, nil)
	defer r.Close()
	var failed atomic.Int32
	for i := range 1030 {
		if _, err := r.Use(reference.Reference{Kind: reference.Vault, Name: fmt.Sprintf("secret/%d", i)}); err != nil {
			failed.Add(1)
		}
	}
	if failed.Load() != 6 {
		t.Errorf("%d refused", failed.Load())
	}
}

func TestRefusalsTellAuthorsAndOperatorsApart(t *testing.T) {
	g, _ := gate(t)
	var text syncBuffer
	off := providerFunc(func(r reference.Reference) error { return reference.Allowed(nil, r, "SIGNET_SECRETS_VAULT") })
	r := resolver(g, off, slog.New(slog.NewTextHandler(&text, nil)))
	defer r.Close()
	s := use(t, r, "vault:secret/a")
	for range 3 {
		_, err := s.Read(t.Context(), system, time.Time{})
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != fault.Denied || strings.Contains(f.Detail, "SIGNET_") || !strings.Contains(f.Detail, "vault:secret/a") {
			t.Errorf("%v", err)
		}
	}
	if n := strings.Count(text.String(), "SIGNET_SECRETS_VAULT"); n == 0 || strings.Count(text.String(), "\n") != 1 {
		t.Errorf("the server's log: %s", text.String())
	}
	for prefixes, want := range map[string]bool{"*": true, "secret/": true, "secret/a": true, "secret/b": false, "other/,sec": true, "Secret/": false} {
		err := reference.Allowed(strings.Split(prefixes, ","), reference.Reference{Kind: reference.Vault, Name: "secret/a"}, "S")
		if (err == nil) != want {
			t.Errorf("%s: %v", prefixes, err)
		}
	}
	arn := reference.Reference{Kind: reference.AWS, Name: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-AbCdEf"}
	if reference.Allowed([]string{"app/"}, arn, "S") != nil || reference.Allowed([]string{"arn:"}, arn, "S") == nil {
		t.Error("an ARN is not judged by the name in it")
	}
}

type providerFunc func(reference.Reference) error

func (f providerFunc) Fetch(_ context.Context, _ policy.Caller, r reference.Reference) (reference.Fetched, error) {
	return reference.Fetched{}, f(r)
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// hanging is a provider that answers when it is let.
type hanging struct {
	maker
	asked atomic.Int32
	let   chan struct{}
}

func (h *hanging) Fetch(ctx context.Context, c policy.Caller, r reference.Reference) (reference.Fetched, error) {
	if h.asked.Add(1) > 1 {
		select {
		case <-h.let:
		case <-ctx.Done():
			return reference.Fetched{}, ctx.Err()
		}
	}
	return h.maker.Fetch(ctx, c, r)
}

// A provider that hangs keeps nobody from a leased secret that is good, and holds those who need another one
// once, not one after the other.
func TestAProviderThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &hanging{maker: maker{lasts: time.Minute, atMost: time.Minute}, let: make(chan struct{})}
		g, _ := gate(t)
		r := resolver(g, p, nil)
		defer r.Close()
		s := use(t, r, "vault-database:database/app")
		_ = read(t, s, time.Time{})
		time.Sleep(31 * time.Second) // another one is asked for, since there is no more time to have
		began := time.Now()
		_ = read(t, s, time.Time{})
		if p.asked.Load() != 2 || time.Since(began) > 0 {
			t.Errorf("asked %d times; a good secret takes %s", p.asked.Load(), time.Since(began))
		}
		time.Sleep(30 * time.Second)
		began = time.Now()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := s.Read(t.Context(), system, time.Time{}); err == nil {
					t.Error("read what nobody gave")
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("eight who wait take %s", took)
		}
	})
}
