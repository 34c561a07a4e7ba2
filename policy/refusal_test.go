package policy_test

import (
	"testing"

	"signet/policy"
)

func TestRefusal(t *testing.T) {
	const begins = "User: " + anaARN + " is not authorized to perform: kms:Decrypt on resource: " + keyARN
	key := parse(t, policy.KeyPolicy, versioned(to(toAccount, allowAll)))
	all, other, deny := identity(t, allowAll), identity(t, allowOther), identity(t, allowAll, denyAll)
	for _, c := range []struct {
		name string
		is   policy.Identity
		key  *policy.Document
		want string
	}{
		{"no identity policy", policy.Identity{Policies: []*policy.Document{other}}, key, begins + " because no identity-based policy allows the kms:Decrypt action"},
		{"no key policy", policy.Identity{Policies: []*policy.Document{all}}, parse(t, policy.KeyPolicy, versioned(to(toRole, allowAll))),
			begins + " because no resource-based policy allows the kms:Decrypt action"},
		{"no session policy", policy.Identity{Policies: []*policy.Document{all}, Session: []*policy.Document{other}}, key,
			begins + " because no session policy allows the kms:Decrypt action"},
		{"no boundary", policy.Identity{Policies: []*policy.Document{all}, Boundary: other}, key, begins + " because no permissions boundary allows the kms:Decrypt action"},
		{"denied by the identity", policy.Identity{Policies: []*policy.Document{deny}}, key, begins + " with an explicit deny in an identity-based policy"},
		{"denied by the key", policy.Identity{Policies: []*policy.Document{all}}, parse(t, policy.KeyPolicy, versioned(to(toAccount, allowAll), to(toEveryone, denyAll))),
			begins + " with an explicit deny in a resource-based policy"},
		{"denied by the boundary", policy.Identity{Policies: []*policy.Document{all}, Boundary: deny}, key, begins + " with an explicit deny in a permissions boundary"},
		{"allowed", policy.Identity{Policies: []*policy.Document{all}}, key, begins},
	} {
		c.is.Requester = ana()
		caller := policy.NewCaller(policy.Principal{ID: "1", Name: "ana", AWS: c.is})
		op := policy.Operation{Action: "kms:Decrypt", Resource: keyARN, Rules: &policy.Rules{Resource: keyARN, Policy: c.key}}
		if got := policy.Refusal(caller, op); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := policy.Refusal(policy.Caller{}, policy.Operation{Action: "kms:Decrypt", Resource: "*"}); got != "User:  is not authorized to perform: kms:Decrypt on resource: *" {
		t.Errorf("nobody: %q", got)
	}
}
