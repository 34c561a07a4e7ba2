package kms_test

import (
	"fmt"
	"testing"

	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/kms"
	"signet/policy"
)

func (p process) grant(c policy.Caller, in kms.CreateGrantInput) (kms.CreateGrantOutput, error) {
	in.Scope = scope
	return p.CreateGrant(p.ctx, c, in)
}

func ofKey(id string) kms.ListOfKeyInput {
	return kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope}, KeyID: id}
}

func (p process) grants(key string) []kms.Grant {
	p.t.Helper()
	return must(p.ListGrants(p.ctx, admin(p.t), kms.ListGrantsInput{ListOfKeyInput: ofKey(key)})).Items
}

// What a grant of each kind lets its grantee do.
func TestGrants(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		k := p.create("", "")
		blob := p.encrypt(k.KeyID, "value", map[string]string{"app": "x", "tier": "1"})
		eve := user(t, "eve")
		service := policy.NewCaller(policy.Principal{ID: "qs", Name: "quicksight", AWS: policy.Identity{
			Requester: policy.Requester{Type: policy.Service, ARN: "quicksight.amazonaws.com"}}})
		const source = "arn:aws:quicksight:us-east-1:123456789012:dataset/d1"
		decrypt := func(c policy.Caller, source string) error {
			u := use("")
			u.SourceArn = source
			_, err := p.Decrypt(p.ctx, c, kms.DecryptInput{Use: u, CiphertextBlob: blob, EncryptionContext: map[string]string{"app": "x", "tier": "1"}})
			return err
		}
		for _, c := range []struct {
			name   string
			in     kms.CreateGrantInput
			who    policy.Caller
			source string
			want   string
		}{
			{"plain", kms.CreateGrantInput{GranteePrincipal: userARN("eve"), Operations: []string{"Decrypt"}}, eve, "", ""},
			{"another operation", kms.CreateGrantInput{GranteePrincipal: userARN("eve"), Operations: []string{"Encrypt"}}, eve, "", kms.AccessDeniedException},
			{"another grantee", kms.CreateGrantInput{GranteePrincipal: userARN("bob"), Operations: []string{"Decrypt"}}, eve, "", kms.AccessDeniedException},
			{"subset", kms.CreateGrantInput{GranteePrincipal: userARN("eve"), Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"APP": "x"}}, eve, "", ""},
			{"subset of another value", kms.CreateGrantInput{GranteePrincipal: userARN("eve"), Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"app": "X"}}, eve, "", kms.AccessDeniedException},
			{"equals", kms.CreateGrantInput{GranteePrincipal: userARN("eve"), Operations: []string{"Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x", "tier": "1"}}, eve, "", ""},
			{"equals fewer", kms.CreateGrantInput{GranteePrincipal: userARN("eve"), Operations: []string{"Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x"}}, eve, "", kms.AccessDeniedException},
			{"service", kms.CreateGrantInput{GranteeServicePrincipal: "quicksight.amazonaws.com", GrantSourceArn: source, Operations: []string{"Decrypt"}}, service, source, ""},
			{"service for another source", kms.CreateGrantInput{GranteeServicePrincipal: "quicksight.amazonaws.com", GrantSourceArn: source, Operations: []string{"Decrypt"}}, service, source + "2", kms.AccessDeniedException},
			{"account", kms.CreateGrantInput{GranteePrincipal: account, Operations: []string{"Decrypt"}}, eve, "", kms.AccessDeniedException},
		} {
			wants(t, "before: "+c.name, decrypt(c.who, c.source), kms.AccessDeniedException)
			c.in.KeyID = k.KeyID
			out, err := p.grant(admin(t), c.in)
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			wants(t, c.name, decrypt(c.who, c.source), c.want)
			check(p.RevokeGrant(p.ctx, admin(t), kms.GrantInput{Scope: scope, KeyID: k.KeyID, GrantID: out.GrantID}))
			wants(t, "after: "+c.name, decrypt(c.who, c.source), kms.AccessDeniedException)
		}
		if left := p.grants(k.KeyID); len(left) != 0 {
			t.Errorf("%d left", len(left))
		}
	})
}

