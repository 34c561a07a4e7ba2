package kms_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/kms"
	"signet/policy"
)

// inState makes a key of an origin and brings it into a state.
func (p process) inState(state string, in kms.CreateKeyInput) kms.KeyMetadata {
	p.t.Helper()
	in.Scope = scope
	if state == kms.PendingImport {
		in.Origin = kms.External
	}
	k := must(p.CreateKey(p.ctx, admin(p.t), in))
	key := kms.KeyInput{Scope: scope, KeyID: k.KeyID}
	switch state {
	case kms.Disabled:
		check(p.DisableKey(p.ctx, admin(p.t), key))
	case kms.PendingDeletion:
		must(p.ScheduleKeyDeletion(p.ctx, admin(p.t), kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: k.KeyID}))
	}
	k = must(p.DescribeKey(p.ctx, admin(p.t), kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID}))
	if k.KeyState != state || k.Enabled != (state == kms.Enabled) {
		p.t.Fatalf("the key is %s, not %s", k.KeyState, state)
	}
	return k
}

// operations are those whose answer depends on the state, on a key of SYMMETRIC_DEFAULT unless another is
// named. Their errors are those of Enabled, Disabled, PendingDeletion and PendingImport.
type operation struct {
	name string
	spec kms.CreateKeyInput
	call func(p process, c policy.Caller, k kms.KeyMetadata) error
	want [4]string
}

