package identity_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"signet/identity"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
	"signet/sigv4"
)

// holder has what signs a request.
type holder struct{ id, secret, token string }

func temporary(c identity.Credentials) holder {
	return holder{c.ID, string(c.Secret.Reveal()), string(c.Token.Reveal())}
}

// sign makes a signature as the official client does.
func (p process) sign(h holder) *sigv4.Signature {
	p.t.Helper()
	body := "Action=GetCallerIdentity"
	r := httptest.NewRequest(http.MethodPost, "http://signet.test/", strings.NewReader(body))
	r.RequestURI = "/"
	r.Header.Set("Content-Length", strconv.Itoa(len(body))) // as it arrives
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(p.t.Context(), aws.Credentials{AccessKeyID: h.id, SecretAccessKey: h.secret, SessionToken: h.token},
		r, hex.EncodeToString(sum[:]), "sts", "us-east-1", p.clock.now())
	if err != nil {
		p.t.Fatal(err)
	}
	sig, err := sigv4.Parse(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return sig
}

func (p process) signed(h holder) (policy.Caller, error) {
	p.t.Helper()
	c, body, err := p.Signed(p.t.Context(), p.sign(h), here, 1<<20)
	if c.Known() != (err == nil) || len(body) > 0 != (err == nil) {
		p.t.Fatalf("a caller or a body with an error, or neither: %v", err)
	}
	return c, err
}

// as signs, and must be let in.
func (p process) as(h holder) policy.Caller {
	p.t.Helper()
	c, err := p.signed(h)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

func (p process) refusedWith(h holder, want error) {
	p.t.Helper()
	if _, err := p.signed(h); !errors.Is(err, want) {
		p.t.Fatalf("got %v, want %v", err, want)
	}
}

func (p process) key(user string) holder {
	p.t.Helper()
	k, secret, err := p.IAM().CreateAccessKey(p.t.Context(), system, user)
	if err != nil {
		p.t.Fatal(err)
	}
	return holder{id: k.ID, secret: string(secret.Reveal())}
}

func (p process) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func wantName(t *testing.T, what string, err error, name string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Name != name {
		t.Errorf("%s: %v, want %s", what, err, name)
	}
}

const (
	listUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}`
	denyUsers = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:ListUsers","Resource":"*"}]}`
	assume    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`
	trustAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}`
)

func (p process) lists(c policy.Caller) bool {
	p.t.Helper()
	_, _, err := p.IAM().List(p.t.Context(), c, identity.AUser, identity.Page{})
	if err != nil && fault.CodeOf(err) != fault.Denied {
		p.t.Fatal(err)
	}
	return err == nil
}

// Every layer counts from the next request on, also in another process, and the browser's session
// has the same rights.
func TestRights(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		p, other := w.start(t, open()), w.start(t, open())
		p.ana()
		m, ctx := p.IAM(), t.Context()
		h := p.key("ana")
		session, _ := p.enter("ana")
		check := func(what string, want bool) {
			t.Helper()
			browser, _, err := p.Authenticate(ctx, session, here)
			p.must(err)
			if got := p.lists(p.as(h)); got != want {
				t.Errorf("%s: %v over the wire", what, got)
			}
			if got := p.lists(browser); got != want {
				t.Errorf("%s: %v in the browser", what, got)
			}
			if got := other.lists(other.as(h)); got != want {
				t.Errorf("%s: %v in the other process", what, got)
			}
		}
		check("nothing", false)
		p.must(m.PutInline(ctx, system, identity.AUser, "ana", "own", listUsers))
		check("inline", true)
		p.must(m.DeleteInline(ctx, system, identity.AUser, "ana", "own"))
		check("inline gone", false)
		_, err := m.CreateGroup(ctx, system, "Sales", "/teams/")
		p.must(err)
		p.must(m.Attach(ctx, system, identity.AGroup, "sales", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
		check("by the group of the list", true)
		mine, err := m.CreatePolicy(ctx, system, identity.Policy{Name: "mine"}, denyUsers)
		p.must(err)
		p.must(m.Attach(ctx, system, identity.AUser, "ana", mine.ARN))
		check("a deny wins", false)
		_, err = m.CreatePolicyVersion(ctx, system, mine.ARN, listUsers, true)
		p.must(err)
		check("a new version", true)
		p.must(m.SetDefaultPolicyVersion(ctx, system, mine.ARN, "v1"))
		check("the old version", false)
		p.must(m.Detach(ctx, system, identity.AUser, "ana", mine.ARN))
		check("detached", true)
		p.must(m.SetBoundary(ctx, system, identity.AUser, "ana", "arn:aws:iam::aws:policy/SecretsManagerReadWrite"))
		check("beyond the boundary", false)
		p.must(m.SetBoundary(ctx, system, identity.AUser, "ana", ""))
		admin := policy.Admin
		_, err = p.Update(ctx, system, "ana", identity.Change{Role: &admin, Groups: &[]string{}})
		p.must(err)
		check("administrators", true)
	})
}

// A24: switching off or deleting a key, disabling or deleting a user, and deleting a role end keys
// and temporary credentials with the next request, in every process.
func TestA24EverythingEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		p, other := w.start(t, open()), w.start(t, open())
		m, ctx := p.IAM(), t.Context()
		p.create(identity.NewUser{Name: "root", Role: policy.Admin})
		p.create(identity.NewUser{Name: "bob", Role: policy.Admin})
		role, err := m.CreateRole(ctx, system, identity.NewRole{Name: "reader", Trust: trustAll})
		p.must(err)
		for what, end := range map[string]func(h holder) error{
			"key off":      func(h holder) error { return m.UpdateAccessKey(ctx, system, "bob", h.id, false) },
			"key deleted":  func(h holder) error { return m.DeleteAccessKey(ctx, system, "bob", h.id) },
			"user off":     func(holder) error { return p.Disable(ctx, system, "bob") },
			"role deleted": func(holder) error { return m.DeleteRole(ctx, system, "reader") },
		} {
			p.must(p.Enable(ctx, system, "bob"))
			for _, k := range keysOf(t, p, "bob") {
				p.must(m.DeleteAccessKey(ctx, system, "bob", k.ID))
			}
			if _, err := m.Get(ctx, system, identity.ARole, "reader"); err != nil {
				role, err = m.CreateRole(ctx, system, identity.NewRole{Name: "reader", Trust: trustAll})
				p.must(err)
			}
			h := p.key("bob")
			own, err := m.GetSessionToken(ctx, p.as(h), 900)
			p.must(err)
			assumed, err := m.AssumeRole(ctx, p.as(h), identity.Assumption{RoleARN: role.ARN, Session: "work"})
			p.must(err)
			all := map[string]holder{"key": h, "session": temporary(own), "role": temporary(assumed.Credentials)}
			for _, one := range all {
				p.as(one)
				other.as(one)
			}
			p.must(end(h))
			for name, one := range all {
				if what == "role deleted" && name != "role" {
					p.as(one)
					continue
				}
				p.refusedWith(one, identity.ErrNoKey)
				if _, err := other.signed(one); !errors.Is(err, identity.ErrNoKey) {
					t.Errorf("%s: the %s in the other process: %v", what, name, err)
				}
			}
		}
	})
}

