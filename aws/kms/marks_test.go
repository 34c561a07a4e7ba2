package kms_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	kmssdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const mark = "MARKED-plaintext-0815-of-nobody-else" // 36 bytes: its base64 is the same wherever a multiple of 3 comes before it

// marked collects what must not be found, and the errors that clients saw.
type marked struct {
	secrets [][]byte
	errors  strings.Builder
}

func (m *marked) secret(b []byte) { m.secrets = append(m.secrets, b) }

func (m *marked) failed(err error) {
	if err == nil {
		panic("it succeeded")
	}
	fmt.Fprintln(&m.errors, err)
}

// A25: what clients send in the clear, and the keys that they get, are in no event of the log, no line
// of the server's log, no error and no byte of the store.
func TestA25PlaintextsAndKeysAreNowhere(t *testing.T) {
	w := single(t)
	c, m := w.client(w.Root), &marked{}
	m.secret([]byte(mark))
	m.encryption(t, c)
	m.keys(t, c)
	m.messages(t, c)
	m.imports(t, c)
	for _, operation := range operationsOfSDK() {
		for _, member := range []string{"Plaintext", "CiphertextBlob", "Message", "KeyId", "KeyStorePassword", "NumberOfBytes", "Tags", "GrantTokens"} {
			_, answer := w.send(w.Root, operation, `{"KeyId":"alias/none","`+member+`":"`+base64.StdEncoding.EncodeToString([]byte(mark))+`","x":`)
			fmt.Fprintln(&m.errors, answer)
			_, answer = w.send(w.Root, operation, `{"`+member+`":{"`+member+`":7}, "Plaintext":"`+base64.StdEncoding.EncodeToString([]byte(mark))+`"}`)
			fmt.Fprintln(&m.errors, answer)
		}
	}
	var files bytes.Buffer
	for _, content := range w.Files() {
		files.Write(content)
	}
	places := map[string]string{"events": fmt.Sprintf("%+v", w.Events()), "server's log": w.Text.String(), "errors": m.errors.String(), "store": files.String()}
	for place, text := range places {
		if text == "" && place != "server's log" {
			t.Errorf("%s: nothing to look at", place)
		}
		for i, secret := range m.secrets {
			for _, form := range []string{string(secret), base64.StdEncoding.EncodeToString(secret[:len(secret)/3*3]), base64.RawURLEncoding.EncodeToString(secret[:len(secret)/3*3]), hex.EncodeToString(secret)} {
				if strings.Contains(text, form) {
					t.Errorf("%s: secret %d is there, as %.12s…", place, i, form)
				}
			}
		}
	}
}

func (m *marked) encryption(t *testing.T, c *kmssdk.Client) {
	ctx := t.Context()
	k, off := makeKey(c, "", ""), makeKey(c, "", "")
	must(c.DisableKey(ctx, &kmssdk.DisableKeyInput{KeyId: off.KeyId}))
	blob := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte(mark)})).CiphertextBlob
	must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob}))
	must(c.ReEncrypt(ctx, &kmssdk.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: k.KeyId, DestinationEncryptionContext: map[string]string{"a": "b"}}))
	for _, key := range []*string{off.KeyId, s("alias/none"), s(mark[:6])} {
		_, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: key, Plaintext: []byte(mark)})
		m.failed(err)
	}
	_, err := c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: bytes.Repeat([]byte(mark), 200)})
	m.failed(err)
	_, err = c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: k.KeyId, Plaintext: []byte(mark), EncryptionAlgorithm: "RSAES_OAEP_SHA_1"})
	m.failed(err)
	_, err = c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "c"}})
	m.failed(err)
	_, err = c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: []byte(strings.Repeat(mark, 4))})
	m.failed(err)
	_, err = c.ReEncrypt(ctx, &kmssdk.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: off.KeyId})
	m.failed(err)
	rsa := makeKey(c, "RSA_2048", types.KeyUsageTypeEncryptDecrypt)
	sealed := must(c.Encrypt(ctx, &kmssdk.EncryptInput{KeyId: rsa.KeyId, Plaintext: []byte(mark), EncryptionAlgorithm: "RSAES_OAEP_SHA_256"})).CiphertextBlob
	must(c.Decrypt(ctx, &kmssdk.DecryptInput{KeyId: rsa.KeyId, CiphertextBlob: sealed, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"}))
}

func (m *marked) keys(t *testing.T, c *kmssdk.Client) {
	ctx := t.Context()
	k := makeKey(c, "", "")
	m.secret(must(c.GenerateDataKey(ctx, &kmssdk.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256"})).Plaintext)
	without := must(c.GenerateDataKeyWithoutPlaintext(ctx, &kmssdk.GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: "AES_256"}))
	m.secret(must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: without.CiphertextBlob})).Plaintext)
	m.secret(must(c.GenerateDataKeyPair(ctx, &kmssdk.GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: "ECC_NIST_P256"})).PrivateKeyPlaintext)
	pair := must(c.GenerateDataKeyPairWithoutPlaintext(ctx, &kmssdk.GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: "ECC_NIST_P256"}))
	m.secret(must(c.Decrypt(ctx, &kmssdk.DecryptInput{CiphertextBlob: pair.PrivateKeyCiphertextBlob})).Plaintext)
	m.secret(must(c.GenerateRandom(ctx, &kmssdk.GenerateRandomInput{NumberOfBytes: sdk.Int32(33)})).Plaintext)
	agreer := makeKey(c, "ECC_NIST_P256", types.KeyUsageTypeKeyAgreement)
	public := must(x509.MarshalPKIXPublicKey(must(ecdh.P256().GenerateKey(rand.Reader)).PublicKey()))
	m.secret(must(c.DeriveSharedSecret(ctx, &kmssdk.DeriveSharedSecretInput{KeyId: agreer.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: public})).SharedSecret)
}

