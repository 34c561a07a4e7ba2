package kms_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/secrets/secretstest"
)

const denied = "AccessDeniedException"

// What the policies of a user allow, deny, and allow on a condition.
func TestIdentityPolicies(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.root)
	k, other := makeKey(c, "", ""), makeKey(c, "", "")
	pairs := map[string]string{"Team": "sales"}
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})).CiphertextBlob
	ana := w.user("ana")
	decrypt := func() error {
		_, err := ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs})
		return err
	}
	code(t, "nothing", decrypt(), denied,
		"User: "+userARN("ana")+" is not authorized to perform: kms:Decrypt on resource: "+*k.Arn+" because no identity-based policy allows the kms:Decrypt action")
	w.may("ana", `"Effect":"Allow","Action":"kms:Decrypt","Resource":"`+*k.Arn+`"`)
	check(decrypt())
	_, err := ana.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	code(t, "another action", err, denied, "kms:Encrypt")
	_, err = ana.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: other.KeyId})
	code(t, "another key", err, denied, "kms:DescribeKey")
	_, err = ana.ListKeys(ctx, &kmssdk.ListKeysInput{})
	code(t, "no key", err, denied, "kms:ListKeys on resource: *")
	w.may("ana", everything, `"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"`)
	code(t, "deny", decrypt(), denied, "with an explicit deny in an identity-based policy")
	_, err = ana.ReEncrypt(ctx, &kmssdk.ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: pairs, DestinationKeyId: k.KeyId})
	check(err)
	w.may("ana", `"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:Team":"sales"}}`)
	check(decrypt())
	_, err = ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"Team": "legal"}})
	code(t, "another context", err, denied)
	_, err = ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	code(t, "no context", err, denied)
	// Who may do nothing does not learn which keys there are.
	ben := w.user("ben")
	_, a := ben.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId})
	_, b := ben.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("11111111-2222-3333-4444-555555555555")})
	code(t, "a key", a, denied)
	code(t, "no key", b, denied)
}

// A key's policy alone decides when it does not leave the key to the account.
func TestKeyPolicyAndIdentityPolicies(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.root)
	ana, ben := w.user("ana"), w.user("ben", everything)
	closed := document(
		`"Effect":"Allow","Principal":{"AWS":"`+userARN("root")+`"},"Action":"kms:*","Resource":"*"`,
		`"Effect":"Allow","Principal":{"AWS":"`+userARN("ana")+`"},"Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"`)
	k := must(c.CreateKey(ctx, &kmssdk.CreateKeyInput{Policy: &closed})).KeyMetadata
	blob := must(ana.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})).CiphertextBlob
	_, err := ben.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	code(t, "an administrator of the account", err, denied, "because no resource-based policy allows the kms:Decrypt action")
	delegating := document(`"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+account+`:root"},"Action":"kms:*","Resource":"*"`,
		`"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:username":"ana"}}`)
	must(c.PutKeyPolicy(ctx, &kmssdk.PutKeyPolicyInput{KeyId: k.KeyId, Policy: &delegating}))
	_, err = ben.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	check(err)
	w.may("ana", everything)
	_, err = ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	code(t, "a deny of the key's policy", err, denied, "with an explicit deny in a resource-based policy")
}