func operations() []operation {
	const ok, off, state, not = "", kms.DisabledException, kms.KMSInvalidStateException, kms.UnsupportedOperationException
	use4 := [4]string{ok, off, state, state}
	alive := [4]string{ok, ok, state, ok}
	always := [4]string{}
	sign := kms.CreateKeyInput{KeySpec: "ECC_NIST_P256", KeyUsage: kms.SignVerify}
	mac := kms.CreateKeyInput{KeySpec: "HMAC_256", KeyUsage: kms.GenerateVerifyMac}
	agree := kms.CreateKeyInput{KeySpec: "ECC_NIST_P256", KeyUsage: kms.KeyAgreement}
	symmetric := kms.CreateKeyInput{}
	key := func(k kms.KeyMetadata) kms.KeyInput { return kms.KeyInput{Scope: scope, KeyID: k.KeyID} }
	return []operation{
		{"Encrypt", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.Encrypt(p.ctx, c, kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x")})
			return err
		}, use4},
		{"GenerateDataKey", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GenerateDataKey(p.ctx, c, kms.GenerateDataKeyInput{Use: use(k.KeyID), KeySpec: "AES_256"})
			return err
		}, use4},
		{"GenerateDataKeyPairWithoutPlaintext", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GenerateDataKeyPairWithoutPlaintext(p.ctx, c, kms.GenerateDataKeyPairInput{Use: use(k.KeyID), KeyPairSpec: "ECC_NIST_P256"})
			return err
		}, use4},
		{"Sign", sign, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.Sign(p.ctx, c, kms.SignInput{Use: use(k.KeyID), Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_256"})
			return err
		}, use4},
		{"GetPublicKey", sign, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GetPublicKey(p.ctx, c, kms.GetPublicKeyInput{Scope: scope, KeyID: k.KeyID})
			return err
		}, use4},
		{"GenerateMac", mac, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GenerateMac(p.ctx, c, kms.GenerateMacInput{Use: use(k.KeyID), Message: []byte("x"), MacAlgorithm: "HMAC_SHA_256"})
			return err
		}, use4},
		{"DeriveSharedSecret", agree, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.DeriveSharedSecret(p.ctx, c, kms.DeriveSharedSecretInput{Use: use(k.KeyID), KeyAgreementAlgorithm: "ECDH", PublicKey: publicP256()})
			return err
		}, use4},
		{"CreateGrant", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.CreateGrant(p.ctx, c, kms.CreateGrantInput{Scope: scope, KeyID: k.KeyID, GranteePrincipal: userARN("g"), Operations: []string{"Decrypt"}})
			return err
		}, use4},
		{"EnableKey", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error { return p.EnableKey(p.ctx, c, key(k)) }, [4]string{ok, ok, state, state}},
		{"DisableKey", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error { return p.DisableKey(p.ctx, c, key(k)) }, [4]string{ok, ok, state, state}},
		{"ScheduleKeyDeletion", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.ScheduleKeyDeletion(p.ctx, c, kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: k.KeyID})
			return err
		}, alive},
		{"CancelKeyDeletion", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.CancelKeyDeletion(p.ctx, c, key(k))
			return err
		}, [4]string{state, state, ok, state}},
		{"CreateAlias", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.CreateAlias(p.ctx, c, kms.AliasInput{Scope: scope, AliasName: "alias/of-" + k.KeyID, TargetKeyID: k.KeyID})
		}, alive},
		{"TagResource", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.TagResource(p.ctx, c, kms.TagResourceInput{Scope: scope, KeyID: k.KeyID, Tags: []kms.Tag{{Key: "a", Value: "b"}}})
		}, alive},
		{"UntagResource", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.UntagResource(p.ctx, c, kms.UntagResourceInput{Scope: scope, KeyID: k.KeyID, TagKeys: []string{"a"}})
		}, alive},
		{"UpdateKeyDescription", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.UpdateKeyDescription(p.ctx, c, kms.UpdateKeyDescriptionInput{Scope: scope, KeyID: k.KeyID, Description: "d"})
		}, alive},
		{"EnableKeyRotation", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.EnableKeyRotation(p.ctx, c, kms.EnableKeyRotationInput{Scope: scope, KeyID: k.KeyID})
		}, [4]string{ok, off, state, not}},
		{"DisableKeyRotation", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.DisableKeyRotation(p.ctx, c, key(k))
		}, [4]string{ok, off, state, not}},
		{"GetKeyRotationStatus", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GetKeyRotationStatus(p.ctx, c, key(k))
			return err
		}, alive},
		{"RotateKeyOnDemand", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.RotateKeyOnDemand(p.ctx, c, key(k))
			return err
		}, use4},
		{"GetParametersForImport", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GetParametersForImport(p.ctx, c, kms.GetParametersForImportInput{Scope: scope, KeyID: k.KeyID, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"})
			return err
		}, [4]string{not, not, not, ok}},
		{"DescribeKey", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.DescribeKey(p.ctx, c, kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID})
			return err
		}, always},
		{"GetKeyPolicy", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.GetKeyPolicy(p.ctx, c, kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID})
			return err
		}, always},
		{"PutKeyPolicy", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			return p.PutKeyPolicy(p.ctx, c, kms.PutKeyPolicyInput{KeyPolicyInput: kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID},
				Policy: document(`"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"`)})
		}, always},
		{"ListGrants", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.ListGrants(p.ctx, c, kms.ListGrantsInput{ListOfKeyInput: kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope}, KeyID: k.KeyID}})
			return err
		}, always},
		{"ListResourceTags", symmetric, func(p process, c policy.Caller, k kms.KeyMetadata) error {
			_, err := p.ListResourceTags(p.ctx, c, kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope}, KeyID: k.KeyID})
			return err
		}, always},
	}
}

// Each operation answers as AWS does in each state of the key.
func TestStates(t *testing.T) {
	p := single(t)
	texts := map[string]string{kms.Disabled: " is disabled.", kms.PendingDeletion: " is pending deletion.", kms.PendingImport: " is pending import."}
	for _, op := range operations() {
		for i, state := range []string{kms.Enabled, kms.Disabled, kms.PendingDeletion, kms.PendingImport} {
			k := p.inState(state, op.spec)
			err := op.call(p, admin(t), k)
			what := op.name + " while " + state
			wants(t, what, err, op.want[i])
			if op.want[i] == kms.DisabledException || op.want[i] == kms.KMSInvalidStateException && op.name != "CancelKeyDeletion" {
				wants(t, what, err, op.want[i], k.ARN+texts[state])
			}
		}
	}
}

// Who may do nothing learns nothing of the state, whatever the operation.
func TestA23StatesAreNotToldToEverybody(t *testing.T) {
	p := single(t)
	for _, op := range operations() {
		k := p.inState(kms.PendingDeletion, op.spec)
		for what, c := range map[string]policy.Caller{"nobody": {}, "eve": user(t, "eve")} {
			wants(t, what+": "+op.name, op.call(p, c, k), kms.AccessDeniedException)
		}
	}
}

