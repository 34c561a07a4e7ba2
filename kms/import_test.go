package kms_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/kwp/subtle"

	"signet/kms"
)

// wrap wraps key material as people do outside, with openssl say.
func wrap(t testing.TB, algorithm string, public []byte, material []byte) []byte {
	t.Helper()
	key := must(x509.ParsePKIXPublicKey(public)).(*rsa.PublicKey)
	hash := crypto.SHA256
	if strings.HasSuffix(algorithm, "SHA_1") {
		hash = crypto.SHA1
	}
	if !strings.HasPrefix(algorithm, "RSA_AES") {
		return must(rsa.EncryptOAEP(hash.New(), rand.Reader, key, material, nil))
	}
	aes := make([]byte, 32)
	_, _ = rand.Read(aes)
	wrapped := must(rsa.EncryptOAEP(hash.New(), rand.Reader, key, aes, nil))
	return append(wrapped, must(must(subtle.NewKWP(aes)).Wrap(material))...)
}

func (p process) external(spec, usage string) kms.KeyMetadata {
	return must(p.CreateKey(p.ctx, admin(p.t), kms.CreateKeyInput{Scope: scope, KeySpec: spec, KeyUsage: usage, Origin: kms.External}))
}

func (p process) parameters(key, algorithm, spec string) kms.GetParametersForImportOutput {
	p.t.Helper()
	return must(p.GetParametersForImport(p.ctx, admin(p.t), kms.GetParametersForImportInput{Scope: scope, KeyID: key, WrappingAlgorithm: algorithm, WrappingKeySpec: spec}))
}

// imports imports material that does not expire, unless in says so.
func (p process) imports(key string, material []byte, in kms.ImportKeyMaterialInput) (kms.ImportKeyMaterialOutput, error) {
	p.t.Helper()
	const algorithm = "RSA_AES_KEY_WRAP_SHA_256"
	q := p.parameters(key, algorithm, "RSA_2048")
	in.Scope, in.KeyID, in.ImportToken, in.EncryptedKeyMaterial = scope, key, q.ImportToken, wrap(p.t, algorithm, q.PublicKey, material)
	if in.ValidTo.IsZero() {
		in.ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE"
	}
	return p.ImportKeyMaterial(p.ctx, admin(p.t), in)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func TestImportRoundTrip(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		material := random(32)
		for _, algorithm := range []string{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"} {
			k := p.external("", "")
			q := p.parameters(k.KeyID, algorithm, "RSA_2048")
			in := kms.ImportKeyMaterialInput{Scope: scope, KeyID: k.KeyID, ImportToken: q.ImportToken, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
				EncryptedKeyMaterial: wrap(t, algorithm, q.PublicKey, material)}
			out, err := p.ImportKeyMaterial(p.ctx, admin(t), in)
			if err != nil || len(out.KeyMaterialID) != 64 || !q.ParametersValidTo.Equal(p.w.now().Add(day)) {
				t.Fatalf("%s: %+v, %v", algorithm, out, err)
			}
			d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID}))
			if d.KeyState != kms.Enabled || d.ExpirationModel != "KEY_MATERIAL_DOES_NOT_EXPIRE" || d.CurrentKeyMaterialID != out.KeyMaterialID {
				t.Errorf("%+v", d)
			}
			blob := p.encrypt(k.KeyID, "value", nil)
			if got, err := kms.Unseal(material, blob, k.ARN, nil); err != nil || string(got) != "value" {
				t.Errorf("%s: the material is not the imported one: %v", algorithm, err)
			}
			check2(p.DeleteImportedKeyMaterial(p.ctx, admin(t), kms.DeleteImportedKeyMaterialInput{Scope: scope, KeyID: k.KeyID}))
			_, err = p.decrypt(admin(t), blob, nil)
			wants(t, "without its material", err, kms.KMSInvalidStateException, k.ARN+" is pending import.")
			_, err = p.imports(k.KeyID, random(32), kms.ImportKeyMaterialInput{})
			wants(t, "other material", err, kms.IncorrectKeyMaterialException)
			if _, err = p.imports(k.KeyID, material, kms.ImportKeyMaterialInput{}); err != nil {
				t.Fatal(err)
			}
			p.opens(blob, "value", nil)
		}
	})
}

func check2[T any](_ T, err error) { check(err) }

