package kms_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"signet/aws/awstest"
)

func TestKeys(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	made := must(c.CreateKey(ctx, &kmssdk.CreateKeyInput{Description: s("first"), Tags: []types.Tag{{TagKey: s("team"), TagValue: s("sales")}}})).KeyMetadata
	if made.KeyState != types.KeyStateEnabled || !made.Enabled || *made.Description != "first" || *made.AWSAccountId != account || made.KeyManager != types.KeyManagerTypeCustomer ||
		*made.Arn != "arn:aws:kms:"+region+":"+account+":key/"+*made.KeyId || time.Since(*made.CreationDate) > time.Minute || len(*made.CurrentKeyMaterialId) != 64 ||
		made.KeySpec != types.KeySpecSymmetricDefault || made.Origin != types.OriginTypeAwsKms || *made.MultiRegion ||
		!slices.Equal(made.EncryptionAlgorithms, []types.EncryptionAlgorithmSpec{"SYMMETRIC_DEFAULT"}) || made.DeletionDate != nil || made.ValidTo != nil {
		t.Errorf("%+v", made)
	}
	described := must(c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: made.Arn})).KeyMetadata
	if diff := cmp.Diff(*made.KeyId, *described.KeyId) + cmp.Diff(made.CreationDate, described.CreationDate); diff != "" {
		t.Error(diff)
	}
	must(c.UpdateKeyDescription(ctx, &kmssdk.UpdateKeyDescriptionInput{KeyId: made.KeyId, Description: s("")}))
	if d := must(c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: made.KeyId})).KeyMetadata; *d.Description != "" {
		t.Errorf("%s", *d.Description)
	}
	_, err := c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("11111111-2222-3333-4444-555555555555")})
	awstest.Wants[*types.NotFoundException](t, "no such key", err, "key/11111111-2222-3333-4444-555555555555' does not exist")
	_, err = c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("arn:aws:s3:::bucket")})
	awstest.Wants[*types.InvalidArnException](t, "another service's ARN", err)
	_, err = c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("alias/none")})
	awstest.Wants[*types.NotFoundException](t, "no such alias", err, "alias/none is not found.")
	_, err = c.CreateKey(ctx, &kmssdk.CreateKeyInput{KeySpec: "RSA_2048"})
	awstest.Code(t, "no usage", err, "ValidationException", "KeyUsage")
	_, err = c.CreateKey(ctx, &kmssdk.CreateKeyInput{KeySpec: "ECC_NIST_P256", KeyUsage: types.KeyUsageTypeEncryptDecrypt})
	awstest.Code(t, "usage and spec", err, "ValidationException")
	_, err = c.CreateKey(ctx, &kmssdk.CreateKeyInput{Policy: s("{")})
	awstest.Wants[*types.MalformedPolicyDocumentException](t, "no policy", err)
	_, err = c.CreateKey(ctx, &kmssdk.CreateKeyInput{MultiRegion: sdk.Bool(true)})
	awstest.Wants[*types.UnsupportedOperationException](t, "multi-Region", err)
	_, err = c.CreateKey(ctx, &kmssdk.CreateKeyInput{Tags: []types.Tag{{TagKey: s("aws:x"), TagValue: s("")}}})
	awstest.Wants[*types.TagException](t, "tag", err)
}

// The region of the signature is where a key lives: there is nothing of it elsewhere.
func TestKeysLiveInTheirRegion(t *testing.T) {
	w := single(t)
	c := w.client(w.Root)
	k := makeKey(c, "", "")
	elsewhere := func(o *kmssdk.Options) { o.Region = "us-west-2" }
	_, err := c.DescribeKey(t.Context(), &kmssdk.DescribeKeyInput{KeyId: k.KeyId}, elsewhere)
	awstest.Wants[*types.NotFoundException](t, "elsewhere", err)
	there := must(c.CreateKey(t.Context(), &kmssdk.CreateKeyInput{}, elsewhere)).KeyMetadata
	if !strings.HasPrefix(*there.Arn, "arn:aws:kms:us-west-2:") {
		t.Errorf("%s", *there.Arn)
	}
	if n := len(must(c.ListKeys(t.Context(), &kmssdk.ListKeysInput{}, elsewhere)).Keys); n != 1 {
		t.Errorf("%d keys there", n)
	}
}

