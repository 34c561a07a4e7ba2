package identity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/audit"
	"signet/identity"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
)

func TestUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		p := newWorld(t).start(t, open())
		made := p.create(identity.NewUser{Name: " Ben.Osei ", Role: policy.Reader, Groups: []string{"b", "a", "b"}})
		found, err := p.Find(t.Context(), system, "BEN.osei")
		if err != nil {
			t.Fatal(err)
		}
		want := identity.User{
			ID: made.ID, Name: "ben.osei", DisplayName: "ben.osei", Role: policy.Reader, Groups: []string{"a", "b"},
			Origin: identity.ByHand, CreatedAt: p.clock.now(),
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Error(diff)
		}
		for i := range 5 {
			p.create(identity.NewUser{Name: fmt.Sprintf("user%d", i), Role: policy.Reader})
		}
		var names []string
		after := ""
		for {
			users, next, err := p.List(t.Context(), system, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range users {
				names = append(names, u.Name)
			}
			if after = next; next == "" {
				break
			}
		}
		if !slices.Equal(names, []string{"ben.osei", "user0", "user1", "user2", "user3", "user4"}) {
			t.Errorf("listed %v", names)
		}
	})
}

func TestBadUsersAreNamed(t *testing.T) {
	p := single(t)
	p.ana()
	for what, c := range map[string]struct {
		user identity.NewUser
		want string
	}{
		"everything": {identity.NewUser{Name: "a b", DisplayName: "x\x00", Role: "owner", Groups: []string{""}}, "name displayName role groups"},
		"taken":      {identity.NewUser{Name: "ANA", Role: policy.Reader}, "name"},
		"no role":    {identity.NewUser{Name: "x"}, "role"},
		"system":     {identity.NewUser{Name: "x", Role: policy.System}, "role"},
		"colon":      {identity.NewUser{Name: "system:start", Role: policy.Admin}, "name"},
		"password":   {identity.NewUser{Name: "x", Role: policy.Reader, Password: "x"}, "password"},
	} {
		_, err := p.Create(t.Context(), system, c.user)
		want(t, what, err, fault.InvalidInput)
		if fields(err) != c.want {
			t.Errorf("%s: fields %q, want %q", what, fields(err), c.want)
		}
	}
	if n := p.count("SELECT COUNT(*) FROM users"); n != 1 {
		t.Errorf("%d users", n)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	p := single(t)
	p.create(identity.NewUser{Name: "root", Role: policy.Admin})
	reader := policy.Reader
	_, err := p.Update(t.Context(), system, "root", identity.Change{Role: &reader})
	want(t, "demote", err, fault.InvalidInput)
	want(t, "disable", p.Disable(t.Context(), system, "root"), fault.InvalidInput)
	p.create(identity.NewUser{Name: "second", Role: policy.Admin})
	if err := p.Disable(t.Context(), system, "root"); err != nil {
		t.Error(err)
	}
	want(t, "disable the other", p.Disable(t.Context(), system, "second"), fault.InvalidInput)
}

func TestProjectUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		p := newWorld(t).start(t, open())
		apply := func(want identity.Applied, users ...identity.Declared) {
			t.Helper()
			got, err := p.Upsert(t.Context(), system, users)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		ana := identity.Declared{Name: "ana", DisplayName: "Ana Ferreira", Role: policy.Author, Groups: []string{"sales"}}
		ben := identity.Declared{Name: "ben", Role: policy.Reader}
		p.create(identity.NewUser{Name: "hand", Role: policy.Admin})
		apply(identity.Applied{Created: []string{"ana", "ben"}}, ana, ben)
		apply(identity.Applied{}, ana, ben)

		token, _ := p.enter("ana")
		benToken, _ := p.enter("ben")
		ana.Groups = []string{"sales", "approvers"}
		apply(identity.Applied{Changed: []string{"ana"}, Disabled: []string{"ben"}}, ana)
		c, _, err := p.Authenticate(t.Context(), token, here)
		if err != nil || !slices.Equal(c.Principal().Groups, []string{"approvers", "sales"}) {
			t.Errorf("groups %v, %v", c.Principal().Groups, err)
		}
		p.ended(benToken)
		if p.count("SELECT COUNT(*) FROM users WHERE name = 'ben'") != 1 {
			t.Error("ben was deleted")
		}
		want(t, "enable ben by hand", p.Enable(t.Context(), system, "ben"), fault.InvalidInput)
		apply(identity.Applied{Changed: []string{"ben"}}, ana, ben)
		p.ended(benToken)
		p.enter("ben")

		// By hand is stronger than the files.
		if err := p.Disable(t.Context(), system, "ben"); err != nil {
			t.Fatal(err)
		}
		apply(identity.Applied{Kept: []string{"hand"}}, ana, ben, identity.Declared{Name: "hand", Role: policy.Reader})
		_, err = p.MakeLink(t.Context(), system, "ben", 0)
		want(t, "disabled by hand, declared again", err, fault.InvalidInput)
		hand, err := p.Find(t.Context(), system, "hand")
		if err != nil || hand.Role != policy.Admin || hand.Disabled {
			t.Errorf("made by hand: %+v, %v", hand, err)
		}
		role := policy.Admin
		_, err = p.Update(t.Context(), system, "ana", identity.Change{Role: &role})
		want(t, "update a declared user", err, fault.InvalidInput)
	})
}

