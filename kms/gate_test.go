package kms_test

import (
	"encoding/json"
	"strings"
	"testing"

	"signet/audit"
	"signet/kms"
	"signet/policy"
)

// A30: an operation that takes a key never passes for one on no key when the key's name is empty.
func TestA30AnEmptyNameIsNoKey(t *testing.T) {
	p := single(t)
	symmetric := p.create("", "")
	blob := p.encrypt(symmetric.KeyID, "value", nil)
	check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/a", TargetKeyID: symmetric.KeyID}))
	ops := map[string]func(policy.Caller) error{}
	for _, op := range operations() {
		ops[op.name] = func(c policy.Caller) error { return op.call(p, c, kms.KeyMetadata{}) }
	}
	add := func(name string, f func(c policy.Caller) error) { ops[name] = f }
	add("Verify", func(c policy.Caller) error {
		in := kms.SignInput{Use: use(""), Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_256"}
		return second(p.Verify(p.ctx, c, kms.VerifyInput{SignInput: in, Signature: []byte("x")}))
	})
	add("VerifyMac", func(c policy.Caller) error {
		in := kms.GenerateMacInput{Use: use(""), Message: []byte("x"), MacAlgorithm: "HMAC_SHA_256"}
		return second(p.VerifyMac(p.ctx, c, kms.VerifyMacInput{GenerateMacInput: in, Mac: []byte("x")}))
	})
	add("Decrypt", func(c policy.Caller) error {
		return second(p.Decrypt(p.ctx, c, kms.DecryptInput{Use: use(""), CiphertextBlob: blob, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"}))
	})
	add("ReEncrypt", func(c policy.Caller) error {
		return second(p.ReEncrypt(p.ctx, c, kms.ReEncryptInput{Scope: scope, CiphertextBlob: blob}))
	})
	add("GenerateDataKeyWithoutPlaintext", func(c policy.Caller) error {
		return second(p.GenerateDataKeyWithoutPlaintext(p.ctx, c, kms.GenerateDataKeyInput{Use: use(""), KeySpec: "AES_256"}))
	})
	add("GenerateDataKeyPair", func(c policy.Caller) error {
		return second(p.GenerateDataKeyPair(p.ctx, c, kms.GenerateDataKeyPairInput{Use: use(""), KeyPairSpec: "ECC_NIST_P256"}))
	})
	add("UpdateAlias", func(c policy.Caller) error {
		return p.UpdateAlias(p.ctx, c, kms.AliasInput{Scope: scope, AliasName: "alias/a"})
	})
	grant := kms.GrantInput{Scope: scope, GrantID: strings.Repeat("0", 64)}
	add("RevokeGrant", func(c policy.Caller) error { return p.RevokeGrant(p.ctx, c, grant) })
	add("RetireGrant", func(c policy.Caller) error { return p.RetireGrant(p.ctx, c, grant) })
	add("ListKeyPolicies", func(c policy.Caller) error { return second(p.ListKeyPolicies(p.ctx, c, ofKey(""))) })
	add("ListKeyRotations", func(c policy.Caller) error { return second(p.ListKeyRotations(p.ctx, c, rotationsOf("", ""))) })
	add("ImportKeyMaterial", func(c policy.Caller) error {
		in := kms.ImportKeyMaterialInput{Scope: scope, ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x"), ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE"}
		return second(p.ImportKeyMaterial(p.ctx, c, in))
	})
	add("DeleteImportedKeyMaterial", func(c policy.Caller) error {
		return second(p.DeleteImportedKeyMaterial(p.ctx, c, kms.DeleteImportedKeyMaterialInput{Scope: scope}))
	})
	if len(ops) < 39 { // all that AWS has here, but for the five on no key and DeleteAlias
		t.Errorf("only %d operations", len(ops))
	}
	for name, call := range ops {
		for _, c := range []policy.Caller{admin(t), system, user(t, "eve"), {}} {
			wants(t, name, call(c), kms.ValidationException, "eyId")
		}
	}
}

// A23: who may not do an operation hears that, whatever else is wrong, and it is on the log.
func TestA23DenialComesFirst(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	eve := user(t, "eve")
	locked := document(`"Effect":"Allow","Principal":{"AWS":"` + userARN("other") + `"},"Action":"kms:*","Resource":"*"`)
	tokens := []string{"bm8gdG9rZW4="}
	for name, call := range map[string]func(policy.Caller) error{
		"kms:CreateKey": func(c policy.Caller) error {
			return second(p.CreateKey(p.ctx, c, kms.CreateKeyInput{Scope: scope, Policy: locked}))
		},
		"kms:PutKeyPolicy": func(c policy.Caller) error {
			return p.PutKeyPolicy(p.ctx, c, kms.PutKeyPolicyInput{KeyPolicyInput: kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID}, Policy: locked})
		},
		"kms:CreateAlias": func(c policy.Caller) error {
			return p.CreateAlias(p.ctx, c, kms.AliasInput{Scope: scope, AliasName: "alias/aws/x", TargetKeyID: k.KeyID})
		},
		"kms:Encrypt": func(c policy.Caller) error {
			u := kms.Use{Scope: scope, KeyID: k.KeyID, GrantTokens: tokens}
			return second(p.Encrypt(p.ctx, c, kms.EncryptInput{Use: u, Plaintext: plain("x")}))
		},
		"kms:Decrypt": func(c policy.Caller) error {
			return second(p.Decrypt(p.ctx, c, kms.DecryptInput{Use: use(k.KeyID), CiphertextBlob: []byte("none")}))
		},
		"kms:DescribeKey": func(c policy.Caller) error {
			return second(p.DescribeKey(p.ctx, c, kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID, GrantTokens: tokens}))
		},
		"kms:CreateGrant": func(c policy.Caller) error {
			return second(p.CreateGrant(p.ctx, c, kms.CreateGrantInput{Scope: scope, KeyID: k.KeyID, GranteePrincipal: userARN("g"), Operations: []string{"Sign"}, GrantTokens: tokens}))
		},
	} {
		wants(t, name, call(eve), kms.AccessDeniedException, name)
		if err := call(admin(t)); err == nil || strings.Contains(err.Error(), kms.AccessDeniedException) {
			t.Errorf("%s: nothing else is wrong: %v", name, err)
		}
		if found := p.lookup(audit.Query{Name: strings.TrimPrefix(name, "kms:"), User: "eve"}); len(found) != 1 || found[0].Phase != audit.PhaseDenial {
			t.Errorf("%s: on the log: %+v", name, found)
		}
	}
}

// lookup waits for all that is under way and searches the log.
func (p process) lookup(q audit.Query) []audit.Found {
	p.t.Helper()
	check2(p.GenerateRandom(p.ctx, admin(p.t), kms.GenerateRandomInput{Scope: scope, NumberOfBytes: 1})) // what came before is written by then
	found, _, err := p.log.Search(p.ctx, q)
	check(err)
	return found
}

// What each kind of operation leaves on the trail.
func TestTrail(t *testing.T) {
	p := single(t)
	c := admin(t)
	k := must(p.CreateKey(p.ctx, c, kms.CreateKeyInput{Scope: scope, Description: "of the trail", Tags: []kms.Tag{{Key: "team", Value: "sales"}}}))
	pairs := map[string]string{"aws:quicksight:arn": "arn:aws:quicksight:us-east-1:123456789012:dataset/d"}
	blob := p.encrypt(k.KeyID, "value", pairs)
	p.opens(blob, "value", pairs)
	_, _ = p.decrypt(c, blob, nil)
	g := must(p.CreateGrant(p.ctx, c, kms.CreateGrantInput{Scope: scope, KeyID: k.ARN, GranteePrincipal: userARN("g"), RetiringPrincipal: userARN("admin"),
		Operations: []string{"Decrypt", "DescribeKey"}, EncryptionContextSubset: pairs}))
	check(p.RetireGrant(p.ctx, c, kms.GrantInput{Scope: scope, GrantToken: g.GrantToken}))
	check2(p.ReEncrypt(p.ctx, c, kms.ReEncryptInput{Scope: scope, CiphertextBlob: blob, SourceEncryptionContext: pairs, DestinationKeyID: k.KeyID}))
	check(p.DisableKey(p.ctx, c, kms.KeyInput{Scope: scope, KeyID: k.KeyID}))
	check2(p.ScheduleKeyDeletion(p.ctx, c, kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: k.KeyID, PendingWindowInDays: 7}))
	check2(p.DescribeKey(p.ctx, c, kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID}))
	check2(p.DescribeKey(p.ctx, c, kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID}))
	context := `"encryptionContext":{"aws:quicksight:arn":"arn:aws:quicksight:us-east-1:123456789012:dataset/d"}`
	constraints := `"constraints":{` + strings.Replace(context, "Context", "ContextSubset", 1) + `}`
	fromTo := `"destinationEncryptionAlgorithm":"SYMMETRIC_DEFAULT","destinationKeyId":"` + k.KeyID + `","sourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT","sourceEncryptionContext"`
	for _, want := range []struct{ name, request, response, code string }{
		{"DescribeKey", `{"keyId":"` + k.KeyID + `"}`, ``, ``},
		{"DescribeKey", `{"keyId":"` + k.KeyID + `"}`, ``, ``},
		{"ScheduleKeyDeletion", `{"keyId":"` + k.KeyID + `","pendingWindowInDays":7}`, `{"deletionDate":"2026-03-08T12:00:00Z","keyId":"` + k.ARN + `","keyState":"PendingDeletion","pendingWindowInDays":7}`, ``},
		{"DisableKey", `{"keyId":"` + k.KeyID + `"}`, `{"keyId":"` + k.ARN + `"}`, ``},
		{"ReEncrypt", fromTo, ``, ``},
		{"RetireGrant", constraints, `{"keyId":"` + k.ARN + `"}`, ``},
		{"CreateGrant", constraints, `{"grantId":"` + g.GrantID + `","keyId":"` + k.ARN + `"}`, ``},
		{"Decrypt", `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"` + k.ARN + `"}`, ``, "InvalidCiphertextException"},
		{"Decrypt", `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT",` + context + `,"keyId":"` + k.ARN + `"}`, ``, ``},
		{"Encrypt", `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT",` + context + `,"keyId":"` + k.KeyID + `"}`, ``, ``},
		{"CreateKey", `{"description":"of the trail","tags":[{"tagKey":"team","tagValue":"sales"}]}`, `"currentKeyMaterialId":"` + k.CurrentKeyMaterialID + `"`, ``},
	} {
		found := p.lookup(audit.Query{Name: want.name, Resource: k.ARN})
		ok := false
		for _, f := range found {
			first, last := must(audit.ParseTrail(f.Attempt.AWS)), must(audit.ParseTrail(f.AWS))
			if f.Phase != audit.PhaseOutcome {
				first = last
			}
			ok = ok || strings.Contains(string(first.Request), want.request) && strings.Contains(string(last.Response), want.response) &&
				(want.response != "" || len(last.Response) == 0) && last.ErrorCode == want.code &&
				len(last.Resources) == 1 && last.Resources[0] == policy.Resource{ARN: k.ARN, Type: "AWS::KMS::Key"}
		}
		if !ok {
			t.Errorf("%s: %+v", want.name, found)
		}
	}
	if n := len(p.lookup(audit.Query{Name: "DescribeKey", Resource: k.ARN})); n != 2 {
		t.Errorf("%d of 2 reads", n)
	}
}

