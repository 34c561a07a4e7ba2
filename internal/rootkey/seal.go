package rootkey

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
	sealVersion  = 1
	idSize       = 8
	headerSize   = 1 + idSize
	nonceSize    = chacha20poly1305.NonceSizeX
	sealOverhead = headerSize + nonceSize + chacha20poly1305.Overhead
)

var (
	errNotOurs  = errors.New("sealed under another root key: bring back the root key that belongs to this store")
	errTampered = errors.New("the sealed value was changed, or belongs to another place")
)

// Sealer seals the values of one purpose. The zero Sealer seals nothing.
type Sealer struct {
	id      [idSize]byte
	purpose string
	key     opaque.Bytes
}

// Sealer returns the sealer of a purpose, which is named in the singular: "secret version".
func (k Key) Sealer(purpose string) (Sealer, error) {
	key, err := k.Derive("seal " + purpose + "s")
	if err != nil {
		return Sealer{}, err
	}
	return Sealer{id: k.id, purpose: purpose, key: key}, nil
}

// Place joins the parts of where a value lies, each after its length, so that no two places give
// the same bytes.
func Place(parts ...string) []byte {
	b := make([]byte, 0, 128)
	for _, part := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

// Seal seals a value for its place.
func (s Sealer) Seal(place, value []byte) ([]byte, error) {
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:]) // never fails: it would end the process. 24 random bytes do not collide.
	return s.SealWith(nonce, place, value)
}

// SealWith is Seal with a nonce of the caller's. It is for vectors only: a nonce that is used twice
// gives both values away.
func (s Sealer) SealWith(nonce [nonceSize]byte, place, value []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(s.key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	out := make([]byte, 0, len(value)+sealOverhead)
	out = append(out, sealVersion)
	out = append(out, s.id[:]...)
	data := s.associated(out, place)
	out = append(out, nonce[:]...)
	return aead.Seal(out, nonce[:], value, data), nil
}

// Open returns the value that was sealed for this place.
func (s Sealer) Open(place, sealed []byte) (opaque.Bytes, error) {
	switch {
	case len(sealed) < sealOverhead:
		return opaque.Bytes{}, fmt.Errorf("%d bytes are too few for a sealed value", len(sealed))
	case sealed[0] != sealVersion:
		return opaque.Bytes{}, fmt.Errorf("sealed form %d is unknown to this version of Signet, which knows %d", sealed[0], sealVersion)
	case !bytes.Equal(sealed[1:headerSize], s.id[:]):
		return opaque.Bytes{}, errNotOurs
	}
	aead, err := chacha20poly1305.NewX(s.key.Reveal())
	if err != nil {
		return opaque.Bytes{}, err
	}
	nonce, body := sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:]
	value, err := aead.Open(nil, nonce, body, s.associated(sealed[:headerSize], place))
	if err != nil {
		return opaque.Bytes{}, errTampered
	}
	return opaque.New(value), nil
}

// associated is what the tag covers beside the value.
func (s Sealer) associated(header, place []byte) []byte {
	return append(Place("signet "+s.purpose, string(header)), place...)
}
