package kms_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"signet/internal/opaque"
	"signet/kms"
)

var p256 = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))

func publicP256() []byte { return must(x509.MarshalPKIXPublicKey(&p256.PublicKey)) }

func digestOf(algorithm string, message []byte) []byte {
	h := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[algorithm[len(algorithm)-3:]].New()
	_, _ = h.Write(message)
	return h.Sum(nil)
}

// Every algorithm of every key signs messages and digests, and refuses other ones.
func TestSigning(t *testing.T) {
	p := single(t)
	message := []byte("message")
	for _, spec := range []string{"RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_NIST_EDWARDS25519"} {
		k := p.create(spec, kms.SignVerify)
		public := must(x509.ParsePKIXPublicKey(must(p.GetPublicKey(p.ctx, admin(t), kms.GetPublicKeyInput{Scope: scope, KeyID: k.KeyID})).PublicKey))
		for _, algorithm := range k.SigningAlgorithms {
			in := kms.SignInput{Use: use(k.KeyID), Message: message, SigningAlgorithm: algorithm}
			if algorithm == "ED25519_PH_SHA_512" {
				in.Message, in.MessageType = digestOf(algorithm, message), "DIGEST"
			}
			out, err := p.Sign(p.ctx, admin(t), in)
			if err != nil || out.KeyARN != k.ARN {
				t.Fatalf("%s %s: %v", spec, algorithm, err)
			}
			if !genuine(public, algorithm, message, out.Signature) {
				t.Errorf("%s %s: the standard library refuses the signature", spec, algorithm)
			}
			verify := func(in kms.SignInput, signature []byte) error {
				_, err := p.Verify(p.ctx, admin(t), kms.VerifyInput{SignInput: in, Signature: signature})
				return err
			}
			wants(t, algorithm, verify(in, out.Signature), "")
			flipped := bytes.Clone(out.Signature)
			flipped[len(flipped)/2] ^= 1
			wants(t, algorithm+" flipped", verify(in, flipped), kms.KMSInvalidSignatureException)
			other := in
			other.Message = slices.Clone(in.Message)
			other.Message[0] ^= 1
			wants(t, algorithm+" other message", verify(other, out.Signature), kms.KMSInvalidSignatureException)
			if strings.HasPrefix(algorithm, "ED25519") {
				continue
			}
			hashed := in
			hashed.Message, hashed.MessageType = digestOf(algorithm, message), "DIGEST"
			wants(t, algorithm+" of the digest", verify(hashed, out.Signature), "")
			hashed.Message = hashed.Message[1:]
			wants(t, algorithm+" of a short digest", verify(hashed, out.Signature), kms.ValidationException, "Digest is invalid length for algorithm "+algorithm)
		}
	}
}

func genuine(public any, algorithm string, message, signature []byte) bool {
	sum := digestOf(algorithm, message)
	hash := map[int]crypto.Hash{32: crypto.SHA256, 48: crypto.SHA384, 64: crypto.SHA512}[len(sum)]
	switch key := public.(type) {
	case *rsa.PublicKey:
		if strings.Contains(algorithm, "PSS") {
			return rsa.VerifyPSS(key, hash, sum, signature, &rsa.PSSOptions{SaltLength: len(sum)}) == nil
		}
		return rsa.VerifyPKCS1v15(key, hash, sum, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, sum, signature)
	case ed25519.PublicKey:
		if strings.Contains(algorithm, "PH") {
			return ed25519.VerifyWithOptions(key, sum, signature, &ed25519.Options{Hash: crypto.SHA512}) == nil
		}
		return ed25519.Verify(key, message, signature)
	}
	return false
}