// No token is on the trail, nor what was said of a message or of material.
func TestA25TokensAreNotOnTheTrail(t *testing.T) {
	p := single(t)
	k, ext := p.create("", ""), p.external("", "")
	g := must(p.CreateGrant(p.ctx, admin(t), kms.CreateGrantInput{Scope: scope, KeyID: k.KeyID, GranteePrincipal: userARN("g"), Operations: []string{"Encrypt"}}))
	out := must(p.Encrypt(p.ctx, user(t, "g"), kms.EncryptInput{Use: kms.Use{Scope: scope, KeyID: k.KeyID, GrantTokens: []string{g.GrantToken}}, Plaintext: plain("x")}))
	in := p.parameters(ext.KeyID, "RSAES_OAEP_SHA_256", "RSA_2048")
	check2(p.imports(ext.KeyID, random(32), kms.ImportKeyMaterialInput{}))
	p.opens(out.CiphertextBlob, "x", nil)
	check(p.RevokeGrant(p.ctx, admin(t), kms.GrantInput{Scope: scope, KeyID: k.KeyID, GrantID: g.GrantID}))
	log := p.events()
	for what, secret := range map[string]any{"grant token": g.GrantToken, "import token": in.ImportToken, "public key": in.PublicKey, "ciphertext": out.CiphertextBlob} {
		text := strings.Trim(string(must(json.Marshal(secret))), `"`)
		if strings.Contains(log, text) {
			t.Errorf("the %s is on the log", what)
		}
	}
}

