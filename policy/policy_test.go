package policy_test

import (
	"testing"

	"signet/policy"
)

func TestDecide(t *testing.T) {
	ana := policy.NewCaller(policy.Principal{ID: "1", Name: "ana", Role: policy.Author, Groups: []string{"sales"}})
	for _, c := range []struct {
		name   string
		caller policy.Caller
		grant  policy.Grant
		want   bool
	}{
		{"nobody, open to everyone", policy.Caller{}, policy.Everyone, false},
		{"nobody, empty names", policy.Caller{}, policy.Grant{Roles: []policy.Role{""}, Users: []string{""}, Groups: []string{""}}, false},
		{"no grant", ana, policy.Grant{}, false},
		{"by role", ana, policy.Grant{Roles: []policy.Role{policy.Author}}, true},
		{"other role", ana, policy.Grant{Roles: []policy.Role{policy.Admin}}, false},
		{"by group", ana, policy.Grant{Groups: []string{"finance", "sales"}}, true},
		{"by name", ana, policy.Grant{Users: []string{"ana"}}, true},
		{"id is not a name", ana, policy.Grant{Users: []string{"1"}}, false},
		{"everyone", ana, policy.Everyone, true},
	} {
		if got := policy.Decide(c.caller, policy.Operation{Action: "x:Y", Allow: c.grant}); got != c.want {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
}