// S12, A24: a grant that one process revokes opens nothing in the other at its very next request.
func TestA24RevokedGrantsEndEverywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		w := newWorld(t)
		here, there := w.start(t, open()), w.start(t, open())
		k := here.create("", "")
		blob := here.encrypt(k.KeyID, "value", nil)
		eve := user(t, "eve")
		for range 3 {
			out := must(here.grant(admin(t), kms.CreateGrantInput{KeyID: k.KeyID, GranteePrincipal: userARN("eve"), Operations: []string{"Decrypt"}}))
			if got, err := there.decrypt(eve, blob, nil); err != nil || got != "value" {
				t.Fatalf("granted: %q, %v", got, err)
			}
			check(here.RevokeGrant(here.ctx, admin(t), kms.GrantInput{Scope: scope, KeyID: k.ARN, GrantID: out.GrantID}))
			_, err := there.decrypt(eve, blob, nil)
			wants(t, "revoked", err, kms.AccessDeniedException)
		}
	})
}

// A14, A18: who may make grants by a grant only cannot make wider ones.
func TestA18ChildGrantsAreNoWider(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	eve, bob := user(t, "eve"), userARN("bob")
	parents := map[string]kms.CreateGrantInput{
		"plain":  {Operations: []string{"CreateGrant", "Decrypt", "RetireGrant"}},
		"subset": {Operations: []string{"CreateGrant", "Decrypt"}, EncryptionContextSubset: map[string]string{"app": "x"}},
		"equals": {Operations: []string{"CreateGrant", "Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x"}},
		"source": {Operations: []string{"CreateGrant", "Decrypt"}, GrantSourceArn: "arn:aws:s3:::b"},
	}
	for _, c := range []struct {
		parent string
		child  kms.CreateGrantInput
		ok     bool
	}{
		{"plain", kms.CreateGrantInput{Operations: []string{"Decrypt"}}, true},
		{"plain", kms.CreateGrantInput{Operations: []string{"CreateGrant", "Decrypt"}}, true},
		{"plain", kms.CreateGrantInput{Operations: []string{"Decrypt", "Encrypt"}}, false},
		{"plain", kms.CreateGrantInput{Operations: []string{"DescribeKey"}}, false},
		{"subset", kms.CreateGrantInput{Operations: []string{"Decrypt"}}, false},
		{"subset", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"app": "y"}}, false},
		{"subset", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"app": "x"}}, true},
		{"subset", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"App": "x", "more": "y"}}, true},
		{"subset", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x", "more": "y"}}, true},
		{"equals", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextSubset: map[string]string{"app": "x"}}, false},
		{"equals", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x", "more": "y"}}, false},
		{"equals", kms.CreateGrantInput{Operations: []string{"Decrypt"}, EncryptionContextEquals: map[string]string{"app": "x"}}, true},
		{"source", kms.CreateGrantInput{Operations: []string{"Decrypt"}}, false},
		{"source", kms.CreateGrantInput{Operations: []string{"Decrypt"}, GrantSourceArn: "arn:aws:s3:::b"}, true},
	} {
		parent := parents[c.parent]
		parent.KeyID, parent.GranteePrincipal = k.KeyID, userARN("eve")
		made := must(p.grant(admin(t), parent))
		c.child.KeyID, c.child.GranteePrincipal = k.KeyID, bob
		child := c.child
		child.SourceArn = parent.GrantSourceArn
		child.Region = region
		_, err := p.CreateGrant(p.ctx, eve, child)
		if (err == nil) != c.ok {
			t.Errorf("%s, child %+v: %v", c.parent, c.child, err)
		}
		check(p.RevokeGrant(p.ctx, admin(t), kms.GrantInput{Scope: scope, KeyID: k.KeyID, GrantID: made.GrantID}))
	}
}

