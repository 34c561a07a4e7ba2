package web_test

import (
	"slices"
	"strings"
	"testing"

	"signet/identity"
	"signet/policy"
)

func TestAccess(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	w.signedIn("ana", policy.Author)
	var users struct {
		Items []struct {
			Name, Role, LastSeen string
			Disabled             bool
		}
		Next string
	}
	c.read("/api/v1/access/users?limit=1", &users)
	if len(users.Items) != 1 || users.Items[0].Name != "ana" || users.Items[0].LastSeen == "" || users.Next != "ana" {
		t.Errorf("the first page: %+v", users)
	}
	users.Next = ""
	if c.read("/api/v1/access/users?limit=1&after=ana", &users); len(users.Items) != 1 || users.Items[0].Name != "root" || users.Next != "" {
		t.Errorf("the last page: %+v", users)
	}
	if a := c.do("GET", "/api/v1/access/users/nobody", nil); a.status != 404 {
		t.Errorf("nobody: %d %s", a.status, a.body)
	}
	iam := w.identity.IAM()
	if _, err := iam.CreateGroup(t.Context(), system, "desk", "/"); err != nil {
		t.Fatal(err)
	}
	if err := iam.AddUserToGroup(t.Context(), system, "desk", "ana"); err != nil {
		t.Fatal(err)
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	if _, err := iam.CreateRole(t.Context(), system, identity.NewRole{Name: "reader", Trust: trust, Description: "reads"}); err != nil {
		t.Fatal(err)
	}
	var group struct{ Members, May []string }
	c.read("/api/v1/access/groups/desk", &group)
	if !slices.Equal(group.Members, []string{"ana"}) || !slices.Contains(group.May, "AttachGroupPolicy") {
		t.Errorf("the group: %+v", group)
	}
	const everything = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
	c.want(204, "POST", "/api/v1/access/groups/desk/policies", object{"arn": everything}, nil)
	var policies struct {
		Attached []struct{ ARN, Name string }
		Inline   []string
	}
	c.read("/api/v1/access/groups/desk/policies", &policies)
	if len(policies.Attached) != 1 || policies.Attached[0].Name != "IAMReadOnlyAccess" {
		t.Errorf("attached: %+v", policies)
	}
	var text struct{ Policy string }
	if c.read("/api/v1/access/policy?arn="+everything, &text); !strings.Contains(text.Policy, "iam:List*") {
		t.Errorf("the text: %s", text.Policy)
	}
	if err := iam.PutInline(t.Context(), system, identity.ARole, "reader", "own", text.Policy); err != nil {
		t.Fatal(err)
	}
	if c.read("/api/v1/access/roles/reader/policies/own", &text); !strings.Contains(text.Policy, "iam:List*") {
		t.Errorf("the role's own: %s", text.Policy)
	}
	var role struct {
		Trust, Description string
		MaxSession         int
	}
	if c.read("/api/v1/access/roles/reader", &role); role.Trust != trust || role.MaxSession != 3600 {
		t.Errorf("the role: %+v", role)
	}
	for path, want := range map[string]string{"groups": `"desk"`, "roles": `"reader"`, "policies": `"AdministratorAccess"`} {
		if a := c.want(200, "GET", "/api/v1/access/"+path, nil, nil); !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := c.do("GET", "/api/v1/access/things/ana/policies", nil); a.status != 422 {
		t.Errorf("of no kind: %d %s", a.status, a.body)
	}
}

func TestAccessKeys(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	w.user("ana", policy.Author)
	const keys = "/api/v1/access/users/ana/keys"
	var made struct{ ID, Secret string }
	c.want(200, "POST", keys, nil, &made)
	if len(made.Secret) != 40 || len(made.ID) != 20 {
		t.Errorf("made: %+v", made)
	}
	if a := c.want(200, "GET", keys, nil, nil); !strings.Contains(a.body, made.ID) || strings.Contains(a.body, made.Secret) || strings.Contains(a.body, "usedAt") {
		t.Errorf("the list: %s", a.body)
	}
	if strings.Contains(w.log.String(), made.Secret) {
		t.Error("the log holds the secret (threat A25)")
	}
	c.want(204, "PUT", keys+"/"+made.ID, object{"active": false}, nil)
	var list struct{ Items []struct{ Active bool } }
	if c.read(keys, &list); len(list.Items) != 1 || list.Items[0].Active {
		t.Errorf("switched off: %+v", list)
	}
	// A30: a key is found under its own user only.
	if a := c.do("DELETE", "/api/v1/access/users/root/keys/"+made.ID, nil); a.status != 404 {
		t.Errorf("under another name: %d %s", a.status, a.body)
	}
	c.want(204, "DELETE", keys+"/"+made.ID, nil, nil)
	if c.read(keys, &list); len(list.Items) != 0 {
		t.Errorf("removed: %+v", list)
	}
}

func TestEndingSessions(t *testing.T) {
	w := newWorld(t)
	admin, ana := w.signedIn("root", policy.Admin), w.signedIn("ana", policy.Author)
	var list struct {
		Items []struct {
			ID      string
			Current bool
		}
	}
	admin.read("/api/v1/access/users/ana/sessions", &list)
	if len(list.Items) != 1 || list.Items[0].Current {
		t.Fatalf("ana's sessions: %+v", list)
	}
	hers := list.Items[0].ID
	if a := admin.do("DELETE", "/api/v1/access/users/root/sessions/"+hers, nil); a.status != 404 {
		t.Errorf("under another name: %d %s", a.status, a.body)
	}
	if a := ana.do("GET", "/api/v1/access/users/root/sessions", nil); a.status != 403 {
		t.Errorf("ana sees the administrator's sessions: %d %s", a.status, a.body)
	}
	admin.want(204, "DELETE", "/api/v1/access/users/ana/sessions/"+hers, nil, nil)
	if a := ana.do("GET", "/api/v1/session", nil); a.status != 401 {
		t.Errorf("ana's next request: %d %s", a.status, a.body)
	}
	// One's own are one's own business.
	again := w.client()
	again.want(200, "POST", "/api/v1/session", object{"name": "ana", "password": password}, nil)
	if again.read("/api/v1/access/users/ana/sessions", &list); len(list.Items) != 1 || !list.Items[0].Current {
		t.Errorf("ana's own: %+v", list)
	}
	admin.want(204, "PUT", "/api/v1/access/users/ana/disabled", object{"disabled": true}, nil)
	if a := again.do("GET", "/api/v1/session", nil); a.status != 401 {
		t.Errorf("a disabled user's session: %d %s", a.status, a.body)
	}
	if a := admin.do("PUT", "/api/v1/access/users/root/disabled", object{"disabled": true}); a.status != 422 {
		t.Errorf("the last administrator: %d %s", a.status, a.body)
	}
	admin.want(204, "PUT", "/api/v1/access/users/ana/disabled", object{"disabled": false}, nil)
}

func TestMakingPeople(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	var page struct{ MayCreate bool }
	if c.read("/api/v1/access/users", &page); !page.MayCreate {
		t.Error("an administrator may not make users")
	}
	if a := c.do("POST", "/api/v1/access/users", object{"name": "Not A Name", "role": "reader"}); a.status != 422 || !strings.Contains(a.body, `"field":"name"`) {
		t.Errorf("a bad name: %d %s", a.status, a.body)
	}
	var mia struct {
		Name, DisplayName, Role, Origin string
		HasPassword                     bool
		Groups, May                     []string
	}
	c.want(200, "POST", "/api/v1/access/users", object{"name": "mia", "displayName": "Mia Sato", "role": "reader", "groups": []string{"desk"}}, &mia)
	if mia.Origin != "hand" || mia.HasPassword || mia.DisplayName != "Mia Sato" || !slices.Contains(mia.May, "MakeLink") || !slices.Contains(mia.May, "DeleteUser") {
		t.Errorf("made: %+v", mia)
	}
	if a := c.do("POST", "/api/v1/access/users", object{"name": "mia", "role": "reader"}); a.status != 422 || !strings.Contains(a.body, "taken") {
		t.Errorf("twice: %d %s", a.status, a.body)
	}
	var link struct{ Token string }
	c.want(200, "POST", "/api/v1/access/users/mia/links", object{"hours": 1}, &link)
	if strings.Contains(w.log.String(), link.Token) {
		t.Error("the log holds the link (threat A25)")
	}
	hers := w.client()
	hers.want(200, "POST", "/api/v1/session/link", object{"token": link.Token}, nil)
	if a := w.client().do("POST", "/api/v1/session/link", object{"token": link.Token}); a.status != 410 {
		t.Errorf("the link a second time: %d %s", a.status, a.body)
	}
	for path, in := range map[string]object{
		"/api/v1/access/users": {"name": "eve", "role": "admin"}, "/api/v1/access/users/root/links": {"hours": 1},
		"/api/v1/access/groups": {"name": "eve"}, "/api/v1/access/explain": {"action": "iam:ListUsers"},
		"/api/v1/access/policies": {"name": "eve", "policy": anything}, "/api/v1/access/roles": {"name": "eve", "trust": trustAll},
	} {
		if a := hers.do("POST", path, in); a.status != 403 {
			t.Errorf("mia at %s: %d %s", path, a.status, a.body)
		}
	}
	if a := hers.do("PATCH", "/api/v1/access/users/mia", object{"role": "admin"}); a.status != 403 {
		t.Errorf("mia makes herself an administrator: %d %s", a.status, a.body)
	}
	c.want(200, "PATCH", "/api/v1/access/users/mia", object{"role": "author", "groups": []string{}}, &mia)
	if mia.Role != "author" || len(mia.Groups) != 0 || mia.DisplayName != "Mia Sato" {
		t.Errorf("changed: %+v", mia)
	}
	c.want(200, "POST", "/api/v1/access/groups", object{"name": "desk"}, nil)
	c.want(204, "POST", "/api/v1/access/groups/desk/members", object{"user": "mia"}, nil)
	c.want(200, "POST", "/api/v1/access/users/mia/keys", nil, nil)
	c.want(204, "PUT", "/api/v1/access/users/mia/policies/own", object{"policy": anything}, nil)
	c.want(204, "DELETE", "/api/v1/access/users/mia", nil, nil)
	if a := hers.do("GET", "/api/v1/session", nil); a.status != 401 {
		t.Errorf("a removed user's session: %d %s", a.status, a.body)
	}
	if a := c.want(200, "GET", "/api/v1/access/groups/desk", nil, nil); strings.Contains(a.body, "mia") {
		t.Errorf("the group still has her: %s", a.body)
	}
	c.want(204, "DELETE", "/api/v1/access/groups/desk", nil, nil)
}

// The last administrator can neither be removed nor demoted; see identity for the races.
func TestTheLastAdministratorStays(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	for _, try := range []func() answer{
		func() answer { return c.do("DELETE", "/api/v1/access/users/root", nil) },
		func() answer { return c.do("PATCH", "/api/v1/access/users/root", object{"role": "reader"}) },
		func() answer { return c.do("PUT", "/api/v1/access/users/root/disabled", object{"disabled": true}) },
	} {
		if a := try(); a.status != 422 || !strings.Contains(a.body, "last administrator") {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	w.user("second", policy.Admin)
	c.want(204, "DELETE", "/api/v1/access/users/second", nil, nil)
	c.want(200, "GET", "/api/v1/session", nil, nil)
}

const (
	anything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:List*","Resource":"*"}]}`
	trustAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}`
)

// What a thing has of its own counts in an answer: the policy of a secret lets somebody read it, and takes it away.
func TestTryItWeighsTheSecretsPolicy(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	w.user("ana", policy.Author)
	var made struct{ ARN string }
	c.want(200, "POST", "/api/v1/secrets", object{"name": "db", "text": "value"}, &made)
	ask := object{"principal": "ana", "action": "secretsmanager:GetSecretValue", "resource": made.ARN}
	var e struct{ Allowed bool }
	if c.want(200, "POST", "/api/v1/access/explain", ask, &e); e.Allowed {
		t.Error("ana has no policy, and the secret neither")
	}
	hers := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/ana"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	c.want(200, "PUT", "/api/v1/secret/policy?name=db", object{"policy": hers}, nil)
	if c.want(200, "POST", "/api/v1/access/explain", ask, &e); !e.Allowed {
		t.Error("the secret's policy names ana")
	}
	if a := c.do("POST", "/api/v1/access/explain", object{"principal": "ana", "action": "secretsmanager:GetSecretValue", "resource": made.ARN + "x"}); a.status != 404 {
		t.Errorf("a secret that is not there: %d %s", a.status, a.body)
	}
}

func TestManagedPolicies(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	w.user("ana", policy.Author)
	bad := strings.Replace(anything, `"iam:List*"`, "7", 1)
	if a := c.do("POST", "/api/v1/access/policies", object{"name": "lists", "policy": bad}); a.status != 422 || !strings.Contains(a.body, "Statement[0].Action") {
		t.Errorf("a mistake names no field: %d %s", a.status, a.body)
	}
	var made struct{ ARN string }
	c.want(200, "POST", "/api/v1/access/policies", object{"name": "lists", "description": "lists people", "policy": anything}, &made)
	q := "?arn=" + made.ARN
	c.want(204, "POST", "/api/v1/access/users/ana/policies", object{"arn": made.ARN}, nil)

	explain := func(in object) (out struct {
		Allowed bool
		Why     string
	}) {
		t.Helper()
		c.want(200, "POST", "/api/v1/access/explain", in, &out)
		return out
	}
	if e := explain(object{"principal": "ana", "action": "iam:ListUsers"}); !e.Allowed || !strings.Contains(e.Why, "lists") {
		t.Errorf("ana lists users: %+v", e)
	}
	if e := explain(object{"principal": "ana", "action": "iam:GetUser"}); e.Allowed {
		t.Errorf("ana reads a user: %+v", e)
	}
	if e := explain(object{"action": "iam:ListUsers", "policy": anything}); !e.Allowed || !strings.Contains(e.Why, "draft") {
		t.Errorf("the draft alone: %+v", e)
	}
	deny := strings.Replace(anything, "Allow", "Deny", 1)
	if e := explain(object{"principal": "ana", "action": "iam:ListUsers", "policy": deny}); e.Allowed {
		t.Errorf("with a draft that denies: %+v", e)
	}
	if a := c.do("POST", "/api/v1/access/explain", object{"principal": "ana", "action": "ListUsers"}); a.status != 422 {
		t.Errorf("an action of no service: %d %s", a.status, a.body)
	}

	var v struct{ ID string }
	c.want(200, "POST", "/api/v1/access/policy/versions"+q, object{"policy": deny, "default": false}, &v)
	var text struct{ Policy string }
	if c.read("/api/v1/access/policy"+q+"&version="+v.ID, &text); text.Policy != deny {
		t.Errorf("the new version: %s", text.Policy)
	}
	if c.read("/api/v1/access/policy"+q, &text); text.Policy != anything {
		t.Errorf("what counts: %s", text.Policy)
	}
	c.want(204, "PUT", "/api/v1/access/policy/default"+q+"&version="+v.ID, nil, nil)
	if e := explain(object{"principal": "ana", "action": "iam:ListUsers"}); e.Allowed {
		t.Errorf("after the other version counts: %+v", e)
	}
	if a := c.do("DELETE", "/api/v1/access/policy/versions"+q+"&version="+v.ID, nil); a.status != 422 {
		t.Errorf("removing what counts: %d %s", a.status, a.body)
	}
	c.want(204, "DELETE", "/api/v1/access/policy/versions"+q+"&version=v1", nil, nil)
	c.want(200, "POST", "/api/v1/access/policy/versions"+q, object{"policy": anything, "default": true}, nil)
	var about struct {
		Policy   struct{ Attached int }
		Versions []struct {
			ID      string
			Default bool
		}
		Holders []struct{ Kind, Name string }
		May     []string
	}
	c.read("/api/v1/access/policy/about"+q, &about)
	if len(about.Versions) != 2 || !about.Versions[0].Default || len(about.Holders) != 1 || about.Holders[0].Name != "ana" || !slices.Contains(about.May, "DeletePolicy") {
		t.Errorf("about: %+v", about)
	}
	c.want(204, "PUT", "/api/v1/access/users/ana/boundary", object{"arn": made.ARN}, nil)
	if a := c.do("DELETE", "/api/v1/access/policies"+q, nil); a.status != 422 || !strings.Contains(a.body, "boundary") {
		t.Errorf("removing a boundary's policy: %d %s", a.status, a.body)
	}
	c.want(204, "PUT", "/api/v1/access/users/ana/boundary", object{"arn": ""}, nil)
	c.want(204, "DELETE", "/api/v1/access/policies"+q, nil, nil)
	if a := c.want(200, "GET", "/api/v1/access/users/ana/policies", nil, nil); strings.Contains(a.body, made.ARN) {
		t.Errorf("still attached: %s", a.body)
	}
	builtIn := "?arn=arn:aws:iam::aws:policy/ReadOnlyAccess"
	if c.read("/api/v1/access/policy/about"+builtIn, &about); len(about.May) != 0 {
		t.Errorf("a built-in policy offers %v", about.May)
	}
	if a := c.do("DELETE", "/api/v1/access/policies"+builtIn, nil); a.status != 422 {
		t.Errorf("removing a built-in policy: %d %s", a.status, a.body)
	}
}

func TestMakingRoles(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	w.user("ana", policy.Author)
	if a := c.do("POST", "/api/v1/access/roles", object{"name": "importer", "trust": "{"}); a.status != 422 {
		t.Errorf("no trust policy: %d %s", a.status, a.body)
	}
	var made struct{ ARN string }
	c.want(200, "POST", "/api/v1/access/roles", object{
		"name": "importer", "description": "loads", "trust": trustAll, "maxSession": 7200, "tags": []object{{"key": "team", "value": "data"}},
	}, &made)
	const role = "/api/v1/access/roles/importer"
	c.want(204, "PATCH", role, object{"description": "loads at night", "maxSession": 10800}, nil)
	c.want(204, "PUT", role+"/tags", object{"tags": []object{{"key": "cost", "value": "7"}}}, nil)
	c.want(204, "PUT", role+"/boundary", object{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, nil)
	c.want(204, "PUT", role+"/policies/own", object{"policy": anything}, nil)
	var got struct {
		Description, Boundary string
		MaxSession            int
		Tags                  []struct{ Key, Value string }
		May                   []string
	}
	c.read(role, &got)
	if got.Description != "loads at night" || got.MaxSession != 10800 || len(got.Tags) != 1 || got.Tags[0].Key != "cost" ||
		!strings.HasSuffix(got.Boundary, "ReadOnlyAccess") || !slices.Contains(got.May, "DeleteRole") {
		t.Errorf("the role: %+v", got)
	}
	ask := object{"principal": "ana", "action": "sts:AssumeRole", "resource": made.ARN}
	var e struct {
		Allowed bool
		Why     string
	}
	if c.want(200, "POST", "/api/v1/access/explain", ask, &e); e.Allowed {
		t.Errorf("trusted by the account only, ana needs a policy too: %+v", e)
	}
	hers := strings.Replace(trustAll, "123456789012", "arn:aws:iam::123456789012:user/ana", 1)
	c.want(204, "PUT", role+"/trust", object{"policy": hers}, nil)
	if c.want(200, "POST", "/api/v1/access/explain", ask, &e); !e.Allowed {
		t.Errorf("trusted by name: %+v", e)
	}
	c.want(204, "DELETE", role+"/policies/own", nil, nil)
	c.want(204, "PUT", role+"/policies/own", object{"policy": anything}, nil)
	c.want(204, "DELETE", role, nil, nil)
	if a := c.do("GET", role, nil); a.status != 404 {
		t.Errorf("removed: %d %s", a.status, a.body)
	}
	if a := c.do("PUT", "/api/v1/access/groups/desk/boundary", object{"arn": ""}); a.status != 422 {
		t.Errorf("a group's boundary: %d %s", a.status, a.body)
	}
}
