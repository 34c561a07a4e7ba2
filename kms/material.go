package kms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"signet/internal/opaque"
	"signet/internal/rootkey"
)

// States of material.
const (
	current         = "CURRENT"          // encrypts
	nonCurrent      = "NON_CURRENT"      // decrypts what it encrypted
	pendingRotation = "PENDING_ROTATION" // imported for the next rotation
)

// material is one version of a key's bytes.
type material struct {
	version              int64
	id                   string // 64 hexadecimal digits
	state                string
	sealed               []byte // none while imported material is not there
	description          string
	rotation             string // how it became current: automatic, onDemand, or "" for the first
	createdAt            int64
	rotatedAt, expiresAt sql.NullInt64

	opened *opened
}

// there reports whether the bytes are there and not expired; a zero time asks for the bytes only.
func (m *material) there(now time.Time) bool {
	return len(m.sealed) > 0 && (now.IsZero() || !m.expiresAt.Valid || m.expiresAt.Int64 > now.UnixMicro())
}

// opened holds a material's bytes in the clear, once somebody has used them.
type opened struct {
	mu      sync.Mutex
	secret  opaque.Bytes // of a symmetric key
	private private      // of an asymmetric one
	done    bool
}

// private is a private key that does not print.
type private struct {
	_   [0]func()
	key crypto.PrivateKey
}

// Format prints a placeholder for every verb.
func (private) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[hidden]") }

// complete reports whether all material that the key needs is there.
func (k *known) complete(now time.Time) bool {
	n := 0
	for i := range k.materials {
		if m := &k.materials[i]; m.state != pendingRotation {
			if !m.there(now) {
				return false
			}
			n++
		}
	}
	return n > 0
}

// inState returns the material in a state that only one can have, or nil.
func (k *known) inState(state string) *material {
	for i := range k.materials {
		if k.materials[i].state == state {
			return &k.materials[i]
		}
	}
	return nil
}

// place is where sealed material belongs. In another key, version or spec it does not open.
func (k *known) place(m *material) []byte {
	return binary.BigEndian.AppendUint64(rootkey.Place(k.arn, k.spec, m.id), uint64(m.version))
}

// newMaterial seals bytes as the next version of the key.
func (s *Service) newMaterial(k *known, bytes []byte, state string) (material, error) {
	m := material{
		version: int64(len(k.materials)) + 1, id: s.materialID(k, bytes), state: state,
		createdAt: s.clock().UnixMicro(), opened: new(opened),
	}
	return m, s.sealMaterial(k, &m, bytes)
}

func (s *Service) sealMaterial(k *known, m *material, bytes []byte) (err error) {
	if m.sealed, err = s.materials.Seal(k.place(m), bytes); err != nil {
		return fmt.Errorf("sealing the material of %s: %w", k.arn, err)
	}
	return nil
}

// materialID is a keyed hash, so that a second import of the same bytes is recognised when they are
// no longer there, and so that the id tells nothing about weak bytes that somebody imported.
func (s *Service) materialID(k *known, bytes []byte) string {
	h := hmac.New(sha256.New, s.ids.Reveal())
	_, _ = h.Write(append(rootkey.Place(k.id), bytes...)) // hashes never fail
	return hex.EncodeToString(h.Sum(nil))
}

// open returns a material's bytes in the clear, which stay in memory.
func (s *Service) open(k *known, m *material) (*opened, error) {
	o := m.opened
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return o, nil
	}
	bytes, err := s.materials.Open(k.place(m), m.sealed)
	if err != nil {
		return nil, fmt.Errorf("opening the material of %s: %w", k.arn, err)
	}
	switch specs[k.spec].family {
	case symmetric, hmacKey:
		o.secret = bytes
	default:
		defer bytes.Wipe()
		key, err := x509.ParsePKCS8PrivateKey(bytes.Reveal())
		if err != nil {
			return nil, fmt.Errorf("reading the private key of %s: it is not PKCS #8", k.arn)
		}
		o.private = private{key: key}
	}
	o.done = true
	return o, nil
}

// generate makes new bytes for a spec: random ones, or a private key as PKCS #8.
func generate(sp spec) ([]byte, error) {
	key, err := generatePrivate(sp)
	if err != nil {
		return nil, err
	}
	if key == nil {
		bytes := make([]byte, sp.size)
		_, _ = rand.Read(bytes) // never fails: it would end the process
		return bytes, nil
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

func generatePrivate(sp spec) (crypto.Signer, error) {
	switch sp.family {
	case rsaKey:
		return rsa.GenerateKey(rand.Reader, sp.size)
	case eccKey:
		return ecdsa.GenerateKey(sp.curve, rand.Reader)
	case edwards:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, nil
}
