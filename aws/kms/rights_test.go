package kms_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"signet/aws/awstest"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/secrets/secretstest"
)

const denied = "AccessDeniedException"

// What the policies of a user allow, deny, and allow on a condition.
func TestIdentityPolicies(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k, other := makeKey(c, "", ""), makeKey(c, "", "")
	pairs := map[string]string{"Team": "sales"}
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})).CiphertextBlob
	ana := w.user("ana")
	decrypt := func() error {
		_, err := ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs})
		return err
	}
	awstest.Code(t, "nothing", decrypt(), denied,
		"User: "+awstest.UserARN("ana")+" is not authorized to perform: kms:Decrypt on resource: "+*k.Arn+" because no identity-based policy allows the kms:Decrypt action")
	w.May("ana", `"Effect":"Allow","Action":"kms:Decrypt","Resource":"`+*k.Arn+`"`)
	check(decrypt())
	_, err := ana.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	awstest.Code(t, "another action", err, denied, "kms:Encrypt")
	_, err = ana.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: other.KeyId})
	awstest.Code(t, "another key", err, denied, "kms:DescribeKey")
	_, err = ana.ListKeys(ctx, &kmssdk.ListKeysInput{})
	awstest.Code(t, "no key", err, denied, "kms:ListKeys on resource: *")
	w.May("ana", everything, `"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"`)
	awstest.Code(t, "deny", decrypt(), denied, "with an explicit deny in an identity-based policy")
	_, err = ana.ReEncrypt(ctx, &kmssdk.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: pairs, DestinationKeyId: k.KeyId})
	check(err)
	w.May("ana", `"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:Team":"sales"}}`)
	check(decrypt())
	_, err = ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"Team": "legal"}})
	awstest.Code(t, "another context", err, denied)
	_, err = ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	awstest.Code(t, "no context", err, denied)
	// Who may do nothing does not learn which keys there are.
	ben := w.user("ben")
	_, a := ben.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId})
	_, b := ben.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("11111111-2222-3333-4444-555555555555")})
	awstest.Code(t, "a key", a, denied)
	awstest.Code(t, "no key", b, denied)
}

// A key's policy alone decides when it does not leave the key to the account.
func TestKeyPolicyAndIdentityPolicies(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	ana, ben := w.user("ana"), w.user("ben", everything)
	closed := awstest.Document(
		`"Effect":"Allow","Principal":{"AWS":"`+awstest.UserARN("root")+`"},"Action":"kms:*","Resource":"*"`,
		`"Effect":"Allow","Principal":{"AWS":"`+awstest.UserARN("ana")+`"},"Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"`)
	k := must(c.CreateKey(ctx, &kmssdk.CreateKeyInput{Policy: &closed})).KeyMetadata
	blob := must(ana.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})).CiphertextBlob
	_, err := ben.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	awstest.Code(t, "an administrator of the account", err, denied, "because no resource-based policy allows the kms:Decrypt action")
	delegating := awstest.Document(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+account+`:root"},"Action":"kms:*","Resource":"*"`,
		`"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:username":"ana"}}`)
	must(c.PutKeyPolicy(ctx, &kmssdk.PutKeyPolicyInput{KeyId: k.KeyId, Policy: &delegating}))
	_, err = ben.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	check(err)
	w.May("ana", everything)
	_, err = ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	awstest.Code(t, "a deny of the key's policy", err, denied, "with an explicit deny in a resource-based policy")
}

