package kms_test

import (
	"bytes"
	"strings"
	"testing"

	"signet/internal/opaque"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/policy"
)

func TestEncryptDecrypt(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		k := p.create("", "")
		check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/app", TargetKeyID: k.KeyID}))
		pairs := map[string]string{"app": "x", "tier": "1"}
		for _, name := range []string{k.KeyID, k.ARN, "alias/app", here + "alias/app"} {
			out, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(name), Plaintext: plain("value"), EncryptionContext: pairs})
			if err != nil || out.KeyARN != k.ARN || out.EncryptionAlgorithm != kms.SymmetricDefault {
				t.Fatalf("%s: %+v, %v", name, out, err)
			}
			p.opens(out.CiphertextBlob, "value", pairs)
			got, err := p.Decrypt(p.ctx, admin(t), kms.DecryptInput{Use: use(name), CiphertextBlob: out.CiphertextBlob, EncryptionContext: pairs})
			if err != nil || got.KeyARN != k.ARN || got.KeyMaterialID != k.CurrentKeyMaterialID {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if bytes.Equal(p.encrypt(k.KeyID, "value", nil), p.encrypt(k.KeyID, "value", nil)) {
			t.Error("one value encrypted twice gives the same bytes")
		}
	})
}

// A19: a ciphertext that was changed in any byte, cut, or put under another context or key is refused, and
// the refusal does not say why.
func TestA19CiphertextsAreBound(t *testing.T) {
	p := single(t)
	a, b := p.create("", ""), p.create("", "")
	pairs := map[string]string{"app": "x"}
	blob, other := p.encrypt(a.KeyID, "value", pairs), p.encrypt(b.KeyID, "value", pairs)
	withKey := func(blob []byte, pairs map[string]string) error {
		_, err := p.Decrypt(p.ctx, admin(t), kms.DecryptInput{Use: use(a.KeyID), CiphertextBlob: blob, EncryptionContext: pairs})
		return err
	}
	for i := range blob {
		changed := bytes.Clone(blob)
		changed[i] ^= 1 << (i % 8)
		want := kms.InvalidCiphertextException
		if i >= 1 && i < 17 {
			want = kms.IncorrectKeyException // it names another key
		}
		wants(t, "byte changed", withKey(changed, pairs), want)
		if _, err := p.decrypt(admin(t), changed, pairs); err == nil {
			t.Fatalf("byte %d changed, and it opens", i)
		}
		wants(t, "cut", withKey(blob[:max(i, 1)], pairs), kms.InvalidCiphertextException)
	}
	wants(t, "longer", withKey(append(bytes.Clone(blob), 0), pairs), kms.InvalidCiphertextException)
	for _, wrong := range []map[string]string{nil, {"app": "X"}, {"App": "x"}, {"app": "x", "more": "y"}, {"ap": "px"}, {"appx": ""}} {
		wants(t, "other context", withKey(blob, wrong), kms.InvalidCiphertextException)
	}
	wants(t, "other key", withKey(other, pairs), kms.IncorrectKeyException, "does not identify a CMK")
	for part, end := range map[string]int{"key id": 17, "key and material": 53, "all but the body": 85} {
		moved := append(bytes.Clone(other[:end]), blob[end:]...)
		if _, err := p.decrypt(admin(t), moved, pairs); err == nil {
			t.Errorf("%s moved, and it opens", part)
		}
	}
	p.opens(blob, "value", pairs)
	var e *kms.Error
	_, err := p.decrypt(admin(t), append(bytes.Clone(blob), 0), pairs)
	if e, _ = err.(*kms.Error); e == nil || e.Message != "" {
		t.Errorf("the refusal says %v", err)
	}
}

// A key that only a ciphertext names is not told apart from one that the caller may not use.
func TestA30CiphertextOfNoKeyTellsNothing(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	blob := p.encrypt(k.KeyID, "value", nil)
	blob[1] ^= 1
	_, err := p.decrypt(admin(t), blob, nil)
	wants(t, "no such key", err, kms.AccessDeniedException, "does not exist in this region, or you are not allowed")
	_, err = p.decrypt(user(t, "eve"), blob, nil)
	wants(t, "nor permission", err, kms.AccessDeniedException)
}

