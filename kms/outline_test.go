package kms_test

import (
	"slices"
	"testing"

	"signet/kms"
)

// What a list shows of a key is what its policy lets the reader see, and nothing of the hidden ones is
// put on record as an attempt.
func TestOutlines(t *testing.T) {
	p := single(t)
	open := p.create("", "")
	closed := p.create("", "")
	hidden := document(`"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"`,
		`"Sid":"hidden","Effect":"Deny","Principal":{"AWS":"`+userARN("reader")+`"},"Action":"kms:DescribeKey","Resource":"*"`)
	check(p.PutKeyPolicy(p.ctx, admin(t), kms.PutKeyPolicyInput{KeyPolicyInput: kms.KeyPolicyInput{Scope: scope, KeyID: closed.KeyID}, Policy: hidden}))
	check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/open", TargetKeyID: open.KeyID}))
	check(p.EnableKeyRotation(p.ctx, admin(t), kms.EnableKeyRotationInput{Scope: scope, KeyID: open.KeyID}))

	reader := user(t, "reader", `"Effect":"Allow","Action":["kms:ListKeys","kms:DescribeKey","kms:ListAliases","kms:DisableKey"],"Resource":"*"`)
	list := must(p.Outlines(p.ctx, reader, kms.ListInput{Scope: scope}))
	for _, o := range list.Items {
		switch o.KeyID {
		case open.KeyID:
			if o.KeyState != kms.Enabled || !slices.Equal(o.Aliases, []string{"alias/open"}) || !slices.Equal(o.May, []string{"DisableKey"}) || o.Rotation != nil {
				t.Errorf("the open key: %+v", o)
			}
		case closed.KeyID:
			if o.KeyState != "" || o.ARN != closed.ARN || len(o.May) > 0 {
				t.Errorf("the hidden key: %+v", o)
			}
		}
	}
	if len(list.Items) != 2 {
		t.Errorf("%d keys", len(list.Items))
	}
	o := must(p.Outline(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: open.KeyID}))
	if o.Rotation == nil || o.Rotation.RotationPeriodInDays != 365 || !slices.Contains(o.May, "PutKeyPolicy") {
		t.Errorf("for an administrator: %+v", o)
	}
	_, err := p.Outline(p.ctx, reader, kms.KeyInput{Scope: scope, KeyID: closed.KeyID})
	wants(t, "the hidden key", err, kms.AccessDeniedException)
	_, err = p.Outlines(p.ctx, user(t, "nobody"), kms.ListInput{Scope: scope})
	wants(t, "without a policy", err, kms.AccessDeniedException)
	_, err = p.Events(p.ctx, reader, kms.KeyInput{Scope: scope, KeyID: open.KeyID}, 10)
	if err == nil {
		t.Error("the audit log is open to a reader of keys")
	}
}

// A key of one of Signet's services offers nothing that would be refused anyway.
func TestOutlineOfAServiceKey(t *testing.T) {
	p := single(t)
	arn := must(p.EnsureServiceKey(p.ctx, system, region, "secretsmanager"))
	o := must(p.Outline(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: arn}))
	if slices.Contains(o.May, "DisableKey") || !slices.Contains(o.May, "GetKeyPolicy") {
		t.Errorf("may %v", o.May)
	}
}

func TestCreateNamedKey(t *testing.T) {
	p := single(t)
	only := user(t, "maker", `"Effect":"Allow","Action":["kms:CreateKey","kms:PutKeyPolicy"],"Resource":"*"`)
	_, err := p.CreateNamedKey(p.ctx, only, kms.CreateKeyInput{Scope: scope}, "alias/named")
	wants(t, "without the permission for the alias", err, kms.AccessDeniedException)
	names := user(t, "namer", `"Effect":"Allow","Action":["kms:CreateAlias","kms:PutKeyPolicy"],"Resource":"*"`)
	_, err = p.CreateNamedKey(p.ctx, names, kms.CreateKeyInput{Scope: scope}, "alias/named")
	wants(t, "without the permission for the key", err, kms.AccessDeniedException)
	_, err = p.CreateNamedKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: scope}, "alias/aws/named")
	wants(t, "a reserved name", err, kms.NotAuthorizedException)
	m := must(p.CreateNamedKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: scope}, "alias/named"))
	_, err = p.CreateNamedKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: scope}, "alias/named")
	wants(t, "a taken name", err, kms.AlreadyExistsException)
	list := must(p.Outlines(p.ctx, admin(t), kms.ListInput{Scope: scope}))
	if len(list.Items) != 1 || list.Items[0].KeyID != m.KeyID || !slices.Equal(list.Items[0].Aliases, []string{"alias/named"}) {
		t.Errorf("there are %+v", list.Items)
	}
}

// What is counted of a key is its uses: not its administration, and not those of other keys.
func TestUsage(t *testing.T) {
	p := single(t)
	k, other := p.create("", ""), p.create("", "")
	blob := p.encrypt(k.KeyID, "value", map[string]string{"app": "x"})
	p.encrypt(other.KeyID, "value", nil)
	must(p.decrypt(admin(t), blob, map[string]string{"app": "x"}))
	_, err := p.decrypt(admin(t), blob, nil)
	wants(t, "another context", err, kms.InvalidCiphertextException)
	_, err = p.decrypt(user(t, "nobody"), blob, map[string]string{"app": "x"})
	wants(t, "without a policy", err, kms.AccessDeniedException)
	check(p.DisableKey(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID}))
	auditor := user(t, "auditor", `"Effect":"Allow","Action":["kms:DescribeKey","cloudtrail:LookupEvents"],"Resource":"*"`)
	usage := must(p.Usage(p.ctx, auditor, kms.KeyInput{Scope: scope, KeyID: k.KeyID}))
	uses, refused := 0, 0
	for _, h := range usage.Hours {
		uses, refused = uses+h.Uses, refused+h.Other
	}
	if uses != 2 || refused != 2 {
		t.Errorf("%d uses and %d others: %+v", uses, refused, usage)
	}
	reader := user(t, "reader", `"Effect":"Allow","Action":"kms:DescribeKey","Resource":"*"`)
	if _, err := p.Usage(p.ctx, reader, kms.KeyInput{Scope: scope, KeyID: k.KeyID}); err == nil {
		t.Error("the audit log is open to a reader of keys")
	}
}