func TestRetiring(t *testing.T) {
	p := single(t)
	k, other := p.create("", ""), p.create("", "")
	make1 := func(operations ...string) kms.CreateGrantOutput {
		return must(p.grant(admin(t), kms.CreateGrantInput{KeyID: k.KeyID, GranteePrincipal: userARN("eve"), RetiringPrincipal: userARN("rita"), Operations: operations}))
	}
	eve, rita := user(t, "eve"), user(t, "rita")
	byID := func(g kms.CreateGrantOutput) kms.GrantInput {
		return kms.GrantInput{Scope: scope, KeyID: k.ARN, GrantID: g.GrantID}
	}
	g := make1("Decrypt")
	wants(t, "a grantee without the operation", p.RetireGrant(p.ctx, eve, byID(g)), kms.AccessDeniedException)
	wants(t, "a stranger", p.RetireGrant(p.ctx, user(t, "bob"), byID(g)), kms.AccessDeniedException)
	wants(t, "by another key", p.RetireGrant(p.ctx, rita, kms.GrantInput{Scope: scope, KeyID: other.ARN, GrantID: g.GrantID}), kms.AccessDeniedException)
	wants(t, "by another key, as administrator", p.RetireGrant(p.ctx, admin(t), kms.GrantInput{Scope: scope, KeyID: other.ARN, GrantID: g.GrantID}),
		kms.NotFoundException, "Grant ID "+g.GrantID+" not found")
	check(p.DisableKey(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID})) // any state will do
	wants(t, "the retiring principal", p.RetireGrant(p.ctx, rita, byID(g)), "")
	wants(t, "twice", p.RetireGrant(p.ctx, admin(t), byID(g)), kms.NotFoundException)
	check(p.EnableKey(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID}))

	g = make1("Decrypt", "RetireGrant")
	plain := make1("Encrypt")
	wants(t, "by another grant of the same key", p.RetireGrant(p.ctx, eve, byID(plain)), kms.AccessDeniedException)
	wants(t, "a grantee with the operation, by token", p.RetireGrant(p.ctx, eve, kms.GrantInput{Scope: scope, GrantToken: g.GrantToken}), "")
	wants(t, "token and id", p.RetireGrant(p.ctx, rita, kms.GrantInput{Scope: scope, GrantToken: plain.GrantToken, GrantID: plain.GrantID}), kms.ValidationException)
	wants(t, "no token", p.RetireGrant(p.ctx, rita, kms.GrantInput{Scope: scope, GrantToken: plain.GrantToken[1:]}), kms.InvalidGrantTokenException)
	wants(t, "no id", p.RetireGrant(p.ctx, rita, kms.GrantInput{Scope: scope, KeyID: k.ARN, GrantID: "x"}), kms.InvalidGrantIDException)

	list := must(p.ListRetirableGrants(p.ctx, admin(t), kms.ListRetirableGrantsInput{ListInput: kms.ListInput{Scope: scope}, RetiringPrincipal: userARN("rita")}))
	if len(list.Items) != 1 || list.Items[0].GrantID != plain.GrantID || list.Items[0].KeyARN != k.ARN {
		t.Errorf("%+v", list.Items)
	}
}

func TestGrantDetails(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		k, mac := p.create("", ""), p.create("HMAC_256", kms.GenerateVerifyMac)
		in := kms.CreateGrantInput{KeyID: k.KeyID, Name: "nightly", GranteePrincipal: userARN("eve"), Operations: []string{"Encrypt", "Decrypt", "Encrypt"}}
		first, again := must(p.grant(admin(t), in)), must(p.grant(admin(t), in))
		if first.GrantID != again.GrantID || first.GrantToken == again.GrantToken {
			t.Errorf("%+v, then %+v", first, again)
		}
		in.Operations = []string{"Encrypt"}
		if other := must(p.grant(admin(t), in)); other.GrantID == first.GrantID {
			t.Error("another grant of that name has the same id")
		}
		g := must(p.ListGrants(p.ctx, admin(t), kms.ListGrantsInput{ListOfKeyInput: ofKey(k.KeyID), GrantID: first.GrantID})).Items
		if len(g) != 1 || fmt.Sprint(g[0].Operations) != "[Decrypt Encrypt]" || g[0].Name != "nightly" || g[0].IssuingAccount != "arn:aws:iam::"+account+":root" {
			t.Errorf("%+v", g)
		}
		if n := len(must(p.ListGrants(p.ctx, admin(t), kms.ListGrantsInput{ListOfKeyInput: ofKey(k.KeyID), GranteePrincipal: userARN("bob")})).Items); n != 0 {
			t.Errorf("%d of somebody else", n)
		}
		page := ofKey(k.KeyID)
		page.Limit = 1
		one := must(p.ListGrants(p.ctx, admin(t), kms.ListGrantsInput{ListOfKeyInput: page}))
		page.Marker = one.NextMarker
		two := must(p.ListGrants(p.ctx, admin(t), kms.ListGrantsInput{ListOfKeyInput: page}))
		if len(one.Items) != 1 || len(two.Items) != 1 || two.Truncated || one.Items[0].GrantID >= two.Items[0].GrantID {
			t.Errorf("%+v, %+v", one, two)
		}
		for what, c := range map[string]struct {
			in   kms.CreateGrantInput
			code string
		}{
			"no operations":    {kms.CreateGrantInput{GranteePrincipal: userARN("a")}, kms.ValidationException},
			"no grantee":       {kms.CreateGrantInput{Operations: []string{"Encrypt"}}, kms.ValidationException},
			"unknown":          {kms.CreateGrantInput{GranteePrincipal: userARN("a"), Operations: []string{"DisableKey"}}, kms.ValidationException},
			"not of the key":   {kms.CreateGrantInput{GranteePrincipal: userARN("a"), Operations: []string{"Sign"}}, kms.ValidationException},
			"everybody":        {kms.CreateGrantInput{GranteePrincipal: "*", Operations: []string{"Encrypt"}}, kms.InvalidArnException},
			"a wildcard":       {kms.CreateGrantInput{GranteePrincipal: userARN("*"), Operations: []string{"Encrypt"}}, kms.InvalidArnException},
			"a name":           {kms.CreateGrantInput{Name: "a b", GranteePrincipal: userARN("a"), Operations: []string{"Encrypt"}}, kms.ValidationException},
			"a bare service":   {kms.CreateGrantInput{GranteeServicePrincipal: "s3.amazonaws.com", Operations: []string{"Encrypt"}}, kms.ValidationException},
			"nine pairs":       {kms.CreateGrantInput{GranteePrincipal: userARN("a"), Operations: []string{"Encrypt"}, EncryptionContextSubset: pairs(9)}, kms.ValidationException},
			"a bad token":      {kms.CreateGrantInput{GranteePrincipal: userARN("a"), Operations: []string{"Encrypt"}, GrantTokens: []string{"x"}}, kms.InvalidGrantTokenException},
			"context of a MAC": {kms.CreateGrantInput{KeyID: mac.KeyID, GranteePrincipal: userARN("a"), Operations: []string{"GenerateMac"}, EncryptionContextSubset: pairs(1)}, kms.ValidationException},
		} {
			if c.in.KeyID == "" {
				c.in.KeyID = k.KeyID
			}
			_, err := p.grant(admin(t), c.in)
			wants(t, what, err, c.code)
		}
		u := use(k.KeyID)
		u.GrantTokens = []string{first.GrantToken}
		_, err := p.Encrypt(p.ctx, user(t, "eve"), kms.EncryptInput{Use: u, Plaintext: plain("x")})
		wants(t, "with a token", err, "")
	})
}