func keysOf(t *testing.T, p process, user string) []identity.AccessKey {
	t.Helper()
	keys, err := p.IAM().ListAccessKeys(t.Context(), system, user)
	p.must(err)
	return keys
}

// Temporary credentials expire, and are good only with their own token.
func TestTemporaryCredentials(t *testing.T) {
	p := single(t)
	p.ana()
	m, ctx := p.IAM(), t.Context()
	h := p.key("ana")
	one, err := m.GetSessionToken(ctx, p.as(h), 900)
	p.must(err)
	two, err := m.GetSessionToken(ctx, p.as(h), 3600)
	p.must(err)
	p.refusedWith(holder{one.ID, string(one.Secret.Reveal()), ""}, identity.ErrToken)
	p.refusedWith(holder{one.ID, string(one.Secret.Reveal()), string(two.Token.Reveal())}, identity.ErrToken)
	p.refusedWith(holder{h.id, h.secret, string(two.Token.Reveal())}, identity.ErrToken)
	if _, err := p.signed(holder{one.ID, string(two.Secret.Reveal()), string(one.Token.Reveal())}); sigv4.KindOf(err) != sigv4.Mismatch {
		t.Errorf("with another secret: %v", err)
	}
	c := p.as(temporary(one))
	if c.Principal().Name != "ana" || c.Principal().AWS.AccessKeyID != one.ID {
		t.Errorf("%+v", c.Principal())
	}
	_, err = m.GetSessionToken(ctx, c, 900)
	want(t, "a session makes a session", err, fault.Denied)
	p.clock.advance(15 * time.Minute)
	p.refusedWith(temporary(one), identity.ErrExpired)
	p.as(temporary(two))
	p.clock.advance(24*time.Hour + time.Minute)
	p.must(p.Prune(ctx))
	p.refusedWith(temporary(one), identity.ErrExpired)
	if n := p.count("SELECT COUNT(*) FROM aws_sessions"); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
}