func TestDeletion(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		k, stays := p.create("", ""), p.create("", "")
		name := kms.AliasInput{Scope: scope, AliasName: "alias/gone", TargetKeyID: k.KeyID}
		check(p.CreateAlias(p.ctx, admin(t), name))
		must(p.CreateGrant(p.ctx, admin(t), kms.CreateGrantInput{Scope: scope, KeyID: k.KeyID, GranteePrincipal: userARN("g"), Operations: []string{"Encrypt"}}))
		blob := p.encrypt(k.KeyID, "value", nil)
		for _, days := range []int{-1, 6, 31} {
			_, err := p.ScheduleKeyDeletion(p.ctx, admin(t), kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: k.KeyID, PendingWindowInDays: days})
			wants(t, "window", err, kms.ValidationException)
		}
		key := kms.KeyInput{Scope: scope, KeyID: k.KeyID}
		plan := kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: k.KeyID, PendingWindowInDays: 7}
		out := must(p.ScheduleKeyDeletion(p.ctx, admin(t), plan))
		if out.DeletionDate != p.w.now().Add(7*day) || out.KeyState != kms.PendingDeletion {
			t.Errorf("%+v", out)
		}
		must(p.CancelKeyDeletion(p.ctx, admin(t), key))
		if d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID})); d.KeyState != kms.Disabled || !d.DeletionDate.IsZero() {
			t.Errorf("after taking it back: %+v", d)
		}
		check(p.EnableKey(p.ctx, admin(t), key))
		p.opens(blob, "value", nil)

		must(p.ScheduleKeyDeletion(p.ctx, admin(t), plan))
		p.w.pass(7*day - time.Minute)
		if n := must(p.DeletionDue(p.ctx, system)); n != 0 {
			t.Errorf("destroyed %d too early", n)
		}
		p.w.pass(2 * time.Minute)
		_, err := p.CancelKeyDeletion(p.ctx, admin(t), key)
		wants(t, "too late", err, kms.NotFoundException, "Key '"+k.ARN+"' does not exist")
		if n := must(p.DeletionDue(p.ctx, system)); n != 1 {
			t.Errorf("destroyed %d", n)
		}
		_, err = p.decrypt(admin(t), blob, nil)
		wants(t, "gone", err, kms.AccessDeniedException)
		_, err = p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: "alias/gone"})
		wants(t, "its alias", err, kms.NotFoundException)
		for _, query := range []string{"SELECT COUNT(*) FROM kms_keys WHERE id = ?", "SELECT COUNT(*) FROM kms_materials WHERE key_id = ?", "SELECT COUNT(*) FROM kms_grants WHERE key_id = ?"} {
			var n int
			check(p.db.QueryRow(p.ctx, query, k.KeyID).Scan(&n))
			if n != 0 {
				t.Errorf("%s: %d left", query, n)
			}
		}
		if list := must(p.ListKeys(p.ctx, admin(t), kms.ListInput{Scope: scope})); len(list.Items) != 1 || list.Items[0].KeyID != stays.KeyID {
			t.Errorf("left: %+v", list.Items)
		}
		_, err = p.DeletionDue(p.ctx, user(t, "eve"))
		wants(t, "nothing is due", err, "")
	})
}

func TestKeySpecs(t *testing.T) {
	p := single(t)
	for spec, usage := range map[string]string{"ECC_SECG_P256K1": kms.SignVerify, "SM2": kms.SignVerify, "ML_DSA_65": kms.SignVerify} {
		_, err := p.CreateKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: scope, KeySpec: spec, KeyUsage: usage})
		wants(t, spec, err, kms.UnsupportedOperationException, "is not supported here")
	}
	for what, in := range map[string]kms.CreateKeyInput{
		"replicas":        {MultiRegion: true},
		"a key store":     {CustomKeyStoreID: "cks-1"},
		"a cluster":       {Origin: "AWS_CLOUDHSM"},
		"another manager": {Origin: "EXTERNAL_KEY_STORE"},
	} {
		in.Scope = scope
		_, err := p.CreateKey(p.ctx, admin(t), in)
		wants(t, what, err, kms.UnsupportedOperationException, "is not supported here")
	}
	for what, in := range map[string]kms.CreateKeyInput{
		"no usage":         {KeySpec: "RSA_2048"},
		"wrong usage":      {KeySpec: "HMAC_256", KeyUsage: kms.EncryptDecrypt},
		"unknown spec":     {KeySpec: "DES"},
		"unknown usage":    {KeyUsage: "ALL"},
		"unknown origin":   {Origin: "HERE"},
		"long description": {Description: strings.Repeat("x", 8193)},
		"NUL":              {Description: "a\x00b"},
	} {
		in.Scope = scope
		_, err := p.CreateKey(p.ctx, admin(t), in)
		wants(t, what, err, kms.ValidationException)
	}
}