func pairs(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("k%d", i)] = "v"
	}
	return out
}

// A31: grants stay with the key that they were made for. An alias that is given to another key, and a
// key that is deleted and made again under the same name, pass nothing on.
func TestA31GrantsStayWithTheirKey(t *testing.T) {
	p := single(t)
	old, fresh := p.create("", ""), p.create("", "")
	name := kms.AliasInput{Scope: scope, AliasName: "alias/app", TargetKeyID: old.KeyID}
	check(p.CreateAlias(p.ctx, admin(t), name))
	must(p.grant(admin(t), kms.CreateGrantInput{KeyID: old.KeyID, GranteePrincipal: userARN("eve"), Operations: []string{"Encrypt"}}))
	encrypt := func() error {
		_, err := p.Encrypt(p.ctx, user(t, "eve"), kms.EncryptInput{Use: use("alias/app"), Plaintext: plain("x")})
		return err
	}
	wants(t, "granted", encrypt(), "")
	name.TargetKeyID = fresh.KeyID
	check(p.UpdateAlias(p.ctx, admin(t), name))
	wants(t, "the alias stands for another key", encrypt(), kms.AccessDeniedException)
	must(p.ScheduleKeyDeletion(p.ctx, admin(t), kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: old.KeyID, PendingWindowInDays: 7}))
	p.w.pass(8 * day)
	must(p.DeletionDue(p.ctx, system))
	check(p.DeleteAlias(p.ctx, admin(t), name))
	name.TargetKeyID = p.create("", "").KeyID
	check(p.CreateAlias(p.ctx, admin(t), name))
	wants(t, "the alias was made again", encrypt(), kms.AccessDeniedException)
}

