package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"signet/internal/opaque"
	"signet/internal/rootkey"
)

// The ciphertext of symmetric keys; SPEC.md draws it and says why it is so.
const (
	cipherVersion  = 1
	cipherPurpose  = "signet kms ciphertext"
	cipherInfo     = "signet kms v1: one message"
	headerSize     = 1 + 16 + 32 + 4
	saltSize       = 32
	nonceSize      = 12
	tagSize        = 16
	cipherOverhead = headerSize + saltSize + tagSize
	messageKeySize = 32
)

// header is the part of a ciphertext that says what opens it.
type header struct {
	key      [16]byte
	material [32]byte
	version  uint32
}

func (h header) keyID() string      { return formatKeyID(h.key) }
func (h header) materialID() string { return hex.EncodeToString(h.material[:]) }

func (h header) append(b []byte) []byte {
	b = append(b, cipherVersion)
	b = append(b, h.key[:]...)
	b = append(b, h.material[:]...)
	return binary.BigEndian.AppendUint32(b, h.version)
}

// headerOf makes the header of what a material encrypts.
func headerOf(k *known, m *material) (header, error) {
	h := header{version: uint32(m.version)}
	n, err := hex.Decode(h.key[:], []byte(strings.ReplaceAll(k.id, "-", "")))
	if err == nil && n == len(h.key) {
		n, err = hex.Decode(h.material[:], []byte(m.id))
	}
	if err != nil || n != len(h.material) {
		return header{}, fmt.Errorf("kms: the ids of %s are damaged", k.arn)
	}
	return h, nil
}

// parseHeader reads the header of a ciphertext. That the rest is genuine shows when it is opened.
func parseHeader(blob []byte) (h header, ok bool) {
	if len(blob) < cipherOverhead || blob[0] != cipherVersion {
		return header{}, false
	}
	copy(h.key[:], blob[1:])
	copy(h.material[:], blob[17:])
	h.version = binary.BigEndian.Uint32(blob[49:])
	return h, true
}

// seal encrypts a message under a key and nonce of its own, which HKDF derives from the material and a
// salt of 256 random bits. So no nonce can meet its key again, however many messages there are.
func seal(secret opaque.Bytes, h header, arn string, pairs map[string]string, message []byte) ([]byte, error) {
	var salt [saltSize]byte
	_, _ = rand.Read(salt[:]) // never fails: it would end the process
	return sealWith(salt, secret, h, arn, pairs, message)
}

func sealWith(salt [saltSize]byte, secret opaque.Bytes, h header, arn string, pairs map[string]string, message []byte) ([]byte, error) {
	out := h.append(make([]byte, 0, cipherOverhead+len(message)))
	data := associated(out, arn, pairs)
	out = append(out, salt[:]...)
	aead, nonce, err := oneMessage(secret, salt[:])
	if err != nil {
		return nil, err
	}
	return aead.Seal(out, nonce, message, data), nil
}

var errTampered = errors.New("kms: the ciphertext was changed, or its context is another")

// unseal opens a ciphertext whose header was read.
func unseal(secret opaque.Bytes, blob []byte, arn string, pairs map[string]string) (opaque.Bytes, error) {
	if len(blob) < cipherOverhead {
		return opaque.Bytes{}, errTampered
	}
	aead, nonce, err := oneMessage(secret, blob[headerSize:headerSize+saltSize])
	if err != nil {
		return opaque.Bytes{}, err
	}
	message, err := aead.Open(nil, nonce, blob[headerSize+saltSize:], associated(blob[:headerSize], arn, pairs))
	if err != nil {
		return opaque.Bytes{}, errTampered
	}
	return opaque.New(message), nil
}

// oneMessage derives the key and the nonce of one message.
func oneMessage(secret opaque.Bytes, salt []byte) (cipher.AEAD, []byte, error) {
	derived, err := hkdf.Key(sha256.New, secret.Reveal(), salt, cipherInfo, messageKeySize+nonceSize)
	if err != nil {
		return nil, nil, fmt.Errorf("kms: deriving the key of a message: %w", err)
	}
	defer clear(derived[:messageKeySize])
	aead, err := gcm(derived[:messageKeySize])
	return aead, derived[messageKeySize:], err
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// associated is what the tag covers beside the message: purpose, header, key and encryption context.
func associated(header []byte, arn string, pairs map[string]string) []byte {
	return appendContext(rootkey.Place(cipherPurpose, string(header), arn), pairs)
}