// Keys are found by what names them, in their own region and account only.
func TestA30KeysAreFoundByTheirNamesOnly(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/a", TargetKeyID: k.KeyID}))
	for name, want := range map[string][2]string{ // of DescribeKey, of DisableKey
		"0a0a0a0a-0000-4000-8000-000000000000": {kms.NotFoundException, kms.NotFoundException},
		"nonsense":                             {kms.NotFoundException, kms.NotFoundException},
		strings.ToUpper(k.KeyID):               {kms.NotFoundException, kms.NotFoundException},
		"alias/a":                              {"", kms.NotFoundException},
		"alias/none":                           {kms.NotFoundException, kms.NotFoundException},
		here + "alias/a":                       {"", kms.NotFoundException},
		here + "key/" + k.KeyID:                {"", ""},
		here + "thing/" + k.KeyID:              {kms.InvalidArnException, kms.InvalidArnException},
		"arn:aws:kms:eu-west-1:" + account + ":key/" + k.KeyID: {kms.NotFoundException, kms.NotFoundException},
		"arn:aws:kms:us-east-1:444455556666:key/" + k.KeyID:    {kms.NotFoundException, kms.NotFoundException},
		"arn:aws:s3:us-east-1:" + account + ":key/" + k.KeyID:  {kms.InvalidArnException, kms.InvalidArnException},
		"arn:aws:kms:us-east-1:" + account + ":alias/a\x00":    {kms.NotFoundException, kms.NotFoundException},
		"' OR 1=1 --": {kms.NotFoundException, kms.NotFoundException},
	} {
		_, err := p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: name})
		wants(t, "describe "+name, err, want[0])
		wants(t, "disable "+name, p.DisableKey(p.ctx, admin(t), kms.KeyInput{Scope: scope, KeyID: name}), want[1])
	}
	_, err := p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: kms.Scope{Region: "eu-west-1"}, KeyID: k.KeyID})
	wants(t, "another region", err, kms.NotFoundException, "Key 'arn:aws:kms:eu-west-1:")
}

func TestPaging(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		var ids []string
		for range 7 {
			ids = append(ids, p.create("", "").KeyID)
		}
		slices.Sort(ids)
		must(p.CreateKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: kms.Scope{Region: "eu-west-1"}}))
		for _, limit := range []int{1, 3, 7, 0} {
			var got []string
			in := kms.ListInput{Scope: scope, Limit: limit}
			for {
				page, err := p.ListKeys(p.ctx, admin(t), in)
				if err != nil || page.Truncated != (page.NextMarker != "") {
					t.Fatalf("%+v, %v", page, err)
				}
				for _, e := range page.Items {
					got = append(got, e.KeyID)
				}
				if in.Marker = page.NextMarker; !page.Truncated {
					break
				}
			}
			if !slices.Equal(got, ids) {
				t.Errorf("limit %d: got %v", limit, got)
			}
		}
		page := must(p.ListKeys(p.ctx, admin(t), kms.ListInput{Scope: scope, Limit: 1}))
		for _, in := range []kms.ListInput{{Scope: scope, Marker: "x"}, {Scope: scope, Marker: page.NextMarker + "A"}, {Scope: kms.Scope{Region: "eu-west-1"}, Marker: page.NextMarker}} {
			_, err := p.ListKeys(p.ctx, admin(t), in)
			wants(t, "marker", err, kms.InvalidMarkerException)
		}
		_, err := p.ListAliases(p.ctx, admin(t), kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope, Marker: page.NextMarker}})
		wants(t, "marker of another list", err, kms.InvalidMarkerException)
		for _, limit := range []int{-1, 1001} {
			_, err := p.ListKeys(p.ctx, admin(t), kms.ListInput{Scope: scope, Limit: limit})
			wants(t, "limit", err, kms.ValidationException)
		}
	})
}

