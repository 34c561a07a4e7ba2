package policy_test

import (
	"testing"
	"time"

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

// TestDecideByRules: operations of the AWS side are decided by the caller's policies and the resource's,
// with what is known of every request.
func TestDecideByRules(t *testing.T) {
	readers, err := policy.ParseDocument([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*",
		"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"DateLessThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}}]}`),
		policy.Options{Kind: policy.IdentityPolicy, Name: "readers"})
	if err != nil {
		t.Fatal(err)
	}
	ana := policy.Principal{ID: "u1", Name: "ana", Role: policy.Reader, SourceIP: "192.0.2.7", AWS: policy.Identity{
		Requester: policy.Requester{Type: policy.User, ARN: "arn:aws:iam::123456789012:user/ana", Account: "123456789012", Name: "ana", ID: "AIDA1"},
		At:        time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Policies: []*policy.Document{readers},
	}}
	op := policy.Operation{Action: "secretsmanager:GetSecretValue",
		Rules: &policy.Rules{Resource: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1b2c3"}}
	for name, c := range map[string]struct {
		change func(*policy.Principal, *policy.Operation)
		want   bool
	}{
		"allowed":      {func(*policy.Principal, *policy.Operation) {}, true},
		"elsewhere":    {func(p *policy.Principal, _ *policy.Operation) { p.SourceIP = "198.51.100.7" }, false},
		"too late":     {func(p *policy.Principal, _ *policy.Operation) { p.AWS.At = p.AWS.At.AddDate(1, 0, 0) }, false},
		"other action": {func(_ *policy.Principal, op *policy.Operation) { op.Action = "secretsmanager:DeleteSecret" }, false},
		"claimed address": {func(p *policy.Principal, op *policy.Operation) {
			p.SourceIP = "198.51.100.7"
			op.Rules = &policy.Rules{Resource: op.Rules.Resource, Context: map[string][]string{"aws:SourceIp": {"192.0.2.7"}}}
		}, false},
		"no rules":    {func(_ *policy.Principal, op *policy.Operation) { op.Rules = nil }, false},
		"no identity": {func(p *policy.Principal, _ *policy.Operation) { p.AWS = policy.Identity{} }, false},
		"a job": {func(p *policy.Principal, op *policy.Operation) {
			p.AWS, p.Role, op.Allow = policy.Identity{}, policy.System, policy.Grant{Roles: []policy.Role{policy.System}}
		}, true},
	} {
		p, o := ana, op
		c.change(&p, &o)
		if got := policy.Decide(policy.NewCaller(p), o); got != c.want {
			t.Errorf("%s: got %t; %s", name, got, policy.Why(policy.NewCaller(p), o).Why)
		}
	}
	if policy.Decide(policy.Caller{}, op) {
		t.Error("nobody may")
	}
}
