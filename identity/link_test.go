package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
)

func (p process) setupLink() string {
	p.t.Helper()
	link, err := p.SetupLink(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(link.Reveal())
}

// A2: the set-up link makes one administrator, once, however many try at the same time and in however
// many processes; after that set-up is gone.
func TestA2SetUpLinkWorksOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		processes := []process{w.start(t, open()), w.start(t, open())}
		p := processes[0]
		link := p.setupLink()
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 8 {
			wg.Go(func() {
				_, c, err := processes[i%2].Setup(t.Context(), here, link, fmt.Sprintf("admin%d", i), "", good)
				switch code := fault.CodeOf(err); code {
				case "":
					mu.Lock()
					won++
					mu.Unlock()
					if c.Principal().Role != policy.Admin {
						t.Error("no administrator")
					}
				case fault.NotFound, fault.LinkUsed:
				default:
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if n := p.count("SELECT COUNT(*) FROM users"); won != 1 || n != 1 {
			t.Errorf("%d won, %d users", won, n)
		}
		_, _, err := p.Setup(t.Context(), here, link, "eve", "", good)
		want(t, "again", err, fault.NotFound)
		_, err = p.SetupLink(t.Context())
		want(t, "another link", err, fault.NotFound)
		if needed, err := p.NeedsSetup(t.Context()); needed || err != nil {
			t.Errorf("set-up still needed (%v)", err)
		}
	})
}

// A2: the link expires, a newer one ends it, and no other token opens set-up.
func TestA2SetUpLinkExpires(t *testing.T) {
	p := single(t)
	setup := func(token string) error {
		_, _, err := p.Setup(t.Context(), here, token, "root", "", good)
		return err
	}
	old := p.setupLink()
	newer := p.setupLink()
	want(t, "the older link", setup(old), fault.LinkUsed)
	for _, bad := range []string{"", "x", newer + "A", newer[:len(newer)-1]} {
		want(t, "token "+bad, setup(bad), fault.LinkUsed)
	}
	p.ana()
	signIn, err := p.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "a sign-in link", setup(string(signIn.Reveal())), fault.LinkUsed)
	_, _, err = p.UseLink(t.Context(), here, newer)
	want(t, "set-up link used for signing in", err, fault.LinkUsed)

	p.clock.advance(time.Hour)
	want(t, "after an hour", setup(newer), fault.LinkUsed)
	if n := p.count("SELECT COUNT(*) FROM users WHERE role = 'admin'"); n != 0 {
		t.Errorf("%d administrators", n)
	}
	if err := setup(p.setupLink()); err != nil {
		t.Errorf("a new link: %v", err)
	}
}

// A2: a mistake in the form does not use the link up, and names the fields.
func TestA2MistakesKeepTheLink(t *testing.T) {
	p := single(t)
	link := p.setupLink()
	_, _, err := p.Setup(t.Context(), here, link, "No Spaces", "", "password1234")
	want(t, "mistakes", err, fault.InvalidInput)
	if got := fields(err); got != "name password" {
		t.Errorf("fields %q", got)
	}
	token, c, err := p.Setup(t.Context(), here, link, "Root", "The Root", good)
	if err != nil {
		t.Fatal(err)
	}
	p.works(string(token.Reveal()))
	if c.Principal().Name != "root" {
		t.Errorf("name %q", c.Principal().Name)
	}
}

// A1, A2: the administrator of the settings is made once; a weak password is refused; there is no
// default one; and it is no way to reset a password.
func TestA1AdminFromSettings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		p := newWorld(t).start(t, open())
		for _, weak := range []string{"", "admin", "password1234", "admin-admin-admin", "changeme1234"} {
			err := p.AdminFromEnv(t.Context(), identity.FirstAdmin{Name: "admin", Password: opaque.New([]byte(weak))})
			want(t, "password "+weak, err, fault.InvalidInput)
			if !strings.Contains(err.Error(), "password: ") || len(weak) > len("admin") && strings.Contains(err.Error(), weak) {
				t.Errorf("the error does not say what is wrong: %v", err)
			}
		}
		if needed, _ := p.NeedsSetup(t.Context()); !needed {
			t.Fatal("an administrator by default")
		}
		link := p.setupLink()
		if err := p.AdminFromEnv(t.Context(), identity.FirstAdmin{Name: "admin", Password: opaque.New([]byte(good))}); err != nil {
			t.Fatal(err)
		}
		_, _, err := p.Setup(t.Context(), here, link, "eve", "", good)
		want(t, "set-up", err, fault.NotFound)
		if err := p.AdminFromEnv(t.Context(), identity.FirstAdmin{Name: "admin", Password: opaque.New([]byte("another-" + good))}); err != nil {
			t.Fatal(err)
		}
		if err := p.AdminFromEnv(t.Context(), identity.FirstAdmin{Name: "second", Password: opaque.New([]byte(good))}); err != nil {
			t.Fatal(err)
		}
		_, _, err = p.SignIn(t.Context(), here, "admin", "another-"+good)
		want(t, "reset by the settings", err, fault.BadCredentials)
		if _, c, err := p.SignIn(t.Context(), here, "admin", good); err != nil || c.Principal().Role != policy.Admin {
			t.Errorf("sign in: %v", err)
		}
		if n := p.count("SELECT COUNT(*) FROM users"); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

func TestLinkWorksOnceUnderARace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		processes := []process{w.start(t, open()), w.start(t, open())}
		processes[0].ana()
		link, err := processes[0].MakeLink(t.Context(), system, "ana", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		codes := make([]fault.Code, 100)
		for i := range codes {
			wg.Go(func() {
				_, c, err := processes[i%2].UseLink(t.Context(), here, string(link.Reveal()))
				codes[i] = fault.CodeOf(err)
				if c.Known() != (err == nil) {
					t.Error("a caller with an error, or neither")
				}
			})
		}
		wg.Wait()
		won := 0
		for _, code := range codes {
			if code == "" {
				won++
			} else if code != fault.LinkUsed {
				t.Errorf("got %s", code)
			}
		}
		if won != 1 || processes[0].count("SELECT COUNT(*) FROM sessions") != 1 {
			t.Errorf("%d of 100 came in", won)
		}
	})
}