func TestWrongUsages(t *testing.T) {
	p := single(t)
	signer, cipher, mac := p.create("ECC_NIST_P256", kms.SignVerify), p.create("", ""), p.create("HMAC_256", kms.GenerateVerifyMac)
	rsaKey := p.create("RSA_2048", kms.EncryptDecrypt)
	_, err := p.Encrypt(p.ctx, admin(t), kms.EncryptInput{Use: use(signer.KeyID), Plaintext: plain("x")})
	wants(t, "encrypt with a signing key", err, kms.InvalidKeyUsageException, signer.ARN+" key usage is SIGN_VERIFY which is not valid for Encrypt.")
	_, err = p.Sign(p.ctx, admin(t), kms.SignInput{Use: use(cipher.KeyID), Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_256"})
	wants(t, "sign with an encryption key", err, kms.InvalidKeyUsageException)
	_, err = p.Sign(p.ctx, admin(t), kms.SignInput{Use: use(signer.KeyID), Message: []byte("x"), SigningAlgorithm: "ECDSA_SHA_384"})
	wants(t, "another curve's algorithm", err, kms.InvalidKeyUsageException, "Algorithm ECDSA_SHA_384 and key spec ECC_NIST_P256 are incompatible.")
	_, err = p.GenerateMac(p.ctx, admin(t), kms.GenerateMacInput{Use: use(mac.KeyID), Message: []byte("x"), MacAlgorithm: "HMAC_SHA_512"})
	wants(t, "another MAC", err, kms.InvalidKeyUsageException)
	_, err = p.GenerateDataKey(p.ctx, admin(t), kms.GenerateDataKeyInput{Use: use(rsaKey.KeyID), KeySpec: "AES_256"})
	wants(t, "data key of RSA", err, kms.InvalidKeyUsageException)
	_, err = p.GetPublicKey(p.ctx, admin(t), kms.GetPublicKeyInput{Scope: scope, KeyID: cipher.KeyID})
	wants(t, "public half of AES", err, kms.UnsupportedOperationException)
	for _, in := range []kms.SignInput{
		{SigningAlgorithm: "ED25519_SHA_512", MessageType: "DIGEST", Message: make([]byte, 64)},
		{SigningAlgorithm: "ED25519_PH_SHA_512", MessageType: "RAW", Message: make([]byte, 64)},
		{SigningAlgorithm: "ECDSA_SHA_256", MessageType: "EXTERNAL_MU", Message: make([]byte, 64)},
		{SigningAlgorithm: "ECDSA_SHA_256", Message: make([]byte, 4097)},
		{SigningAlgorithm: "ECDSA_SHA_256"},
		{SigningAlgorithm: "NONE", Message: []byte("x")},
	} {
		in.Use = use(signer.KeyID)
		_, err := p.Sign(p.ctx, admin(t), in)
		wants(t, in.SigningAlgorithm+" "+in.MessageType, err, kms.ValidationException)
	}
}

func TestRSAEncryption(t *testing.T) {
	p := single(t)
	k := p.create("RSA_2048", kms.EncryptDecrypt)
	public := must(x509.ParsePKIXPublicKey(must(p.GetPublicKey(p.ctx, admin(t), kms.GetPublicKeyInput{Scope: scope, KeyID: k.KeyID})).PublicKey)).(*rsa.PublicKey)
	for algorithm, limit := range map[string]int{"RSAES_OAEP_SHA_1": 214, "RSAES_OAEP_SHA_256": 190} {
		in := kms.EncryptInput{Use: use(k.KeyID), Plaintext: opaque.New(make([]byte, limit)), EncryptionAlgorithm: algorithm}
		blob := must(p.Encrypt(p.ctx, admin(t), in)).CiphertextBlob
		got, err := p.Decrypt(p.ctx, admin(t), kms.DecryptInput{Use: use(k.KeyID), CiphertextBlob: blob, EncryptionAlgorithm: algorithm})
		if err != nil || got.Plaintext.Len() != limit {
			t.Errorf("%s: %v", algorithm, err)
		}
		in.Plaintext = opaque.New(make([]byte, limit+1))
		_, err = p.Encrypt(p.ctx, admin(t), in)
		wants(t, algorithm+" too long", err, kms.ValidationException)
		blob[3] ^= 1
		_, err = p.Decrypt(p.ctx, admin(t), kms.DecryptInput{Use: use(k.KeyID), CiphertextBlob: blob, EncryptionAlgorithm: algorithm})
		wants(t, algorithm+" flipped", err, kms.InvalidCiphertextException)
		_, err = p.Decrypt(p.ctx, admin(t), kms.DecryptInput{Use: use(""), CiphertextBlob: blob, EncryptionAlgorithm: algorithm})
		wants(t, algorithm+" without a key", err, kms.ValidationException)
		in.EncryptionContext = map[string]string{"a": "b"}
		_, err = p.Encrypt(p.ctx, admin(t), in)
		wants(t, algorithm+" with a context", err, kms.ValidationException)
	}
	outside := must(rsa.EncryptOAEP(sha256.New(), rand.Reader, public, []byte("value"), nil))
	got, err := p.Decrypt(p.ctx, admin(t), kms.DecryptInput{Use: use(k.KeyID), CiphertextBlob: outside, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"})
	if err != nil || string(got.Plaintext.Reveal()) != "value" {
		t.Errorf("encrypted outside: %v", err)
	}
}

func TestSharedSecrets(t *testing.T) {
	p := single(t)
	for spec, curve := range map[string]ecdh.Curve{"ECC_NIST_P256": ecdh.P256(), "ECC_NIST_P384": ecdh.P384(), "ECC_NIST_P521": ecdh.P521()} {
		k := p.create(spec, kms.KeyAgreement)
		theirs := must(curve.GenerateKey(rand.Reader))
		derive := func(der []byte) (kms.DeriveSharedSecretOutput, error) {
			return p.DeriveSharedSecret(p.ctx, admin(t), kms.DeriveSharedSecretInput{Use: use(k.KeyID), KeyAgreementAlgorithm: "ECDH", PublicKey: der})
		}
		out, err := derive(must(x509.MarshalPKIXPublicKey(theirs.Public())))
		if err != nil {
			t.Fatal(err)
		}
		ours := must(must(x509.ParsePKIXPublicKey(must(p.GetPublicKey(p.ctx, admin(t), kms.GetPublicKeyInput{Scope: scope, KeyID: k.KeyID})).PublicKey)).(*ecdsa.PublicKey).ECDH())
		if want := must(theirs.ECDH(ours)); !bytes.Equal(out.SharedSecret.Reveal(), want) {
			t.Errorf("%s: the two sides have different secrets", spec)
		}
		other := must(x509.MarshalPKIXPublicKey(must(ecdh.X25519().GenerateKey(rand.Reader)).Public()))
		for _, bad := range [][]byte{[]byte("x"), other, must(x509.MarshalPKIXPublicKey(theirs.Public()))[:40]} {
			_, err := derive(bad)
			wants(t, spec+" bad public key", err, kms.ValidationException)
		}
	}
}

func TestMacs(t *testing.T) {
	p := single(t)
	for _, bits := range []string{"224", "256", "384", "512"} {
		k, algorithm := p.create("HMAC_"+bits, kms.GenerateVerifyMac), "HMAC_SHA_"+bits
		in := kms.GenerateMacInput{Use: use(k.KeyID), Message: []byte("message"), MacAlgorithm: algorithm}
		sum := must(p.GenerateMac(p.ctx, admin(t), in)).Mac
		verify := func(in kms.GenerateMacInput, mac []byte) error {
			_, err := p.VerifyMac(p.ctx, admin(t), kms.VerifyMacInput{GenerateMacInput: in, Mac: mac})
			return err
		}
		wants(t, algorithm, verify(in, sum), "")
		for i := range sum {
			flipped := bytes.Clone(sum)
			flipped[i] ^= 0x80
			wants(t, algorithm+" flipped", verify(in, flipped), kms.KMSInvalidMacException)
		}
		wants(t, algorithm+" cut", verify(in, sum[:len(sum)-1]), kms.KMSInvalidMacException)
		in.Message = []byte("massage")
		wants(t, algorithm+" other message", verify(in, sum), kms.KMSInvalidMacException)
	}
}

func TestDataKeys(t *testing.T) {
	p := single(t)
	k := p.create("", "")
	pairs := map[string]string{"a": "b"}
	for _, in := range []kms.GenerateDataKeyInput{{KeySpec: "AES_256"}, {KeySpec: "AES_128"}, {NumberOfBytes: 1}, {NumberOfBytes: 1024}} {
		in.Use, in.EncryptionContext = use(k.KeyID), pairs
		out := must(p.GenerateDataKey(p.ctx, admin(t), in))
		p.opens(out.CiphertextBlob, string(out.Plaintext.Reveal()), pairs)
		if want := map[string]int{"AES_256": 32, "AES_128": 16, "": in.NumberOfBytes}[in.KeySpec]; out.Plaintext.Len() != want {
			t.Errorf("%d bytes, want %d", out.Plaintext.Len(), want)
		}
		if out := must(p.GenerateDataKeyWithoutPlaintext(p.ctx, admin(t), in)); out.Plaintext.Len() != 0 || len(out.CiphertextBlob) == 0 {
			t.Errorf("%d bytes of plaintext", out.Plaintext.Len())
		}
	}
	for _, in := range []kms.GenerateDataKeyInput{{}, {KeySpec: "AES_256", NumberOfBytes: 32}, {KeySpec: "AES_512"}, {NumberOfBytes: 1025}, {NumberOfBytes: -1}} {
		in.Use = use(k.KeyID)
		_, err := p.GenerateDataKey(p.ctx, admin(t), in)
		wants(t, "data key", err, kms.ValidationException)
	}
	_, err := p.GenerateDataKey(p.ctx, admin(t), kms.GenerateDataKeyInput{Use: use(k.KeyID), KeySpec: "AES_256", Recipient: true})
	wants(t, "recipient", err, kms.UnsupportedOperationException)
	for _, spec := range []string{"RSA_2048", "ECC_NIST_P384", "ECC_NIST_EDWARDS25519"} {
		out := must(p.GenerateDataKeyPair(p.ctx, admin(t), kms.GenerateDataKeyPairInput{Use: use(k.KeyID), KeyPairSpec: spec}))
		p.opens(out.PrivateKeyCiphertextBlob, string(out.PrivateKeyPlaintext.Reveal()), nil)
		private := must(x509.ParsePKCS8PrivateKey(out.PrivateKeyPlaintext.Reveal())).(crypto.Signer)
		if !bytes.Equal(must(x509.MarshalPKIXPublicKey(private.Public())), out.PublicKey) {
			t.Errorf("%s: the halves do not fit", spec)
		}
	}
	for size, code := range map[int]string{0: kms.ValidationException, 32: "", 1024: "", 1025: kms.ValidationException} {
		out, err := p.GenerateRandom(p.ctx, admin(t), kms.GenerateRandomInput{Scope: scope, NumberOfBytes: size})
		wants(t, "random", err, code)
		if err == nil && (out.Len() != size || sha512.Sum512(out.Reveal()) == sha512.Sum512(make([]byte, size))) {
			t.Errorf("%d bytes, or zeros", out.Len())
		}
	}
}