func TestPagesGoOnWithTheSDKsPaginators(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	var ids []string
	for i := range 5 {
		k := makeKey(c, "", "")
		ids = append(ids, *k.KeyId)
		must(c.CreateAlias(ctx, &kmssdk.CreateAliasInput{AliasName: s(fmt.Sprintf("alias/a%d", i)), TargetKeyId: &ids[0]}))
		must(c.TagResource(ctx, &kmssdk.TagResourceInput{KeyId: &ids[0], Tags: []types.Tag{{TagKey: s(fmt.Sprintf("t%d", i)), TagValue: s("v")}}}))
		must(c.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: &ids[0], GranteePrincipal: s(awstest.UserARN("g")), RetiringPrincipal: s(awstest.UserARN("r")), Operations: []types.GrantOperation{"Decrypt"}}))
		must(c.RotateKeyOnDemand(ctx, &kmssdk.RotateKeyOnDemandInput{KeyId: &ids[0]}))
	}
	two := sdk.Int32(2)
	var keys, aliases, tags, grants, retirable, rotations []string
	pages := 0
	for p := kmssdk.NewListKeysPaginator(c, &kmssdk.ListKeysInput{Limit: two}); p.HasMorePages(); pages++ {
		for _, k := range must(p.NextPage(ctx)).Keys {
			keys = append(keys, *k.KeyId)
		}
	}
	for p := kmssdk.NewListAliasesPaginator(c, &kmssdk.ListAliasesInput{Limit: two, KeyId: &ids[0]}); p.HasMorePages(); {
		for _, a := range must(p.NextPage(ctx)).Aliases {
			aliases = append(aliases, *a.AliasName)
		}
	}
	for p := kmssdk.NewListResourceTagsPaginator(c, &kmssdk.ListResourceTagsInput{Limit: two, KeyId: &ids[0]}); p.HasMorePages(); {
		for _, tag := range must(p.NextPage(ctx)).Tags {
			tags = append(tags, *tag.TagKey)
		}
	}
	for p := kmssdk.NewListGrantsPaginator(c, &kmssdk.ListGrantsInput{Limit: two, KeyId: &ids[0]}); p.HasMorePages(); {
		for _, g := range must(p.NextPage(ctx)).Grants {
			grants = append(grants, *g.GrantId)
		}
	}
	for p := kmssdk.NewListRetirableGrantsPaginator(c, &kmssdk.ListRetirableGrantsInput{Limit: two, RetiringPrincipal: s(awstest.UserARN("r"))}); p.HasMorePages(); {
		for _, g := range must(p.NextPage(ctx)).Grants {
			retirable = append(retirable, *g.GrantId)
		}
	}
	for p := kmssdk.NewListKeyRotationsPaginator(c, &kmssdk.ListKeyRotationsInput{Limit: two, KeyId: &ids[0]}); p.HasMorePages(); {
		for _, r := range must(p.NextPage(ctx)).Rotations {
			rotations = append(rotations, *r.KeyMaterialId)
		}
	}
	names := must(kmssdk.NewListKeyPoliciesPaginator(c, &kmssdk.ListKeyPoliciesInput{KeyId: &ids[0]}).NextPage(ctx)).PolicyNames
	slices.Sort(ids)
	if !slices.Equal(keys, ids) || pages != 3 || strings.Join(aliases, " ") != "alias/a0 alias/a1 alias/a2 alias/a3 alias/a4" ||
		strings.Join(tags, " ") != "t0 t1 t2 t3 t4" || !slices.Equal(names, []string{"default"}) {
		t.Errorf("%v %d %v %v %v", keys, pages, aliases, tags, names)
	}
	for what, list := range map[string][]string{"grants": grants, "retirable": retirable, "rotations": rotations} {
		if slices.Sort(list); len(slices.Compact(list)) != 5 {
			t.Errorf("%s: %v", what, list)
		}
	}
	_, err := c.ListKeys(ctx, &kmssdk.ListKeysInput{Marker: s("x")})
	awstest.Wants[*types.InvalidMarkerException](t, "marker", err)
}