func TestSizesAndContexts(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	for size, code := range map[int]string{0: kms.ValidationException, 1: "", 4096: "", 4097: kms.ValidationException} {
		_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(k.KeyID), Plaintext: opaque.New(make([]byte, size))})
		wants(t, "plaintext", err, code)
	}
	for _, pairs := range []map[string]string{{"": "x"}, {"a": "1", "A": "2"}, {"a": strings.Repeat("x", 8192)}, {"a": "\xff"}} {
		_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x"), EncryptionContext: pairs})
		wants(t, "context", err, kms.ValidationException)
	}
	_, err := p.decrypt(admin(t), make([]byte, 6145), nil)
	wants(t, "long ciphertext", err, kms.ValidationException)
	_, err = p.decrypt(admin(t), []byte("not a ciphertext"), nil)
	wants(t, "no ciphertext", err, kms.InvalidCiphertextException)
}

func TestReEncrypt(t *testing.T) {
	p := single(t)
	a, b := p.create("", ""), p.create("", "")
	blob := p.encrypt(a.KeyID, "value", map[string]string{"a": "1"})
	in := kms.ReEncryptInput{Scope: scope, CiphertextBlob: blob, SourceEncryptionContext: map[string]string{"a": "1"},
		DestinationKeyID: b.KeyID, DestinationEncryptionContext: map[string]string{"b": "2"}}
	out, err := p.ReEncrypt(p.ctx, admin(t), in)
	if err != nil || out.SourceKeyARN != a.ARN || out.KeyARN != b.ARN || out.DestinationKeyMaterialID != b.CurrentKeyMaterialID {
		t.Fatalf("%+v, %v", out, err)
	}
	p.opens(out.CiphertextBlob, "value", map[string]string{"b": "2"})
	in.SourceEncryptionContext = nil
	_, err = p.ReEncrypt(p.ctx, admin(t), in)
	wants(t, "wrong context", err, kms.InvalidCiphertextException)
	in.SourceEncryptionContext = map[string]string{"a": "1"}
	in.DestinationKeyID = "alias/none"
	_, err = p.ReEncrypt(p.ctx, admin(t), in)
	wants(t, "no destination", err, kms.NotFoundException, "Alias "+here+"alias/none is not found.")
	in.DestinationKeyID = b.KeyID
	_, err = p.ReEncrypt(p.ctx, user(t, "from", `"Effect":"Allow","Action":"kms:ReEncryptFrom","Resource":"*"`), in)
	wants(t, "one half of the permission", err, kms.AccessDeniedException, "kms:ReEncryptTo")
	in.SourceKeyID = b.KeyID
	_, err = p.ReEncrypt(p.ctx, admin(t), in)
	wants(t, "wrong source", err, kms.IncorrectKeyException)
}

// S12: a disable by one process refuses in the other at its very next request, and so does a denial by
// policy and a planned deletion; what stays in memory opens nothing.
func TestS12DisableHoldsForTheNextRequestEverywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		here, there := w.start(t, open()), w.start(t, open())
		k := here.create("", "")
		key := kms.KeyInput{Scope: scope, KeyID: k.KeyID}
		blob := there.encrypt(k.KeyID, "value", nil)
		there.opens(blob, "value", nil)

		check(here.DisableKey(here.ctx, admin(t), key))
		_, err := there.decrypt(admin(t), blob, nil)
		wants(t, "disabled", err, kms.DisabledException, k.ARN+" is disabled.")
		check(there.EnableKey(there.ctx, admin(t), key))
		here.opens(blob, "value", nil)

		deny := document(`"Effect":"Allow","Principal":{"AWS":"`+account+`"},"Action":"kms:*","Resource":"*"`,
			`"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"`)
		check(here.PutKeyPolicy(here.ctx, admin(t), kms.PutKeyPolicyInput{KeyPolicyInput: kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID}, Policy: deny}))
		_, err = there.decrypt(admin(t), blob, nil)
		wants(t, "denied", err, kms.AccessDeniedException, "with an explicit deny in a resource-based policy")

		_, err = there.ScheduleKeyDeletion(there.ctx, admin(t), kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: k.KeyID})
		check(err)
		_, err = here.Encrypt(here.ctx, admin(t), kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x")})
		wants(t, "pending deletion", err, kms.KMSInvalidStateException, k.ARN+" is pending deletion.")
	})
}

