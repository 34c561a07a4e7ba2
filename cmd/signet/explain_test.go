package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"signet/identity"
	"signet/kms"
	"signet/secrets"
)

// offline opens the trust of a new data folder, as a first start does.
func offline(t *testing.T, data string) *trust {
	t.Helper()
	cfg := &config{data: data, account: identity.DefaultAccount, region: identity.DefaultRegion}
	f, err := openFolder(data)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := openTrust(t.Context(), cfg, f, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func statement(s string) string { return `{"Version":"2012-10-17","Statement":[{` + s + `}]}` }

// Everything that counts for a request counts for the explanation: the policies of the principal, its
// boundary and its session's, and the resource's own, with the grants of a key.
func TestPolicyExplain(t *testing.T) {
	data := t.TempDir()
	tr := offline(t, data)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	iam := tr.identity.IAM()
	_, err := iam.CreateUser(ctx, operator, "ana", "/", "", nil)
	must(err)
	must(iam.PutInline(ctx, operator, identity.AUser, "ana", "all", statement(`"Sid":"All","Effect":"Allow","Action":["secretsmanager:*","sts:*"],"Resource":"*"`)))
	_, err = iam.CreateUser(ctx, operator, "ben", "/", "", nil)
	must(err)
	must(iam.PutInline(ctx, operator, identity.AUser, "ben", "all", statement(`"Effect":"Allow","Action":"*","Resource":"*"`)))
	must(iam.SetBoundary(ctx, operator, identity.AUser, "ben", "arn:aws:iam::aws:policy/IAMReadOnlyAccess"))
	const arn = "arn:aws:iam::123456789012:"
	_, err = iam.CreateRole(ctx, operator, identity.NewRole{Name: "auditor", Trust: statement(`"Sid":"Ana","Effect":"Allow","Principal":{"AWS":"` + arn + `user/ana"},"Action":"sts:AssumeRole"`)})
	must(err)
	scope := kms.Scope{Region: identity.DefaultRegion}
	key, err := tr.kms.CreateNamedKey(ctx, operator, kms.CreateKeyInput{Scope: scope}, "alias/app")
	must(err)
	grant, err := tr.kms.CreateGrant(ctx, operator, kms.CreateGrantInput{Scope: scope, KeyID: key.KeyID, GranteePrincipal: arn + "user/ana", Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"app": "quotes"}})
	must(err)
	_, err = tr.secrets.CreateSecret(ctx, operator, secrets.CreateSecretInput{Region: scope.Region, Name: "db", ClientRequestToken: strings.Repeat("1", 32), Value: secrets.Text([]byte("v"))})
	must(err)
	_, err = tr.secrets.PutResourcePolicy(ctx, operator, secrets.PutResourcePolicyInput{Region: scope.Region, SecretID: "db",
		ResourcePolicy: statement(`"Sid":"NotAna","Effect":"Deny","Principal":{"AWS":"` + arn + `user/ana"},"Action":"secretsmanager:DeleteSecret","Resource":"*"`)})
	must(err)
	link, err := tr.identity.MakeLink(ctx, operator, "ana", 0)
	must(err)
	here := identity.Origin{IP: "127.0.0.1"}
	session, _, err := tr.identity.UseLink(ctx, here, string(link.Reveal()))
	must(err)
	caller, _, err := tr.identity.Authenticate(ctx, string(session.Reveal()), here)
	must(err)
	assumed, err := iam.AssumeRole(ctx, caller, identity.Assumption{RoleARN: arn + "role/auditor", Session: "shift", Policy: statement(`"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"`)})
	must(err)
	must(iam.Attach(ctx, operator, identity.ARole, "auditor", "arn:aws:iam::aws:policy/SecretsManagerReadWrite"))
	tr.close()

	for _, c := range []struct {
		args string
		want []string
	}{
		{"ana secretsmanager:GetSecretValue db", []string{`is allowed by statement "All" of identity policy all`, "Looked at: identity policy all, resource policy."}},
		{"ana secretsmanager:DeleteSecret db", []string{`is denied by statement "NotAna" of resource policy; a Deny wins`, `It would need a change of statement "NotAna" of resource policy`}},
		{"ben secretsmanager:GetSecretValue db", []string{"the permissions boundary does not allow it", "in the permissions boundary too", "permissions boundary arn:aws:iam::aws:policy/IAMReadOnlyAccess"}},
		{"ana kms:Decrypt alias/app kms:EncryptionContext:app=quotes", []string{"is allowed by grant " + grant.GrantID}},
		{"ana kms:Encrypt alias/app", []string{"the key policy leaves it to the account's identity policies", "in a policy of the principal or of a group", "key policy, grant " + grant.GrantID}},
		{"ana sts:AssumeRole " + arn + "role/auditor", []string{`is allowed by statement "All" of identity policy all and statement "Ana" of trust policy auditor`}},
		{"ben sts:AssumeRole " + arn + "role/auditor", []string{"is denied", "in the trust policy that names the principal or its account", "trust policy auditor"}},
		{arn + "role/auditor secretsmanager:GetSecretValue db", []string{"is allowed by statement 1 of identity policy arn:aws:iam::aws:policy/SecretsManagerReadWrite"}},
		{assumed.Credentials.ID + " secretsmanager:GetSecretValue db", []string{"no session policy allows it", "in the session policy too", "SecretsManagerReadWrite, resource policy, session policy."}},
	} {
		var out strings.Builder
		code := run(context.WithoutCancel(ctx), append(append([]string{"policy", "explain"}, strings.Fields(c.args)...), "--data", data), nil, strings.NewReader(""), &out, io.MultiWriter(&out))
		if code != exitOK {
			t.Errorf("%s: %d %s", c.args, code, out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: lacks %q:\n%s", c.args, want, out.String())
			}
		}
	}
}
