package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"signet/internal/testenv"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
)

type secret struct {
	Name, ARN, State, Description, Key, DeletionAt, ReadOn string
	Tags                                                   []struct{ Key, Value string }
	Rotation                                               *struct {
		On                                                              bool
		Rotator, Schedule, Window, OpensAt, Pending, RetryAt, RotatedAt string
		Failures                                                        int
	}
	May []string
}

func secretAt(part, name string, more ...string) string {
	q := url.Values{"name": {name}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/api/v1/secret" + part + "?" + q.Encode()
}

// awkward is a name that no path could hold.
const awkward = "../team/a b"

func TestSecrets(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	var page struct {
		Items     []secret
		Next      string
		MayCreate bool
	}
	if c.read("/api/v1/secrets", &page); len(page.Items) != 0 || !page.MayCreate {
		t.Errorf("a new server: %+v", page)
	}
	if a := c.do("POST", "/api/v1/secrets", object{"name": awkward, "text": "x"}); a.status != 422 {
		t.Errorf("a name with a space: %d %s", a.status, a.body)
	}
	const name = "../team/hospital"
	var made secret
	c.want(200, "POST", "/api/v1/secrets", object{"name": name, "description": "of the wards", "text": `{"password":"first-4711"}`, "tags": []object{{"key": "team", "value": "care"}}}, &made)
	if made.Name != name || made.State != "in-use" || len(made.Tags) != 1 || !slices.Contains(made.May, "GetSecretValue") {
		t.Errorf("made %+v", made)
	}
	if a := c.do("POST", "/api/v1/secrets", object{"name": name, "text": "other"}); a.status != 409 || strings.Contains(a.body, "Exception") {
		t.Errorf("a taken name: %d %s", a.status, a.body)
	}
	c.want(200, "POST", secretAt("/versions", name), object{"text": `{"password":"second-4711"}`}, &made)
	var versions struct {
		Items []struct {
			ID     string
			Stages []string
		}
	}
	c.read(secretAt("/versions", name), &versions)
	if len(versions.Items) != 2 || !slices.Equal(versions.Items[0].Stages, []string{"AWSPREVIOUS"}) || !slices.Equal(versions.Items[1].Stages, []string{"AWSCURRENT"}) {
		t.Fatalf("versions: %+v", versions)
	}
	old, now := versions.Items[0].ID, versions.Items[1].ID
	if got := c.reveal(name, ""); got != `{"password":"second-4711"}` {
		t.Errorf("current: %s", got)
	}
	if got := c.reveal(name, old); got != `{"password":"first-4711"}` {
		t.Errorf("previous: %s", got)
	}
	c.want(200, "PUT", secretAt("/stage", name), object{"stage": "AWSCURRENT", "from": now, "to": old}, &made)
	if got := c.reveal(name, ""); got != `{"password":"first-4711"}` {
		t.Errorf("rolled back: %s", got)
	}
	if a := c.do("PUT", secretAt("/stage", name), object{"stage": "AWSCURRENT", "from": now, "to": old}); a.status != 422 {
		t.Errorf("rolled back a second time by who does not know of the first: %d %s", a.status, a.body)
	}
	c.want(200, "PUT", secretAt("/tags", name), object{"tags": []object{{"key": "stage", "value": "prod"}}}, &made)
	if len(made.Tags) != 1 || made.Tags[0].Key != "stage" {
		t.Errorf("tags: %+v", made.Tags)
	}
	c.want(200, "PUT", secretAt("", name), object{"description": ""}, &made)
	if made.Description != "" {
		t.Errorf("description: %+v", made)
	}
	c.want(200, "POST", secretAt("/deletion", name), object{"days": 7}, &made)
	if made.State != "deleting" || made.DeletionAt == "" {
		t.Errorf("planned: %+v", made)
	}
	if a := c.do("POST", secretAt("/reveal", name), object{}); a.status != 409 || strings.Contains(a.body, "4711") {
		t.Errorf("reading what waits for its deletion: %d %s", a.status, a.body)
	}
	c.want(200, "DELETE", secretAt("/deletion", name), nil, &made)
	if made.State != "in-use" {
		t.Errorf("restored: %+v", made)
	}
	if a := c.do("GET", secretAt("", "nothing"), nil); a.status != 404 {
		t.Errorf("an unknown secret: %d %s", a.status, a.body)
	}
	if log := w.log.String(); strings.Contains(log, "4711") {
		t.Error("a value is in the log")
	}
}

// reveal asks for a value, which no browser may keep.
func (c *client) reveal(name, version string) string {
	c.w.t.Helper()
	var out struct{ Text, Version string }
	a := c.want(200, "POST", secretAt("/reveal", name), object{"version": version}, &out)
	if a.header.Get("Cache-Control") != "no-store" {
		c.w.t.Errorf("the answer may be kept: %v", a.header)
	}
	return out.Text
}

// Each reading is an event of its own, with who and from where; a reading that was refused is one too.
func TestWhoReadASecret(t *testing.T) {
	w := newWorld(t)
	root := w.signedIn("root", policy.Admin)
	ana := w.signedIn("ana", policy.Author)
	root.want(200, "POST", "/api/v1/secrets", object{"name": "db", "text": "value"}, nil)
	root.want(200, "POST", "/api/v1/secrets", object{"name": "other", "text": "value"}, nil)
	root.reveal("db", "")
	root.reveal("other", "")
	if a := ana.do("POST", secretAt("/reveal", "db"), object{}); a.status != 403 || a.code() != "denied" {
		t.Errorf("ana reads: %d %s", a.status, a.body)
	}
	var reads struct {
		Items []struct {
			By, From, Version, Result string
			Event                     int
		}
	}
	root.read(secretAt("/reads", "db"), &reads)
	if len(reads.Items) != 2 || reads.Items[0].By != "ana" || reads.Items[0].Result != "denied" || reads.Items[1].By != "root" ||
		reads.Items[1].Result != "ok" || reads.Items[1].Version == "" || reads.Items[1].From != "127.0.0.1" {
		t.Errorf("who read: %+v", reads.Items)
	}
	var view secret
	if root.read(secretAt("", "db"), &view); view.ReadOn == "" {
		t.Errorf("the day of the last reading: %+v", view)
	}
}

func TestWhoMayReadASecret(t *testing.T) {
	w := newWorld(t)
	root := w.signedIn("root", policy.Admin)
	ana := w.signedIn("ana", policy.Author)
	w.user("ben", policy.Reader)
	var own key
	root.want(200, "POST", "/api/v1/keys", object{"alias": "wards"}, &own)
	root.want(200, "POST", "/api/v1/secrets", object{"name": "db", "text": "value"}, nil)
	root.want(200, "POST", "/api/v1/secrets", object{"name": "locked", "text": "value", "key": "alias/wards"}, nil)
	readers := func(name string) (names []string, keyToo bool) {
		t.Helper()
		var out struct {
			Items  []struct{ Name, Why string }
			Asked  int
			KeyToo bool
		}
		root.read(secretAt("/readers", name), &out)
		for _, r := range out.Items {
			names = append(names, r.Name)
			if !strings.Contains(r.Why, "is allowed by") {
				t.Errorf("why %s may: %s", r.Name, r.Why)
			}
		}
		if out.Asked < 3 {
			t.Errorf("only %d were looked at", out.Asked)
		}
		return names, out.KeyToo
	}
	if names, _ := readers("db"); !slices.Equal(names, []string{"root"}) {
		t.Errorf("at first: %v", names)
	}
	const lets = `{"Version":"2012-10-17","Statement":[{"Sid":"Readers","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/ana"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	explain := func(name, who, draft string) (out struct {
		Allowed bool
		Why     string
	}) {
		t.Helper()
		in := object{"principal": who, "action": "GetSecretValue"}
		if draft != "" {
			in["policy"] = draft
		}
		root.want(200, "POST", secretAt("/explain", name), in, &out)
		return out
	}
	if out := explain("db", "ana", lets); !out.Allowed || !strings.Contains(out.Why, "Readers") {
		t.Errorf("by the draft: %+v", out)
	}
	if out := explain("db", "ana", ""); out.Allowed {
		t.Errorf("asking changed the policy: %+v", out)
	}
	for _, name := range []string{"db", "locked"} {
		root.want(200, "PUT", secretAt("/policy", name), object{"policy": lets}, nil)
	}
	if names, _ := readers("db"); !slices.Equal(names, []string{"ana", "root"}) {
		t.Errorf("with a policy: %v", names)
	}
	if got := ana.reveal("db", ""); got != "value" {
		t.Errorf("ana reads %q", got)
	}
	// Under a key of its own, who may not use the key reads nothing, and the list knows.
	if names, keyToo := readers("locked"); !slices.Equal(names, []string{"root"}) || !keyToo {
		t.Errorf("under a key: %v, key asked: %v", names, keyToo)
	}
	if a := ana.do("POST", secretAt("/reveal", "locked"), object{}); a.status != 403 {
		t.Errorf("ana reads what the key forbids: %d %s", a.status, a.body)
	}
	a := root.do("PUT", secretAt("/policy", "db"), object{"policy": strings.Replace(lets, `"secretsmanager:GetSecretValue"`, "7", 1)})
	if a.status != 422 || !strings.Contains(a.body, `"field":"Statement[0] (Sid \"Readers\").Action"`) {
		t.Errorf("a mistake: %d %s", a.status, a.body)
	}
	public := strings.Replace(lets, `{"AWS":"arn:aws:iam::123456789012:user/ana"}`, `"*"`, 1)
	if a := root.do("PUT", secretAt("/policy", "db"), object{"policy": public}); a.status != 422 {
		t.Errorf("everybody: %d %s", a.status, a.body)
	}
	root.want(204, "DELETE", secretAt("/policy", "db"), nil, nil)
	if names, _ := readers("db"); !slices.Equal(names, []string{"root"}) {
		t.Errorf("without the policy: %v", names)
	}
	if a := ana.do("GET", secretAt("/readers", "db"), nil); a.status != 403 {
		t.Errorf("ana asks who may: %d %s", a.status, a.body)
	}
}

// A thousand secrets come page by page, in order, and are narrowed by words and state.
func TestListOfSecrets(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	const many = 230
	for i := range many {
		in := secrets.CreateSecretInput{Region: "us-east-1", Name: "app/" + strings.Repeat("z", i%3) + string(rune('a'+i%26)) + "/" + strings.Repeat("n", i), Description: "Number"}
		if _, err := w.secrets.CreateSecret(t.Context(), system, in); err != nil {
			t.Fatal(err)
		}
	}
	c.want(200, "POST", "/api/v1/secrets", object{"name": "needle", "description": "In a Haystack", "text": "x"}, nil)
	c.want(200, "POST", "/api/v1/secrets", object{"name": "ending", "text": "x"}, nil)
	c.want(200, "POST", secretAt("/deletion", "ending"), object{"days": 30}, nil)
	names := func(query string) (all []string) {
		t.Helper()
		after := ""
		for range many {
			var page struct {
				Items []secret
				Next  string
			}
			c.read("/api/v1/secrets?"+query+"&after="+after, &page)
			for _, s := range page.Items {
				all = append(all, s.Name)
			}
			if after = page.Next; after == "" {
				return all
			}
		}
		t.Fatal("the list never ends")
		return nil
	}
	if all := names("limit=100"); len(all) != many+2 || !slices.IsSorted(all) {
		t.Errorf("all: %d, in order %v", len(all), slices.IsSorted(all))
	}
	for query, want := range map[string][]string{
		"words=haystack+needle": {"needle"}, "words=%21needle": nil, "state=deleting": {"ending"}, "state=in-use": {"needle"}, "state=failed": nil,
	} {
		if diff := cmp.Diff(want, names(query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	if a := c.do("GET", "/api/v1/secrets?after=nonsense", nil); a.status != 422 {
		t.Errorf("an unknown page: %d %s", a.status, a.body)
	}
}

// A rotation on a real database: planned, done now, and with words that say what to mend when it fails.
func TestRotationOnThePage(t *testing.T) {
	pg := testenv.StartPostgres(t, nil)
	hba := pg.File(t, "hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n")
	testenv.Exec(t, pg.URL("postgres"), "CREATE ROLE app LOGIN PASSWORD 'first-password'", "ALTER SYSTEM SET hba_file = '"+hba+"'")
	pg.Stop()
	pg.Start(t)
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	login := object{"engine": "postgres", "host": "127.0.0.1", "port": pg.Port(), "dbname": "postgres", "username": "app", "password": "first-password"}
	text := func(l object) string {
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	c.want(200, "POST", "/api/v1/secrets", object{"name": "db", "text": text(login)}, nil)
	var next struct{ OpensAt, ClosesAt string }
	c.read(secretAt("/schedule", "db", "schedule", "rate(30 days)", "window", "3h"), &next)
	if next.OpensAt == "" || next.ClosesAt == "" {
		t.Errorf("the next window: %+v", next)
	}
	if a := c.do("GET", secretAt("/schedule", "db", "schedule", "rate(30 moons)"), nil); a.status != 422 || !strings.Contains(a.body, "rate(10 days)") {
		t.Errorf("no schedule: %d %s", a.status, a.body)
	}
	var now secret
	c.want(200, "PUT", secretAt("/rotation", "db"), object{"rotator": "SignetPostgreSQLSingleUser", "schedule": "rate(30 days)", "window": "3h"}, &now)
	if r := now.Rotation; r == nil || !r.On || r.Rotator != "SignetPostgreSQLSingleUser" || r.Schedule != "rate(30 days)" || r.OpensAt != next.OpensAt {
		t.Errorf("planned: %+v, asked %+v", now.Rotation, next)
	}
	now = secret{}
	c.want(200, "POST", secretAt("/rotations", "db"), nil, &now)
	if now.State != "rotating" || now.Rotation.Pending == "" {
		t.Errorf("begun: %+v %+v", now, now.Rotation)
	}
	if err := w.secrets.RotateDue(t.Context(), system); err != nil {
		t.Fatal(err)
	}
	now = secret{}
	c.read(secretAt("", "db"), &now)
	if now.State != "in-use" || now.Rotation.RotatedAt == "" || now.Rotation.Failures != 0 {
		t.Errorf("rotated: %+v %+v", now, now.Rotation)
	}
	var held struct{ Username, Password string }
	if err := json.Unmarshal([]byte(c.reveal("db", "")), &held); err != nil || held.Password == "first-password" {
		t.Errorf("held: %v", err)
	}
	if err := tryPostgres(t.Context(), pg.Port(), held.Username, held.Password); err != nil {
		t.Errorf("the new password: %v", err)
	}

	login["password"] = "a-wrong-password"
	c.want(200, "POST", secretAt("/versions", "db"), object{"text": text(login)}, nil)
	c.want(200, "POST", secretAt("/versions", "db"), object{"text": text(login)}, nil)
	now = secret{}
	c.want(200, "POST", secretAt("/rotations", "db"), nil, &now)
	if err := w.secrets.RotateDue(t.Context(), system); err == nil {
		t.Fatal("a rotation with a wrong password succeeds")
	}
	now = secret{}
	c.read(secretAt("", "db"), &now)
	if now.State != "failed" || now.Rotation.Failures != 1 || now.Rotation.RetryAt == "" || now.Rotation.Pending == "" {
		t.Errorf("failed: %+v %+v", now, now.Rotation)
	}
	var steps struct {
		Items []struct{ Step, Result, Reason, Version string }
	}
	a := c.want(200, "GET", secretAt("/rotations", "db"), nil, &steps)
	if len(steps.Items) < 6 || steps.Items[0].Step != "setSecret" || steps.Items[0].Result == "ok" || steps.Items[0].Reason != "the database refuses the user or the password" {
		t.Errorf("steps: %+v", steps.Items)
	}
	if strings.Contains(a.body, "a-wrong-password") {
		t.Error("the reason tells the password")
	}
	pending := now.Rotation.Pending
	now = secret{}
	c.want(200, "POST", secretAt("/rotations", "db"), nil, &now)
	if now.State != "rotating" || now.Rotation.Pending != pending {
		t.Errorf("tried again: %+v", now.Rotation)
	}
	now = secret{}
	c.want(200, "DELETE", secretAt("/rotation", "db"), nil, &now)
	if now.State != "in-use" || now.Rotation.On {
		t.Errorf("cancelled: %+v %+v", now, now.Rotation)
	}
	now = secret{}
	c.want(200, "PUT", secretAt("/stage", "db"), object{"stage": "AWSPENDING", "from": pending}, &now)
	if now.Rotation.Pending != "" {
		t.Errorf("without AWSPENDING: %+v", now.Rotation)
	}
}

func tryPostgres(ctx context.Context, port int, user, password string) error {
	config, err := pgx.ParseConfig("host=127.0.0.1 dbname=postgres sslmode=disable")
	if err != nil {
		return err
	}
	config.Port, config.User, config.Password = uint16(port), user, password
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

func TestRandomPassword(t *testing.T) {
	c := newWorld(t).signedIn("root", policy.Admin)
	var made struct{ Password string }
	c.want(200, "POST", "/api/v1/secrets/password", object{"length": 40, "exclude": "abcABC", "noPunctuation": true}, &made)
	if len(made.Password) != 40 || strings.ContainsAny(made.Password, "abcABC!/@") {
		t.Errorf("%q", made.Password)
	}
	if a := c.do("POST", "/api/v1/secrets/password", object{"length": 3}); a.status != 422 {
		t.Errorf("too short: %d %s", a.status, a.body)
	}
}

// Whom no policy lets near the secrets gets nothing from any of their routes; whom one lets read about
// them is offered no more than that.
func TestWhoMayUseThePageOfSecrets(t *testing.T) {
	w := newWorld(t)
	root := w.signedIn("root", policy.Admin)
	root.want(200, "POST", "/api/v1/secrets", object{"name": "db", "text": "value"}, nil)
	ana := w.signedIn("ana", policy.Author)
	var me struct{ May struct{ Secrets bool } }
	if ana.read("/api/v1/session", &me); me.May.Secrets {
		t.Error("an author may list the secrets")
	}
	if root.read("/api/v1/session", &me); !me.May.Secrets {
		t.Error("an administrator may not list the secrets")
	}
	bodies := map[string]any{
		"POST /api/v1/secrets": object{"name": "new", "text": "x"}, "POST /api/v1/secrets/password": object{"length": 32},
		"PUT /api/v1/secret": object{"description": "x"}, "PUT /api/v1/secret/tags": object{"tags": []object{}},
		"POST /api/v1/secret/versions": object{"text": "x"}, "POST /api/v1/secret/reveal": object{},
		"PUT /api/v1/secret/stage":     object{"stage": "AWSCURRENT", "to": strings.Repeat("x", 36)},
		"PUT /api/v1/secret/rotation":  object{"rotator": "SignetMySQLSingleUser", "schedule": "rate(1 days)"},
		"POST /api/v1/secret/deletion": object{"days": 7},
		"PUT /api/v1/secret/policy":    object{"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`},
		"POST /api/v1/secret/explain":  object{"principal": "root", "action": "GetSecretValue"},
	}
	for pattern := range contract {
		p := path(pattern)
		if !strings.HasPrefix(p, "/api/v1/secret") {
			continue
		}
		if !strings.HasPrefix(p, "/api/v1/secrets") {
			p += "?name=db"
		}
		if strings.HasSuffix(pattern, "/schedule") {
			p += "&schedule=rate(1+days)"
		}
		if a := ana.do(method(pattern), p, bodies[pattern]); a.status != http.StatusForbidden || a.code() != "denied" {
			t.Errorf("an author's %s: %d %s", pattern, a.status, a.body)
		}
	}
	root.want(204, "POST", "/api/v1/access/users/ana/policies", object{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, nil)
	var seen secret
	ana.read(secretAt("", "db"), &seen)
	if slices.Contains(seen.May, "PutSecretValue") || slices.Contains(seen.May, "DeleteSecret") || !slices.Contains(seen.May, "ListSecretVersionIds") {
		t.Errorf("with ReadOnlyAccess: %v", seen.May)
	}
	if may := slices.Contains(seen.May, "GetSecretValue"); may != (ana.do("POST", secretAt("/reveal", "db"), object{}).status == 200) {
		t.Errorf("what is offered is not what is allowed: %v", seen.May)
	}
}

// A disabled key closes the secrets under it, and the page says so in words.
func TestSecretUnderADisabledKey(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	var own key
	c.want(200, "POST", "/api/v1/keys", object{"alias": "wards"}, &own)
	c.want(200, "POST", "/api/v1/secrets", object{"name": "db", "text": "value", "key": own.ID}, nil)
	if err := w.keys.DisableKey(t.Context(), system, kms.KeyInput{Scope: kms.Scope{Region: "us-east-1"}, KeyID: own.ID}); err != nil {
		t.Fatal(err)
	}
	a := c.do("POST", secretAt("/reveal", "db"), object{})
	if a.status == 200 || a.status >= 500 || !strings.Contains(a.body, "enabled") {
		t.Errorf("reading: %d %s", a.status, a.body)
	}
}
