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
	if a := c.want(200, "GET", keys, nil, nil); !strings.Contains(a.body, made.ID) || strings.Contains(a.body, made.Secret) {
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