// A dry run says whether the request would succeed, and changes nothing.
func TestDryRun(t *testing.T) {
	p := single(t)
	k, mac, sign := p.create("", ""), p.create("HMAC_256", kms.GenerateVerifyMac), p.create("ECC_NIST_P256", kms.SignVerify)
	agree := p.create("ECC_NIST_P256", kms.KeyAgreement)
	blob := p.encrypt(k.KeyID, "value", nil)
	grant := must(p.grant(admin(t), kms.CreateGrantInput{KeyID: k.KeyID, GranteePrincipal: userARN("g"), Operations: []string{"Encrypt"}}))
	dry := func(key string) kms.Use { return kms.Use{Scope: scope, KeyID: key, DryRun: true} }
	macIn := kms.GenerateMacInput{Use: dry(mac.KeyID), Message: []byte("x"), MacAlgorithm: "HMAC_SHA_256"}
	signIn := kms.SignInput{Use: dry(sign.KeyID), Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_256"}
	live := signIn
	live.DryRun = false
	signature := must(p.Sign(p.ctx, admin(t), live)).Signature
	liveMac := macIn
	liveMac.DryRun = false
	sum := must(p.GenerateMac(p.ctx, admin(t), liveMac)).Mac
	for name, call := range map[string]func(c policy.Caller) (any, error){
		"Encrypt": func(c policy.Caller) (any, error) {
			out, err := p.Encrypt(p.ctx, c, kms.EncryptInput{Use: dry(k.KeyID), Plaintext: plain("x")})
			return out.CiphertextBlob, err
		},
		"Decrypt": func(c policy.Caller) (any, error) {
			out, err := p.Decrypt(p.ctx, c, kms.DecryptInput{Use: dry(""), CiphertextBlob: blob})
			return out.Plaintext.Reveal(), err
		},
		"ReEncrypt": func(c policy.Caller) (any, error) {
			out, err := p.ReEncrypt(p.ctx, c, kms.ReEncryptInput{Scope: scope, CiphertextBlob: blob, DestinationKeyID: k.KeyID, DryRun: true})
			return out.CiphertextBlob, err
		},
		"GenerateDataKey": func(c policy.Caller) (any, error) {
			out, err := p.GenerateDataKey(p.ctx, c, kms.GenerateDataKeyInput{Use: dry(k.KeyID), KeySpec: "AES_256"})
			return out.CiphertextBlob, err
		},
		"GenerateDataKeyPair": func(c policy.Caller) (any, error) {
			out, err := p.GenerateDataKeyPair(p.ctx, c, kms.GenerateDataKeyPairInput{Use: dry(k.KeyID), KeyPairSpec: "ECC_NIST_P256"})
			return out.PublicKey, err
		},
		"GenerateMac": func(c policy.Caller) (any, error) {
			out, err := p.GenerateMac(p.ctx, c, macIn)
			return out.Mac, err
		},
		"VerifyMac": func(c policy.Caller) (any, error) {
			_, err := p.VerifyMac(p.ctx, c, kms.VerifyMacInput{GenerateMacInput: macIn, Mac: sum})
			return []byte(nil), err
		},
		"Sign": func(c policy.Caller) (any, error) {
			out, err := p.Sign(p.ctx, c, signIn)
			return out.Signature, err
		},
		"Verify": func(c policy.Caller) (any, error) {
			_, err := p.Verify(p.ctx, c, kms.VerifyInput{SignInput: signIn, Signature: signature})
			return []byte(nil), err
		},
		"DeriveSharedSecret": func(c policy.Caller) (any, error) {
			out, err := p.DeriveSharedSecret(p.ctx, c, kms.DeriveSharedSecretInput{Use: dry(agree.KeyID), KeyAgreementAlgorithm: "ECDH", PublicKey: publicP256()})
			return out.SharedSecret.Reveal(), err
		},
		"CreateGrant": func(c policy.Caller) (any, error) {
			out, err := p.grant(c, kms.CreateGrantInput{KeyID: k.KeyID, GranteePrincipal: userARN("new"), Operations: []string{"Encrypt"}, DryRun: true})
			return []byte(out.GrantID), err
		},
		"RevokeGrant": func(c policy.Caller) (any, error) {
			return []byte(nil), p.RevokeGrant(p.ctx, c, kms.GrantInput{Scope: scope, KeyID: k.KeyID, GrantID: grant.GrantID, DryRun: true})
		},
		"RetireGrant": func(c policy.Caller) (any, error) {
			return []byte(nil), p.RetireGrant(p.ctx, c, kms.GrantInput{Scope: scope, KeyID: k.KeyID, GrantID: grant.GrantID, DryRun: true})
		},
	} {
		out, err := call(admin(t))
		wants(t, name, err, kms.DryRunOperationException, "The request would have succeeded, but the DryRun option is set.")
		if len(out.([]byte)) != 0 {
			t.Errorf("%s gives a result", name)
		}
		_, err = call(user(t, "eve"))
		wants(t, name+" without permission", err, kms.AccessDeniedException)
	}
	if left := p.grants(k.KeyID); len(left) != 1 || left[0].GrantID != grant.GrantID {
		t.Errorf("grants: %+v", left)
	}
	check(p.DisableKey(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: k.KeyID}))
	_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: dry(k.KeyID), Plaintext: plain("x")})
	wants(t, "of a disabled key", err, kms.DisabledException)
}
