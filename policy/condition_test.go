package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"signet/policy"
)

const (
	account = "111122223333"
	other   = "444455556666"
	anaARN  = "arn:aws:iam::111122223333:user/ana"
	keyARN  = "arn:aws:kms:us-east-1:111122223333:key/k1"
	secret  = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"
)

func ana() policy.Requester {
	return policy.Requester{Type: policy.User, ARN: anaARN, Account: account, Name: "ana", ID: "AIDAANA", Tags: map[string]string{"team": "sales"}}
}

func parse(t testing.TB, kind policy.Kind, text string) *policy.Document {
	t.Helper()
	d, err := policy.ParseDocument([]byte(text), policy.Options{Kind: kind, Name: "readers"})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// identity is an identity policy of the statements, which are written without their braces.
func identity(t testing.TB, statements ...string) *policy.Document {
	t.Helper()
	return parse(t, policy.IdentityPolicy, versioned(statements...))
}

func versioned(statements ...string) string {
	return `{"Version": "2012-10-17", "Statement": [{` + strings.Join(statements, "},\n{") + `}]}`
}

// read is a request of ana's for the secret.
func read(context map[string][]string) policy.Request {
	return policy.Request{Principal: ana(), Action: "secretsmanager:GetSecretValue", Resource: secret, Context: context}
}

func underCondition(t testing.TB, effect, condition string, context map[string][]string) policy.Outcome {
	t.Helper()
	statements := []string{fmt.Sprintf(`"Effect": %q, "Action": "*", "Resource": "*", "Condition": %s`, effect, condition)}
	if effect == "Deny" {
		statements = append(statements, `"Effect": "Allow", "Action": "*", "Resource": "*"`)
	}
	return policy.Evaluate(read(context), policy.Policies{Identity: []*policy.Document{identity(t, statements...)}}).Outcome
}

// conditionCases: a condition, what the request has as app:k (";" between values, "-" for no key), and
// whether it holds.
var conditionCases = []struct {
	condition, value string
	want             bool
}{
	{`{"StringEquals": {"app:k": "a"}}`, "a", true},
	{`{"StringEquals": {"app:k": "a"}}`, "A", false},
	{`{"StringEquals": {"app:k": ["b", "a"]}}`, "a", true},
	{`{"StringEquals": {"app:k": "a"}}`, "-", false},
	{`{"StringEquals": {"APP:K": "a"}}`, "a", true},
	{`{"StringEquals": {"app:k": "a*"}}`, "ab", false},
	{`{"StringNotEquals": {"app:k": "a"}}`, "a", false},
	{`{"StringNotEquals": {"app:k": "a"}}`, "b", true},
	{`{"StringNotEquals": {"app:k": ["a", "b"]}}`, "b", false},
	{`{"StringNotEquals": {"app:k": "a"}}`, "-", true},
	{`{"StringEqualsIgnoreCase": {"app:k": "aBC"}}`, "AbC", true},
	{`{"StringEqualsIgnoreCase": {"app:k": "Ä"}}`, "ä", true},
	{`{"StringEqualsIgnoreCase": {"app:k": "kim"}}`, "\u212Aim", false},
	{`{"StringEqualsIgnoreCase": {"app:k": "ab"}}`, "abc", false},
	{`{"StringNotEqualsIgnoreCase": {"app:k": "abc"}}`, "ABC", false},
	{`{"StringNotEqualsIgnoreCase": {"app:k": "abc"}}`, "ABD", true},
	{`{"StringLike": {"app:k": "a*c"}}`, "a:b:c", true},
	{`{"StringLike": {"app:k": "a?c"}}`, "äbc", false},
	{`{"StringLike": {"app:k": "?bc"}}`, "äbc", true},
	{`{"StringLike": {"app:k": "a${*}c"}}`, "abc", false},
	{`{"StringLike": {"app:k": "a${*}${?}${$}c"}}`, "a*?$c", true},
	{`{"StringNotLike": {"app:k": "a*"}}`, "abc", false},
	{`{"StringNotLike": {"app:k": "a*"}}`, "bc", true},
	{`{"StringNotLike": {"app:k": "a*"}}`, "-", true},

	{`{"NumericEquals": {"app:k": "10"}}`, "10.0", true},
	{`{"NumericEquals": {"app:k": 10}}`, "10", true},
	{`{"NumericEquals": {"app:k": "10"}}`, "ten", false},
	{`{"NumericNotEquals": {"app:k": "10"}}`, "11", true},
	{`{"NumericNotEquals": {"app:k": ["10", "11"]}}`, "11", false},
	{`{"NumericLessThan": {"app:k": "10"}}`, "9.99", true},
	{`{"NumericLessThan": {"app:k": "10"}}`, "10", false},
	{`{"NumericLessThanEquals": {"app:k": "10"}}`, "10", true},
	{`{"NumericGreaterThan": {"app:k": "-1"}}`, "0", true},
	{`{"NumericGreaterThan": {"app:k": "9007199254740993"}}`, "9007199254740992", false},
	{`{"NumericGreaterThanEquals": {"app:k": "10"}}`, "10", true},
	{`{"NumericGreaterThanEquals": {"app:k": "10"}}`, "1e9", false},
	{`{"NumericLessThan": {"app:k": "10"}}`, "-", false},

	{`{"DateEquals": {"app:k": "2026-01-31T12:00:00Z"}}`, "2026-01-31T13:00:00+01:00", true},
	{`{"DateEquals": {"app:k": "1970-01-02"}}`, "86400", true},
	{`{"DateEquals": {"app:k": 86400}}`, "1970-01-02T00:00Z", true},
	{`{"DateNotEquals": {"app:k": "2026-01-31"}}`, "2026-01-30", true},
	{`{"DateNotEquals": {"app:k": "2026-01-31"}}`, "2026-01-31T00:00:00.000Z", false},
	{`{"DateLessThan": {"app:k": "2026-01-31T12:00:00Z"}}`, "2026-01-31T11:59:59Z", true},
	{`{"DateLessThan": {"app:k": "2026-01-31T12:00:00Z"}}`, "2026-01-31T12:00:00Z", false},
	{`{"DateLessThanEquals": {"app:k": "2026-01-31T12:00:00Z"}}`, "2026-01-31T12:00:00Z", true},
	{`{"DateGreaterThan": {"app:k": "2026-01-31T12:00:00Z"}}`, "2026-01-31T12:00:00.001Z", true},
	{`{"DateGreaterThanEquals": {"app:k": "2026-01-31T12:00:00Z"}}`, "2026-01-31T12:00:00Z", true},
	{`{"DateGreaterThan": {"app:k": "2026-01-31T12:00:00Z"}}`, "tomorrow", false},

	{`{"Bool": {"app:k": "true"}}`, "true", true},
	{`{"Bool": {"app:k": true}}`, "True", true},
	{`{"Bool": {"app:k": "false"}}`, "true", false},
	{`{"Bool": {"app:k": "true"}}`, "yes", false},
	{`{"Bool": {"app:k": "false"}}`, "-", false},

	{`{"BinaryEquals": {"app:k": "QmluYXJ5"}}`, "QmluYXJ5", true},
	{`{"BinaryEquals": {"app:k": "QmluYXJ5"}}`, "Binary", false},

	{`{"IpAddress": {"app:k": "203.0.113.0/24"}}`, "203.0.113.7", true},
	{`{"IpAddress": {"app:k": "203.0.113.0/24"}}`, "203.0.114.7", false},
	{`{"IpAddress": {"app:k": "203.0.113.7"}}`, "203.0.113.7", true},
	{`{"IpAddress": {"app:k": ["10.0.0.0/8", "2001:db8::/32"]}}`, "2001:db8::1", true},
	{`{"IpAddress": {"app:k": "10.0.0.0/8"}}`, "::ffff:10.1.2.3", true},
	{`{"IpAddress": {"app:k": "::ffff:10.0.0.0/104"}}`, "10.1.2.3", true},
	{`{"IpAddress": {"app:k": "0.0.0.0/0"}}`, "2001:db8::1", false},
	{`{"IpAddress": {"app:k": "10.0.0.0/8"}}`, "10.0.0.1, 6.6.6.6", false},
	{`{"IpAddress": {"app:k": "10.0.0.0/8"}}`, "-", false},
	{`{"NotIpAddress": {"app:k": "10.0.0.0/8"}}`, "10.0.0.1", false},
	{`{"NotIpAddress": {"app:k": "10.0.0.0/8"}}`, "11.0.0.1", true},
	{`{"NotIpAddress": {"app:k": "10.0.0.0/8"}}`, "-", true},

	{`{"ArnEquals": {"app:k": "arn:aws:iam::111122223333:user/ana"}}`, anaARN, true},
	{`{"ArnLike": {"app:k": "arn:aws:iam::*:user/a*"}}`, anaARN, true},
	{`{"ArnEquals": {"app:k": "arn:aws:iam::*:user/a*"}}`, anaARN, true},
	{`{"ArnLike": {"app:k": "arn:aws:sns:*:111122223333:t"}}`, "arn:aws:sns:us-east-1:999:111122223333:t", false},
	{`{"ArnLike": {"app:k": "arn:aws:logs:*:*:log-group:*"}}`, "arn:aws:logs:r:1:log-group:a:b", true},
	{`{"ArnLike": {"app:k": "arn:aws:iam::*:user/a*"}}`, "ana", false},
	{`{"ArnNotEquals": {"app:k": "arn:aws:iam::*:user/a*"}}`, anaARN, false},
	{`{"ArnNotLike": {"app:k": "arn:aws:iam::*:user/b*"}}`, anaARN, true},
	{`{"ArnNotLike": {"app:k": "arn:aws:iam::*:user/b*"}}`, "-", true},

	{`{"Null": {"app:k": "true"}}`, "-", true},
	{`{"Null": {"app:k": "true"}}`, "", false},
	{`{"Null": {"app:k": false}}`, "a", true},
	{`{"Null": {"app:k": "false"}}`, "-", false},

	{`{"StringEqualsIfExists": {"app:k": "a"}}`, "-", true},
	{`{"StringEqualsIfExists": {"app:k": "a"}}`, "a", true},
	{`{"StringEqualsIfExists": {"app:k": "a"}}`, "b", false},
	{`{"StringNotEqualsIfExists": {"app:k": "a"}}`, "a", false},
	{`{"NumericLessThanIfExists": {"app:k": "5"}}`, "-", true},
	{`{"BoolIfExists": {"app:k": "true"}}`, "false", false},
	{`{"IpAddressIfExists": {"app:k": "10.0.0.0/8"}}`, "-", true},

	{`{"ForAllValues:StringEquals": {"app:k": ["a", "b"]}}`, "a;b", true},
	{`{"ForAllValues:StringEquals": {"app:k": ["a", "b"]}}`, "a;c", false},
	{`{"ForAllValues:StringEquals": {"app:k": "a"}}`, "-", true},
	{`{"ForAllValues:StringEquals": {"app:k": "a"}}`, "", true},
	{`{"ForAllValues:StringNotEquals": {"app:k": "a"}}`, "b;c", true},
	{`{"ForAllValues:StringNotEquals": {"app:k": "a"}}`, "a;c", false},
	{`{"ForAnyValue:StringEquals": {"app:k": ["a", "b"]}}`, "c;b", true},
	{`{"ForAnyValue:StringEquals": {"app:k": ["a", "b"]}}`, "c;d", false},
	{`{"ForAnyValue:StringEquals": {"app:k": "a"}}`, "-", false},
	{`{"ForAnyValue:StringNotEquals": {"app:k": "a"}}`, "a;c", true},
	{`{"ForAnyValue:StringNotEquals": {"app:k": "a"}}`, "a;a", false},
	{`{"ForAnyValue:StringNotEquals": {"app:k": "a"}}`, "-", false},
	{`{"ForAnyValue:StringLikeIfExists": {"app:k": "a*"}}`, "-", true},
	{`{"StringEquals": {"app:k": "b"}}`, "a;b", true},
	{`{"StringNotEquals": {"app:k": "b"}}`, "a;b", false},

	{`{"StringEquals": {"app:k": "${aws:username}"}}`, "ana", true},
	{`{"StringLike": {"app:k": "${AWS:UserName}/*"}}`, "ana/x", true},
	{`{"StringEquals": {"app:k": "${aws:PrincipalTag/team}"}}`, "sales", true},
	{`{"StringEquals": {"app:k": "${aws:PrincipalTag/none, 'staff'}"}}`, "staff", true},
	{`{"StringEquals": {"app:k": "${aws:PrincipalTag/team, 'staff'}"}}`, "staff", false},
	{`{"StringEquals": {"app:k": "${aws:PrincipalTag/none}"}}`, "", false},
	{`{"StringEquals": {"app:k": ["${aws:PrincipalTag/none}", "b"]}}`, "b", true},
	{`{"StringNotEquals": {"app:k": "${aws:PrincipalTag/none}"}}`, "b", false},
	{`{"StringEquals": {"app:k": "${app:k}"}}`, "a", true},
	{`{"StringEquals": {"app:k": "${app:k}"}}`, "a;b", false}, // a variable has one value
	{`{"StringEquals": {"app:k": "${app:k, 'b'}"}}`, "a;b", false},
	{`{"ArnLike": {"app:k": "arn:aws:iam::111122223333:user/${aws:username}"}}`, anaARN, true},
	{`{"ArnEquals": {"app:k": "${aws:PrincipalArn}"}}`, anaARN, true},
	{`{"Bool": {"app:k": "${aws:PrincipalIsAWSService}"}}`, "false", true},

	{`{"StringEquals": {"app:k": "a", "aws:username": "ana"}}`, "a", true},
	{`{"StringEquals": {"app:k": "a", "aws:username": "bob"}}`, "a", false},
	{`{"StringEquals": {"app:k": "a"}, "StringLike": {"app:k": "b*"}}`, "a", false},
}

func TestConditions(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range conditionCases {
		context := map[string][]string{"app:k": strings.Split(c.value, ";")}
		if c.value == "-" {
			context = nil
		}
		if got := underCondition(t, "Allow", c.condition, context) == policy.Allow; got != c.want {
			t.Errorf("%s with %q: holds %t", c.condition, c.value, got)
		}
		for _, name := range policy.OperatorNames() {
			tried[name] = tried[name] || strings.Contains(c.condition, `{"`+name+`"`)
		}
	}
	for _, name := range policy.OperatorNames() {
		if !tried[name] {
			t.Errorf("no case for %s", name)
		}
	}
}

// TestConditionsDeny: a Deny uses the same conditions, except where a variable has no value: then the
// answer that keeps out is taken.
func TestConditionsDeny(t *testing.T) {
	for _, c := range conditionCases {
		if strings.Contains(c.condition, "/none}") {
			continue
		}
		context := map[string][]string{"app:k": strings.Split(c.value, ";")}
		if c.value == "-" {
			context = nil
		}
		if got := underCondition(t, "Deny", c.condition, context) == policy.ExplicitDeny; got != c.want {
			t.Errorf("%s with %q: holds %t", c.condition, c.value, got)
		}
	}
	unknown := `{"StringNotEquals": {"app:owner": "${aws:PrincipalTag/none}"}}`
	if got := underCondition(t, "Deny", unknown, map[string][]string{"app:owner": {"bob"}}); got != policy.ExplicitDeny {
		t.Errorf("deny to all but an owner who is unknown: %v", got)
	}
}

// TestOldVersion: in a document of 2008, and in one without a version, ${...} is plain text.
func TestOldVersion(t *testing.T) {
	for _, version := range []string{`"Version": "2008-10-17", `, ""} {
		d := parse(t, policy.IdentityPolicy, `{`+version+`"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
			"Condition": {"StringEquals": {"app:k": "${aws:username}"}}}}`)
		p := policy.Policies{Identity: []*policy.Document{d}}
		if got := policy.Evaluate(read(map[string][]string{"app:k": {"${aws:username}"}}), p); !got.Allowed() {
			t.Errorf("plain text: %+v", got)
		}
		if got := policy.Evaluate(read(map[string][]string{"app:k": {"ana"}}), p); got.Allowed() {
			t.Errorf("a variable: %+v", got)
		}
	}
}
