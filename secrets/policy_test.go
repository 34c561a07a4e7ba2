package secrets_test

import (
	"strings"
	"testing"
	"time"

	"signet/internal/fault"
	"signet/policy"
	"signet/secrets"
)

func reads(name, resource string) policy.Caller {
	return user(name, `{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","kms:Decrypt"],"Resource":"`+resource+`"}`, `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
}

func (m manager) getAs(c policy.Caller, id string) error {
	_, err := m.GetSecretValue(m.t.Context(), c, secrets.GetSecretValueInput{Region: region, SecretID: id})
	return err
}

func TestIdentityPoliciesDecide(t *testing.T) {
	m := onSQLite(t)
	m.create("prod/db", "one")
	prod := reads("bob", "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/*")
	if err := m.getAs(prod, "prod/db"); err != nil {
		t.Error(err)
	}
	refuses(t, m.getAs(prod, "prod/none"), "ResourceNotFoundException", "")
	refuses(t, m.getAs(prod, "dev/none"), "AccessDeniedException", "")
	if err := m.getAs(policy.Caller{}, "prod/db"); fault.CodeOf(err) != fault.Denied {
		t.Errorf("nobody: %v", err)
	}
	exact := reads("tim", "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-??????")
	if err := m.getAs(exact, "prod/db"); err != nil {
		t.Error(err)
	}
	tagged := user("tag", `{"Effect":"Allow","Action":"secretsmanager:TagResource","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"shop"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}}`)
	if err := m.TagResource(t.Context(), tagged, secrets.TagResourceInput{Region: region, SecretID: "prod/db", Tags: []secrets.Tag{{"team", "shop"}}}); err != nil {
		t.Error(err)
	}
	err := m.TagResource(t.Context(), tagged, secrets.TagResourceInput{Region: region, SecretID: "prod/db", Tags: []secrets.Tag{{"team", "web"}}})
	refuses(t, err, "AccessDeniedException", "")
	shop := user("shop", `{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","kms:Decrypt"],"Resource":"*","Condition":{"StringEqualsIfExists":{"secretsmanager:ResourceTag/team":"shop","secretsmanager:VersionStage":"AWSCURRENT"}}}`)
	if err := m.getAs(shop, "prod/db"); err != nil {
		t.Error(err)
	}
	_, err = m.GetSecretValue(t.Context(), shop, secrets.GetSecretValueInput{Region: region, SecretID: "prod/db", VersionStage: "AWSPREVIOUS"})
	refuses(t, err, "AccessDeniedException", "")
}

// Who may not read learns nothing: a denial is the same whether the secret is there, not there, waits for
// its end, or has a policy of its own.
func TestDenialsDoNotTellWhatIsThere(t *testing.T) {
	m := onSQLite(t)
	m.create("there", "one")
	m.create("going", "one")
	m.create("guarded", "one")
	have(m.DeleteSecret(t.Context(), ada, secrets.DeleteSecretInput{Region: region, SecretID: "going"}))(t)
	have(m.PutResourcePolicy(t.Context(), ada, secrets.PutResourcePolicyInput{Region: region, SecretID: "guarded", ResourcePolicy: resourcePolicy(`{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}`)}))(t)
	want := m.getAs(nobody, "none").Error()
	for _, id := range []string{"there", "going", "guarded"} {
		if got := m.getAs(nobody, id).Error(); strings.ReplaceAll(got, id, "none") != want {
			t.Errorf("%s: %s; want %s", id, got, want)
		}
		_, err := m.DescribeSecret(t.Context(), nobody, in(id))
		refuses(t, err, "AccessDeniedException", "on resource: "+id)
	}
}

func resourcePolicy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

const allowBob = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}`

func TestResourcePoliciesDecide(t *testing.T) {
	onEach(t, func(t *testing.T, m manager) {
		ctx := t.Context()
		m.create("a", "one")
		bob := user("bob", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
		put := func(c policy.Caller, text string, block bool) error {
			_, err := m.PutResourcePolicy(ctx, c, secrets.PutResourcePolicyInput{Region: region, SecretID: "a", ResourcePolicy: text, BlockPublicPolicy: block})
			return err
		}
		refuses(t, m.getAs(bob, "a"), "AccessDeniedException", "")
		if err := put(ada, resourcePolicy(allowBob), true); err != nil {
			t.Fatal(err)
		}
		if err := m.getAs(bob, "a"); err != nil {
			t.Error(err)
		}
		if got := have(m.GetResourcePolicy(ctx, ada, in("a")))(t); got.ResourcePolicy != resourcePolicy(allowBob) {
			t.Errorf("policy %s", got.ResourcePolicy)
		}
		if err := put(ada, resourcePolicy(`{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}`), false); err != nil {
			t.Fatal(err)
		}
		refuses(t, m.getAs(ada, "a"), "AccessDeniedException", "")

		public := resourcePolicy(`{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}`)
		refuses(t, put(ada, public, true), "PublicPolicyException", "")
		if err := put(ada, public, false); err != nil {
			t.Error(err)
		}
		locked := resourcePolicy(`{"Effect":"Deny","Principal":"*","Action":"secretsmanager:*","Resource":"*"}`)
		refuses(t, put(ada, locked, false), "InvalidParameterException", "will not allow you to manage this secret")
		for text, want := range map[string]string{resourcePolicy(allowBob): "", public: "PUBLIC_POLICY", locked: "LOCKOUT", "{": "POLICY_SYNTAX"} {
			got := have(m.ValidateResourcePolicy(ctx, ada, secrets.ValidateResourcePolicyInput{Region: region, SecretID: "a", ResourcePolicy: text}))(t)
			check := ""
			for _, p := range got.ValidationErrors {
				check += p.CheckName
			}
			if check != want || got.PolicyValidationPassed != (want == "") {
				t.Errorf("%s: %+v", text, got)
			}
		}
		have(m.DeleteResourcePolicy(ctx, ada, in("a")))(t)
		refuses(t, m.getAs(bob, "a"), "AccessDeniedException", "")
	})
}

// A30: no id leads out of the account and the region of the request, and no one in from another account.
func TestA30SecretsStayInTheirAccountAndRegion(t *testing.T) {
	m := onSQLite(t)
	ctx := t.Context()
	arn := m.create("a", "one").ARN
	stranger := userOf("999999999999", "ada", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	for _, id := range []string{"a", arn} {
		refuses(t, m.getAs(stranger, id), "AccessDeniedException", "")
	}
	_, err := m.ListSecrets(ctx, stranger, secrets.ListSecretsInput{Region: region})
	if err == nil {
		out := have(m.ListSecrets(ctx, stranger, secrets.ListSecretsInput{Region: region}))(t)
		t.Errorf("a stranger lists %d secrets", len(out.Secrets))
	}
	for _, id := range []string{
		strings.Replace(arn, account, "999999999999", 1), strings.Replace(arn, region, "eu-west-1", 1),
		strings.Replace(arn, "arn:aws:", "arn:aws-cn:", 1),
	} {
		if err := m.getAs(ada, id); err == nil {
			t.Errorf("%s leads to a secret", id)
		}
	}
	_, err = m.GetSecretValue(ctx, ada, secrets.GetSecretValueInput{Region: "eu-west-1", SecretID: "a"})
	refuses(t, err, "ResourceNotFoundException", "")
	if out := have(m.ListSecrets(ctx, ada, secrets.ListSecretsInput{Region: "eu-west-1"}))(t); len(out.Secrets) != 0 {
		t.Errorf("another region lists %d secrets", len(out.Secrets))
	}
	out := have(m.CreateSecret(ctx, ada, secrets.CreateSecretInput{Region: "eu-west-1", Name: "a", ClientRequestToken: token("v1"), Value: text("other")}))(t)
	if out.ARN == arn {
		t.Error("two regions share a secret")
	}
	m.want("a", "", "one")
}

// Each reading of a value is on the log, and so is each denial.
func TestReadingsAreOnTheLog(t *testing.T) {
	m := onSQLite(t)
	arn := m.create("a", "one").ARN
	m.want("a", "", "one")
	_ = m.getAs(nobody, "a")
	got := map[string]int{}
	for _, r := range have(m.log.Events(t.Context(), 0, 1000))(t) {
		if r.Action == "secretsmanager:GetSecretValue" && r.Resource == arn {
			got[string(r.Phase)+" "+r.Who.Name]++
		}
	}
	if got["use ada"] != 1 || got["denial eve"] != 1 {
		t.Errorf("events: %v", got)
	}
}

func TestPasswordsAreAsAskedFor(t *testing.T) {
	m := onSQLite(t)
	make := func(in secrets.GetRandomPasswordInput) (string, error) {
		in.Region = region
		p, err := m.GetRandomPassword(t.Context(), ada, in)
		return string(p.Reveal()), err
	}
	p, err := make(secrets.GetRandomPasswordInput{})
	if err != nil || len(p) != 32 || !strings.ContainsAny(p, "0123456789") {
		t.Errorf("%q, %v", p, err)
	}
	p, _ = make(secrets.GetRandomPasswordInput{PasswordLength: 5, IncludeSpace: true})
	if len(p) != 5 || !strings.Contains(p, " ") {
		t.Errorf("%q has not each type", p)
	}
	p, _ = make(secrets.GetRandomPasswordInput{PasswordLength: 500, ExcludeCharacters: "abc0]\\", ExcludeUppercase: true, ExcludePunctuation: true})
	if strings.Trim(p, "defghijklmnopqrstuvwxyz123456789") != "" {
		t.Errorf("%q", p)
	}
	p, _ = make(secrets.GetRandomPasswordInput{PasswordLength: 1, AnyTypes: true})
	if len(p) != 1 {
		t.Errorf("%q", p)
	}
	_, err = make(secrets.GetRandomPasswordInput{PasswordLength: 3})
	refuses(t, err, "InvalidParameterException", "too short")
	_, err = make(secrets.GetRandomPasswordInput{PasswordLength: 4097})
	refuses(t, err, "InvalidParameterException", "4096")
	_, err = make(secrets.GetRandomPasswordInput{ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true})
	refuses(t, err, "InvalidParameterException", "excludes all")

	// Chi-squared over 26 letters: 25 degrees of freedom, and 80 is far beyond any chance.
	counts := map[rune]float64{}
	const n = 26 * 400
	for i := 0; i < n; i += 4000 {
		p, _ = make(secrets.GetRandomPasswordInput{PasswordLength: min(4000, n-i), ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true})
		for _, r := range p {
			counts[r]++
		}
	}
	chi := 0.0
	for r := 'a'; r <= 'z'; r++ {
		chi += (counts[r] - 400) * (counts[r] - 400) / 400
	}
	if chi > 80 {
		t.Errorf("letters are not equally likely: %v", chi)
	}
}

func TestSchedules(t *testing.T) {
	at := func(text string) time.Time {
		v, err := time.Parse("2006-01-02 15:04:05", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	last, after := at("2026-03-01 09:15:00"), at("2026-03-04 10:30:00") // a Wednesday
	for _, c := range []struct {
		rules         secrets.RotationRules
		opens, closes string
	}{
		{secrets.RotationRules{AutomaticallyAfterDays: 30}, "2026-03-31 00:00:00", "2026-03-31 23:59:59"},
		{secrets.RotationRules{ScheduleExpression: "rate(1 day)"}, "2026-03-05 00:00:00", "2026-03-05 23:59:59"},
		{secrets.RotationRules{ScheduleExpression: "rate(10 days)", Duration: "3h"}, "2026-03-11 00:00:00", "2026-03-11 02:59:59"},
		{secrets.RotationRules{ScheduleExpression: "rate(6 hours)"}, "2026-03-04 15:00:00", "2026-03-04 15:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 8 1 * ? *)", Duration: "2h"}, "2026-04-01 08:00:00", "2026-04-01 09:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 16 ? * SUN#3 *)"}, "2026-03-15 16:00:00", "2026-03-15 23:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 2/8 ? * MON-FRI *)"}, "2026-03-04 18:00:00", "2026-03-04 18:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 0 L * ? *)"}, "2026-03-31 00:00:00", "2026-03-31 23:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 1 ? * 6L *)"}, "2026-03-27 01:00:00", "2026-03-27 23:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 4 29 2 ? *)"}, "2028-02-29 04:00:00", "2028-02-29 23:59:59"},
		{secrets.RotationRules{ScheduleExpression: "cron(0 */4 1,15 JAN,mar ? *)", Duration: "4h"}, "2026-03-15 00:00:00", "2026-03-15 03:59:59"},
	} {
		opens, closes, err := secrets.NextWindow(c.rules, last, after)
		if err != nil || !opens.Equal(at(c.opens)) || !closes.Equal(at(c.closes)) {
			t.Errorf("%+v: %v to %v, %v; want %s to %s", c.rules, opens, closes, err, c.opens, c.closes)
		}
	}
	for _, r := range []secrets.RotationRules{
		{AutomaticallyAfterDays: 1001}, {AutomaticallyAfterDays: 5, ScheduleExpression: "rate(5 days)"}, {Duration: "3h"},
		{ScheduleExpression: "rate(3 hours)"}, {ScheduleExpression: "rate(0 days)"}, {ScheduleExpression: "rate(5 weeks)"},
		{ScheduleExpression: "rate(6 hours)", Duration: "7h"}, {ScheduleExpression: "rate(6 days)", Duration: "25h"},
		{ScheduleExpression: "cron(5 8 1 * ? *)"}, {ScheduleExpression: "cron(0 8 1 * ? 2027)"}, {ScheduleExpression: "cron(0 8 1 * MON *)"},
		{ScheduleExpression: "cron(0 8 ? * ? *)"}, {ScheduleExpression: "cron(0 */2 1 * ? *)"}, {ScheduleExpression: "cron(0 8,23,1 1 * ? *)"},
		{ScheduleExpression: "cron(0 8 31 2 ? *)"}, {ScheduleExpression: "cron(0 8 ? * MON#6 *)"}, {ScheduleExpression: "cron(0 22 1 * ? *)", Duration: "3h"},
	} {
		if _, _, err := secrets.NextWindow(r, last, after); err == nil {
			t.Errorf("%+v was taken", r)
		}
	}
}
