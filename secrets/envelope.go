package secrets

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/policy"
)

// The sealed form of a value; SPEC.md draws it.
const (
	envelopeVersion = 1
	envelopePurpose = "signet secret value"
	envelopeNonce   = 12
	envelopeTag     = 16
	maxWrapped      = 6144
)

// place is where a value belongs, and the key that protects it there.
type place struct {
	region, arn, version string
	key                  string // as the secret names it, "" for the service's own
}

// envelope seals each value under a data key of its own.
type envelope struct{ keys *keyring }

func (e envelope) seal(ctx context.Context, c policy.Caller, p place, v Value) ([]byte, error) {
	key, wrapped, err := e.keys.make(ctx, c, p)
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	var nonce [envelopeNonce]byte
	_, _ = rand.Read(nonce[:]) // never fails: it would end the process. The key seals nothing else.
	return sealValue(key, nonce, p, wrapped, v)
}

func sealValue(key opaque.Bytes, nonce [envelopeNonce]byte, p place, wrapped []byte, v Value) ([]byte, error) {
	if len(wrapped) == 0 || len(wrapped) > maxWrapped {
		return nil, errors.New("secrets: the wrapped data key has an impossible size")
	}
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 3+len(wrapped)+envelopeNonce+len(v.Reveal())+envelopeTag)
	out = append(out, envelopeVersion)
	out = binary.BigEndian.AppendUint16(out, uint16(len(wrapped)))
	out = append(out, wrapped...)
	data := associated(out, p, v.kind)
	out = append(out, nonce[:]...)
	return aead.Seal(out, nonce[:], v.Reveal(), data), nil
}

var errSealed = errors.New("secrets: the sealed value was changed, or belongs to another place")

// wrappedKey cuts a sealed value into its header, with the wrapped data key in it, and the rest.
func wrappedKey(sealed []byte) (header, wrapped, rest []byte, err error) {
	if len(sealed) < 3 || sealed[0] != envelopeVersion {
		return nil, nil, nil, errSealed
	}
	n := int(binary.BigEndian.Uint16(sealed[1:]))
	if n == 0 || n > maxWrapped || len(sealed) < 3+n+envelopeNonce+envelopeTag {
		return nil, nil, nil, errSealed
	}
	return sealed[:3+n], sealed[3 : 3+n], sealed[3+n:], nil
}

// open opens a value.
func (e envelope) open(ctx context.Context, c policy.Caller, p place, kind string, sealed []byte) (Value, error) {
	_, wrapped, _, err := wrappedKey(sealed)
	if err != nil {
		return Value{}, err
	}
	key, err := e.keys.open(ctx, c, p, wrapped)
	if err != nil {
		return Value{}, err
	}
	defer key.Wipe()
	return openValue(key, p, kind, sealed)
}

func openValue(key opaque.Bytes, p place, kind string, sealed []byte) (Value, error) {
	header, _, rest, err := wrappedKey(sealed)
	if err != nil {
		return Value{}, err
	}
	aead, err := gcm(key)
	if err != nil {
		return Value{}, err
	}
	value, err := aead.Open(nil, rest[:envelopeNonce], rest[envelopeNonce:], associated(header, p, kind))
	if err != nil {
		return Value{}, errSealed
	}
	return Value{kind, opaque.New(value)}, nil
}

// associated is what the tag covers beside the value.
func associated(header []byte, p place, kind string) []byte {
	return rootkey.Place(envelopePurpose, string(header), p.arn, p.version, kind)
}

func gcm(key opaque.Bytes) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key.Reveal())
	if err != nil {
		return nil, errSealed
	}
	return cipher.NewGCM(block)
}
