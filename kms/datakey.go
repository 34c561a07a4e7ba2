package kms

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"slices"

	"signet/internal/opaque"
	"signet/policy"
)

// maxRandom is the most bytes of a data key or of GenerateRandom.
const maxRandom = 1024

// GenerateDataKeyInput asks for a data key: of a spec, AES_256 or AES_128, or of a number of bytes.
type GenerateDataKeyInput struct {
	Use
	EncryptionContext map[string]string
	KeySpec           string
	NumberOfBytes     int
	Recipient         bool // an attested recipient is named
}

// GenerateDataKeyOutput holds the data key, in the clear and encrypted.
type GenerateDataKeyOutput struct {
	CiphertextBlob []byte
	Plaintext      opaque.Bytes // empty of GenerateDataKeyWithoutPlaintext
	KeyARN         string
	KeyMaterialID  string
}

// GenerateDataKey makes a data key.
func (s *Service) GenerateDataKey(ctx context.Context, c policy.Caller, in GenerateDataKeyInput) (GenerateDataKeyOutput, error) {
	return s.dataKey(ctx, c, in, "GenerateDataKey")
}

// GenerateDataKeyWithoutPlaintext makes a data key and returns it encrypted only.
func (s *Service) GenerateDataKeyWithoutPlaintext(ctx context.Context, c policy.Caller, in GenerateDataKeyInput) (GenerateDataKeyOutput, error) {
	out, err := s.dataKey(ctx, c, in, "GenerateDataKeyWithoutPlaintext")
	out.Plaintext.Wipe()
	out.Plaintext = opaque.Bytes{}
	return out, err
}

func (s *Service) dataKey(ctx context.Context, c policy.Caller, in GenerateDataKeyInput, action string) (GenerateDataKeyOutput, error) {
	out := GenerateDataKeyOutput{}
	size, err := in.size()
	if err == nil {
		err = checkContext(in.EncryptionContext)
	}
	if err != nil {
		return out, err
	}
	r := encryption(action, SymmetricDefault, in.EncryptionContext)
	r.params = params{"encryptionContext": in.EncryptionContext, "keySpec": in.KeySpec, "numberOfBytes": in.NumberOfBytes}
	err = s.use(ctx, c, in.Use, r, func(ctx context.Context, k *known, detail map[string]string) error {
		key := make([]byte, size)
		_, _ = rand.Read(key) // never fails: it would end the process
		out.Plaintext, out.KeyARN = opaque.New(key), k.arn
		out.CiphertextBlob, err = s.encrypt(ctx, k, detail, action, SymmetricDefault, in.EncryptionContext, key)
		out.KeyMaterialID = detail["material"]
		return err
	})
	if err != nil {
		out.Plaintext.Wipe()
		return GenerateDataKeyOutput{}, err
	}
	return out, nil
}

func (in GenerateDataKeyInput) size() (int, error) {
	switch {
	case in.Recipient:
		return 0, NotSupported("An attested recipient")
	case (in.KeySpec == "") == (in.NumberOfBytes == 0):
		return 0, invalid("Please specify either number of bytes or key spec.")
	case in.KeySpec == "":
		return within("numberOfBytes", in.NumberOfBytes, 0, 1, maxRandom)
	}
	name, err := oneOf("keySpec", in.KeySpec, "", "AES_256", "AES_128")
	if name == "AES_128" {
		return 16, err
	}
	return 32, err
}

// GenerateDataKeyPairInput asks for a key pair whose private key is encrypted under the key.
type GenerateDataKeyPairInput struct {
	Use
	EncryptionContext map[string]string
	KeyPairSpec       string
	Recipient         bool // an attested recipient is named
}

// GenerateDataKeyPairOutput holds the pair: the private key as PKCS #8, the public one as SubjectPublicKeyInfo, both DER.
type GenerateDataKeyPairOutput struct {
	PrivateKeyCiphertextBlob []byte
	PrivateKeyPlaintext      opaque.Bytes // empty of GenerateDataKeyPairWithoutPlaintext
	PublicKey                []byte
	KeyARN                   string
	KeyPairSpec              string
	KeyMaterialID            string
}

// GenerateDataKeyPair makes a key pair.
func (s *Service) GenerateDataKeyPair(ctx context.Context, c policy.Caller, in GenerateDataKeyPairInput) (GenerateDataKeyPairOutput, error) {
	return s.dataKeyPair(ctx, c, in, "GenerateDataKeyPair")
}

