package identity_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
)

// A23: whatever is no live session's token is nobody: there is no way to fail open.
func TestA23BadTokensAreNobody(t *testing.T) {
	p := single(t)
	p.ana()
	token, c := p.enter("ana")
	link, err := p.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", " ", "null", "undefined", token[:len(token)-1], token + "A", " " + token, strings.ToUpper(token),
		strings.Replace(token, "signet_s_", "signet_l_", 1), string(link.Reveal()), c.Principal().Session, c.Principal().ID,
		"signet_s_" + strings.Repeat("A", 43), strings.Repeat("\x00", len(token)),
	} {
		p.ended(bad)
	}
	for i := len("signet_s_"); i < len(token)-1; i++ { // the last character has spare bits, below
		other := byte('A')
		if token[i] == 'A' {
			other = 'B'
		}
		p.ended(token[:i] + string(other) + token[i+1:])
	}
	for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if tampered := token[:len(token)-1] + string(last); tampered != token {
			p.ended(tampered)
		}
	}
	p.works(token)
}

// A23: no answer from the store is no caller.
func TestA23NoStoreIsNobody(t *testing.T) {
	w := newWorld(t)
	db, err := store.Open(t.Context(), storetest.SQLiteURL(t))
	if err != nil {
		t.Fatal(err)
	}
	p := w.start(t, db)
	p.ana()
	token, _ := p.enter("ana")
	p.works(token)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	refused := false
	for began := time.Now(); !refused && time.Since(began) < time.Second; {
		c, _, err := p.Authenticate(gone, token, here)
		if refused = err != nil; refused && c.Known() {
			t.Fatal("a caller without an answer from the store")
		}
	}
	if !refused {
		t.Error("the session works for a second without the store")
	}
	t.Cleanup(func() { _ = db.Close() })
}

// A23: the zero caller may do nothing here.
func TestA23NobodyIsDenied(t *testing.T) {
	p := single(t)
	p.ana()
	_, reader := p.enter("ana")
	role := policy.Admin
	for who, c := range map[string]policy.Caller{"nobody": {}, "an author": reader} {
		_, err := p.Create(t.Context(), c, identity.NewUser{Name: "eve", Role: policy.Admin})
		want(t, who+" creates", err, fault.Denied)
		_, err = p.Update(t.Context(), c, "ana", identity.Change{Role: &role})
		want(t, who+" updates", err, fault.Denied)
		want(t, who+" disables", p.Disable(t.Context(), c, "ana"), fault.Denied)
		want(t, who+" enables", p.Enable(t.Context(), c, "ana"), fault.Denied)
		want(t, who+" sets a password", p.SetPassword(t.Context(), c, "ana", good), fault.Denied)
		_, err = p.MakeLink(t.Context(), c, "ana", 0)
		want(t, who+" makes a link", err, fault.Denied)
		_, err = p.Upsert(t.Context(), c, nil)
		want(t, who+" applies users", err, fault.Denied)
		_, _, err = p.List(t.Context(), c, "", 10)
		want(t, who+" lists", err, fault.Denied)
	}
	_, err := p.Find(t.Context(), policy.Caller{}, "ana")
	want(t, "nobody finds", err, fault.Denied)
	if _, err := p.Find(t.Context(), reader, "ana"); err != nil {
		t.Errorf("ana finds herself: %v", err)
	}
	want(t, "nobody signs out", p.SignOut(t.Context(), policy.Caller{}), fault.Denied)
	_, err = p.ChangePassword(t.Context(), policy.Caller{}, "", good)
	want(t, "nobody changes a password", err, fault.Unauthenticated)
}

// endings are the ways in which a session must end.
var endings = map[string]func(ctx context.Context, p process, c policy.Caller) error{
	"sign out": func(ctx context.Context, p process, c policy.Caller) error { return p.SignOut(ctx, c) },
	"disable":  func(ctx context.Context, p process, _ policy.Caller) error { return p.Disable(ctx, system, "ana") },
	"password by an administrator": func(ctx context.Context, p process, _ policy.Caller) error {
		return p.SetPassword(ctx, system, "ana", "another-"+good)
	},
	"own password": func(ctx context.Context, p process, c policy.Caller) error {
		_, err := p.ChangePassword(ctx, c, good, "another-"+good)
		return err
	},
}

// A24: logging out, disabling and a new password end the token at once, in every process of the store.
func TestA24SessionsEndAtOnceEverywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		near, far := w.start(t, open()), w.start(t, open())
		for name, end := range endings {
			t.Run(name, func(t *testing.T) {
				near.clear()
				near.ana()
				token, c := near.enter("ana")
				near.works(token)
				far.works(token)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				nearEnded, farEnded := near.Ended(ctx, c), far.Ended(ctx, c)

				if err := end(t.Context(), near, c); err != nil {
					t.Fatal(err)
				}
				near.ended(token)
				in100ms(t, func() bool { return far.code(token) == fault.Unauthenticated })
				if name == "own password" {
					return // the session itself goes on, under a new token
				}
				for where, ended := range map[string]<-chan struct{}{"here": nearEnded, "there": farEnded} {
					select {
					case <-ended:
					case <-time.After(time.Second):
						t.Errorf("the stream %s goes on after a second", where)
					}
				}
			})
		}
	})
}

// in100ms wants each look that begins 100 ms from now or later to see a change.
func in100ms(t *testing.T, seen func() bool) {
	t.Helper()
	for committed := time.Now(); ; {
		looked := time.Since(committed)
		if seen() {
			return
		}
		if looked > 100*time.Millisecond {
			t.Fatalf("not seen elsewhere after %s", looked)
		}
	}
}