func (m *marked) messages(t *testing.T, c *kmssdk.Client) {
	ctx := t.Context()
	signer, mac := makeKey(c, "ECC_NIST_P256", types.KeyUsageTypeSignVerify), makeKey(c, "HMAC_256", types.KeyUsageTypeGenerateVerifyMac)
	signature := must(c.Sign(ctx, &kmssdk.SignInput{KeyId: signer.KeyId, Message: []byte(mark), SigningAlgorithm: "ECDSA_SHA_256"})).Signature
	must(c.Verify(ctx, &kmssdk.VerifyInput{KeyId: signer.KeyId, Message: []byte(mark), Signature: signature, SigningAlgorithm: "ECDSA_SHA_256"}))
	_, err := c.Verify(ctx, &kmssdk.VerifyInput{KeyId: signer.KeyId, Message: []byte(mark), Signature: []byte(mark), SigningAlgorithm: "ECDSA_SHA_256"})
	m.failed(err)
	_, err = c.Sign(ctx, &kmssdk.SignInput{KeyId: signer.KeyId, Message: []byte(mark), MessageType: types.MessageTypeDigest, SigningAlgorithm: "ECDSA_SHA_256"})
	m.failed(err)
	sum := must(c.GenerateMac(ctx, &kmssdk.GenerateMacInput{KeyId: mac.KeyId, Message: []byte(mark), MacAlgorithm: "HMAC_SHA_256"})).Mac
	m.secret(sum) // who knows it can speak for the message
	must(c.VerifyMac(ctx, &kmssdk.VerifyMacInput{KeyId: mac.KeyId, Message: []byte(mark), Mac: sum, MacAlgorithm: "HMAC_SHA_256"}))
	_, err = c.VerifyMac(ctx, &kmssdk.VerifyMacInput{KeyId: mac.KeyId, Message: []byte(mark), Mac: []byte(mark), MacAlgorithm: "HMAC_SHA_256"})
	m.failed(err)
}

func (m *marked) imports(t *testing.T, c *kmssdk.Client) {
	ctx := t.Context()
	material := []byte(mark[:32])
	m.secret(material)
	k := must(c.CreateKey(ctx, &kmssdk.CreateKeyInput{Origin: types.OriginTypeExternal})).KeyMetadata
	importInto(c, *k.KeyId, material, nil)
	in := importInput(c, *k.KeyId, slices.Concat(material, []byte{1}))
	_, err := c.ImportKeyMaterial(ctx, in)
	m.failed(err)
	in.ImportToken = []byte(mark)
	_, err = c.ImportKeyMaterial(ctx, in)
	m.failed(err)
}