func TestAliases(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		a, b, mac := p.create("", ""), p.create("", ""), p.create("HMAC_256", kms.GenerateVerifyMac)
		in := kms.AliasInput{Scope: scope, AliasName: "alias/app", TargetKeyID: a.KeyID}
		check(p.CreateAlias(p.ctx, admin(t), in))
		wants(t, "again", p.CreateAlias(p.ctx, admin(t), in), kms.AlreadyExistsException, "An alias with the name "+here+"alias/app already exists")
		for _, name := range []string{"app", "alias/", "alias/a b", "alias/" + strings.Repeat("x", 251)} {
			wants(t, name, p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: name, TargetKeyID: a.KeyID}), kms.ValidationException)
		}
		wants(t, "reserved", p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/aws/x", TargetKeyID: a.KeyID}), kms.NotAuthorizedException)
		blob := p.encrypt("alias/app", "value", nil)
		in.TargetKeyID = b.KeyID
		check(p.UpdateAlias(p.ctx, admin(t), in))
		if d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: "alias/app"})); d.KeyID != b.KeyID {
			t.Errorf("still of %s", d.KeyID)
		}
		p.opens(blob, "value", nil)
		in.TargetKeyID = mac.KeyID
		wants(t, "another kind", p.UpdateAlias(p.ctx, admin(t), in), kms.ValidationException)
		in.AliasName = "alias/none"
		wants(t, "no such", p.UpdateAlias(p.ctx, admin(t), in), kms.NotFoundException)
		for i := range 49 {
			check(p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: fmt.Sprintf("alias/n%02d", i), TargetKeyID: b.KeyID}))
		}
		wants(t, "the 51st", p.CreateAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/more", TargetKeyID: b.KeyID}), kms.LimitExceededException)
		list := must(p.ListAliases(p.ctx, admin(t), kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope, Limit: 100}, KeyID: b.KeyID}))
		if len(list.Items) != 50 || list.Items[0].Name != "alias/app" || list.Items[0].ARN != here+"alias/app" {
			t.Errorf("%d aliases", len(list.Items))
		}
		key := user(t, "half", `"Effect":"Allow","Action":"kms:DeleteAlias","Resource":"`+b.ARN+`"`)
		wants(t, "half of the permission", p.DeleteAlias(p.ctx, key, kms.AliasInput{Scope: scope, AliasName: "alias/app"}), kms.AccessDeniedException)
		check(p.DeleteAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/app"}))
		_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use("alias/app"), Plaintext: plain("x")})
		wants(t, "removed", err, kms.NotFoundException, "Alias "+here+"alias/app is not found.")
		wants(t, "removed again", p.DeleteAlias(p.ctx, admin(t), kms.AliasInput{Scope: scope, AliasName: "alias/app"}), kms.NotFoundException)
	})
}

func TestTags(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	tag := func(pairs ...string) error {
		in := kms.TagResourceInput{Scope: scope, KeyID: k.KeyID}
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, kms.Tag{Key: pairs[i], Value: pairs[i+1]})
		}
		return p.TagResource(p.ctx, admin(t), in)
	}
	check(tag("team", "sales", "cost", "1"))
	check(tag("cost", "2"))
	for _, bad := range [][]string{{"", "x"}, {"aws:x", "y"}, {"a", strings.Repeat("x", 257)}, {strings.Repeat("x", 129), ""}, {"Team", "x"}, {"a\x00", ""}} {
		wants(t, fmt.Sprint(bad), tag(bad...), kms.TagException)
	}
	check(p.UntagResource(p.ctx, admin(t), kms.UntagResourceInput{Scope: scope, KeyID: k.KeyID, TagKeys: []string{"team", "none"}}))
	list := must(p.ListResourceTags(p.ctx, admin(t), kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope}, KeyID: k.KeyID}))
	if len(list.Items) != 1 || list.Items[0] != (kms.Tag{Key: "cost", Value: "2"}) {
		t.Errorf("%+v", list.Items)
	}
	for i := range 49 {
		check(tag(fmt.Sprintf("t%d", i), ""))
	}
	wants(t, "the 51st", tag("more", ""), kms.TagException)
}

