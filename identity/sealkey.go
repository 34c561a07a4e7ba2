package identity

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"signet/internal/opaque"
	"signet/secrets"
)

// AccessKeySecret is the vault's secret that the secrets of access keys are sealed with. A signature
// is checked with the secret itself, so a hash would not do.
const (
	AccessKeySecret     = "access-keys"
	AccessKeySecretSize = chacha20poly1305.KeySize
)

// The sealed form; SPEC.md draws it.
const (
	sealVersion  = 1
	sealPurpose  = "signet access key"
	vaultIDSize  = 8
	headerSize   = 1 + vaultIDSize
	nonceSize    = chacha20poly1305.NonceSizeX
	sealOverhead = headerSize + nonceSize + chacha20poly1305.Overhead
)

var (
	errNoVault  = errors.New("identity: there is no vault to seal access keys with")
	errTampered = errors.New("the sealed secret was changed, or belongs to another access key")
)

// sealSecret seals a secret so that it opens only as that of the access key id.
func sealSecret(v *secrets.Vault, id string, secret []byte) ([]byte, error) {
	if v == nil {
		return nil, errNoVault
	}
	kid, key, err := v.Current(AccessKeySecret)
	if err != nil {
		return nil, fmt.Errorf("sealing access key %s: %w", id, err)
	}
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:]) // never fails: it would end the process. 24 random bytes do not collide.
	return sealWith(key, kid, nonce, id, secret)
}

func sealWith(key opaque.Bytes, kid string, nonce [nonceSize]byte, id string, secret []byte) ([]byte, error) {
	if len(kid) != vaultIDSize {
		return nil, fmt.Errorf("sealing access key %s: the key id %q has not %d characters", id, kid, vaultIDSize)
	}
	aead, err := chacha20poly1305.NewX(key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("sealing access key %s: %w", id, err)
	}
	out := make([]byte, 0, len(secret)+sealOverhead)
	out = append(out, sealVersion)
	out = append(out, kid...)
	data := sealedWith(out, id)
	out = append(out, nonce[:]...)
	return aead.Seal(out, nonce[:], secret, data), nil
}

// openSecret opens what sealSecret made.
func openSecret(v *secrets.Vault, id string, sealed []byte) (opaque.Bytes, error) {
	if v == nil {
		return opaque.Bytes{}, errNoVault
	}
	kid, err := sealedKeyID(sealed)
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening access key %s: %w", id, err)
	}
	key, err := v.Version(AccessKeySecret, kid)
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening access key %s: %w", id, err)
	}
	return openWith(key, id, sealed)
}

// sealedKeyID reads the header.
func sealedKeyID(sealed []byte) (string, error) {
	switch {
	case len(sealed) < sealOverhead:
		return "", fmt.Errorf("%d bytes are too few for a sealed secret", len(sealed))
	case sealed[0] != sealVersion:
		return "", fmt.Errorf("sealed form %d is unknown to this version of Signet, which knows %d", sealed[0], sealVersion)
	}
	return string(sealed[1:headerSize]), nil
}

func openWith(key opaque.Bytes, id string, sealed []byte) (opaque.Bytes, error) {
	if _, err := sealedKeyID(sealed); err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening access key %s: %w", id, err)
	}
	aead, err := chacha20poly1305.NewX(key.Reveal())
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening access key %s: %w", id, err)
	}
	nonce, body := sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:]
	secret, err := aead.Open(nil, nonce, body, sealedWith(sealed[:headerSize], id))
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening access key %s: %w", id, errTampered)
	}
	return opaque.New(secret), nil
}

// sealedWith is what the tag covers besides: purpose, header and access key id, each with its length
// before it, so that no two of them give the same bytes.
func sealedWith(header []byte, id string) []byte {
	b := make([]byte, 0, 64)
	for _, part := range []string{sealPurpose, string(header), id} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}
