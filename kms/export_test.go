package kms

import (
	"crypto/cipher"
	"encoding/hex"

	"signet/internal/opaque"
)

// The bridge for tests of the formats and of the primitives.

// MaxCached is the bound of the cache.
const MaxCached = maxCached

func (s *Service) Cached() int { return s.cache.len() }

// SealWith encrypts with a salt of the test's.
func SealWith(salt [32]byte, secret []byte, keyID, materialID string, version int64, arn string, pairs map[string]string, message []byte) ([]byte, error) {
	h, err := headerOf(&known{row: row{id: keyID}}, &material{id: materialID, version: version})
	if err != nil {
		return nil, err
	}
	return sealWith(salt, opaque.New(secret), h, arn, pairs, message)
}

// Unseal opens a ciphertext under a material's bytes.
func Unseal(secret, blob []byte, arn string, pairs map[string]string) ([]byte, error) {
	message, err := unseal(opaque.New(secret), blob, arn, pairs)
	return message.Reveal(), err
}

// Header reads the header of a ciphertext.
func Header(blob []byte) (keyID, materialID string, version uint32, ok bool) {
	h, ok := parseHeader(blob)
	return h.keyID(), h.materialID(), h.version, ok
}

// HeaderBytes writes a header again.
func HeaderBytes(blob []byte) []byte {
	h, _ := parseHeader(blob)
	return h.append(nil)
}

func Canonical(pairs map[string]string) string { return hex.EncodeToString(appendContext(nil, pairs)) }

func GCM(key []byte) (cipher.AEAD, error) { return gcm(key) }

func MacOf(algorithm string, key, message []byte) []byte { return macOf(algorithm, key, message) }

func (s *Service) ReadImportToken(arn string, token []byte) (algorithm string, ok bool) {
	w, ok := s.readImportToken(arn, token)
	return w.algorithm, ok
}

func (s *Service) ReadGrantToken(token string) (keyID, grantID string, ok bool) {
	return s.readGrantToken(token)
}

func EncodeMarker(operation, region, after string) string {
	return paging{list: []string{operation, region}}.encode(after)
}

func DecodeMarker(operation, region, marker string) (string, bool) {
	return paging{list: []string{operation, region}}.decode(marker)
}

// MaterialPlace is the place of sealed material.
func MaterialPlace(arn, spec, id string, version int64) []byte {
	k := &known{row: row{spec: spec}, arn: arn}
	return k.place(&material{id: id, version: version})
}

// SealOutside encrypts as a key outside does, with a data key and a provider's form of it that are the test's.
func SealOutside(key []byte, keyID string, wrapped []byte, nonce [12]byte, arn string, pairs map[string]string, message []byte) ([]byte, error) {
	id, err := rawKeyID(keyID)
	if err != nil {
		return nil, err
	}
	return sealOutside(opaque.New(key), id, wrapped, nonce, arn, pairs, message)
}

// UnsealOutside opens a ciphertext of a key outside under its data key.
func UnsealOutside(key, blob []byte, arn string, pairs map[string]string) ([]byte, error) {
	h, ok := parseOutside(blob)
	if !ok {
		return nil, errTampered
	}
	message, err := unsealOutside(opaque.New(key), h, arn, pairs)
	return message.Reveal(), err
}

// ParseOutside cuts a ciphertext of a key outside, and puts its parts together again.
func ParseOutside(blob []byte) (keyID string, wrapped, again []byte, ok bool) {
	h, ok := parseOutside(blob)
	if !ok {
		return "", nil, nil, false
	}
	return formatKeyID(h.key), h.wrapped, append(append(append([]byte(nil), h.bytes...), h.nonce...), h.rest...), true
}

// DataKeyFor is what a provider gets to encrypt, and ReadDataKey reads it.
func DataKeyFor(keyID string, key []byte) []byte {
	id, _ := rawKeyID(keyID)
	return dataKeyFor(id, opaque.New(key))
}

func ReadDataKey(keyID string, framed []byte) ([]byte, bool) {
	id, _ := rawKeyID(keyID)
	key, ok := readDataKey(id, framed)
	return key.Reveal(), ok
}