func TestImportOfOtherKeys(t *testing.T) {
	p := single(t)
	rsaDER := must(x509.MarshalPKCS8PrivateKey(must(rsa.GenerateKey(rand.Reader, 2048))))
	eccDER := must(x509.MarshalPKCS8PrivateKey(must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))))
	for _, c := range []struct {
		spec, usage string
		material    []byte
		code        string
	}{
		{"HMAC_512", kms.GenerateVerifyMac, random(64), ""},
		{"HMAC_512", kms.GenerateVerifyMac, random(63), kms.IncorrectKeyMaterialException},
		{"RSA_2048", kms.SignVerify, rsaDER, ""},
		{"RSA_3072", kms.SignVerify, rsaDER, kms.IncorrectKeyMaterialException},
		{"ECC_NIST_P384", kms.SignVerify, eccDER, ""},
		{"ECC_NIST_P256", kms.SignVerify, eccDER, kms.IncorrectKeyMaterialException},
		{"ECC_NIST_P256", kms.SignVerify, random(64), kms.IncorrectKeyMaterialException},
		{"", "", random(16), kms.IncorrectKeyMaterialException},
	} {
		k := p.external(c.spec, c.usage)
		_, err := p.imports(k.KeyID, c.material, kms.ImportKeyMaterialInput{})
		wants(t, c.spec, err, c.code)
	}
	k := p.external("RSA_2048", kms.SignVerify)
	_, err := p.GetParametersForImport(p.ctx, admin(t), kms.GetParametersForImportInput{Scope: scope, KeyID: k.KeyID, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"})
	wants(t, "RSA under OAEP alone", err, kms.ValidationException)
	_, err = p.GetParametersForImport(p.ctx, admin(t), kms.GetParametersForImportInput{Scope: scope, KeyID: k.KeyID, WrappingAlgorithm: "RSAES_PKCS1_V1_5", WrappingKeySpec: "RSA_2048"})
	wants(t, "PKCS #1", err, kms.UnsupportedOperationException)
}

func TestImportTokens(t *testing.T) {
	p := single(t)
	const algorithm = "RSAES_OAEP_SHA_256"
	k, other := p.external("", ""), p.external("", "")
	q := p.parameters(k.KeyID, algorithm, "RSA_2048")
	in := kms.ImportKeyMaterialInput{Scope: scope, KeyID: k.KeyID, ImportToken: q.ImportToken, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
		EncryptedKeyMaterial: wrap(t, algorithm, q.PublicKey, random(32))}
	foreign := in
	foreign.KeyID = other.KeyID
	_, err := p.ImportKeyMaterial(p.ctx, admin(t), foreign)
	wants(t, "token of another key", err, kms.InvalidImportTokenException)
	for i := 0; i < len(q.ImportToken); i += 37 {
		bad := in
		bad.ImportToken = bytes.Clone(q.ImportToken)
		bad.ImportToken[i] ^= 1
		_, err := p.ImportKeyMaterial(p.ctx, admin(t), bad)
		wants(t, "flipped token", err, kms.InvalidImportTokenException)
	}
	bad := in
	bad.EncryptedKeyMaterial = bytes.Clone(in.EncryptedKeyMaterial)
	bad.EncryptedKeyMaterial[5] ^= 1
	_, err = p.ImportKeyMaterial(p.ctx, admin(t), bad)
	wants(t, "flipped material", err, kms.InvalidCiphertextException)
	for what, change := range map[string]func(*kms.ImportKeyMaterialInput){
		"no date":        func(in *kms.ImportKeyMaterialInput) { in.ExpirationModel = "" },
		"two minds":      func(in *kms.ImportKeyMaterialInput) { in.ValidTo = p.w.now().Add(day) },
		"past":           func(in *kms.ImportKeyMaterialInput) { in.ExpirationModel, in.ValidTo = "", p.w.now() },
		"too far":        func(in *kms.ImportKeyMaterialInput) { in.ExpirationModel, in.ValidTo = "", p.w.now().Add(366*day) },
		"unknown type":   func(in *kms.ImportKeyMaterialInput) { in.ImportType = "X" },
		"no material":    func(in *kms.ImportKeyMaterialInput) { in.EncryptedKeyMaterial = nil },
		"long and empty": func(in *kms.ImportKeyMaterialInput) { in.ImportToken = make([]byte, 6145) },
	} {
		bad := in
		change(&bad)
		_, err := p.ImportKeyMaterial(p.ctx, admin(t), bad)
		wants(t, what, err, kms.ValidationException)
	}
	p.w.pass(day + time.Second)
	_, err = p.ImportKeyMaterial(p.ctx, admin(t), in)
	wants(t, "a day later", err, kms.ExpiredImportTokenException)
	_, err = p.ImportKeyMaterial(p.ctx, admin(t), kms.ImportKeyMaterialInput{Scope: scope, KeyID: p.create("", "").KeyID, ImportToken: q.ImportToken,
		EncryptedKeyMaterial: []byte("x"), ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE"})
	wants(t, "into a key of our own", err, kms.UnsupportedOperationException)
}

// Imported material is unusable from the moment that it expires, before any job has run.
func TestImportExpiry(t *testing.T) {
	everywhere(t, func(t *testing.T, p process) {
		k, material := p.external("", ""), random(32)
		check2(p.imports(k.KeyID, material, kms.ImportKeyMaterialInput{ValidTo: p.w.now().Add(day)}))
		blob := p.encrypt(k.KeyID, "value", nil)
		if d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID})); !d.ValidTo.Equal(p.w.now().Add(day)) || d.ExpirationModel != "KEY_MATERIAL_EXPIRES" {
			t.Errorf("%+v", d)
		}
		p.w.pass(day - time.Second)
		p.opens(blob, "value", nil)
		p.w.pass(time.Second)
		_, err := p.decrypt(admin(t), blob, nil)
		wants(t, "expired", err, kms.KMSInvalidStateException, "is pending import")
		if n := must(p.DeletionDue(p.ctx, system)); n != 1 {
			t.Errorf("removed %d", n)
		}
		var left int
		check(p.db.QueryRow(p.ctx, "SELECT COUNT(*) FROM kms_materials WHERE key_id = ? AND sealed IS NOT NULL", k.KeyID).Scan(&left))
		if left != 0 {
			t.Error("the bytes are still there")
		}
		check2(p.imports(k.KeyID, material, kms.ImportKeyMaterialInput{}))
		p.opens(blob, "value", nil)
	})
}