func TestGrants(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	ana, vera := w.user("ana"), w.user("vera")
	pairs := map[string]string{"app": "quotes"}
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})).CiphertextBlob
	in := &kmssdk.CreateGrantInput{
		KeyId: k.KeyId, Name: s("once"), GranteePrincipal: s(awstest.UserARN("ana")), RetiringPrincipal: s(awstest.UserARN("vera")),
		Operations:  []types.GrantOperation{types.GrantOperationDecrypt, types.GrantOperationDescribeKey},
		Constraints: &types.GrantConstraints{EncryptionContextSubset: pairs},
	}
	decrypt := func(tokens ...string) error {
		_, err := ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, GrantTokens: tokens})
		return err
	}
	awstest.Code(t, "before", decrypt(), denied)
	grant := must(c.CreateGrant(ctx, in))
	check(decrypt())
	check(decrypt(*grant.GrantToken))
	must(ana.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId, GrantTokens: []string{*grant.GrantToken}}))
	awstest.Wants[*types.InvalidGrantTokenException](t, "no token", decrypt("bm8gdG9rZW4="))
	_, err := ana.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})
	awstest.Code(t, "not granted", err, denied)
	again := must(c.CreateGrant(ctx, in))
	if *again.GrantId != *grant.GrantId || *again.GrantToken == *grant.GrantToken {
		t.Errorf("%+v, %+v", grant, again)
	}
	list := must(c.ListGrants(ctx, &kmssdk.ListGrantsInput{KeyId: k.KeyId, GranteePrincipal: s(awstest.UserARN("ana"))})).Grants
	if len(list) != 1 || *list[0].GrantId != *grant.GrantId || *list[0].KeyId != *k.Arn || *list[0].Name != "once" || list[0].Constraints.EncryptionContextSubset["app"] != "quotes" ||
		*list[0].RetiringPrincipal != awstest.UserARN("vera") || len(list[0].Operations) != 2 || *list[0].IssuingAccount == "" || list[0].CreationDate == nil || list[0].GranteeServicePrincipal != nil {
		t.Errorf("%+v", list)
	}
	retirable := must(c.ListRetirableGrants(ctx, &kmssdk.ListRetirableGrantsInput{RetiringPrincipal: s(awstest.UserARN("vera"))})).Grants
	if len(retirable) != 1 || *retirable[0].GrantId != *grant.GrantId {
		t.Errorf("%+v", retirable)
	}
	_, err = ana.RetireGrant(ctx, &kmssdk.RetireGrantInput{KeyId: k.Arn, GrantId: grant.GrantId})
	awstest.Code(t, "the grantee retires", err, denied)
	must(vera.RetireGrant(ctx, &kmssdk.RetireGrantInput{GrantToken: grant.GrantToken}))
	awstest.Code(t, "retired", decrypt(), denied)
	_, err = c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId})
	awstest.Wants[*types.NotFoundException](t, "gone", err)
	_, err = c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: s("x")})
	awstest.Wants[*types.InvalidGrantIdException](t, "no id", err)
	next := must(c.CreateGrant(ctx, in))
	check(decrypt())
	must(c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: next.GrantId}))
	awstest.Code(t, "revoked", decrypt(), denied)
	_, err = c.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: s("nobody"), Operations: []types.GrantOperation{"Decrypt"}})
	awstest.Wants[*types.InvalidArnException](t, "grantee", err)
	service := must(c.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteeServicePrincipal: s("spice.signet.internal"), Operations: []types.GrantOperation{"Decrypt"},
		Constraints: &types.GrantConstraints{SourceArn: s("arn:aws:quicksight:eu-west-1:123456789012:dataset/x")}}))
	found := must(c.ListGrants(ctx, &kmssdk.ListGrantsInput{KeyId: k.KeyId, GranteeServicePrincipal: s("spice.signet.internal")})).Grants
	if len(found) != 1 || *found[0].GrantId != *service.GrantId || *found[0].GranteeServicePrincipal != "spice.signet.internal" || *found[0].Constraints.SourceArn == "" {
		t.Errorf("%+v", found)
	}
}

// S12: a key that is disabled on one server is refused on every other one from the next request on, and
// so is one whose policy or grant has gone.
func TestS12DisablingAKeyHoldsOnEveryServerAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		root := secretstest.RootKey(t)
		a := start(t, open(), root)
		a.MakeRoot()
		b := start(t, open(), root)
		ctx, here, there := t.Context(), a.client(a.Root), b.client(a.Root)
		k := makeKey(here, "", "")
		blob := must(there.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})).CiphertextBlob
		for range 5 {
			must(there.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})) // it is in that server's memory
			must(here.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
			_, err := there.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
			awstest.Wants[*types.DisabledException](t, "disabled elsewhere", err)
			must(there.EnableKey(ctx, &kmssdk.EnableKeyInput{KeyId: k.KeyId}))
			must(here.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob}))
		}
		ana := b.user("ana")
		grant := must(here.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: s(awstest.UserARN("ana")), Operations: []types.GrantOperation{"Decrypt"}}))
		must(ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob}))
		must(here.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId}))
		_, err := ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
		awstest.Code(t, "revoked elsewhere", err, denied)
	})
}

// S11: each use is on the log, by whom, with AWS's code of a failure.
func TestS11EveryUseOfAKeyIsOnTheLog(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{"app": "quotes"}}))
	must(c.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
	_, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	api, _ := errors.AsType[smithy.APIError](err)
	var lines []string
	for _, e := range w.Events() {
		if e.Action == "kms:Encrypt" {
			lines = append(lines, fmt.Sprint(e.Phase, " ", e.Result, " ", e.Resource, " ", e.Who.Name, " ", e.SourceIP, " ", e.Detail["encryption_context"], " ", e.Detail["error"]))
		}
	}
	text := strings.Join(lines, "\n")
	if len(lines) != 2 || api.ErrorCode() != "DisabledException" || strings.Count(text, *k.Arn+" root 192.0.2.7") != 2 || !strings.Contains(text, `{"app":"quotes"}`) || !strings.Contains(text, "DisabledException") {
		t.Errorf("%s", text)
	}
}
