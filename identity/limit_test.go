package identity_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"

	"golang.org/x/crypto/argon2"
)

func oldHash() (identity.Cost, []byte, []byte) {
	salt := []byte("0123456789abcdef")
	c, _, _, ok := identity.ParsePHC("$argon2id$v=19$m=1024,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if !ok {
		panic("the hash does not parse")
	}
	return c, salt, argon2.IDKey([]byte(good), salt, 1, 1024, 1, 32)
}

func from(ip string) identity.Origin { return identity.Origin{IP: ip} }

// Guessing one name is slow, wherever the guesses come from and whichever process they reach; the
// right password does not pass either until then, or waiting would tell it apart.
func TestGuessingOneNameIsSlow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		processes := []process{w.start(t, open()), w.start(t, open())}
		p := processes[0]
		p.ana()
		var wg sync.WaitGroup
		codes := make([]fault.Code, 30)
		for i := range codes {
			wg.Go(func() {
				_, _, err := processes[i%2].SignIn(t.Context(), from(fmt.Sprintf("198.51.100.%d", i)), "ana", "wrong-"+good)
				codes[i] = fault.CodeOf(err)
			})
		}
		wg.Wait()
		tried := 0
		for _, code := range codes {
			if code == fault.BadCredentials {
				tried++
			} else if code != fault.RateLimited {
				t.Errorf("got %s", code)
			}
		}
		if tried != 10 {
			t.Errorf("%d guesses at once, want 10", tried)
		}
		_, _, err := p.SignIn(t.Context(), from("203.0.113.1"), "ana", good)
		want(t, "the right password now", err, fault.RateLimited)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.RetryAfter < 1 || e.RetryAfter > 30 {
			t.Errorf("retry after %+v", e)
		}
		if _, _, err := p.SignIn(t.Context(), from("203.0.113.1"), "someone-else", good); fault.CodeOf(err) != fault.BadCredentials {
			t.Errorf("another name: %v", err)
		}
		w.clock.advance(30 * time.Second)
		if _, _, err := p.SignIn(t.Context(), from("203.0.113.1"), "ana", good); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		for range 10 { // the right password clears the count
			if _, _, err := p.SignIn(t.Context(), from("203.0.113.1"), "ana", good); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Trying many names from one address is slow too, and an account of one's own does not help.
func TestGuessingFromOneAddressIsSlow(t *testing.T) {
	p := single(t)
	p.ana()
	if _, err := p.db.Exec(t.Context(), "UPDATE users SET password = ?", identity.PHC(oldHash())); err != nil {
		t.Fatal(err)
	}
	limited := 0
	for i := range 103 {
		if err := p.Take(t.Context(), fmt.Sprintf("name%d", i), from("2001:db8::1")); fault.CodeOf(err) == fault.RateLimited {
			limited++
		} else if err != nil {
			t.Fatal(err)
		}
		if i == 50 {
			if _, _, err := p.SignIn(t.Context(), from("2001:db8::1"), "ana", good); err != nil {
				t.Fatal(err)
			}
		}
	}
	if limited != 3 {
		t.Errorf("%d of 103 tries were limited, want 3", limited)
	}
	_, _, err := p.SignIn(t.Context(), from("2001:db8::ffff"), "ana", good)
	want(t, "the same network", err, fault.RateLimited)
	if _, _, err := p.SignIn(t.Context(), from("2001:db8:0:1::1"), "ana", good); err != nil {
		t.Errorf("another network: %v", err)
	}
}

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1:2:3:4": "2001:db8::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "nonsense": "nonsense",
	} {
		if got := identity.Network(ip); got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
	}
}

// Guessing the current password in the account page is as slow.
func TestGuessingTheCurrentPasswordIsSlow(t *testing.T) {
	p := single(t)
	p.ana()
	token, c := p.enter("ana")
	for range 10 {
		_, err := p.ChangePassword(t.Context(), c, "wrong-"+good, "another-"+good)
		want(t, "wrong", err, fault.InvalidInput)
		if fields(err) != "current" {
			t.Errorf("fields %q", fields(err))
		}
	}
	_, err := p.ChangePassword(t.Context(), c, good, "another-"+good)
	want(t, "the eleventh", err, fault.RateLimited)
	p.works(token)
}
