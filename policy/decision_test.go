package policy_test

import (
	"strings"
	"testing"

	"signet/policy"
)

func root(account string) policy.Requester {
	return policy.Requester{Type: policy.AccountRoot, ARN: "arn:aws:iam::" + account + ":root", Account: account}
}

func session() policy.Requester {
	return policy.Requester{Type: policy.AssumedRole, ARN: "arn:aws:sts::111122223333:assumed-role/etl/night", Account: account,
		Issuer: "arn:aws:iam::111122223333:role/jobs/etl", ID: "AROAETL:night"}
}

func stranger() policy.Requester {
	return policy.Requester{Type: policy.User, ARN: "arn:aws:iam::444455556666:user/eve", Account: other, Name: "eve"}
}

func service() policy.Requester {
	return policy.Requester{Type: policy.Service, ARN: "quicksight.amazonaws.com"}
}

// Statements that the cases are put together from.
const (
	allowAll     = `"Effect": "Allow", "Action": "*", "Resource": "*"`
	allowDecrypt = `"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"`
	denyAll      = `"Sid": "NoAll", "Effect": "Deny", "Action": "*", "Resource": "*"`
	allowOther   = `"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"`
)

// to is a statement of a resource that names principals.
func to(principals, statement string) string { return `"Principal": ` + principals + `, ` + statement }

const (
	toAna      = `{"AWS": "arn:aws:iam::111122223333:user/ana"}`
	toRole     = `{"AWS": "arn:aws:iam::111122223333:role/jobs/etl"}`
	toSession  = `{"AWS": "arn:aws:sts::111122223333:assumed-role/etl/night"}`
	toAccount  = `{"AWS": "arn:aws:iam::111122223333:root"}`
	toNumber   = `{"AWS": "111122223333"}`
	toOther    = `{"AWS": "444455556666"}`
	toStranger = `{"AWS": "arn:aws:iam::444455556666:user/eve"}`
	toService  = `{"Service": ["quicksight.amazonaws.com"]}`
	toEveryone = `"*"`
)

