package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/policy"
)

func TestExplain(t *testing.T) {
	decrypt := policy.Request{Principal: ana(), Action: "kms:Decrypt", Resource: keyARN, Context: map[string][]string{"kms:EncryptionContext:app": {"y"}}}
	what := "kms:Decrypt on " + keyARN
	keyFor := func(s ...string) *policy.Document { return parse(t, policy.KeyPolicy, versioned(s...)) }
	for _, c := range []struct {
		name string
		r    policy.Request
		p    policy.Policies
		want string
	}{
		{"allowed", decrypt, policy.Policies{Resource: keyFor(to(toAna, `"Sid": "Use the key", `+allowDecrypt))},
			what + ` is allowed by statement "Use the key" of key policy readers`},
		{"allowed together", decrypt, policy.Policies{Identity: []*policy.Document{identity(t, allowOther, allowDecrypt)}, Resource: keyFor(to(toAccount, `"Sid": "Delegate", `+allowAll))},
			what + ` is allowed by statement 2 of identity policy readers and statement "Delegate" of key policy readers`},
		{"allowed by a grant", decrypt, policy.Policies{Grants: []policy.KeyGrant{{Name: "g1", Grantee: anaARN, Operations: []string{"Decrypt"}}}},
			what + ` is allowed by grant g1`},
		{"denied", decrypt, policy.Policies{Identity: []*policy.Document{identity(t, allowAll, denyAll)}},
			what + ` is denied by statement "NoAll" of identity policy readers; a Deny wins over every Allow`},
		{"a condition", decrypt, policy.Policies{Resource: keyFor(
			to(toAccount, `"Sid": "Other", `+allowOther),
			to(toAna, `"Sid": "Use", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:app": "x"}}`))},
			what + ` is denied: neither the key policy nor a grant allows it, and nothing else can open this resource; the nearest was statement "Use" of key policy readers, ` +
				`which failed at Condition StringEquals kms:EncryptionContext:app: it has "x", and the request has "y"`},
		{"left to the account", decrypt, policy.Policies{Identity: []*policy.Document{identity(t, allowOther)}, Resource: keyFor(to(toAccount, allowAll))},
			what + ` is denied: the key policy leaves it to the account's identity policies, and none of them allows it; ` +
				`the nearest was statement 1 of identity policy readers, which failed at Action: it has "kms:Encrypt"`},
		{"a principal", decrypt, policy.Policies{Resource: keyFor(to(toRole, allowAll))},
			what + ` is denied: neither the key policy nor a grant allows it, and nothing else can open this resource; the nearest was statement 1 of key policy readers, ` +
				`which failed at Principal: it has "arn:aws:iam::111122223333:role/jobs/etl", and ` + anaARN + ` asks`},
		{"a resource", read(nil), policy.Policies{Identity: []*policy.Document{identity(t, `"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:kms:*", "arn:aws:s3:*", "arn:aws:sns:*", "arn:aws:sqs:*"]`)}},
			`secretsmanager:GetSecretValue on ` + secret + ` is denied: no statement allows it; the nearest was statement 1 of identity policy readers, ` +
				`which failed at Resource: it has "arn:aws:kms:*", "arn:aws:s3:*", "arn:aws:sns:*", 1 more`},
		{"a session", read(nil), policy.Policies{Identity: []*policy.Document{identity(t, allowAll)}, Session: []*policy.Document{identity(t, allowOther)}},
			`secretsmanager:GetSecretValue on ` + secret + ` is denied: no session policy allows it, and they limit all that the session may do; ` +
				`the nearest was statement 1 of session policy readers, which failed at Action: it has "kms:Encrypt"`},
		{"a variable", read(map[string][]string{"app:k": {"x"}}), policy.Policies{Identity: []*policy.Document{identity(t, `"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"app:k": "${app:none}"}}`)}},
			`secretsmanager:GetSecretValue on ` + secret + ` is denied: no statement allows it; the nearest was statement 1 of identity policy readers, ` +
				`which failed at Condition StringEquals app:k: it has "${app:none}", and the request has "x", and a variable in it has no value`},
		{"root", policy.Request{Principal: root(account), Action: "secretsmanager:GetSecretValue", Resource: secret}, policy.Policies{},
			`secretsmanager:GetSecretValue on ` + secret + ` is allowed: an account's root user may do what no policy denies`},
		{"nobody", policy.Request{}, policy.Policies{}, ` on  is denied: nobody is asking`},
	} {
		if diff := cmp.Diff(c.want, policy.Explain(c.r, c.p)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestDecisionNamesItsStatements: what is recorded with an answer.
func TestDecisionNamesItsStatements(t *testing.T) {
	p := policy.Policies{Identity: []*policy.Document{identity(t, allowAll, denyAll, `"Sid": "Second", `+denyAll[len(`"Sid": "NoAll", `):])}}
	want := policy.Decision{Outcome: policy.ExplicitDeny, Statements: []policy.StatementRef{
		{Layer: "identity policy", Policy: "readers", Sid: "NoAll", Index: 1}, {Layer: "identity policy", Policy: "readers", Sid: "Second", Index: 2},
	}}
	if diff := cmp.Diff(want, policy.Evaluate(read(nil), p)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	p := policy.Policies{Identity: []*policy.Document{identity(b, allowOther, allowDecrypt)}, Resource: parse(b, policy.KeyPolicy, keyPolicy)}
	r := policy.Request{Principal: ana(), Action: "kms:Decrypt", Resource: keyARN, Context: map[string][]string{
		"aws:CurrentTime": {"2026-01-31T12:00:00Z"}, "aws:SourceIp": {"203.0.113.7"}, "kms:EncryptionContext:app": {"x"}}}
	for b.Loop() {
		policy.Evaluate(r, p)
	}
}

// What is said to be needed is enough: each of the requests is allowed once it is there.
func TestNeeded(t *testing.T) {
	decrypt := policy.Request{Principal: ana(), Action: "kms:Decrypt", Resource: keyARN}
	key := func(s ...string) *policy.Document { return parse(t, policy.KeyPolicy, versioned(s...)) }
	list := func(d ...*policy.Document) []*policy.Document { return d }
	all, other := identity(t, allowAll), identity(t, allowOther)
	for _, c := range []struct {
		name, want string
		r          policy.Request
		p, then    policy.Policies
	}{
		{"a key", "an Allow of kms:Decrypt on " + keyARN + " in the key policy that names the principal or its account, or a grant to the principal",
			decrypt, policy.Policies{Resource: key(to(toRole, allowAll))}, policy.Policies{Resource: key(to(toAna, allowAll))}},
		{"the account's", "an Allow of kms:Decrypt on " + keyARN + " in a policy of the principal or of a group that it is in",
			decrypt, policy.Policies{Resource: key(to(toAccount, allowAll))}, policy.Policies{Resource: key(to(toAccount, allowAll)), Identity: list(all)}},
		{"a secret", "an Allow of secretsmanager:GetSecretValue on " + secret + " in a policy of the principal or of a group that it is in, or in the resource's own policy",
			read(nil), policy.Policies{}, policy.Policies{Identity: list(all)}},
		{"a session", "an Allow of secretsmanager:GetSecretValue on " + secret + " in the session policy too: a session that was begun without one, or with another",
			read(nil), policy.Policies{Identity: list(all), Session: list(other)}, policy.Policies{Identity: list(all)}},
		{"a boundary", "an Allow of secretsmanager:GetSecretValue on " + secret + " in the permissions boundary too",
			read(nil), policy.Policies{Identity: list(all), Boundary: other}, policy.Policies{Identity: list(all), Boundary: all}},
		{"a deny", `a change of statement "NoAll" of identity policy readers: no Allow wins over a Deny`,
			read(nil), policy.Policies{Identity: list(identity(t, allowAll, denyAll))}, policy.Policies{Identity: list(all)}},
	} {
		if diff := cmp.Diff(c.want, policy.Needed(c.r, c.p)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if got := policy.Needed(c.r, c.then); got != "" || !policy.Evaluate(c.r, c.then).Allowed() {
			t.Errorf("%s: with it, %q", c.name, got)
		}
	}
}
