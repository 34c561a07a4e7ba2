package identity_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/identity"
	"signet/internal/fault"
)

func fields(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return ""
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Field)
	}
	return strings.Join(names, " ")
}

// A1: there is no default password, and the ones that people try first are refused.
func TestA1WeakPasswordsRefused(t *testing.T) {
	for _, weak := range []string{
		"", "short", "elevenchars", "password1234", "Password123!", "P@ssw0rd1234", "passwordpassword", "aaaaaaaaaaaaaaa",
		"123456789012", "qwertyuiop12", "abcabcabcabc", "abcdefghijkl", "administrator", "iloveyou1234", "Welcome2026!",
		"letmein-letmein", "correcthorsebatterystaple", "signet-signet", "Summer2026!!", "changeme1234", "ababababacab",
		"ana-password-1", "anaanaana1234", "Ana.Ferreira1", "tabs\tare\tnot\ttyped", "\xff\xfe not text at all", strings.Repeat("long", 100),
	} {
		if identity.Weakness("ana.ferreira", weak) == "" {
			t.Errorf("%q passes", weak)
		}
	}
	for _, strong := range []string{good, "f9Kq2mZx7LwP", "drei kleine Füchse", "übermütig-ist-der-Bär", "my dog eats 14 apples", "密码应该是很长的一句话才好记"} {
		if why := identity.Weakness("ana.ferreira", strong); why != "" {
			t.Errorf("%q: %s", strong, why)
		}
	}
}

func TestPasswordHash(t *testing.T) {
	defer identity.UseCost(identity.Real)()
	a, err := identity.Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	b, err := identity.Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if a == b || !strings.HasPrefix(a, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("hashes %q and %q", a, b)
	}
	for password, want := range map[string]bool{good: true, good + " ": false, strings.ToUpper(good): false, "": false} {
		if ok, renew, err := identity.Verify(t.Context(), a, password); ok != want || renew || err != nil {
			t.Errorf("%q: %t, %t, %v", password, ok, renew, err)
		}
	}
	for _, missing := range []string{"", "x", a[:len(a)-1], strings.Replace(a, "argon2id", "argon2i", 1), strings.Replace(a, "m=65536", "m=99999999", 1)} {
		if ok, _, err := identity.Verify(t.Context(), missing, good); ok || err != nil {
			t.Errorf("hash %q: %t, %v", missing, ok, err)
		}
	}
}

// A letter is the same whether a keyboard sends it as one sign or as two.
func TestPasswordsAreNormalized(t *testing.T) {
	hash, err := identity.Hash(t.Context(), "\u00fcber den Fjord")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := identity.Verify(t.Context(), hash, "u\u0308ber den Fjord"); !ok || err != nil {
		t.Errorf("refused: %v", err)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if c, salt, key, ok := identity.ParsePHC(s); ok && identity.PHC(c, salt, key) != s {
			t.Fatalf("%q is read as %q", s, identity.PHC(c, salt, key))
		}
	})
}

// A hash of an older cost still opens, and is renewed by the sign-in.
func TestOldHashesAreRenewed(t *testing.T) {
	defer identity.UseCost(identity.Real)()
	p := single(t)
	p.ana()
	old := identity.PHC(oldHash())
	if _, err := p.db.Exec(t.Context(), "UPDATE users SET password = ?", old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := p.SignIn(t.Context(), here, "ana", good); err != nil {
			t.Fatal(err)
		}
	}
	if p.count("SELECT COUNT(*) FROM users WHERE password LIKE '$argon2id$v=19$m=65536,t=3,p=4$%'") != 1 {
		t.Error("not renewed")
	}
}

// Unknown, disabled, without a password, wrong: one answer, and about the same time.
func TestOneAnswerForEveryFailedSignIn(t *testing.T) {
	defer identity.UseCost(identity.Real)()
	p := single(t)
	p.ana()
	p.create(identity.NewUser{Name: "ben", Role: "reader"})
	p.create(identity.NewUser{Name: "vera", Role: "reader", Password: good})
	if err := p.Disable(t.Context(), system, "vera"); err != nil {
		t.Fatal(err)
	}
	names := []string{"ana", "ben", "vera", "unknown", "not a name at all \x00"}
	took, text := map[string]time.Duration{}, map[string]bool{}
	for range 8 { // other work on the machine disturbs single rounds, not the least of several
		for _, name := range names {
			began := time.Now()
			_, _, err := p.SignIn(t.Context(), here, name, "wrong-"+good)
			if spent := time.Since(began); took[name] == 0 || spent < took[name] {
				took[name] = spent
			}
			want(t, name, err, fault.BadCredentials)
			text[err.Error()] = true
		}
		if alike(took) {
			break
		}
	}
	if len(text) != 1 {
		t.Errorf("answers tell names apart: %v", text)
	}
	if !alike(took) {
		t.Errorf("times tell names apart: %v", took)
	}
}

func alike(took map[string]time.Duration) bool {
	for _, least := range took {
		if least < took["ana"]*2/3 || least > took["ana"]*3/2 {
			return false
		}
	}
	return true
}

// Many sign-ins at once take the memory of a few: the others wait. Unbounded, 40 would take 2.5 GiB.
func TestManySignInsAtOnceTakeBoundedMemory(t *testing.T) {
	defer identity.UseCost(identity.Real)()
	p := single(t)
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			select {
			case <-stop:
				done <- most
				return
			default:
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
				runtime.Gosched()
			}
		}
	}()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			_, _, err := p.SignIn(t.Context(), here, fmt.Sprintf("name%d", i), good)
			want(t, "an unknown name", err, fault.BadCredentials)
		})
	}
	wg.Wait()
	close(stop)
	most := <-done
	t.Logf("%d MiB in use at most", most>>20)
	if most > 1<<30 {
		t.Error("too much")
	}
}