// Session policies and trust policies limit; a role made anew has nothing of the old one (A31).
func TestAssumeRole(t *testing.T) {
	p := single(t)
	p.ana()
	m, ctx := p.IAM(), t.Context()
	h := p.key("ana")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/ana"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x1"}}}]}`
	role, err := m.CreateRole(ctx, system, identity.NewRole{Name: "auditor", Path: "/jobs/", Trust: trust})
	p.must(err)
	ask := identity.Assumption{RoleARN: role.ARN, Session: "s1", ExternalID: "x1"}
	p.must(m.Attach(ctx, system, identity.ARole, "auditor", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
	for what, change := range map[string]func(*identity.Assumption){
		"no external id":  func(a *identity.Assumption) { a.ExternalID = "" },
		"no such role":    func(a *identity.Assumption) { a.RoleARN += "s" },
		"another account": func(a *identity.Assumption) { a.RoleARN = strings.Replace(role.ARN, "123456789012", "210987654321", 1) },
		"another path":    func(a *identity.Assumption) { a.RoleARN = strings.Replace(role.ARN, "jobs/", "", 1) },
	} {
		a := ask
		change(&a)
		_, err := m.AssumeRole(ctx, p.as(h), a)
		want(t, what, err, fault.Denied)
	}
	made, err := m.AssumeRole(ctx, p.as(h), ask)
	p.must(err)
	c := p.as(temporary(made.Credentials))
	if got := c.Principal().AWS.Requester; got.ARN != "arn:aws:sts::123456789012:assumed-role/auditor/s1" || got.ID != role.ID+":s1" || got.Issuer != role.ARN {
		t.Errorf("%+v", got)
	}
	if c.Principal().Role != "" || !p.lists(c) {
		t.Errorf("role %q, lists %v", c.Principal().Role, p.lists(c))
	}
	limited := ask
	limited.Policy = assume
	made2, err := m.AssumeRole(ctx, p.as(h), limited)
	p.must(err)
	if p.lists(p.as(temporary(made2.Credentials))) {
		t.Error("the session policy does not limit")
	}
	limited.Seconds = 7200
	_, err = m.AssumeRole(ctx, p.as(h), limited)
	wantName(t, "too long", err, "ValidationError")
	p.must(m.Detach(ctx, system, identity.ARole, "auditor", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
	p.must(m.DeleteRole(ctx, system, "auditor"))
	again, err := m.CreateRole(ctx, system, identity.NewRole{Name: "auditor", Path: "/jobs/", Trust: trust})
	p.must(err)
	if again.ID == role.ID {
		t.Error("an id was given out twice")
	}
	p.refusedWith(temporary(made.Credentials), identity.ErrNoKey)
}

// A30: nobody reaches another user's key by its id.
func TestA30AKeyIsItsUsersOwn(t *testing.T) {
	p := single(t)
	p.ana()
	p.create(identity.NewUser{Name: "bob", Role: policy.Reader})
	h := p.key("bob")
	m, ctx := p.IAM(), t.Context()
	self := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::123456789012:user/${aws:username}"}]}`
	p.must(m.PutInline(ctx, system, identity.AUser, "ana", "self", self))
	ana := p.as(p.key("ana"))
	want(t, "by name", m.DeleteAccessKey(ctx, ana, "bob", h.id), fault.Denied)
	wantName(t, "by id", m.DeleteAccessKey(ctx, ana, "", h.id), "NoSuchEntity")
	_, err := m.ListAccessKeys(ctx, ana, "bob")
	want(t, "list", err, fault.Denied)
	if keys, err := m.ListAccessKeys(ctx, ana, ""); err != nil || len(keys) != 1 || keys[0].User != "ana" {
		t.Errorf("own keys: %v, %v", keys, err)
	}
	p.as(h)
}

