package kms_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"signet/aws/awstest"
)

func TestEncryption(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k, other := makeKey(c, "", ""), makeKey(c, "", "")
	pairs := map[string]string{"app": "quotes", "Zürich": "<&>"}
	out := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("message"), EncryptionContext: pairs}))
	if *out.KeyId != *k.Arn || out.EncryptionAlgorithm != types.EncryptionAlgorithmSpecSymmetricDefault {
		t.Errorf("%+v", out)
	}
	got := must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: pairs}))
	if string(got.Plaintext) != "message" || *got.KeyId != *k.Arn || *got.KeyMaterialId != *k.CurrentKeyMaterialId || got.CiphertextForRecipient != nil {
		t.Errorf("%+v", got)
	}
	_, err := c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: map[string]string{"app": "quotes"}})
	awstest.Wants[*types.InvalidCiphertextException](t, "context", err)
	_, err = c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: pairs, KeyId: other.KeyId})
	awstest.Wants[*types.IncorrectKeyException](t, "key", err)
	flipped := bytes.Clone(out.CiphertextBlob)
	flipped[len(flipped)-1] ^= 1
	_, err = c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: flipped, EncryptionContext: pairs})
	awstest.Wants[*types.InvalidCiphertextException](t, "flipped", err)
	_, err = c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: make([]byte, 4097)})
	awstest.Code(t, "too long", err, "ValidationException")
	moved := must(c.ReEncrypt(ctx, &kmssdk.ReEncryptInput{CiphertextBlob: out.CiphertextBlob, SourceEncryptionContext: pairs, DestinationKeyId: other.KeyId}))
	if *moved.SourceKeyId != *k.Arn || *moved.KeyId != *other.Arn || *moved.SourceKeyMaterialId != *k.CurrentKeyMaterialId || *moved.DestinationKeyMaterialId != *other.CurrentKeyMaterialId {
		t.Errorf("%+v", moved)
	}
	if got := must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: moved.CiphertextBlob, KeyId: other.KeyId})); string(got.Plaintext) != "message" {
		t.Errorf("%q", got.Plaintext)
	}
	random := must(c.GenerateRandom(ctx, &kmssdk.GenerateRandomInput{NumberOfBytes: sdk.Int32(64)})).Plaintext
	if len(random) != 64 || bytes.Equal(random, make([]byte, 64)) {
		t.Errorf("%x", random)
	}
}

func TestAsymmetricEncryption(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "RSA_2048", types.KeyUsageTypeEncryptDecrypt)
	public := must(x509.ParsePKIXPublicKey(must(c.GetPublicKey(ctx, &kmssdk.GetPublicKeyInput{KeyId: k.KeyId})).PublicKey)).(*rsa.PublicKey)
	outside := must(rsa.EncryptOAEP(sha256.New(), rand.Reader, public, []byte("from outside"), nil))
	out := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("from outside"), EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256}))
	for _, blob := range [][]byte{outside, out.CiphertextBlob} {
		got := must(c.Decrypt(ctx, &kmssdk.DecryptInput{KeyId: k.KeyId, CiphertextBlob: blob, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256}))
		if string(got.Plaintext) != "from outside" || got.KeyMaterialId != nil {
			t.Errorf("%+v", got)
		}
	}
	_, err := c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: outside, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256})
	awstest.Code(t, "no key", err, "ValidationException")
	_, err = c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	awstest.Wants[*types.InvalidKeyUsageException](t, "algorithm", err)
	_, err = c.GetPublicKey(ctx, &kmssdk.GetPublicKeyInput{KeyId: makeKey(c, "", "").KeyId})
	awstest.Wants[*types.UnsupportedOperationException](t, "symmetric", err)
}