// New material waits until it is rotated in; the old one goes on opening what it encrypted.
func TestImportForRotation(t *testing.T) {
	p := single(t)
	k := p.external("", "")
	key := kms.KeyInput{Scope: scope, KeyID: k.KeyID}
	check2(p.imports(k.KeyID, random(32), kms.ImportKeyMaterialInput{}))
	old := p.encrypt(k.KeyID, "value", nil)
	_, err := p.RotateKeyOnDemand(p.ctx, admin(t), key)
	wants(t, "nothing waits", err, kms.KMSInvalidStateException)
	next := must(p.imports(k.KeyID, random(32), kms.ImportKeyMaterialInput{ImportType: "NEW_KEY_MATERIAL", KeyMaterialDescription: "second"}))
	_, err = p.imports(k.KeyID, random(32), kms.ImportKeyMaterialInput{ImportType: "NEW_KEY_MATERIAL"})
	wants(t, "two wait", err, kms.KMSInvalidStateException)
	all := must(p.ListKeyRotations(p.ctx, admin(t), rotationsOf(k.KeyID, "ALL_KEY_MATERIAL"))).Items
	if len(all) != 2 || all[1].KeyMaterialState != "PENDING_ROTATION" || all[1].ImportState != "IMPORTED" || all[1].KeyMaterialDescription != "second" {
		t.Errorf("%+v", all)
	}
	must(p.RotateKeyOnDemand(p.ctx, admin(t), key))
	if d := must(p.DescribeKey(p.ctx, admin(t), kms.DescribeKeyInput{Scope: scope, KeyID: k.KeyID})); d.CurrentKeyMaterialID != next.KeyMaterialID {
		t.Errorf("%+v", d)
	}
	p.opens(old, "value", nil)
	p.opens(p.encrypt(k.KeyID, "new", nil), "new", nil)
	check2(p.DeleteImportedKeyMaterial(p.ctx, admin(t), kms.DeleteImportedKeyMaterialInput{Scope: scope, KeyID: k.KeyID, KeyMaterialID: all[0].KeyMaterialID}))
	_, err = p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(k.KeyID), Plaintext: plain("x")})
	wants(t, "a key that lacks one of its materials", err, kms.KMSInvalidStateException)
}