// Policies can ask whether a ciphertext stays under its key, by whatever name the key is called.
func TestReEncryptOnSameKey(t *testing.T) {
	p := single(t)
	k, other := p.create("", ""), p.create("", "")
	blob := p.encrypt(k.KeyID, "value", nil)
	check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/same", TargetKeyID: k.KeyID}))
	again := func(c policy.Caller, to string) error {
		return second(p.ReEncrypt(p.ctx, c, kms.ReEncryptInput{Scope: scope, CiphertextBlob: blob, DestinationKeyID: to}))
	}
	for _, half := range []string{"From", "To"} {
		rest := map[string]string{"From": "To", "To": "From"}[half]
		same := user(t, "same"+half, `"Effect":"Allow","Action":"kms:ReEncrypt`+rest+`","Resource":"*"`,
			`"Effect":"Allow","Action":"kms:ReEncrypt`+half+`","Resource":"*","Condition":{"Bool":{"kms:ReEncryptOnSameKey":"true"}}`)
		wants(t, half+": same", again(same, k.KeyID), "")
		wants(t, half+": same by alias", again(same, "alias/same"), "")
		wants(t, half+": other", again(same, other.ARN), kms.AccessDeniedException, "kms:ReEncrypt"+half)
	}
	differs := user(t, "differs", `"Effect":"Allow","Action":"kms:ReEncrypt*","Resource":"*","Condition":{"Bool":{"kms:ReEncryptOnSameKey":"false"}}`)
	wants(t, "not the same", again(differs, k.KeyID), kms.AccessDeniedException)
	wants(t, "not the same, and another", again(differs, other.KeyID), "")
	wants(t, "none", again(differs, "alias/none"), kms.NotFoundException)
}

