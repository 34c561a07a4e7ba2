package secrets

import "signet/internal/opaque"

// The bridge for tests of the sealed form; the product seals through the Vault only.

const RootKeyPrefix = rootKeyPrefix

func ParseRootKey(text []byte) (RootKey, error) { return parseRootKey(text) }

func DeriveRootKey(raw []byte) (RootKey, error) { return deriveRootKey(raw) }

func (k RootKey) SealWith(nonce []byte, name string, version int64, kid string, value []byte) ([]byte, error) {
	return k.sealWith([nonceSize]byte(nonce), label{name, version, kid}, value)
}

func (k RootKey) Open(name string, version int64, kid string, sealed []byte) (opaque.Bytes, error) {
	return k.open(label{name, version, kid}, sealed)
}

func (k RootKey) Seal(name string, value []byte) ([]byte, error) {
	return k.sealValue(label{name: name}, value)
}