func TestLinksEnd(t *testing.T) {
	p := single(t)
	p.ana()
	link, err := p.MakeLink(t.Context(), system, "ana", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	p.clock.advance(10 * time.Minute)
	_, _, err = p.UseLink(t.Context(), here, string(link.Reveal()))
	want(t, "expired", err, fault.LinkUsed)
	for _, bad := range []string{"", "x", string(link.Reveal()) + "A"} {
		_, _, err = p.UseLink(t.Context(), here, bad)
		want(t, "token "+bad, err, fault.LinkUsed)
	}
	for _, life := range []time.Duration{-time.Second, 8 * 24 * time.Hour} {
		_, err = p.MakeLink(t.Context(), system, "ana", life)
		want(t, "life "+life.String(), err, fault.InvalidInput)
	}
	_, err = p.MakeLink(t.Context(), system, "nobody", 0)
	want(t, "no such user", err, fault.NotFound)
	if err := p.Disable(t.Context(), system, "ana"); err != nil {
		t.Fatal(err)
	}
	_, err = p.MakeLink(t.Context(), system, "ana", 0)
	want(t, "a disabled user", err, fault.InvalidInput)
}

// A32: a user of single sign-on has no password path: no password, no reset, no link.
func TestA32NoPasswordPathAroundSingleSignOn(t *testing.T) {
	p := single(t)
	_, err := p.Create(t.Context(), system, identity.NewUser{Name: "olga", Role: policy.Reader, SSO: true, Password: good})
	want(t, "created with a password", err, fault.InvalidInput)
	p.create(identity.NewUser{Name: "olga", Role: policy.Reader, SSO: true})
	want(t, "set by an administrator", p.SetPassword(t.Context(), system, "olga", good), fault.InvalidInput)
	_, err = p.MakeLink(t.Context(), system, "olga", 0)
	want(t, "link", err, fault.InvalidInput)

	// A user who moves to single sign-on keeps neither the password nor a link that is out.
	p.ana()
	token, c := p.enter("ana")
	link, err := p.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.db.Exec(t.Context(), "UPDATE users SET sign_in = 'sso' WHERE name = 'ana'"); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.SignIn(t.Context(), here, "ana", good)
	want(t, "sign in", err, fault.BadCredentials)
	_, _, err = p.UseLink(t.Context(), here, string(link.Reveal()))
	want(t, "use a link", err, fault.LinkUsed)
	_, err = p.ChangePassword(t.Context(), c, good, "another-"+good)
	want(t, "own password", err, fault.InvalidInput)
	p.works(token)
}