func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		name                                string
		who                                 policy.Requester
		action, resource                    string // kms:Decrypt on the key unless given
		identity, boundary, session, policy []string
		want                                policy.Outcome
	}{
		{name: "nothing at all", who: ana(), want: policy.ImplicitDeny},
		{name: "what comes with every account", who: ana(), action: "iam:GetPolicy", resource: "arn:aws:iam::aws:policy/ReadOnlyAccess", identity: []string{allowAll}, want: policy.Allow},
		{name: "nobody", identity: []string{allowAll}, policy: []string{to(toEveryone, allowAll)}, want: policy.ImplicitDeny},

		// A secret: identity or resource policy.
		{name: "secret, identity allows", who: ana(), resource: secret, identity: []string{allowAll}, want: policy.Allow},
		{name: "secret, resource allows", who: ana(), resource: secret, policy: []string{to(toAna, allowAll)}, want: policy.Allow},
		{name: "secret, everyone allowed", who: ana(), resource: secret, policy: []string{to(toEveryone, allowAll)}, want: policy.Allow},
		{name: "secret, account alone does not allow", who: ana(), resource: secret, policy: []string{to(toAccount, allowAll)}, want: policy.ImplicitDeny},
		{name: "secret, identity denies", who: ana(), resource: secret, identity: []string{allowAll, denyAll}, policy: []string{to(toAna, allowAll)}, want: policy.ExplicitDeny},
		{name: "secret, resource denies", who: ana(), resource: secret, identity: []string{allowAll}, policy: []string{to(toAna, denyAll)}, want: policy.ExplicitDeny},
		{name: "secret, resource denies the account", who: ana(), resource: secret, identity: []string{allowAll}, policy: []string{to(toNumber, denyAll)}, want: policy.ExplicitDeny},
		{name: "secret, somebody else allowed", who: ana(), resource: secret, policy: []string{to(toRole, allowAll)}, want: policy.ImplicitDeny},
		{name: "secret, root", who: root(account), resource: secret, want: policy.Allow},
		{name: "secret, root denied", who: root(account), resource: secret, policy: []string{to(toEveryone, denyAll)}, want: policy.ExplicitDeny},
		{name: "secret, role allowed to its session", who: session(), resource: secret, policy: []string{to(toRole, allowAll)}, want: policy.Allow},
		{name: "secret, role denied to its session", who: session(), resource: secret, identity: []string{allowAll}, policy: []string{to(toRole, denyAll)}, want: policy.ExplicitDeny},
		{name: "secret, session allowed", who: session(), resource: secret, policy: []string{to(toSession, allowAll)}, want: policy.Allow},
		{name: "secret, service allowed", who: service(), resource: secret, policy: []string{to(toService, allowAll)}, want: policy.Allow},
		{name: "secret, service is no AWS principal", who: service(), resource: secret, policy: []string{to(toAna, allowAll)}, want: policy.ImplicitDeny},

		// Another account: both sides.
		{name: "other account, identity only", who: stranger(), resource: secret, identity: []string{allowAll}, want: policy.ImplicitDeny},
		{name: "other account, resource only", who: stranger(), resource: secret, policy: []string{to(toStranger, allowAll)}, want: policy.ImplicitDeny},
		{name: "other account, everyone only", who: stranger(), resource: secret, policy: []string{to(toEveryone, allowAll)}, want: policy.ImplicitDeny},
		{name: "other account, both", who: stranger(), resource: secret, identity: []string{allowAll}, policy: []string{to(toStranger, allowAll)}, want: policy.Allow},
		{name: "other account, both by account", who: stranger(), resource: secret, identity: []string{allowAll}, policy: []string{to(toOther, allowAll)}, want: policy.Allow},
		{name: "other account's root, named", who: root(other), resource: secret, policy: []string{to(toOther, allowAll)}, want: policy.Allow},
		{name: "other account's root, unnamed", who: root(other), resource: secret, want: policy.ImplicitDeny},

		// Ceilings.
		{name: "session policy allows", who: session(), resource: secret, identity: []string{allowAll}, session: []string{allowAll}, want: policy.Allow},
		{name: "session policy is silent", who: session(), identity: []string{allowAll}, session: []string{allowOther}, policy: []string{to(toAccount, allowAll)}, want: policy.ImplicitDeny},
		{name: "session policy grants nothing itself", who: session(), resource: secret, session: []string{allowAll}, want: policy.ImplicitDeny},
		{name: "session policy limits a resource policy", who: session(), session: []string{allowOther}, policy: []string{to(toSession, allowAll)}, want: policy.ImplicitDeny},
		{name: "session policy denies", who: session(), identity: []string{allowAll}, session: []string{allowAll, denyAll}, want: policy.ExplicitDeny},
		{name: "boundary is silent", who: ana(), identity: []string{allowAll}, boundary: []string{allowOther}, policy: []string{to(toAccount, allowAll)}, want: policy.ImplicitDeny},
		{name: "boundary allows", who: ana(), resource: secret, identity: []string{allowAll}, boundary: []string{allowAll}, want: policy.Allow},
		{name: "boundary grants nothing itself", who: ana(), resource: secret, boundary: []string{allowAll}, want: policy.ImplicitDeny},
		{name: "boundary denies", who: ana(), identity: []string{allowAll}, boundary: []string{denyAll}, want: policy.ExplicitDeny},

		// A key: its own policy must open it.
		{name: "key, identity only", who: ana(), identity: []string{allowAll}, want: policy.ImplicitDeny},
		{name: "key, named", who: ana(), policy: []string{to(toAna, allowDecrypt)}, want: policy.Allow},
		{name: "key, account without identity", who: ana(), policy: []string{to(toAccount, allowAll)}, want: policy.ImplicitDeny},
		{name: "key, account with identity", who: ana(), identity: []string{allowDecrypt}, policy: []string{to(toAccount, allowAll)}, want: policy.Allow},
		{name: "key, account opens another action", who: ana(), identity: []string{allowDecrypt}, policy: []string{to(toAccount, allowOther)}, want: policy.ImplicitDeny},
		{name: "key, root unnamed", who: root(account), policy: []string{to(toAna, allowAll)}, want: policy.ImplicitDeny},
		{name: "key, root by account", who: root(account), policy: []string{to(toNumber, allowAll)}, want: policy.Allow},
		{name: "key, root without policy", who: root(account), want: policy.ImplicitDeny},
		{name: "key, denied by identity", who: ana(), identity: []string{denyAll}, policy: []string{to(toAna, allowAll)}, want: policy.ExplicitDeny},
		{name: "key, other account by account", who: stranger(), identity: []string{allowDecrypt}, policy: []string{to(toOther, allowAll)}, want: policy.Allow},
		{name: "key, other account without identity", who: stranger(), policy: []string{to(toStranger, allowAll)}, want: policy.ImplicitDeny},
		{name: "key, other account, only ours named", who: stranger(), identity: []string{allowAll}, policy: []string{to(toAccount, allowAll)}, want: policy.ImplicitDeny},
		{name: "no key: identity decides", who: ana(), action: "kms:ListKeys", resource: "*", identity: []string{allowAll}, want: policy.Allow},
		{name: "no key: a pattern of ARNs is not for it", who: ana(), action: "kms:ListKeys", resource: "*",
			identity: []string{`"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kms:*"`}, want: policy.ImplicitDeny},

		// Not*.
		{name: "NotAction allows others", who: ana(), resource: secret, identity: []string{`"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"`}, want: policy.Allow},
		{name: "NotAction leaves out", who: ana(), resource: secret, identity: []string{`"Effect": "Allow", "NotAction": ["iam:*", "KMS:dec*"], "Resource": "*"`}, want: policy.ImplicitDeny},
		{name: "NotResource allows others", who: ana(), resource: secret, identity: []string{`"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:kms:*"`}, want: policy.Allow},
		{name: "NotResource leaves out", who: ana(), resource: secret, identity: []string{`"Effect": "Allow", "Action": "*", "NotResource": "` + secret + `"`}, want: policy.ImplicitDeny},
		{name: "NotPrincipal denies others", who: ana(), resource: secret, identity: []string{allowAll},
			policy: []string{`"NotPrincipal": ` + toRole + `, ` + denyAll}, want: policy.ExplicitDeny},
		{name: "NotPrincipal with user and account exempts", who: ana(), resource: secret, identity: []string{allowAll},
			policy: []string{`"NotPrincipal": {"AWS": ["111122223333", "` + anaARN + `"]}, ` + denyAll}, want: policy.Allow},
		{name: "NotPrincipal without the account denies", who: ana(), resource: secret, identity: []string{allowAll},
			policy: []string{`"NotPrincipal": ` + toAna + `, ` + denyAll}, want: policy.ExplicitDeny},
		{name: "NotPrincipal of the account is only root", who: ana(), resource: secret, identity: []string{allowAll},
			policy: []string{`"NotPrincipal": ` + toAccount + `, ` + denyAll}, want: policy.ExplicitDeny},
		{name: "NotPrincipal of the account exempts root", who: root(account), resource: secret,
			policy: []string{`"NotPrincipal": ` + toAccount + `, ` + denyAll}, want: policy.Allow},
		{name: "NotPrincipal of a service", who: service(), resource: secret,
			policy: []string{`"NotPrincipal": ` + toService + `, ` + denyAll, to(toService, allowAll)}, want: policy.Allow},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := policy.Request{Principal: c.who, Action: "kms:Decrypt", Resource: keyARN}
			kind := policy.KeyPolicy
			if c.resource != "" {
				r.Resource, kind = c.resource, policy.ResourcePolicy
			}
			if c.action != "" {
				r.Action = c.action
			}
			var p policy.Policies
			if c.identity != nil {
				p.Identity = []*policy.Document{identity(t, c.identity...)}
			}
			if c.boundary != nil {
				p.Boundary = identity(t, c.boundary...)
			}
			if c.session != nil {
				p.Session = []*policy.Document{identity(t, c.session...)}
			}
			if c.policy != nil {
				p.Resource = parse(t, kind, versioned(c.policy...))
			}
			if got := policy.Evaluate(r, p); got.Outcome != c.want {
				t.Errorf("got %v, %s", got.Outcome, policy.Explain(r, p))
			}
		})
	}
}