// A denial says as much as AWS's, and is on the log; nobody at all may do nothing.
func TestDenials(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	blob := p.encrypt(k.KeyID, "value", nil)
	eve := user(t, "eve")
	_, err := p.decrypt(eve, blob, nil)
	wants(t, "no policy", err, kms.AccessDeniedException, "User: "+userARN("eve")+" is not authorized to perform: kms:Decrypt on resource: "+k.ARN+
		" because no identity-based policy allows the kms:Decrypt action")
	for what, c := range map[string]policy.Caller{"nobody": {}, "eve": eve} {
		_, err := p.Encrypt(p.ctx, c, kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x")})
		wants(t, what, err, kms.AccessDeniedException)
		_, err = p.CreateKey(p.ctx, c, kms.CreateKeyInput{Scope: scope})
		if err == nil {
			t.Errorf("%s made a key", what)
		}
		_, err = p.ListKeys(p.ctx, c, kms.ListInput{Scope: scope})
		wants(t, what, err, kms.AccessDeniedException)
		_, err = p.DescribeKey(p.ctx, c, kms.DescribeKeyInput{Scope: scope, KeyID: "0a0a0a0a-0000-4000-8000-000000000000"})
		wants(t, what+" about no key", err, kms.AccessDeniedException)
	}
	if log := p.events(); !strings.Contains(log, "denial") || !strings.Contains(log, "kms:Decrypt") {
		t.Error("no denial on the log")
	}
}

func TestConditionsOfTheRequest(t *testing.T) {
	p := single(t)
	k := must(p.CreateKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: scope, Tags: []kms.Tag{{Key: "team", Value: "sales"}}}))
	check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/a", TargetKeyID: k.KeyID}))
	allow := func(condition string) policy.Caller {
		return user(t, "u", `"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{`+condition+`}`)
	}
	for condition, want := range map[string]bool{
		`"StringEquals":{"kms:EncryptionContext:app":"x"}`:                             true,
		`"StringEquals":{"kms:EncryptionContext:app":"y"}`:                             false,
		`"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["app"]}`:            true,
		`"StringEquals":{"aws:ResourceTag/team":"sales"}`:                              true,
		`"StringEquals":{"aws:ResourceTag/team":"other"}`:                              false,
		`"StringEquals":{"kms:CallerAccount":"123456789012"}`:                          true,
		`"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT","kms:KeyOrigin":"AWS_KMS"}`: true,
		`"StringEquals":{"kms:KeyUsage":"SIGN_VERIFY"}`:                                false,
		`"StringEquals":{"kms:RequestAlias":"alias/a"}`:                                true,
		`"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}`:                 true,
		`"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}`:   false,
		`"StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}`:               true,
	} {
		_, err := p.Encrypt(p.ctx, allow(condition), kms.EncryptInput{Use: use("alias/a"), Plaintext: plain("x"), EncryptionContext: map[string]string{"app": "x"}})
		if (err == nil) != want {
			t.Errorf("%s: %v", condition, err)
		}
	}
	via := use(k.KeyID)
	via.Via = "secretsmanager"
	_, err := p.Encrypt(p.ctx, allow(`"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}`), kms.EncryptInput{Use: via, Plaintext: plain("x")})
	wants(t, "via", err, "")
}