// clear removes what an earlier subtest left in the store.
func (p process) clear() {
	p.t.Helper()
	for _, table := range []string{"links", "sessions", "users", "sign_in_limits"} {
		if _, err := p.db.Exec(p.t.Context(), "DELETE FROM "+table); err != nil {
			p.t.Fatal(err)
		}
	}
}

// A24: a password change ends the user's other sessions, and gives the caller's a new token.
func TestA24PasswordChangeKeepsOnlyTheCallersSession(t *testing.T) {
	p := single(t)
	p.ana()
	mine, c := p.enter("ana")
	stolen, _ := p.enter("ana")
	link, err := p.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := p.ChangePassword(t.Context(), c, good, "another-"+good)
	if err != nil {
		t.Fatal(err)
	}
	p.ended(mine)
	p.ended(stolen)
	p.works(string(fresh.Reveal()))
	_, session, err := p.Authenticate(t.Context(), string(fresh.Reveal()), here)
	if err != nil || session.ID != c.Principal().Session {
		t.Errorf("session %q, %v", session.ID, err)
	}
	_, _, err = p.UseLink(t.Context(), here, string(link.Reveal()))
	want(t, "an older link", err, fault.LinkUsed)
	_, _, err = p.SignIn(t.Context(), here, "ana", good)
	want(t, "the old password", err, fault.BadCredentials)
	if _, _, err := p.SignIn(t.Context(), here, "ana", "another-"+good); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// A24: what a user may do changes with the next request, also in another process; nothing waits for a
// new sign-in.
func TestA24RoleAndGroupsHoldAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		near, far := w.start(t, open()), w.start(t, open())
		near.ana()
		token, _ := near.enter("ana")
		near.works(token)
		far.works(token)
		role, groups := policy.Reader, []string{"branch-tx"}
		if _, err := near.Update(t.Context(), system, "ana", identity.Change{Role: &role, Groups: &groups}); err != nil {
			t.Fatal(err)
		}
		now := func(p process) bool {
			c, _, err := p.Authenticate(t.Context(), token, here)
			got := c.Principal()
			return err == nil && got.Role == policy.Reader && len(got.Groups) == 1 && got.Groups[0] == "branch-tx"
		}
		if !now(near) {
			t.Error("old rights in the process that changed them")
		}
		in100ms(t, func() bool { return now(far) })
	})
}

// A24: a sign-in that was being checked while its user was disabled makes no session.
func TestA24DisabledWhileSigningIn(t *testing.T) {
	p := single(t)
	p.ana()
	link, err := p.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	tokens := make(chan string, 8)
	for range cap(tokens) {
		wg.Go(func() {
			if token, _, err := p.SignIn(t.Context(), here, "ana", good); err == nil {
				tokens <- string(token.Reveal())
			}
		})
	}
	if err := p.Disable(t.Context(), system, "ana"); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	close(tokens)
	for token := range tokens {
		p.ended(token)
	}
	if n := p.count("SELECT COUNT(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions of a disabled user", n)
	}
	_, _, err = p.SignIn(t.Context(), here, "ana", good)
	want(t, "sign in", err, fault.BadCredentials)
	_, _, err = p.UseLink(t.Context(), here, string(link.Reveal()))
	want(t, "link", err, fault.LinkUsed)

	if err := p.Enable(t.Context(), system, "ana"); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.UseLink(t.Context(), here, string(link.Reveal()))
	want(t, "old link after enabling", err, fault.LinkUsed)
	if _, _, err := p.SignIn(t.Context(), here, "ana", good); err != nil {
		t.Errorf("sign in after enabling: %v", err)
	}
}

func TestEndedFollowsExpiryAndLeaves(t *testing.T) {
	p := single(t)
	p.ana()
	_, c := p.enter("ana")
	if p.Ended(t.Context(), system) != nil {
		t.Error("Signet's own work has a session")
	}
	if err := p.SignOut(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	select { // a stream that begins after the end
	case <-p.Ended(t.Context(), c):
	case <-time.After(time.Second):
		t.Error("not told")
	}
	_, c = p.enter("ana")
	stays := p.Ended(t.Context(), c)
	_, other := p.enter("ana")
	if err := p.SignOut(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Ended(t.Context(), other):
	case <-time.After(time.Second):
		t.Error("not told")
	}
	select {
	case <-stays:
		t.Error("another session's end closed the stream")
	default:
	}
}

func TestCacheIsBounded(t *testing.T) {
	w := newWorld(t)
	db := storetest.Open(t, storetest.SQLiteURL(t))
	p := w.start(t, db)
	small, err := identity.Open(t.Context(), identity.Config{DB: db, Gate: p.gate(), Clock: w.clock.now, CacheSize: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	p.ana()
	var tokens []string
	for range 40 {
		token, _ := p.enter("ana")
		tokens = append(tokens, token)
	}
	for range 2 {
		for _, token := range tokens {
			if _, _, err := small.Authenticate(t.Context(), token, here); err != nil {
				t.Fatal(err)
			}
			if n := small.Cached(); n > 8 {
				t.Fatalf("%d sessions in a cache of 8", n)
			}
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	p := single(b)
	p.ana()
	token, _ := p.enter("ana")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := p.Authenticate(b.Context(), token, here); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticateParallel(b *testing.B) {
	p := single(b)
	p.ana()
	token, _ := p.enter("ana")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := p.Authenticate(b.Context(), token, here); err != nil {
				b.Error(err)
			}
		}
	})
}
