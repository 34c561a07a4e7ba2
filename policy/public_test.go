package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/policy"
)

// TestPublic: only a key that no requester chooses, demanded with fixed values, keeps "*" from being public.
func TestPublic(t *testing.T) {
	for _, c := range []struct {
		principal, condition string
		want                 bool
	}{
		{`"*"`, ``, true},
		{`{"AWS": "*"}`, ``, true},
		{`{"AWS": ["111122223333", "*"]}`, ``, true},
		{`{"AWS": "111122223333"}`, ``, false},
		{toAna, ``, false},
		{toService, ``, false},
		{`"*"`, `{"StringEquals": {"aws:SourceVpce": "vpce-1"}}`, false},
		{`"*"`, `{"StringEquals": {"AWS:SourceAccount": ["111122223333", "444455556666"]}}`, false},
		{`"*"`, `{"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:t"}}`, false},
		{`"*"`, `{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`, false},
		{`"*"`, `{"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*:t"}}`, true},
		{`"*"`, `{"StringLike": {"aws:SourceVpce": "vpce-*"}}`, true},
		{`"*"`, `{"StringEquals": {"aws:SourceVpce": "${aws:SourceVpce}"}}`, true},
		{`"*"`, `{"StringEquals": {"aws:SourceVpce": ["vpce-1", "${app:v, 'x'}"]}}`, true},
		{`"*"`, `{"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}`, true},
		{`"*"`, `{"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-1"}}`, true},
		{`"*"`, `{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}`, true},
		{`"*"`, `{"Null": {"aws:SourceVpce": "false"}}`, true},
		{`"*"`, `{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}`, true},
		{`"*"`, `{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}`, true},
		{`"*"`, `{"IpAddress": {"aws:SourceIp": "2000::/3"}}`, true},
		{`"*"`, `{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`, true},
		{`"*"`, `{"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}`, true},
		{`"*"`, `{"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT", "aws:SourceVpc": "vpc-1"}}`, false},
	} {
		s := to(c.principal, allowAll)
		if c.condition != "" {
			s += `, "Condition": ` + c.condition
		}
		if got := len(parse(t, policy.ResourcePolicy, versioned(s)).Public()) > 0; got != c.want {
			t.Errorf("%s %s: public %t", c.principal, c.condition, got)
		}
	}
	mixed := parse(t, policy.ResourcePolicy, versioned(to(toAna, allowAll), `"Principal": "*", `+denyAll, to(toEveryone, `"Sid": "Open", `+allowAll)))
	want := []policy.StatementRef{{Layer: "resource policy", Policy: "readers", Sid: "Open", Index: 2}}
	if diff := cmp.Diff(want, mixed.Public()); diff != "" {
		t.Error(diff)
	}
	if (*policy.Document)(nil).Public() != nil || identity(t, allowAll).Public() != nil {
		t.Error("no policy, or one that names no principal, is public")
	}
}