// A23: what cannot be read lets nobody in.
func TestA23SignedFailsClosed(t *testing.T) {
	p := single(t)
	p.ana()
	h := p.key("ana")
	p.as(h)
	p.must(p.IAM().PutInline(t.Context(), system, identity.AUser, "ana", "x", listUsers))
	if _, err := p.db.Exec(t.Context(), "UPDATE iam_inline SET document = '{'"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.signed(h); err == nil {
		t.Error("a policy that cannot be read was left out")
	}
	if _, err := p.db.Exec(t.Context(), "DELETE FROM iam_inline"); err != nil {
		t.Fatal(err)
	}
	p.must(p.IAM().Tag(t.Context(), system, identity.AUser, "ana", map[string]string{"a": "b"}))
	p.as(h)
	if _, err := p.db.Exec(t.Context(), "UPDATE access_keys SET sealed = X'01'"); err != nil {
		t.Fatal(err)
	}
	p.must(p.IAM().Tag(t.Context(), system, identity.AUser, "ana", map[string]string{"a": "c"}))
	if _, err := p.signed(h); err == nil {
		t.Error("a key that cannot be opened works")
	}
}

// A25: no secret and no token of a key is in the store, in the audit log, in the program's log or in an error.
func TestA25KeysAreNowhere(t *testing.T) {
	var program bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&program, &slog.HandlerOptions{Level: slog.LevelDebug})))
	p := single(t)
	p.ana()
	h := p.key("ana")
	c := p.as(h)
	made, err := p.IAM().GetSessionToken(t.Context(), c, 900)
	p.must(err)
	slog.Info("a careless line, long enough", "caller", c.Principal(), "made", made)
	_ = p.RefuseSignature(t.Context(), h.secret, "mistyped", here)
	places := map[string]string{"the program's log": program.String(), "the audit log": dump(t, p.log)}
	for _, table := range []string{"access_keys", "aws_sessions"} {
		places["table "+table] = rowsOf(t, p.db, table)
	}
	for place, text := range places {
		if len(text) < 20 {
			t.Errorf("%s is empty: nothing was looked at", place)
		}
		for _, s := range []string{h.secret, string(made.Secret.Reveal()), string(made.Token.Reveal()), strings.TrimPrefix(string(made.Token.Reveal()), "signet_t_")} {
			if strings.Contains(text, s) {
				t.Errorf("%s holds a secret", place)
			}
		}
	}
}