func TestBadProjectUsersChangeNothing(t *testing.T) {
	p := single(t)
	_, err := p.Upsert(t.Context(), system, []identity.Declared{
		{Name: "ana", Role: policy.Author}, {Name: "Ana", Role: policy.Author}, {Name: "x", Role: "boss"},
	})
	want(t, "mistakes", err, fault.InvalidInput)
	if got := fields(err); got != "users[1].name users[2].role" {
		t.Errorf("fields %q", got)
	}
	if n := p.count("SELECT COUNT(*) FROM users"); n != 0 {
		t.Errorf("%d users", n)
	}
}

// A25: no token and no password is in the store, in the audit log, in the program's log or in an error.
func TestA25TokensAndPasswordsAreNowhere(t *testing.T) {
	w := newWorld(t)
	db := storetest.Open(t, storetest.SQLiteURL(t))
	var program bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&program, &slog.HandlerOptions{Level: slog.LevelDebug})))
	p := w.start(t, db)
	setup := p.setupLink()
	admin, _, err := p.Setup(t.Context(), here, setup, "root", "", "first-"+good)
	if err != nil {
		t.Fatal(err)
	}
	p.ana()
	link, err := p.MakeLink(t.Context(), system, "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	session, c, err := p.UseLink(t.Context(), here, string(link.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := p.ChangePassword(t.Context(), c, good, "another-"+good)
	if err != nil {
		t.Fatal(err)
	}
	_, _, mistyped := p.SignIn(t.Context(), here, "my-secret-typed-as-name", "wrong-"+good)
	_, _, again := p.UseLink(t.Context(), here, string(link.Reveal()))
	slog.Info("a careless line", "token", session, "caller", c.Principal())

	secret := []string{setup, string(admin.Reveal()), string(link.Reveal()), string(session.Reveal()), string(fresh.Reveal()),
		good, "first-" + good, "my-secret-typed-as-name"}
	places := map[string]string{
		"the program's log": program.String(),
		"an error":          fmt.Sprintf("%v %+v %v", mistyped, mistyped, again),
		"the audit log":     dump(t, p.log),
	}
	for _, table := range []string{"users", "sessions", "links", "sign_in_limits"} {
		places["table "+table] = rowsOf(t, db, table)
	}
	for place, text := range places {
		if len(text) < 20 {
			t.Errorf("%s is empty: nothing was looked at", place)
		}
		for _, s := range secret {
			if strings.Contains(text, s) || strings.Contains(text, strings.TrimPrefix(strings.TrimPrefix(s, "signet_s_"), "signet_l_")) {
				t.Errorf("%s holds %q", place, s)
			}
		}
	}
}

func dump(t *testing.T, log *audit.Log) string {
	t.Helper()
	records, err := log.Events(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func rowsOf(t *testing.T, db *store.DB, table string) string {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			fmt.Fprintf(&text, "%s=%s ", columns[i], *v.(*any))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Every way in and every refusal is on record, with who and from where.
func TestSignInsAreOnTheLog(t *testing.T) {
	p := single(t)
	p.ana()
	if _, _, err := p.SignIn(t.Context(), here, "ana", good); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.SignIn(t.Context(), here, "ana", "wrong-"+good)
	want(t, "wrong", err, fault.BadCredentials)
	events := p.events("identity:SignIn")
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", e.Phase, e.Resource, e.Who.Name, e.SourceIP, e.Result))
	}
	want := []string{
		"attempt user/ana ana 192.0.2.7 ", "outcome user/ana ana 192.0.2.7 ok", "denial user/ana ana 192.0.2.7 denied",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if who := events[2].Who; who.ID != "unknown" || who.Type != audit.TypeNobody {
		t.Errorf("somebody who proved nothing is on record as %+v", who)
	}
}
