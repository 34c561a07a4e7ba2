package secrets

import (
	"signet/internal/opaque"
	"signet/internal/rootkey"
)

// The bridge for tests of the sealed form; the product seals through the Vault only.

type Sealer struct{ s sealer }

func NewSealer(root rootkey.Key) (Sealer, error) {
	s, err := newSealer(root)
	return Sealer{s}, err
}

func (k Sealer) SealWith(nonce []byte, name string, version int64, kid string, value []byte) ([]byte, error) {
	return k.s.SealWith([24]byte(nonce), label{name, version, kid}.place(), value)
}

func (k Sealer) Open(name string, version int64, kid string, sealed []byte) (opaque.Bytes, error) {
	return k.s.open(label{name, version, kid}, sealed)
}

func (k Sealer) Seal(name string, value []byte) ([]byte, error) {
	return k.s.seal(label{name: name}, value)
}