func TestLimitsAndConflicts(t *testing.T) {
	p := single(t)
	p.ana()
	m, ctx := p.IAM(), t.Context()
	p.key("ana")
	p.key("ana")
	_, _, err := m.CreateAccessKey(ctx, system, "ana")
	wantName(t, "third key", err, "LimitExceeded")
	wantName(t, "delete with keys", func() error { return m.DeleteUser(ctx, system, "ana") }(), "DeleteConflict")
	_, err = m.CreateUser(ctx, system, "ANA", "", "", nil)
	wantName(t, "twice", err, "EntityAlreadyExists")
	_, err = m.CreateUser(ctx, system, "a b", "", "", nil)
	wantName(t, "name", err, "ValidationError")
	_, err = m.CreateRole(ctx, system, identity.NewRole{Name: "r", Trust: listUsers})
	wantName(t, "trust", err, "MalformedPolicyDocument")
	wantName(t, "inline", m.PutInline(ctx, system, identity.AUser, "ana", "x", strings.Repeat(" ", 3000)+listUsers), "LimitExceeded")
	wantName(t, "attach nothing", m.Attach(ctx, system, identity.AUser, "ana", "arn:aws:iam::aws:policy/Nothing"), "NoSuchEntity")
	one, err := m.CreatePolicy(ctx, system, identity.Policy{Name: "one"}, listUsers)
	p.must(err)
	for range 4 {
		_, err := m.CreatePolicyVersion(ctx, system, one.ARN, listUsers, false)
		p.must(err)
	}
	_, err = m.CreatePolicyVersion(ctx, system, one.ARN, listUsers, false)
	wantName(t, "sixth version", err, "LimitExceeded")
	wantName(t, "default", m.DeletePolicyVersion(ctx, system, one.ARN, "v1"), "DeleteConflict")
	wantName(t, "many versions", m.DeletePolicy(ctx, system, one.ARN), "DeleteConflict")
	wantName(t, "built in", m.DeletePolicy(ctx, system, "arn:aws:iam::aws:policy/AdministratorAccess"), "UnmodifiableEntity")
	_, err = p.Upsert(ctx, system, []identity.Declared{{Name: "cy", Role: policy.Reader, Groups: []string{"g"}}})
	p.must(err)
	_, err = m.CreateGroup(ctx, system, "g", "")
	p.must(err)
	wantName(t, "the files keep", m.RemoveUserFromGroup(ctx, system, "g", "cy"), "UnmodifiableEntity")
	wantName(t, "the files keep", m.DeleteUser(ctx, system, "cy"), "UnmodifiableEntity")
	wantName(t, "members", m.DeleteGroup(ctx, system, "g"), "DeleteConflict")
}

// Every built-in policy is one that the evaluator understands.
func TestBuiltinPolicies(t *testing.T) {
	for name, text := range identity.Builtins {
		if _, err := policy.ParseDocument([]byte(text), policy.Options{Kind: policy.IdentityPolicy}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%s is no JSON", name)
		}
	}
}

// The administrator of the settings may come with an access key: once, and none that is in a book.
func TestA1AdminKeyFromSettings(t *testing.T) {
	p := single(t)
	f := identity.FirstAdmin{Name: "admin", AccessKeyID: "AKIAQQQQWWWWEEEERRRR", Secret: opaque.New([]byte("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))}
	want(t, "an example", p.AdminFromEnv(t.Context(), f), fault.InvalidInput)
	f.Secret = opaque.New([]byte(strings.Repeat("ab", 20)))
	want(t, "a pattern", p.AdminFromEnv(t.Context(), f), fault.InvalidInput)
	f.Secret = opaque.New([]byte("p0Yx2tq8RrW1vN5cZk7LmB3sHd9Jf4Gg6TaQeUiO"))
	p.must(p.AdminFromEnv(t.Context(), f))
	h := holder{f.AccessKeyID, string(f.Secret.Reveal()), ""}
	if !p.lists(p.as(h)) {
		t.Error("the administrator may not")
	}
	p.must(p.IAM().DeleteAccessKey(t.Context(), system, "admin", f.AccessKeyID))
	p.must(p.AdminFromEnv(t.Context(), f))
	p.refusedWith(h, identity.ErrNoKey)
}