// One key that fails does not keep a job from the keys after it.
func TestJobsGoOn(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		var keys []kms.KeyMetadata
		for i := range 3 {
			k := p.create("", "")
			check(p.EnableKeyRotation(p.ctx, admin(t), kms.EnableKeyRotationInput{Scope: scope, KeyID: k.KeyID, RotationPeriodInDays: 90 + i}))
			keys = append(keys, k)
		}
		material := random(32)
		ext := p.external("", "")
		p.w.pass(93 * day)
		check2(p.imports(ext.KeyID, material, kms.ImportKeyMaterialInput{ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: p.w.now().Add(day)}))
		p.spoil(keys[0].KeyID)
		n, err := p.RotateDue(p.ctx, system)
		if n != 2 || err == nil || !strings.Contains(err.Error(), "rotating "+keys[0].KeyID) {
			t.Errorf("rotated %d: %v", n, err)
		}
		for i := range keys[1:] {
			check2(p.ScheduleKeyDeletion(p.ctx, admin(t), kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: keys[1+i].KeyID, PendingWindowInDays: 7 + i}))
		}
		p.spoil(keys[1].KeyID)
		p.w.pass(9 * day)
		n, err = p.DeletionDue(p.ctx, system)
		if n != 2 || err == nil || !strings.Contains(err.Error(), "deleting "+keys[1].KeyID) {
			t.Errorf("destroyed %d: %v", n, err)
		}
	})
}

// spoil makes a key that nobody can read.
func (p process) spoil(id string) {
	p.t.Helper()
	check2(p.db.Exec(p.ctx, "UPDATE kms_keys SET policy = 'x', revision = revision + 1 WHERE id = ?", id))
	check(p.TagResource(p.ctx, admin(p.t), kms.TagResourceInput{Scope: scope, KeyID: p.create("", "").KeyID, Tags: []kms.Tag{{Key: "a", Value: "b"}}})) // raises the epoch
}
