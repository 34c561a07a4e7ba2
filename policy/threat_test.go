package policy_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"signet/policy"
)

// TestA11VariablesAreBound: what a variable holds is compared, never read as part of the policy.
func TestA11VariablesAreBound(t *testing.T) {
	p := policy.Policies{Identity: []*policy.Document{identity(t,
		`"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:111122223333:secret:${aws:PrincipalTag/team}/*"`,
		`"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:${aws:PrincipalTag/team}:111122223333:*"`,
		`"Effect": "Allow", "Action": "app:Like", "Resource": "*", "Condition": {"StringLike": {"app:k": "${aws:PrincipalTag/team}"}}`,
		`"Effect": "Allow", "Action": "app:Arn", "Resource": "*", "Condition": {"ArnLike": {"app:k": "arn:aws:sns:${aws:PrincipalTag/team}:111122223333:*"}}`,
	)}}
	for _, c := range []struct{ tag, action, resource, value string }{
		{"*", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/x", ""},
		{"?rod", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/x", ""},
		{"${aws:username}", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:ana/x", ""},
		{"${*}", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/x", ""},
		{"us-east-1:444455556666", "sqs:SendMessage", "arn:aws:sqs:us-east-1:444455556666:111122223333:q", ""},
		{"*", "app:Like", "*", "prod"},
		{"*", "app:Arn", "*", "arn:aws:sns:us-east-1:111122223333:t"},
		{"us-east-1:444455556666", "app:Arn", "*", "arn:aws:sns:us-east-1:444455556666:111122223333:t"},
	} {
		r := policy.Request{Principal: ana(), Action: c.action, Resource: c.resource, Context: map[string][]string{"app:k": {c.value}}}
		r.Principal.Tags = map[string]string{"team": c.tag}
		if got := policy.Evaluate(r, p); got.Allowed() {
			t.Errorf("tag %q opened %s on %s", c.tag, c.action, c.resource)
		}
		if strings.HasPrefix(c.action, "app:Like") {
			r.Context["app:k"] = []string{c.tag}
			if !policy.Evaluate(r, p).Allowed() {
				t.Errorf("tag %q does not match itself", c.tag)
			}
		}
	}
}

// TestA13OneConstructor: a document that did not come out of ParseDocument decides nothing, and one
// in the wrong place is not taken for absent.
func TestA13OneConstructor(t *testing.T) {
	good := []*policy.Document{identity(t, allowAll)}
	foreign := parse(t, policy.ResourcePolicy, versioned(to(toEveryone, allowAll)))
	for name, p := range map[string]policy.Policies{
		"zero identity policy":       {Identity: append(good, new(policy.Document))},
		"nil identity policy":        {Identity: append(good, nil)},
		"nil session policy":         {Identity: good, Session: []*policy.Document{nil}},
		"zero session policy":        {Identity: good, Session: []*policy.Document{{}}},
		"zero boundary":              {Identity: good, Boundary: new(policy.Document)},
		"zero resource policy":       {Identity: good, Resource: new(policy.Document)},
		"identity in resource place": {Identity: good, Resource: good[0]},
		"resource in identity place": {Identity: []*policy.Document{foreign}},
		"resource as session policy": {Identity: good, Session: []*policy.Document{foreign}},
		"resource as boundary":       {Identity: good, Boundary: foreign},
	} {
		if d := policy.Evaluate(read(nil), p); d.Allowed() || d.Reason == "" {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if !policy.Evaluate(read(nil), policy.Policies{Identity: good}).Allowed() {
		t.Error("the same without the mistake is denied too")
	}
}

// TestA23ZeroRequestsAreDenied: what is missing or does not fit denies, whatever the policies say.
func TestA23ZeroRequestsAreDenied(t *testing.T) {
	all := policy.Policies{Identity: []*policy.Document{identity(t, allowAll)}, Resource: parse(t, policy.ResourcePolicy, versioned(to(toEveryone, allowAll)))}
	change := func(f func(r *policy.Request)) policy.Request {
		r := read(map[string][]string{"app:k": {"v"}})
		f(&r)
		return r
	}
	for name, r := range map[string]policy.Request{
		"zero":                     {},
		"nobody":                   change(func(r *policy.Request) { r.Principal = policy.Requester{} }),
		"no type":                  change(func(r *policy.Request) { r.Principal.Type = "" }),
		"no ARN":                   change(func(r *policy.Request) { r.Principal.ARN = "" }),
		"no account":               change(func(r *policy.Request) { r.Principal.Account = "" }),
		"another account":          change(func(r *policy.Request) { r.Principal.Account = other }),
		"a user called root":       change(func(r *policy.Request) { r.Principal.Type = policy.AccountRoot }),
		"a user with an issuer":    change(func(r *policy.Request) { r.Principal.Issuer = session().Issuer }),
		"a session without role":   change(func(r *policy.Request) { r.Principal = session(); r.Principal.Issuer = "" }),
		"a session of other role":  change(func(r *policy.Request) { r.Principal = session(); r.Principal.Issuer += "x" }),
		"a service with account":   change(func(r *policy.Request) { r.Principal = service(); r.Principal.Account = account }),
		"no action":                change(func(r *policy.Request) { r.Action = "" }),
		"an action with wildcard":  change(func(r *policy.Request) { r.Action = "kms:*" }),
		"no resource":              change(func(r *policy.Request) { r.Resource = "" }),
		"a resource in upper case": change(func(r *policy.Request) { r.Resource = "arn:aws:KMS:us-east-1:111122223333:key/k1" }),
		"a resource of two owners": change(func(r *policy.Request) { r.Owner = other }),
		"a long resource":          change(func(r *policy.Request) { r.Resource += strings.Repeat("x", 3000) }),
		"a key in two cases":       change(func(r *policy.Request) { r.Context["APP:K"] = []string{"w"} }),
		"a tag in two cases":       change(func(r *policy.Request) { r.Principal.Tags = map[string]string{"a": "1", "A": "2"} }),
		"not UTF-8":                change(func(r *policy.Request) { r.Context["app:k"] = []string{"\xff"} }),
		"a huge context":           change(func(r *policy.Request) { r.Context["app:k"] = []string{strings.Repeat("x", 1<<20)} }),
	} {
		if d := policy.Evaluate(r, all); d.Outcome != policy.ImplicitDeny || d.Reason == "" {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if (policy.Decision{}).Allowed() {
		t.Error("the zero decision allows")
	}
}

// TestA14ContextDoesNotVouch: what the request's own context says of the principal does not count.
func TestA14ContextDoesNotVouch(t *testing.T) {
	for key, condition := range map[string]string{
		"aws:username":           `{"StringEquals": {"aws:username": "boss"}}`,
		"AWS:PrincipalTag/admin": `{"StringEquals": {"aws:PrincipalTag/admin": "boss"}}`,
		"aws:PrincipalArn":       `{"StringLike": {"aws:PrincipalArn": "boss"}}`,
		"aws:PrincipalAccount":   `{"StringEquals": {"aws:PrincipalAccount": "boss"}}`,
		"aws:PrincipalType":      `{"StringEquals": {"aws:PrincipalType": "boss"}}`,
		"aws:userid":             `{"StringEquals": {"aws:userid": "boss"}}`,
		"aws:ResourceAccount":    `{"StringEquals": {"aws:ResourceAccount": "boss"}}`,
	} {
		if got := underCondition(t, "Allow", condition, map[string][]string{key: {"boss"}}); got == policy.Allow {
			t.Errorf("the context vouched for %s", key)
		}
	}
	for _, condition := range []string{
		`{"StringEquals": {"aws:PrincipalAccount": "111122223333", "aws:userid": "AIDAANA", "aws:PrincipalType": "User", "aws:ResourceAccount": "111122223333"}}`,
		`{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ana"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}`,
	} {
		if got := underCondition(t, "Allow", condition, nil); got != policy.Allow {
			t.Errorf("%s: %v", condition, got)
		}
	}
}

// TestA30AccountsStayApart: no policy of one account alone opens what belongs to another, whoever asks.
func TestA30AccountsStayApart(t *testing.T) {
	theirs := strings.ReplaceAll(secret, account, other)
	for name, who := range map[string]policy.Requester{"user": ana(), "root": root(account), "session": session()} {
		p := policy.Policies{Identity: []*policy.Document{identity(t, allowAll)}}
		r := policy.Request{Principal: who, Action: "secretsmanager:GetSecretValue", Resource: theirs}
		if policy.Evaluate(r, p).Allowed() {
			t.Errorf("%s: the identity's policy opened another account's secret", name)
		}
		p.Resource = parse(t, policy.ResourcePolicy, versioned(to(toOther, allowAll)))
		if policy.Evaluate(r, p).Allowed() {
			t.Errorf("%s: a policy for its own account opened the secret to another", name)
		}
	}
	// An ARN without an account belongs to nobody that the policy knows of, unless the caller says so.
	r := policy.Request{Principal: ana(), Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/x"}
	p := policy.Policies{Identity: []*policy.Document{identity(t, allowAll)}}
	if policy.Evaluate(r, p).Allowed() {
		t.Error("a resource of unknown owner was opened")
	}
	if r.Owner = account; !policy.Evaluate(r, p).Allowed() {
		t.Error("a resource of the own account was not opened")
	}
}

// lottery draws statements, policies and requests from small pools, so that many of them meet.
type lottery struct{ *rand.Rand }

func pick[T any](l lottery, from ...T) T { return from[l.IntN(len(from))] }

func (l lottery) statement(principals bool, effect string) string {
	s := fmt.Sprintf(`"Effect": %q, %s, %s`, effect,
		pick(l, `"Action": "*"`, `"Action": "kms:Decrypt"`, `"NotAction": "kms:Decrypt"`, `"Action": ["secretsmanager:Get*", "kms:?ecrypt"]`),
		pick(l, `"Resource": "*"`, `"Resource": "`+secret+`"`, `"NotResource": "`+secret+`"`, `"Resource": "arn:aws:kms:*"`, `"Resource": "arn:aws:secretsmanager:*:*:secret:${app:k}*"`))
	if l.IntN(2) == 0 {
		s += `, "Condition": ` + conditionCases[l.IntN(len(conditionCases))].condition
	}
	if principals {
		s = to(pick(l, toAna, toRole, toSession, toAccount, toOther, toService, toEveryone), s)
	}
	return s
}

func (l lottery) statements(principals bool) []string {
	var out []string
	for range 1 + l.IntN(4) {
		out = append(out, l.statement(principals, pick(l, "Allow", "Allow", "Allow", "Deny")))
	}
	return out
}

func (l lottery) request() policy.Request {
	return policy.Request{
		Principal: pick(l, ana(), root(account), session(), stranger(), service()),
		Action:    pick(l, "kms:Decrypt", "secretsmanager:GetSecretValue", "kms:Encrypt"),
		Resource:  pick(l, secret, keyARN),
		Context:   pick(l, nil, map[string][]string{"app:k": {"a"}}, map[string][]string{"app:k": {"db"}}, map[string][]string{"app:k": {"10"}}),
	}
}

// hand is the statements of each layer; nil for none.
type hand map[string][]string

func (l lottery) hand() hand {
	h := hand{"identity": l.statements(false)}
	if l.IntN(2) == 0 {
		h["resource"] = l.statements(true)
	}
	if l.IntN(3) == 0 {
		h["session"] = l.statements(false)
	}
	if l.IntN(3) == 0 {
		h["boundary"] = l.statements(false)
	}
	return h
}

func (h hand) policies(t testing.TB, kind policy.Kind) policy.Policies {
	p := policy.Policies{Identity: []*policy.Document{identity(t, h["identity"]...)}}
	if h["resource"] != nil {
		p.Resource = parse(t, kind, versioned(h["resource"]...))
	}
	if h["session"] != nil {
		p.Session = []*policy.Document{identity(t, h["session"]...)}
	}
	if h["boundary"] != nil {
		p.Boundary = identity(t, h["boundary"]...)
	}
	return p
}

// TestDecisionLaws draws policies and holds decisions to what must be true of all of them: a Deny more
// never allows more, an Allow more never denies more but for what is denied, a session policy more never
// allows more, and the order of statements does not matter.
func TestDecisionLaws(t *testing.T) {
	l := lottery{rand.New(rand.NewPCG(1, 2))}
	allowed := 0
	for range 2000 {
		h, r, kind := l.hand(), l.request(), pick(l, policy.ResourcePolicy, policy.KeyPolicy)
		p := h.policies(t, kind)
		before := policy.Evaluate(r, p)
		if before.Allowed() {
			allowed++
		}
		where := pick(l, "identity", "resource", "session", "boundary")
		add := func(effect string) policy.Outcome {
			more := maps.Clone(h)
			more[where] = append(h[where][:len(h[where]):len(h[where])], l.statement(where == "resource", effect))
			return policy.Evaluate(r, more.policies(t, kind)).Outcome
		}
		if after := add("Deny"); after > before.Outcome && after == policy.Allow {
			t.Fatalf("a Deny in %s allowed\n%s", where, h)
		}
		if after := add("Allow"); h[where] != nil && before.Outcome == policy.Allow && after != policy.Allow {
			t.Fatalf("an Allow in %s denied\n%s", where, h)
		} else if before.Outcome == policy.ExplicitDeny && after != policy.ExplicitDeny {
			t.Fatalf("an Allow in %s overcame a Deny\n%s", where, h)
		}
		shuffled := policy.Policies{Identity: []*policy.Document{p.Identity[0].Shuffled(l.Shuffle)}, Boundary: p.Boundary, Session: p.Session, Resource: p.Resource}
		if after := policy.Evaluate(r, shuffled); after.Outcome != before.Outcome {
			t.Fatalf("the order of statements matters\n%s", h)
		}
		narrower := p
		narrower.Session = []*policy.Document{identity(t, l.statements(false)...)}
		if p.Session == nil && !before.Allowed() && policy.Evaluate(r, narrower).Allowed() {
			t.Fatalf("a session policy allowed\n%s", h)
		}
	}
	if allowed < 150 {
		t.Errorf("only %d of the draws were allowed: they prove little", allowed)
	}
}

// FuzzEvaluate: no text of a request can raise a panic, or get past the one Deny.
func FuzzEvaluate(f *testing.F) {
	f.Add(anaARN, "kms:Decrypt", keyARN, "app:k", "v", "team", "sales")
	f.Add("", "", "*", "", "", "", "*")
	f.Fuzz(func(t *testing.T, arn, action, resource, key, value, tag, tagged string) {
		who := ana()
		who.ARN, who.Tags = arn, map[string]string{tag: tagged}
		r := policy.Request{Principal: who, Action: action, Resource: resource, Context: map[string][]string{key: {value}}}
		all := []*policy.Document{identity(t, allowAll, `"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kms:*:*:${aws:PrincipalTag/team}*",
			"Condition": {"StringLike": {"app:k": "${app:k}"}, "NumericEquals": {"app:k": "1"}, "DateEquals": {"app:k": "1"}, "IpAddress": {"app:k": "::/0"}, "ArnLike": {"app:k": "arn:*:*:*:*:${app:k}"}}`)}
		policy.Explain(r, policy.Policies{Identity: all})
		if policy.Evaluate(r, policy.Policies{Identity: append(all, identity(t, denyAll))}).Allowed() {
			t.Error("allowed against a Deny of everything")
		}
	})
}