func TestStates(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})).CiphertextBlob
	decrypt := func() error {
		_, err := c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
		return err
	}
	check(decrypt())
	must(c.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
	awstest.Wants[*types.DisabledException](t, "disabled", decrypt(), *k.Arn+" is disabled.")
	_, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	awstest.Wants[*types.DisabledException](t, "disabled", err)
	if d := must(c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId})).KeyMetadata; d.Enabled || d.KeyState != types.KeyStateDisabled {
		t.Errorf("%+v", d)
	}
	must(c.EnableKey(ctx, &kmssdk.EnableKeyInput{KeyId: k.KeyId}))
	check(decrypt())
	_, err = c.ScheduleKeyDeletion(ctx, &kmssdk.ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: sdk.Int32(3)})
	awstest.Code(t, "three days", err, "ValidationException", "between 7 and 30")
	planned := must(c.ScheduleKeyDeletion(ctx, &kmssdk.ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: sdk.Int32(7)}))
	if left := time.Until(*planned.DeletionDate); left < 167*time.Hour || left > 169*time.Hour || *planned.KeyId != *k.Arn || planned.KeyState != types.KeyStatePendingDeletion || *planned.PendingWindowInDays != 7 {
		t.Errorf("%+v", planned)
	}
	awstest.Wants[*types.KMSInvalidStateException](t, "pending deletion", decrypt(), *k.Arn+" is pending deletion.")
	if d := must(c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId})).KeyMetadata; d.DeletionDate == nil || d.KeyState != types.KeyStatePendingDeletion {
		t.Errorf("%+v", d)
	}
	if out := must(c.CancelKeyDeletion(ctx, &kmssdk.CancelKeyDeletionInput{KeyId: k.KeyId})); *out.KeyId != *k.Arn {
		t.Errorf("%s", *out.KeyId)
	}
	awstest.Wants[*types.DisabledException](t, "after the deletion was taken back", decrypt())
	_, err = c.CancelKeyDeletion(ctx, &kmssdk.CancelKeyDeletionInput{KeyId: k.KeyId})
	awstest.Wants[*types.KMSInvalidStateException](t, "nothing to take back", err, "is not pending deletion")
}

func TestAliases(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	a, b := makeKey(c, "", ""), makeKey(c, "", "")
	must(c.CreateAlias(ctx, &kmssdk.CreateAliasInput{AliasName: s("alias/app"), TargetKeyId: a.KeyId}))
	_, err := c.CreateAlias(ctx, &kmssdk.CreateAliasInput{AliasName: s("alias/app"), TargetKeyId: b.KeyId})
	awstest.Wants[*types.AlreadyExistsException](t, "twice", err, "already exists")
	_, err = c.CreateAlias(ctx, &kmssdk.CreateAliasInput{AliasName: s("app"), TargetKeyId: b.KeyId})
	awstest.Code(t, "name", err, "ValidationException")
	_, err = c.CreateAlias(ctx, &kmssdk.CreateAliasInput{AliasName: s("alias/aws/x"), TargetKeyId: b.KeyId})
	awstest.Code(t, "reserved", err, "NotAuthorizedException")
	must(c.UpdateAlias(ctx, &kmssdk.UpdateAliasInput{AliasName: s("alias/app"), TargetKeyId: b.KeyId}))
	if d := must(c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: s("alias/app")})).KeyMetadata; *d.KeyId != *b.KeyId {
		t.Errorf("it stands for %s", *d.KeyId)
	}
	list := must(c.ListAliases(ctx, &kmssdk.ListAliasesInput{})).Aliases
	if len(list) != 1 || *list[0].AliasArn != "arn:aws:kms:"+region+":"+account+":alias/app" || *list[0].TargetKeyId != *b.KeyId || list[0].CreationDate == nil || list[0].LastUpdatedDate == nil {
		t.Errorf("%+v", list)
	}
	out := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: list[0].AliasArn, Plaintext: []byte("x")}))
	if *out.KeyId != *b.Arn {
		t.Errorf("%s", *out.KeyId)
	}
	must(c.DeleteAlias(ctx, &kmssdk.DeleteAliasInput{AliasName: s("alias/app")}))
	_, err = c.DeleteAlias(ctx, &kmssdk.DeleteAliasInput{AliasName: s("alias/app")})
	awstest.Wants[*types.NotFoundException](t, "twice", err)
	_, err = c.UpdateAlias(ctx, &kmssdk.UpdateAliasInput{AliasName: s("alias/app"), TargetKeyId: b.KeyId})
	awstest.Wants[*types.NotFoundException](t, "gone", err)
}