// GenerateDataKeyPairWithoutPlaintext makes a key pair and returns its private key encrypted only.
func (s *Service) GenerateDataKeyPairWithoutPlaintext(ctx context.Context, c policy.Caller, in GenerateDataKeyPairInput) (GenerateDataKeyPairOutput, error) {
	out, err := s.dataKeyPair(ctx, c, in, "GenerateDataKeyPairWithoutPlaintext")
	out.PrivateKeyPlaintext.Wipe()
	out.PrivateKeyPlaintext = opaque.Bytes{}
	return out, err
}

func (s *Service) dataKeyPair(ctx context.Context, c policy.Caller, in GenerateDataKeyPairInput, action string) (GenerateDataKeyPairOutput, error) {
	out := GenerateDataKeyPairOutput{KeyPairSpec: in.KeyPairSpec}
	sp, err := in.spec()
	if err != nil {
		return GenerateDataKeyPairOutput{}, err
	}
	r := encryption(action, SymmetricDefault, in.EncryptionContext)
	r.params = params{"encryptionContext": in.EncryptionContext, "keyPairSpec": in.KeyPairSpec}
	r.conditions = join(r.conditions, condition("kms:DataKeyPairSpec", in.KeyPairSpec))
	err = s.use(ctx, c, in.Use, r, func(ctx context.Context, k *known, detail map[string]string) error {
		if err := k.ready(s.clock(), action, EncryptDecrypt, SymmetricDefault); err != nil {
			return err // before the work of making a pair
		}
		if k.origin == ExternalKeyStore {
			return fail(UnsupportedOperationException, "%s origin is %s which is not valid for this operation.", k.arn, k.origin)
		}
		public, private, err := generatePair(sp)
		if err != nil {
			return err
		}
		out.PublicKey, out.PrivateKeyPlaintext, out.KeyARN = public, private, k.arn
		out.PrivateKeyCiphertextBlob, err = s.encrypt(ctx, k, detail, action, SymmetricDefault, in.EncryptionContext, private.Reveal())
		out.KeyMaterialID = detail["material"]
		return err
	})
	if err != nil {
		out.PrivateKeyPlaintext.Wipe()
		return GenerateDataKeyPairOutput{}, err
	}
	return out, nil
}

func (in GenerateDataKeyPairInput) spec() (spec, error) {
	if in.Recipient {
		return spec{}, NotSupported("An attested recipient")
	}
	if err := checkContext(in.EncryptionContext); err != nil {
		return spec{}, err
	}
	sp, err := findSpec("keyPairSpec", in.KeyPairSpec)
	if err == nil && !slices.Contains([]family{rsaKey, eccKey, edwards}, sp.family) {
		err = invalid("The key pair spec %s is not that of a key pair.", in.KeyPairSpec)
	}
	return sp, err
}

func generatePair(sp spec) (public []byte, private opaque.Bytes, err error) {
	key, err := generatePrivate(sp)
	if err != nil {
		return nil, opaque.Bytes{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, opaque.Bytes{}, err
	}
	public, err = publicDER(key.Public())
	return public, opaque.New(der), err
}

func publicDER(key crypto.PublicKey) ([]byte, error) { return x509.MarshalPKIXPublicKey(key) }

// GenerateRandomInput asks for random bytes.
type GenerateRandomInput struct {
	Scope
	NumberOfBytes    int // 1 to 1,024
	CustomKeyStoreID string
	Recipient        bool // an attested recipient is named
}

// GenerateRandom returns random bytes.
func (s *Service) GenerateRandom(ctx context.Context, c policy.Caller, in GenerateRandomInput) (opaque.Bytes, error) {
	switch {
	case in.CustomKeyStoreID != "":
		return opaque.Bytes{}, NotSupported("A custom key store")
	case in.Recipient:
		return opaque.Bytes{}, NotSupported("An attested recipient")
	case in.NumberOfBytes < 1 || in.NumberOfBytes > maxRandom:
		return opaque.Bytes{}, outOfRange("numberOfBytes", 1, maxRandom)
	}
	bytes := make([]byte, in.NumberOfBytes)
	r := request{Scope: in.Scope, action: "GenerateRandom", keyless: true, readOnly: true, params: params{"numberOfBytes": in.NumberOfBytes}}
	err := s.do(ctx, c, r, func(context.Context, *known) (map[string]string, error) {
		_, _ = rand.Read(bytes)
		return nil, nil
	})
	if err != nil {
		return opaque.Bytes{}, err
	}
	return opaque.New(bytes), nil
}
