package rootkey

import (
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
	errNoKey    = errors.New("rootkey: there is no root key")
	errNotOurs  = errors.New("sealed under another root key: bring back the root key that belongs to this store")
	errTampered = errors.New("the sealed value was changed, or belongs to another place")
)

// Sealer seals the values of one purpose: under the current root key, and opens them under whichever
// key of the ring sealed them. The zero Sealer seals nothing.
type Sealer struct {
	ring    *Ring
	purpose string
}

// Sealer returns the sealer of a purpose, which is named in the singular: "secret version". It knows no
// root key but this one.
func (k Key) Sealer(purpose string) (Sealer, error) {
	if k.raw.Len() < size {
		return Sealer{}, errNoKey
	}
	return ringOf(k).Sealer(purpose)
}

// use is what the key of a purpose is derived for.
func use(purpose string) string { return "seal " + purpose + "s" }

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
	if s.ring == nil {
		return nil, errNoKey
	}
	id := s.ring.Current()
	key, err := s.ring.derive(id, use(s.purpose))
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	out := make([]byte, 0, len(value)+sealOverhead)
	out = append(out, sealVersion)
	out = append(out, id[:]...)
	data := s.associated(out, place)
	out = append(out, nonce[:]...)
	return aead.Seal(out, nonce[:], value, data), nil
}

// Open returns the value that was sealed for this place. A root key that the ring does not know is looked
// for in the store.
func (s Sealer) Open(place, sealed []byte) (opaque.Bytes, error) {
	id, err := SealedUnder(sealed)
	if err != nil {
		return opaque.Bytes{}, err
	}
	if s.ring == nil {
		return opaque.Bytes{}, errNoKey
	}
	key, err := s.ring.find(id, use(s.purpose))
	if err != nil {
		return opaque.Bytes{}, err
	}
	aead, err := chacha20poly1305.NewX(key.Reveal())
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

// SealedUnder returns the id of the root key that sealed a value, as the value says.
func SealedUnder(sealed []byte) (id ID, err error) {
	switch {
	case len(sealed) < sealOverhead:
		return id, fmt.Errorf("%d bytes are too few for a sealed value", len(sealed))
	case sealed[0] != sealVersion:
		return id, fmt.Errorf("sealed form %d is unknown to this version of Signet, which knows %d", sealed[0], sealVersion)
	}
	return ID(sealed[1:headerSize]), nil
}

// associated is what the tag covers beside the value.
func (s Sealer) associated(header, place []byte) []byte {
	return append(Place("signet "+s.purpose, string(header)), place...)
}
