package secrets

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"signet/internal/opaque"
)

// The sealed form; SPEC.md draws it.
const (
	sealVersion   = 1
	sealPurpose   = "signet secret version"
	rootKeyIDSize = 8
	headerSize    = 1 + rootKeyIDSize
	nonceSize     = chacha20poly1305.NonceSizeX
	sealOverhead  = headerSize + nonceSize + chacha20poly1305.Overhead
)

var (
	errNotOurs  = errors.New("sealed under another root key: bring back the root key that belongs to this store")
	errTampered = errors.New("the sealed value was changed, or belongs to another secret")
)

// label is what a sealed value is bound to. A value moved to another name, version or key id does not open.
type label struct {
	name    string
	version int64
	kid     string
}

func (k RootKey) sealValue(l label, value []byte) ([]byte, error) {
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:]) // never fails: it would end the process. 24 random bytes do not collide.
	return k.sealWith(nonce, l, value)
}

func (k RootKey) sealWith(nonce [nonceSize]byte, l label, value []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.seal.Reveal())
	if err != nil {
		return nil, fmt.Errorf("sealing %s: %w", l.name, err)
	}
	out := make([]byte, 0, len(value)+sealOverhead)
	out = append(out, sealVersion)
	out = append(out, k.id[:]...)
	data := associated(out, l)
	out = append(out, nonce[:]...)
	return aead.Seal(out, nonce[:], value, data), nil
}

func (k RootKey) open(l label, sealed []byte) (opaque.Bytes, error) {
	switch {
	case len(sealed) < sealOverhead:
		return opaque.Bytes{}, fmt.Errorf("opening %s: %d bytes are too few for a sealed value", l.name, len(sealed))
	case sealed[0] != sealVersion:
		return opaque.Bytes{}, fmt.Errorf("opening %s: sealed form %d is unknown to this version of Signet, which knows %d", l.name, sealed[0], sealVersion)
	case !bytes.Equal(sealed[1:headerSize], k.id[:]):
		return opaque.Bytes{}, fmt.Errorf("opening %s: %w", l.name, errNotOurs)
	}
	aead, err := chacha20poly1305.NewX(k.seal.Reveal())
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening %s: %w", l.name, err)
	}
	nonce, body := sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:]
	value, err := aead.Open(nil, nonce, body, associated(sealed[:headerSize], l))
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("opening %s: %w", l.name, errTampered)
	}
	return opaque.New(value), nil
}

// associated is the header and the label with lengths before the parts, so that no two labels give
// the same bytes.
func associated(header []byte, l label) []byte {
	b := make([]byte, 0, 96)
	for _, part := range []string{sealPurpose, string(header), l.name, l.kid} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return binary.BigEndian.AppendUint64(b, uint64(l.version))
}