func TestResources(t *testing.T) {
	for _, c := range []struct {
		pattern, resource string
		want              bool
	}{
		{"*", secret, true},
		{secret, secret, true},
		{strings.ToUpper(secret[:20]) + secret[20:], secret, false},
		{"arn:aws:secretsmanager:us-east-1:111122223333:secret:DB-??????", secret, false},
		{"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-??????", secret, true},
		{"arn:aws:secretsmanager:*:*:secret:db-*", secret, true},
		{"arn:aws:secretsmanager:*", secret, true},
		{"arn:aws:secretsmanager:us-*-1:111122223333:secret:db-*", secret, true},
		{"arn:aws:secretsmanager:us-east-1:111122223333:*", secret, true},
		// In the middle of a segment a wildcard stays within it.
		{"arn:aws:secretsmanager:us*east-1:111122223333:secret:db-*", secret, true},
		{"arn:aws:secretsmanager:us-east-1:1*3:secret:db-*", secret, true},
		{"arn:aws:secretsmanager:u*b-AbCdEf", secret, false},
		{"arn:aws:secretsmanager:us-east-1?111122223333:secret:db-AbCdEf", secret, false},
		// At its end it also takes in whole segments.
		{"arn:aws:secretsmanager:*:secret:db-*", secret, true},
		{"arn:aws:secretsmanager:us-east-1:444455556666:*", secret, false},
		{"arn:aws:kms:*", secret, false},
	} {
		if got := policy.MatchesResource(c.pattern, c.resource); got != c.want {
			t.Errorf("%s on %s: %t", c.pattern, c.resource, got)
		}
	}
}