func TestGrants(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.root)
	k := makeKey(c, "", "")
	ana, vera := w.user("ana"), w.user("vera")
	pairs := map[string]string{"app": "quotes"}
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})).CiphertextBlob
	in := &kmssdk.CreateGrantInput{
		KeyId: k.KeyId, Name: s("once"), GranteePrincipal: s(userARN("ana")), RetiringPrincipal: s(userARN("vera")),
		Operations:  []types.GrantOperation{types.GrantOperationDecrypt, types.GrantOperationDescribeKey},
		Constraints: &types.GrantConstraints{EncryptionContextSubset: pairs},
	}
	decrypt := func(tokens ...string) error {
		_, err := ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, GrantTokens: tokens})
		return err
	}
	code(t, "before", decrypt(), denied)
	grant := must(c.CreateGrant(ctx, in))
	check(decrypt())
	check(decrypt(*grant.GrantToken))
	must(ana.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId, GrantTokens: []string{*grant.GrantToken}}))
	wants[*types.InvalidGrantTokenException](t, "no token", decrypt("bm8gdG9rZW4="))
	_, err := ana.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})
	code(t, "not granted", err, denied)
	again := must(c.CreateGrant(ctx, in))
	if *again.GrantId != *grant.GrantId || *again.GrantToken == *grant.GrantToken {
		t.Errorf("%+v, %+v", grant, again)
	}
	list := must(c.ListGrants(ctx, &kmssdk.ListGrantsInput{KeyId: k.KeyId, GranteePrincipal: s(userARN("ana"))})).Grants
	if len(list) != 1 || *list[0].GrantId != *grant.GrantId || *list[0].KeyId != *k.Arn || *list[0].Name != "once" || list[0].Constraints.EncryptionContextSubset["app"] != "quotes" ||
		*list[0].RetiringPrincipal != userARN("vera") || len(list[0].Operations) != 2 || *list[0].IssuingAccount == "" || list[0].CreationDate == nil || list[0].GranteeServicePrincipal != nil {
		t.Errorf("%+v", list)
	}
	retirable := must(c.ListRetirableGrants(ctx, &kmssdk.ListRetirableGrantsInput{RetiringPrincipal: s(userARN("vera"))})).Grants
	if len(retirable) != 1 || *retirable[0].GrantId != *grant.GrantId {
		t.Errorf("%+v", retirable)
	}
	_, err = ana.RetireGrant(ctx, &kmssdk.RetireGrantInput{KeyId: k.Arn, GrantId: grant.GrantId})
	code(t, "the grantee retires", err, denied)
	must(vera.RetireGrant(ctx, &kmssdk.RetireGrantInput{GrantToken: grant.GrantToken}))
	code(t, "retired", decrypt(), denied)
	_, err = c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId})
	wants[*types.NotFoundException](t, "gone", err)
	_, err = c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: s("x")})
	wants[*types.InvalidGrantIdException](t, "no id", err)
	next := must(c.CreateGrant(ctx, in))
	check(decrypt())
	must(c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: next.GrantId}))
	code(t, "revoked", decrypt(), denied)
	_, err = c.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: s("nobody"), Operations: []types.GrantOperation{"Decrypt"}})
	wants[*types.InvalidArnException](t, "grantee", err)
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
		a.makeRoot()
		b := start(t, open(), root)
		ctx, here, there := t.Context(), a.client(a.root), b.client(a.root)
		k := makeKey(here, "", "")
		blob := must(there.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})).CiphertextBlob
		for range 5 {
			must(there.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})) // it is in that server's memory
			must(here.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
			_, err := there.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
			wants[*types.DisabledException](t, "disabled elsewhere", err)
			must(there.EnableKey(ctx, &kmssdk.EnableKeyInput{KeyId: k.KeyId}))
			must(here.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob}))
		}
		ana := b.user("ana")
		grant := must(here.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: s(userARN("ana")), Operations: []types.GrantOperation{"Decrypt"}}))
		must(ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob}))
		must(here.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId}))
		_, err := ana.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
		code(t, "revoked elsewhere", err, denied)
	})
}

// S11: each use is on the log, by whom, with AWS's code of a failure.
func TestS11EveryUseOfAKeyIsOnTheLog(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.root)
	k := makeKey(c, "", "")
	must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{"app": "quotes"}}))
	must(c.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
	_, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	api, _ := errors.AsType[smithy.APIError](err)
	var lines []string
	for _, e := range w.events() {
		if e.Action == "kms:Encrypt" {
			lines = append(lines, fmt.Sprint(e.Phase, " ", e.Result, " ", e.Resource, " ", e.Who.Name, " ", e.SourceIP, " ", e.Detail["encryption_context"], " ", e.Detail["error"]))
		}
	}
	text := strings.Join(lines, "\n")
	if len(lines) != 2 || api.ErrorCode() != "DisabledException" || strings.Count(text, *k.Arn+" root 192.0.2.7") != 2 || !strings.Contains(text, `{"app":"quotes"}`) || !strings.Contains(text, "DisabledException") {
		t.Errorf("%s", text)
	}
}
