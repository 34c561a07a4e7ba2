package kms_test

import (
	"encoding/json"
	"testing"

	trailsdk "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"signet/aws/awstest"
)

// found is what a record of CloudTrail says of a use of a key.
type found struct {
	EventSource, EventName, ErrorCode   string
	UserIdentity                        struct{ Type, ARN string }
	RequestParameters, ResponseElements map[string]any
	Resources                           []map[string]string
	ReadOnly                            bool
}

// trailOf looks events up by the ARN of what they touched, newest first.
func (s *server) trailOf(arn string) []found {
	s.T.Helper()
	c := trailsdk.NewFromConfig(s.Config(s.Root))
	out := must(c.LookupEvents(s.T.Context(), &trailsdk.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: &arn}},
	}))
	all := make([]found, len(out.Events))
	for i, e := range out.Events {
		check(json.Unmarshal([]byte(*e.CloudTrailEvent), &all[i]))
		if len(e.Resources) != 1 || *e.Resources[0].ResourceName != arn || *e.Resources[0].ResourceType != "AWS::KMS::Key" {
			s.T.Errorf("%s: resources %+v", *e.EventName, e.Resources)
		}
	}
	return all
}

// S11: all that happened to a key is found in CloudTrail by the key's ARN, as AWS records it.
func TestS11CloudTrailFindsTheUsesOfAKey(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	pairs := map[string]string{"Team": "sales"}
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs})).CiphertextBlob
	must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs}))
	_, err := w.user("ana").Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, KeyId: k.Arn})
	awstest.Code(t, "no policy", err, denied)
	grant := must(c.CreateGrant(ctx, &kmssdk.CreateGrantInput{
		KeyId: k.KeyId, GranteePrincipal: s(awstest.UserARN("ana")), Operations: []kmstypes.GrantOperation{"Decrypt"},
		Constraints: &kmstypes.GrantConstraints{EncryptionContextSubset: pairs},
	}))
	must(c.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
	_, err = c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})
	awstest.Wants[*kmstypes.DisabledException](t, "disabled", err)

	key := []map[string]string{{"accountId": account, "type": "AWS::KMS::Key", "ARN": *k.Arn}}
	algorithm := "SYMMETRIC_DEFAULT"
	sales := map[string]any{"Team": "sales"}
	event := func(name, errorCode, who string, readOnly bool, request, response map[string]any) found {
		e := found{EventSource: "kms.amazonaws.com", EventName: name, ErrorCode: errorCode, RequestParameters: request, ResponseElements: response, Resources: key, ReadOnly: readOnly}
		e.UserIdentity.Type, e.UserIdentity.ARN = "IAMUser", awstest.UserARN(who)
		return e
	}
	want := []found{
		event("Decrypt", "DisabledException", "root", true, map[string]any{"encryptionAlgorithm": algorithm, "keyId": *k.Arn}, nil),
		event("DisableKey", "", "root", false, map[string]any{"keyId": *k.KeyId}, map[string]any{"keyId": *k.Arn}),
		event("CreateGrant", "", "root", false,
			map[string]any{"keyId": *k.KeyId, "granteePrincipal": awstest.UserARN("ana"), "operations": []any{"Decrypt"}, "constraints": map[string]any{"encryptionContextSubset": sales}},
			map[string]any{"keyId": *k.Arn, "grantId": *grant.GrantId}),
		event("Decrypt", "AccessDenied", "ana", true, map[string]any{"encryptionContext": sales, "encryptionAlgorithm": algorithm, "keyId": *k.Arn}, nil),
		event("Decrypt", "", "root", true, map[string]any{"encryptionContext": sales, "encryptionAlgorithm": algorithm, "keyId": *k.Arn}, nil),
		event("Encrypt", "", "root", true, map[string]any{"encryptionContext": sales, "encryptionAlgorithm": algorithm, "keyId": *k.KeyId}, nil),
	}
	got := w.trailOf(*k.Arn)
	if len(got) != len(want)+1 {
		t.Fatalf("%d events", len(got))
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Error(diff)
	}
	made := got[len(want)]
	metadata, _ := made.ResponseElements["keyMetadata"].(map[string]any)
	if made.EventName != "CreateKey" || metadata["arn"] != *k.Arn || metadata["keyState"] != "Enabled" || metadata["aWSAccountId"] != account {
		t.Errorf("%+v", made)
	}
}