func TestVariablesInResources(t *testing.T) {
	p := policy.Policies{Identity: []*policy.Document{identity(t,
		`"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:111122223333:secret:${aws:username}/*"`,
		`"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:111122223333:${aws:PrincipalTag/team, 'guests'}-*"`,
		`"Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:111122223333:${aws:PrincipalTag/none}"`,
	)}}
	for _, c := range []struct {
		action, resource string
		tags             map[string]string
		want             bool
	}{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:ana/x", nil, true},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:bob/x", nil, false},
		{"sns:Publish", "arn:aws:sns:us-east-1:111122223333:sales-x", map[string]string{"Team": "sales"}, true},
		{"sns:Publish", "arn:aws:sns:us-east-1:111122223333:guests-x", map[string]string{"team": "sales"}, false},
		{"sns:Publish", "arn:aws:sns:us-east-1:111122223333:guests-x", nil, true},
		{"sns:Publish", "arn:aws:sns:us-east-1:111122223333:-x", map[string]string{"team": ""}, false},
		{"sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q", nil, false}, // excludes nobody knows what
	} {
		r := policy.Request{Principal: ana(), Action: c.action, Resource: c.resource}
		r.Principal.Tags = c.tags
		if got := policy.Evaluate(r, p).Allowed(); got != c.want {
			t.Errorf("%s on %s with %v: %t", c.action, c.resource, c.tags, got)
		}
	}
	roleless := policy.Request{Principal: session(), Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:/x"}
	if policy.Evaluate(roleless, p).Allowed() {
		t.Error("a role has no aws:username, yet the variable matched")
	}
}