func TestDataKeys(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "", "")
	pairs := map[string]string{"a": "b"}
	opens := func(blob, want []byte) {
		t.Helper()
		got := must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs})).Plaintext
		if want != nil && !bytes.Equal(got, want) {
			t.Errorf("it opens to %x, not %x", got, want)
		}
	}
	out := must(c.GenerateDataKey(ctx, &kmssdk.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: types.DataKeySpecAes256, EncryptionContext: pairs}))
	opens(out.CiphertextBlob, out.Plaintext)
	if len(out.Plaintext) != 32 || *out.KeyId != *k.Arn || *out.KeyMaterialId != *k.CurrentKeyMaterialId {
		t.Errorf("%+v", out)
	}
	must(cipher.NewGCM(must(aes.NewCipher(out.Plaintext))))
	if n := len(must(c.GenerateDataKey(ctx, &kmssdk.GenerateDataKeyInput{KeyId: k.KeyId, NumberOfBytes: sdk.Int32(17)})).Plaintext); n != 17 {
		t.Errorf("%d bytes", n)
	}
	without := must(c.GenerateDataKeyWithoutPlaintext(ctx, &kmssdk.GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: types.DataKeySpecAes128, EncryptionContext: pairs}))
	opens(without.CiphertextBlob, nil)
	_, err := c.GenerateDataKey(ctx, &kmssdk.GenerateDataKeyInput{KeyId: k.KeyId})
	awstest.Code(t, "neither spec nor size", err, "ValidationException")
	for _, spec := range []types.DataKeyPairSpec{"RSA_2048", "ECC_NIST_P384", "ECC_NIST_EDWARDS25519"} {
		pair := must(c.GenerateDataKeyPair(ctx, &kmssdk.GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: spec, EncryptionContext: pairs}))
		opens(pair.PrivateKeyCiphertextBlob, pair.PrivateKeyPlaintext)
		private := must(x509.ParsePKCS8PrivateKey(pair.PrivateKeyPlaintext)).(crypto.Signer)
		public := must(x509.MarshalPKIXPublicKey(private.Public()))
		if !bytes.Equal(public, pair.PublicKey) || pair.KeyPairSpec != spec {
			t.Errorf("%s: the halves do not belong together", spec)
		}
		alone := must(c.GenerateDataKeyPairWithoutPlaintext(ctx, &kmssdk.GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: spec, EncryptionContext: pairs}))
		opens(alone.PrivateKeyCiphertextBlob, nil)
		must(x509.ParsePKIXPublicKey(alone.PublicKey))
	}
	_, err = c.GenerateDataKeyPair(ctx, &kmssdk.GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: "ECC_SECG_P256K1"})
	awstest.Wants[*types.UnsupportedOperationException](t, "curve", err)
}

func TestSignatures(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	message := []byte("what is signed")
	sum := sha256.Sum256(message)
	for _, x := range []struct {
		spec      types.KeySpec
		algorithm types.SigningAlgorithmSpec
		genuine   func(public any, signature []byte) bool
	}{
		{"RSA_2048", "RSASSA_PSS_SHA_256", func(p any, sig []byte) bool {
			return rsa.VerifyPSS(p.(*rsa.PublicKey), crypto.SHA256, sum[:], sig, nil) == nil
		}},
		{"RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", func(p any, sig []byte) bool {
			return rsa.VerifyPKCS1v15(p.(*rsa.PublicKey), crypto.SHA256, sum[:], sig) == nil
		}},
		{"ECC_NIST_P256", "ECDSA_SHA_256", func(p any, sig []byte) bool { return ecdsa.VerifyASN1(p.(*ecdsa.PublicKey), sum[:], sig) }},
		{"ECC_NIST_EDWARDS25519", "ED25519_SHA_512", func(p any, sig []byte) bool { return ed25519.Verify(p.(ed25519.PublicKey), message, sig) }},
	} {
		k := makeKey(c, x.spec, types.KeyUsageTypeSignVerify)
		got := must(c.GetPublicKey(ctx, &kmssdk.GetPublicKeyInput{KeyId: k.KeyId}))
		if got.KeySpec != x.spec || got.KeyUsage != types.KeyUsageTypeSignVerify || len(got.SigningAlgorithms) == 0 || len(got.EncryptionAlgorithms) != 0 || *got.KeyId != *k.Arn {
			t.Errorf("%+v", got)
		}
		public := must(x509.ParsePKIXPublicKey(got.PublicKey))
		out := must(c.Sign(ctx, &kmssdk.SignInput{KeyId: k.KeyId, Message: message, SigningAlgorithm: x.algorithm}))
		if !x.genuine(public, out.Signature) || *out.KeyId != *k.Arn || out.SigningAlgorithm != x.algorithm {
			t.Errorf("%s: the standard library refuses the signature", x.algorithm)
		}
		v := must(c.Verify(ctx, &kmssdk.VerifyInput{KeyId: k.KeyId, Message: message, Signature: out.Signature, SigningAlgorithm: x.algorithm}))
		if !v.SignatureValid || *v.KeyId != *k.Arn {
			t.Errorf("%+v", v)
		}
		_, err := c.Verify(ctx, &kmssdk.VerifyInput{KeyId: k.KeyId, Message: []byte("another"), Signature: out.Signature, SigningAlgorithm: x.algorithm})
		awstest.Wants[*types.KMSInvalidSignatureException](t, "message", err)
		_, err = c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: message})
		awstest.Wants[*types.InvalidKeyUsageException](t, "usage", err)
		if x.algorithm == "ECDSA_SHA_256" {
			digest := must(c.Sign(ctx, &kmssdk.SignInput{KeyId: k.KeyId, Message: sum[:], MessageType: types.MessageTypeDigest, SigningAlgorithm: x.algorithm}))
			if !x.genuine(public, digest.Signature) {
				t.Error("the signature of the digest is not that of the message")
			}
			_, err := c.Sign(ctx, &kmssdk.SignInput{KeyId: k.KeyId, Message: sum[:5], MessageType: types.MessageTypeDigest, SigningAlgorithm: x.algorithm})
			awstest.Code(t, "digest", err, "ValidationException")
		}
	}
}

