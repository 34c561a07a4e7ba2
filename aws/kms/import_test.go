package kms_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"signet/aws/awstest"
)

// importInput wraps material for a key, as people do outside.
func importInput(c *kmssdk.Client, key string, material []byte) *kmssdk.ImportKeyMaterialInput {
	p := must(c.GetParametersForImport(context.Background(), &kmssdk.GetParametersForImportInput{
		KeyId: &key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	}))
	public := must(x509.ParsePKIXPublicKey(p.PublicKey)).(*rsa.PublicKey)
	return &kmssdk.ImportKeyMaterialInput{
		KeyId: &key, ImportToken: p.ImportToken, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
		EncryptedKeyMaterial: must(rsa.EncryptOAEP(sha256.New(), rand.Reader, public, material, nil)),
	}
}

// importInto imports material until a time; nil for ever.
func importInto(c *kmssdk.Client, key string, material []byte, until *time.Time) *kmssdk.ImportKeyMaterialOutput {
	in := importInput(c, key, material)
	if until != nil {
		in.ExpirationModel, in.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, until
	}
	return must(c.ImportKeyMaterial(context.Background(), in))
}

func TestImport(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	material := bytes.Repeat([]byte("m4"), 16)
	k := must(c.CreateKey(ctx, &kmssdk.CreateKeyInput{Origin: types.OriginTypeExternal})).KeyMetadata
	if k.KeyState != types.KeyStatePendingImport || k.Enabled || k.CurrentKeyMaterialId != nil {
		t.Errorf("%+v", k)
	}
	encrypt := func() ([]byte, error) {
		out, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
		if err != nil {
			return nil, err
		}
		return out.CiphertextBlob, nil
	}
	_, err := encrypt()
	awstest.Wants[*types.KMSInvalidStateException](t, "before the import", err, "is pending import.")
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	out := importInto(c, *k.KeyId, material, &until)
	d := must(c.DescribeKey(ctx, &kmssdk.DescribeKeyInput{KeyId: k.KeyId})).KeyMetadata
	if *out.KeyId != *k.Arn || d.KeyState != types.KeyStateEnabled || !d.ValidTo.Equal(until) || d.ExpirationModel != types.ExpirationModelTypeKeyMaterialExpires || *d.CurrentKeyMaterialId != *out.KeyMaterialId {
		t.Errorf("%+v %+v", out, d)
	}
	blob := must(encrypt())
	gone := must(c.DeleteImportedKeyMaterial(ctx, &kmssdk.DeleteImportedKeyMaterialInput{KeyId: k.KeyId}))
	if *gone.KeyId != *k.Arn || *gone.KeyMaterialId != *out.KeyMaterialId {
		t.Errorf("%+v", gone)
	}
	_, err = encrypt()
	awstest.Wants[*types.KMSInvalidStateException](t, "deleted", err)
	_, err = c.ImportKeyMaterial(ctx, importInput(c, *k.KeyId, bytes.Repeat([]byte("n4"), 16)))
	awstest.Wants[*types.IncorrectKeyMaterialException](t, "other material", err)
	importInto(c, *k.KeyId, material, nil)
	if got := must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob})); string(got.Plaintext) != "x" {
		t.Errorf("%q", got.Plaintext)
	}
	list := must(c.ListKeyRotations(ctx, &kmssdk.ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})).Rotations
	if len(list) != 1 || list[0].ImportState != types.ImportStateImported || list[0].ExpirationModel != types.ExpirationModelTypeKeyMaterialDoesNotExpire {
		t.Errorf("%+v", list)
	}
	in := importInput(c, *k.KeyId, material)
	in.ImportToken[len(in.ImportToken)-1] ^= 1
	_, err = c.ImportKeyMaterial(ctx, in)
	awstest.Wants[*types.InvalidImportTokenException](t, "token", err)
	in = importInput(c, *k.KeyId, material)
	in.EncryptedKeyMaterial[0] ^= 1
	_, err = c.ImportKeyMaterial(ctx, in)
	awstest.Wants[*types.InvalidCiphertextException](t, "wrapped", err)
	_, err = c.ImportKeyMaterial(ctx, importInput(c, *k.KeyId, material[:16]))
	awstest.Wants[*types.IncorrectKeyMaterialException](t, "size", err)
	in = importInput(c, *k.KeyId, material)
	in.ExpirationModel = ""
	_, err = c.ImportKeyMaterial(ctx, in)
	awstest.Code(t, "no date", err, "ValidationException")
	in.ValidTo = sdk.Time(time.Now().Add(-time.Hour))
	_, err = c.ImportKeyMaterial(ctx, in)
	awstest.Code(t, "a date of the past", err, "ValidationException")
	_, err = c.GetParametersForImport(ctx, &kmssdk.GetParametersForImportInput{KeyId: makeKey(c, "", "").KeyId, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})
	awstest.Wants[*types.UnsupportedOperationException](t, "origin", err)
}