func TestTrustPolicies(t *testing.T) {
	role := "arn:aws:iam::111122223333:role/jobs/etl"
	provider := policy.Requester{Type: policy.WebIdentity, ARN: "login.example.com"}
	for _, c := range []struct {
		name, principal string
		who             policy.Requester
		action          string
		identity        []*policy.Document
		want            bool
	}{
		{"named", toAna, ana(), "sts:AssumeRole", nil, true},
		{"account alone", toAccount, ana(), "sts:AssumeRole", nil, false},
		{"account and identity", toAccount, ana(), "sts:AssumeRole", []*policy.Document{identity(t, allowAll)}, true},
		{"identity alone", toRole, ana(), "sts:AssumeRole", []*policy.Document{identity(t, allowAll)}, false},
		{"provider", `{"Federated": "login.example.com"}`, provider, "sts:AssumeRoleWithWebIdentity", nil, true},
		{"other provider", `{"Federated": "evil.example.com"}`, provider, "sts:AssumeRoleWithWebIdentity", nil, false},
		{"service", toService, service(), "sts:AssumeRole", nil, true},
		{"wrong action", toService, service(), "sts:TagSession", nil, false},
	} {
		d := parse(t, policy.TrustPolicy, versioned(to(c.principal, `"Effect": "Allow", "Action": "`+"sts:AssumeRole*"+`"`)))
		r := policy.Request{Principal: c.who, Action: c.action, Resource: role}
		if got := policy.Evaluate(r, policy.Policies{Identity: c.identity, Resource: d}).Allowed(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
	none := policy.Policies{Identity: []*policy.Document{identity(t, allowAll)}}
	if policy.Evaluate(policy.Request{Principal: ana(), Action: "sts:AssumeRole", Resource: role}, none).Allowed() {
		t.Error("a role without its trust policy was opened")
	}
}

func TestGrants(t *testing.T) {
	pairs := func(list ...string) map[string][]string {
		out := map[string][]string{}
		for i := 0; i < len(list); i += 2 {
			out["kms:EncryptionContext:"+list[i]] = []string{list[i+1]}
		}
		return out
	}
	quick := policy.KeyGrant{Name: "g1", Grantee: "quicksight.amazonaws.com", Operations: []string{"Decrypt", "DescribeKey"},
		EncryptionContextSubset: map[string]string{"aws:quicksight:arn": "d1"}}
	exact := policy.KeyGrant{Name: "g2", Grantee: anaARN, Operations: []string{"Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x"}}
	for _, c := range []struct {
		name    string
		grant   policy.KeyGrant
		who     policy.Requester
		action  string
		context map[string][]string
		want    bool
	}{
		{"subset", quick, service(), "kms:Decrypt", pairs("aws:quicksight:arn", "d1", "more", "y"), true},
		{"subset, key in other case", quick, service(), "kms:Decrypt", pairs("AWS:QuickSight:Arn", "d1"), true},
		{"subset, value in other case", quick, service(), "kms:Decrypt", pairs("aws:quicksight:arn", "D1"), false},
		{"subset missing", quick, service(), "kms:Decrypt", nil, false},
		{"DescribeKey has no context", quick, service(), "kms:DescribeKey", nil, true},
		{"operation not granted", quick, service(), "kms:Encrypt", pairs("aws:quicksight:arn", "d1"), false},
		{"another grantee", quick, ana(), "kms:Decrypt", pairs("aws:quicksight:arn", "d1"), false},
		{"equals", exact, ana(), "kms:Decrypt", pairs("app", "x"), true},
		{"equals, one more", exact, ana(), "kms:Decrypt", pairs("app", "x", "more", "y"), false},
		{"equals, none", exact, ana(), "kms:Decrypt", nil, false},
		{"role to its session", policy.KeyGrant{Grantee: session().Issuer, Operations: []string{"Sign"}}, session(), "kms:Sign", nil, true},
		{"account leaves it to identities", policy.KeyGrant{Grantee: account, Operations: []string{"Sign"}}, ana(), "kms:Sign", nil, false},
		{"other account, no identity policy", policy.KeyGrant{Grantee: stranger().ARN, Operations: []string{"Sign"}}, stranger(), "kms:Sign", nil, false},
		{"everybody is no grantee", policy.KeyGrant{Grantee: "*", Operations: []string{"Sign"}}, ana(), "kms:Sign", nil, false},
		{"pairs that differ by case", policy.KeyGrant{Grantee: anaARN, Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"a": "x", "A": "x"}},
			ana(), "kms:Decrypt", pairs("a", "x"), false},
		{"zero", policy.KeyGrant{}, ana(), "kms:Sign", nil, false},
		{"source", policy.KeyGrant{Grantee: service().ARN, Operations: []string{"Sign"}, SourceArn: secret}, service(), "kms:Sign",
			map[string][]string{"aws:SourceArn": {secret}}, true},
		{"other source", policy.KeyGrant{Grantee: service().ARN, Operations: []string{"Sign"}, SourceArn: secret}, service(), "kms:Sign",
			map[string][]string{"aws:SourceArn": {keyARN}}, false},
	} {
		r := policy.Request{Principal: c.who, Action: c.action, Resource: keyARN, Context: c.context}
		p := policy.Policies{Grants: []policy.KeyGrant{c.grant}}
		if got := policy.Evaluate(r, p); got.Allowed() != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
		p.Resource = parse(t, policy.KeyPolicy, versioned(to(toEveryone, denyAll)))
		if got := policy.Evaluate(r, p); got.Outcome != policy.ExplicitDeny {
			t.Errorf("%s: a Deny must win over a grant: %+v", c.name, got)
		}
	}
}