func TestMACs(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "HMAC_256", types.KeyUsageTypeGenerateVerifyMac)
	out := must(c.GenerateMac(ctx, &kmssdk.GenerateMacInput{KeyId: k.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"}))
	if len(out.Mac) != 32 || *out.KeyId != *k.Arn || out.MacAlgorithm != "HMAC_SHA_256" || len(k.MacAlgorithms) != 1 {
		t.Errorf("%+v", out)
	}
	v := must(c.VerifyMac(ctx, &kmssdk.VerifyMacInput{KeyId: k.KeyId, Message: []byte("m"), Mac: out.Mac, MacAlgorithm: "HMAC_SHA_256"}))
	if !v.MacValid {
		t.Errorf("%+v", v)
	}
	_, err := c.VerifyMac(ctx, &kmssdk.VerifyMacInput{KeyId: k.KeyId, Message: []byte("n"), Mac: out.Mac, MacAlgorithm: "HMAC_SHA_256"})
	awstest.Wants[*types.KMSInvalidMacException](t, "message", err)
	_, err = c.GenerateMac(ctx, &kmssdk.GenerateMacInput{KeyId: k.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_512"})
	awstest.Wants[*types.InvalidKeyUsageException](t, "algorithm", err)
}

func TestSharedSecrets(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	k := makeKey(c, "ECC_NIST_P256", types.KeyUsageTypeKeyAgreement)
	got := must(c.GetPublicKey(ctx, &kmssdk.GetPublicKeyInput{KeyId: k.KeyId}))
	theirs := must(must(x509.ParsePKIXPublicKey(got.PublicKey)).(*ecdsa.PublicKey).ECDH())
	ours := must(ecdh.P256().GenerateKey(rand.Reader))
	in := &kmssdk.DeriveSharedSecretInput{KeyId: k.KeyId, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, PublicKey: must(x509.MarshalPKIXPublicKey(ours.PublicKey()))}
	out := must(c.DeriveSharedSecret(ctx, in))
	if !bytes.Equal(out.SharedSecret, must(ours.ECDH(theirs))) || *out.KeyId != *k.Arn || out.KeyOrigin != types.OriginTypeAwsKms || got.KeyAgreementAlgorithms[0] != types.KeyAgreementAlgorithmSpecEcdh {
		t.Errorf("%+v", out)
	}
	in.PublicKey = must(x509.MarshalPKIXPublicKey(&must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)).PublicKey))
	_, err := c.DeriveSharedSecret(ctx, in)
	awstest.Code(t, "curve", err, "ValidationException")
}

// A dry run says that it would have worked, or why not, and does nothing.
func TestDryRuns(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	yes := sdk.Bool(true)
	k := makeKey(c, "", "")
	signer, mac := makeKey(c, "ECC_NIST_P256", types.KeyUsageTypeSignVerify), makeKey(c, "HMAC_256", types.KeyUsageTypeGenerateVerifyMac)
	agreer := makeKey(c, "ECC_NIST_P256", types.KeyUsageTypeKeyAgreement)
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})).CiphertextBlob
	signature := must(c.Sign(ctx, &kmssdk.SignInput{KeyId: signer.KeyId, Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_256"})).Signature
	sum := must(c.GenerateMac(ctx, &kmssdk.GenerateMacInput{KeyId: mac.KeyId, Message: []byte("x"), MacAlgorithm: "HMAC_SHA_256"})).Mac
	grant := must(c.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: s(awstest.UserARN("g")), Operations: []types.GrantOperation{"Decrypt"}}))
	public := must(x509.MarshalPKIXPublicKey(must(ecdh.P256().GenerateKey(rand.Reader)).PublicKey()))
	for what, run := range map[string]func() error{
		"Encrypt": func() error {
			_, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), DryRun: yes})
			return err
		},
		"Decrypt": func() error {
			_, err := c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, DryRun: yes})
			return err
		},
		"ReEncrypt": func() error {
			_, err := c.ReEncrypt(ctx, &kmssdk.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: k.KeyId, DryRun: yes})
			return err
		},
		"GenerateDataKey": func() error {
			_, err := c.GenerateDataKey(ctx, &kmssdk.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256", DryRun: yes})
			return err
		},
		"GenerateDataKeyWithoutPlaintext": func() error {
			_, err := c.GenerateDataKeyWithoutPlaintext(ctx, &kmssdk.GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: "AES_256", DryRun: yes})
			return err
		},
		"GenerateDataKeyPair": func() error {
			_, err := c.GenerateDataKeyPair(ctx, &kmssdk.GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: "ECC_NIST_P256", DryRun: yes})
			return err
		},
		"GenerateDataKeyPairWithoutPlaintext": func() error {
			_, err := c.GenerateDataKeyPairWithoutPlaintext(ctx, &kmssdk.GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: "ECC_NIST_P256", DryRun: yes})
			return err
		},
		"Sign": func() error {
			_, err := c.Sign(ctx, &kmssdk.SignInput{KeyId: signer.KeyId, Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_256", DryRun: yes})
			return err
		},
		"Verify": func() error {
			_, err := c.Verify(ctx, &kmssdk.VerifyInput{KeyId: signer.KeyId, Message: []byte("x"), Signature: signature, SigningAlgorithm: "ECDSA_SHA_256", DryRun: yes})
			return err
		},
		"GenerateMac": func() error {
			_, err := c.GenerateMac(ctx, &kmssdk.GenerateMacInput{KeyId: mac.KeyId, Message: []byte("x"), MacAlgorithm: "HMAC_SHA_256", DryRun: yes})
			return err
		},
		"VerifyMac": func() error {
			_, err := c.VerifyMac(ctx, &kmssdk.VerifyMacInput{KeyId: mac.KeyId, Message: []byte("x"), Mac: sum, MacAlgorithm: "HMAC_SHA_256", DryRun: yes})
			return err
		},
		"DeriveSharedSecret": func() error {
			_, err := c.DeriveSharedSecret(ctx, &kmssdk.DeriveSharedSecretInput{KeyId: agreer.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: public, DryRun: yes})
			return err
		},
		"CreateGrant": func() error {
			_, err := c.CreateGrant(ctx, &kmssdk.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: s(awstest.UserARN("h")), Operations: []types.GrantOperation{"Decrypt"}, DryRun: yes})
			return err
		},
		"RetireGrant": func() error {
			_, err := c.RetireGrant(ctx, &kmssdk.RetireGrantInput{GrantToken: grant.GrantToken, DryRun: yes})
			return err
		},
		"RevokeGrant": func() error {
			_, err := c.RevokeGrant(ctx, &kmssdk.RevokeGrantInput{KeyId: k.KeyId, GrantId: grant.GrantId, DryRun: yes})
			return err
		},
	} {
		awstest.Wants[*types.DryRunOperationException](t, what, run(), "The request would have succeeded, but the DryRun option is set.")
	}
	if n := len(must(c.ListGrants(ctx, &kmssdk.ListGrantsInput{KeyId: k.KeyId})).Grants); n != 1 {
		t.Errorf("%d grants", n)
	}
	must(c.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: k.KeyId}))
	_, err := c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, DryRun: yes})
	awstest.Wants[*types.DisabledException](t, "disabled", err)
}

// The tests of MACs must not depend on our own code alone: here is one with a key from outside.
func TestImportedMACKeyIsTheStandardLibrarys(t *testing.T) {
	w := single(t)
	ctx, c := t.Context(), w.client(w.Root)
	secret := bytes.Repeat([]byte("k3"), 32)
	k := must(c.CreateKey(ctx, &kmssdk.CreateKeyInput{KeySpec: "HMAC_512", KeyUsage: types.KeyUsageTypeGenerateVerifyMac, Origin: types.OriginTypeExternal})).KeyMetadata
	importInto(c, *k.KeyId, secret, nil)
	out := must(c.GenerateMac(ctx, &kmssdk.GenerateMacInput{KeyId: k.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_512"}))
	h := hmac.New(sha512.New, secret)
	h.Write([]byte("m"))
	if !hmac.Equal(out.Mac, h.Sum(nil)) {
		t.Error("another MAC")
	}
}