func TestKeyPolicies(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	put := func(text string, bypass bool) error {
		return p.PutKeyPolicy(p.ctx, admin(t), kms.PutKeyPolicyInput{KeyPolicyInput: kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID, PolicyName: "default"},
			Policy: text, BypassPolicyLockoutSafetyCheck: bypass})
	}
	got := must(p.GetKeyPolicy(p.ctx, admin(t), kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID}))
	if !strings.Contains(got.Policy, "Enable IAM User Permissions") || got.PolicyName != "default" {
		t.Errorf("%+v", got)
	}
	locked := document(`"Effect":"Allow","Principal":{"AWS":"` + userARN("other") + `"},"Action":"kms:*","Resource":"*"`)
	wants(t, "lock-out", put(locked, false), kms.MalformedPolicyDocumentException, "will not allow you to update the key policy in the future")
	_, err := p.CreateKey(p.ctx, admin(t), kms.CreateKeyInput{Scope: scope, Policy: locked})
	wants(t, "lock-out at once", err, kms.MalformedPolicyDocumentException)
	for _, bad := range []string{"", "{}", "[]", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}`, document(`"Effect":"Allow","Action":"kms:*","Resource":"*"`)} {
		wants(t, bad, put(bad, true), kms.MalformedPolicyDocumentException)
	}
	wants(t, "too long", put(locked+strings.Repeat(" ", 32<<10), true), kms.LimitExceededException)
	_, err = p.GetKeyPolicy(p.ctx, admin(t), kms.KeyPolicyInput{Scope: scope, KeyID: k.KeyID, PolicyName: "other"})
	wants(t, "another name", err, kms.NotFoundException, "No such policy exists")
	check(put(locked, true))
	_, err = p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x")})
	wants(t, "without the account's statement", err, kms.AccessDeniedException, "because no resource-based policy allows the kms:Encrypt action")
	_, err = p.Encrypt(p.ctx, user(t, "other"), kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x")})
	wants(t, "whom the policy names", err, "")
	names := must(p.ListKeyPolicies(p.ctx, user(t, "other"), kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: scope}, KeyID: k.KeyID}))
	if !slices.Equal(names.Items, []string{"default"}) {
		t.Errorf("%v", names.Items)
	}
}

func TestServiceKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		arn := must(p.EnsureServiceKey(p.ctx, system, region, "secretsmanager"))
		if again := must(p.EnsureServiceKey(p.ctx, system, region, "secretsmanager")); again != arn {
			t.Errorf("%s, then %s", arn, again)
		}
		d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: "alias/aws/secretsmanager"}))
		if d.ARN != arn || d.KeyManager != "AWS" {
			t.Errorf("%+v", d)
		}
		u := use(arn)
		_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: u, Plaintext: plain("x")})
		wants(t, "directly", err, kms.AccessDeniedException)
		u.Via = "secretsmanager"
		_, err = p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: u, Plaintext: plain("x")})
		wants(t, "through its service", err, "")
		u.Via = "other"
		_, err = p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: u, Plaintext: plain("x")})
		wants(t, "through another", err, kms.AccessDeniedException)
		key := kms.KeyInput{Scope: scope, KeyID: arn}
		for what, c := range map[string]policy.Caller{"an administrator": admin(t), "a job": system} {
			code := kms.AccessDeniedException
			if what == "a job" {
				code = kms.UnsupportedOperationException
			}
			wants(t, what, p.DisableKey(p.ctx, c, key), code)
			_, err := p.ScheduleKeyDeletion(p.ctx, c, kms.ScheduleKeyDeletionInput{Scope: scope, KeyID: arn})
			wants(t, what, err, code)
			wants(t, what, p.DisableKeyRotation(p.ctx, c, key), code)
			wants(t, what, p.CreateAlias(p.ctx, c, kms.AliasInput{Scope: scope, AliasName: "alias/mine", TargetKeyID: arn}), code)
		}
	})
}