func TestTags(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	must(c.TagResource(ctx, &kmssdk.TagResourceInput{KeyId: k.KeyId, Tags: []types.Tag{{TagKey: s("a"), TagValue: s("1")}, {TagKey: s("b"), TagValue: s("")}}}))
	must(c.UntagResource(ctx, &kmssdk.UntagResourceInput{KeyId: k.KeyId, TagKeys: []string{"a"}}))
	list := must(c.ListResourceTags(ctx, &kmssdk.ListResourceTagsInput{KeyId: k.KeyId})).Tags
	if len(list) != 1 || *list[0].TagKey != "b" || *list[0].TagValue != "" {
		t.Errorf("%+v", list)
	}
	_, err := c.TagResource(ctx, &kmssdk.TagResourceInput{KeyId: k.KeyId, Tags: []types.Tag{{TagKey: s("B"), TagValue: s("")}}})
	awstest.Wants[*types.TagException](t, "by case only", err)
}

func TestRotation(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("old")})).CiphertextBlob
	_, err := c.EnableKeyRotation(ctx, &kmssdk.EnableKeyRotationInput{KeyId: k.KeyId, RotationPeriodInDays: sdk.Int32(30)})
	awstest.Code(t, "thirty days", err, "ValidationException")
	must(c.EnableKeyRotation(ctx, &kmssdk.EnableKeyRotationInput{KeyId: k.KeyId, RotationPeriodInDays: sdk.Int32(90)}))
	status := must(c.GetKeyRotationStatus(ctx, &kmssdk.GetKeyRotationStatusInput{KeyId: k.KeyId}))
	if !status.KeyRotationEnabled || *status.RotationPeriodInDays != 90 || time.Until(*status.NextRotationDate) < 89*24*time.Hour || *status.KeyId != *k.Arn {
		t.Errorf("%+v", status)
	}
	must(c.DisableKeyRotation(ctx, &kmssdk.DisableKeyRotationInput{KeyId: k.KeyId}))
	if status := must(c.GetKeyRotationStatus(ctx, &kmssdk.GetKeyRotationStatusInput{KeyId: k.KeyId})); status.KeyRotationEnabled || status.NextRotationDate != nil {
		t.Errorf("%+v", status)
	}
	if out := must(c.RotateKeyOnDemand(ctx, &kmssdk.RotateKeyOnDemandInput{KeyId: k.KeyId})); *out.KeyId != *k.Arn {
		t.Errorf("%s", *out.KeyId)
	}
	list := must(c.ListKeyRotations(ctx, &kmssdk.ListKeyRotationsInput{KeyId: k.KeyId})).Rotations
	all := must(c.ListKeyRotations(ctx, &kmssdk.ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})).Rotations
	if len(list) != 1 || len(all) != 2 || list[0].RotationType != types.RotationTypeOnDemand || list[0].RotationDate == nil || list[0].KeyMaterialState != "CURRENT" || *all[0].KeyMaterialId != *k.CurrentKeyMaterialId {
		t.Errorf("%+v %+v", list, all)
	}
	old := must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob}))
	if string(old.Plaintext) != "old" || *old.KeyMaterialId != *k.CurrentKeyMaterialId {
		t.Errorf("%+v", old)
	}
	_, err = c.EnableKeyRotation(ctx, &kmssdk.EnableKeyRotationInput{KeyId: makeKey(c, "ECC_NIST_P256", types.KeyUsageTypeSignVerify).KeyId})
	awstest.Wants[*types.UnsupportedOperationException](t, "asymmetric", err)
}

func TestKeyPolicies(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	got := must(c.GetKeyPolicy(ctx, &kmssdk.GetKeyPolicyInput{KeyId: k.KeyId}))
	if *got.PolicyName != "default" || !strings.Contains(*got.Policy, "Enable IAM User Permissions") {
		t.Errorf("%+v", got)
	}
	_, err := c.GetKeyPolicy(ctx, &kmssdk.GetKeyPolicyInput{KeyId: k.KeyId, PolicyName: s("other")})
	awstest.Wants[*types.NotFoundException](t, "name", err)
	_, err = c.PutKeyPolicy(ctx, &kmssdk.PutKeyPolicyInput{KeyId: k.KeyId, Policy: s(`{"Version":"2012-10-17","Statement":[]}`)})
	awstest.Wants[*types.MalformedPolicyDocumentException](t, "lockout", err)
	text := strings.Replace(*got.Policy, "Enable IAM User Permissions", "<IAM & all>", 1)
	must(c.PutKeyPolicy(ctx, &kmssdk.PutKeyPolicyInput{KeyId: k.KeyId, Policy: &text}))
	if got := must(c.GetKeyPolicy(ctx, &kmssdk.GetKeyPolicyInput{KeyId: k.KeyId})); *got.Policy != text {
		t.Errorf("%s", *got.Policy)
	}
}
