package kms

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/kwp/subtle"

	"signet/internal/opaque"
	"signet/internal/rootkey"
)

// Ways to wrap key material. The AES ones wrap it under an AES key, and that under the RSA key.
var (
	oaepWrapping = []string{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}
	aesWrapping  = []string{"RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"}
	wrappingKeys = []string{"RSA_2048", "RSA_3072", "RSA_4096"}
)

// wrapping is what an import token holds.
type wrapping struct {
	algorithm string
	until     time.Time
	key       private // *rsa.PrivateKey
}

// importToken seals a wrapping for its key; SPEC.md draws it.
func (s *Service) importToken(k *known, w wrapping) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(w.key.key)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	value := binary.BigEndian.AppendUint64(rootkey.Place(w.algorithm), uint64(w.until.Unix()))
	value = append(value, der...)
	defer clear(value)
	token, err := s.importTokens.Seal(rootkey.Place(k.arn), value)
	if err != nil {
		return nil, fmt.Errorf("kms: making an import token: %w", err)
	}
	return token, nil
}

// readImportToken reads the token of a key. Only this installation makes any that pass.
func (s *Service) readImportToken(arn string, token []byte) (w wrapping, ok bool) {
	value, err := s.importTokens.Open(rootkey.Place(arn), token)
	if err != nil {
		return w, false
	}
	defer value.Wipe()
	b := value.Reveal()
	if len(b) < 4 || uint64(len(b)) < 4+uint64(binary.BigEndian.Uint32(b))+8 {
		return w, false
	}
	n := binary.BigEndian.Uint32(b)
	w.algorithm, b = string(b[4:4+n]), b[4+n:]
	w.until = time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	key, err := x509.ParsePKCS8PrivateKey(b[8:])
	if err != nil {
		return w, false
	}
	_, ok = key.(*rsa.PrivateKey)
	w.key.key = key
	return w, ok
}

// unwrap returns the key material. Whatever is wrong with it, the answer is the same.
func (w wrapping) unwrap(wrapped []byte) (opaque.Bytes, error) {
	key, ok := w.key.key.(*rsa.PrivateKey)
	if !ok {
		return opaque.Bytes{}, invalidCiphertext()
	}
	hash := hashOf(w.algorithm)
	if slices.Contains(oaepWrapping, w.algorithm) {
		return unwrapRSA(key, hash, wrapped)
	}
	if len(wrapped) < key.Size() {
		return opaque.Bytes{}, invalidCiphertext()
	}
	aes, err := unwrapRSA(key, hash, wrapped[:key.Size()])
	if err != nil {
		return opaque.Bytes{}, err
	}
	defer aes.Wipe()
	kwp, err := subtle.NewKWP(aes.Reveal())
	if err != nil {
		return opaque.Bytes{}, invalidCiphertext()
	}
	bytes, err := kwp.Unwrap(wrapped[key.Size():])
	if err != nil {
		return opaque.Bytes{}, invalidCiphertext()
	}
	return opaque.New(bytes), nil
}

func unwrapRSA(key *rsa.PrivateKey, hash crypto.Hash, wrapped []byte) (opaque.Bytes, error) {
	bytes, err := rsa.DecryptOAEP(hash.New(), nil, key, wrapped, nil)
	if err != nil {
		return opaque.Bytes{}, invalidCiphertext()
	}
	return opaque.New(bytes), nil
}
