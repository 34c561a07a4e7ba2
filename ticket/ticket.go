// Package ticket signs and opens tickets: the offer of one action on one row to one principal,
// until a time, once. SPEC.md has the format. The package is pure: time, keys and randomness
// come from the caller.
//
// It guarantees that a ticket which opens was signed, byte for byte, under the key that it names.
package ticket

import (
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"golang.org/x/crypto/blake2b"

	"signet/internal/opaque"
	"signet/internal/value"
)

// Sizes, in bytes.
const (
	NonceSize   = 16
	VersionSize = 16
	KeySize     = 32
	macSize     = 32
	maxToken    = 64 << 10
	maxColumns  = 200
)

const (
	prefix        = "sgt1."
	formatVersion = 1
	nullFlag      = 0x80
)

// The purposes, as fields, keep the formats under one key apart.
var (
	ticketPurpose = appendField(nil, "signet ticket v1")
	rowPurpose    = appendField(nil, "signet row v1")
)

// Why a token does not open.
var (
	ErrMalformed = errors.New("ticket: not a whole ticket")
	ErrForged    = errors.New("ticket: signature does not match")
)

// encoding refuses the second spelling of a token that lax decoders accept.
var encoding = base64.RawURLEncoding.Strict()

// Key is one version of the ticket key.
type Key struct {
	ID     string
	Secret opaque.Bytes // KeySize bytes
}

// Header is what all tickets of one page have in common.
type Header struct {
	Instance  string
	Action    string
	Version   [VersionSize]byte // of the action
	Dataset   string
	Target    string
	Principal string
	Issued    time.Time
	Expires   time.Time
}

// Column is one signed column.
type Column struct {
	Name  string
	Value value.Value
}

// Ticket is an opened ticket.
type Ticket struct {
	Header
	KeyID      string
	Nonce      [NonceSize]byte
	RowVersion [VersionSize]byte
	Columns    []Column
}

// idEncoding keeps the order of the bytes and leaves out the letters that people mistake.
var idEncoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ID returns the ticket's id, 26 characters that sort by the time of issue.
func (t *Ticket) ID() string { return idEncoding.EncodeToString(t.Nonce[:]) }

// NewNonce returns the nonce of a ticket issued at a time: the time first, so that the ids of
// submissions land side by side in a database's index, then 80 random bits.
func NewNonce(issued time.Time, random [NonceSize - 6]byte) (n [NonceSize]byte) {
	binary.BigEndian.PutUint64(n[:8], uint64(issued.UnixMilli())<<16)
	copy(n[6:], random[:])
	return n
}

// Value returns the signed value of a column.
func (t *Ticket) Value(name string) (value.Value, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c.Value, true
		}
	}
	return value.Value{}, false
}

// Signer signs the tickets of one page. It is not safe for concurrent use.
type Signer struct {
	mac   hash.Hash
	row   hash.Hash
	head  []byte // the page's part of each payload
	names []string
	buf   []byte
	sum   []byte
	token []byte
}

// NewSigner returns a signer for rows with the named columns.
func NewSigner(key Key, h Header, names []string) (*Signer, error) {
	if len(names) == 0 || len(names) > maxColumns {
		return nil, fmt.Errorf("ticket: %d columns: want 1 to %d", len(names), maxColumns)
	}
	if !h.Expires.After(h.Issued) {
		return nil, errors.New("ticket: it would expire before it is issued")
	}
	mac, row, err := hashes(key.Secret)
	if err != nil {
		return nil, err
	}
	head := []byte{formatVersion}
	for _, s := range []string{key.ID, h.Instance, h.Action} {
		head = appendField(head, s)
	}
	head = append(head, h.Version[:]...)
	for _, s := range []string{h.Dataset, h.Target, h.Principal} {
		head = appendField(head, s)
	}
	head = binary.BigEndian.AppendUint64(head, uint64(h.Issued.UnixMilli()))
	head = binary.BigEndian.AppendUint64(head, uint64(h.Expires.UnixMilli()))
	return &Signer{mac: mac, row: row, head: head, names: names}, nil
}

func hashes(secret opaque.Bytes) (mac, row hash.Hash, err error) {
	if secret.Len() != KeySize {
		return nil, nil, fmt.Errorf("ticket: key of %d bytes: want %d", secret.Len(), KeySize)
	}
	if mac, err = blake2b.New256(secret.Reveal()); err != nil {
		return nil, nil, err
	}
	row, err = blake2b.New(VersionSize, secret.Reveal())
	return mac, row, err
}

// Sign returns the token for one row: values in the order of the signer's names. The nonce comes
// from NewNonce and is used for no other ticket.
func (s *Signer) Sign(nonce [NonceSize]byte, rowVersion [VersionSize]byte, values []value.Value) string {
	if len(values) != len(s.names) {
		panic(fmt.Sprintf("ticket: %d values for %d columns", len(values), len(s.names)))
	}
	b := append(s.buf[:0], s.head...)
	b = append(b, nonce[:]...)
	b = append(b, rowVersion[:]...)
	b = appendColumns(b, s.names, values)
	s.sum = sum(s.mac, ticketPurpose, b, s.sum[:0])
	b = append(b, s.sum...)
	s.buf = b
	s.token = encoding.AppendEncode(append(s.token[:0], prefix...), b)
	return string(s.token)
}

// RowVersion fingerprints the columns of a row that its ticket does not carry, under the signer's key.
func (s *Signer) RowVersion(names []string, values []value.Value) (v [VersionSize]byte) {
	s.buf = appendColumns(s.buf[:0], names, values)
	s.sum = sum(s.row, rowPurpose, s.buf, s.sum[:0])
	return [VersionSize]byte(s.sum)
}

// RowVersion fingerprints the columns of a row that its ticket does not carry, as its signer did.
func RowVersion(secret opaque.Bytes, names []string, values []value.Value) ([VersionSize]byte, error) {
	_, row, err := hashes(secret)
	if err != nil {
		return [VersionSize]byte{}, err
	}
	return [VersionSize]byte(sum(row, rowPurpose, appendColumns(nil, names, values), nil)), nil
}

// sum hashes a purpose and a message.
func sum(h hash.Hash, purpose []byte, message, out []byte) []byte {
	h.Reset()
	h.Write(purpose)
	h.Write(message)
	return h.Sum(out)
}

func appendField(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendColumns(b []byte, names []string, values []value.Value) []byte {
	b = binary.AppendUvarint(b, uint64(len(names)))
	for i, name := range names {
		b = appendField(b, name)
		v := values[i]
		if v.IsNull() {
			b = append(b, byte(v.Kind())|nullFlag)
			continue
		}
		b = append(b, byte(v.Kind()))
		b = appendCanonicalField(b, v)
	}
	return b
}

// appendCanonicalField writes the value behind room for a one-byte length and moves it only when
// the length needs more: most values are short.
func appendCanonicalField(b []byte, v value.Value) []byte {
	at := len(b)
	b = append(b, 0)
	b = v.AppendCanonical(b)
	n := uint64(len(b) - at - 1)
	if n < 0x80 {
		b[at] = byte(n)
		return b
	}
	var length [binary.MaxVarintLen64]byte
	size := binary.PutUvarint(length[:], n)
	b = append(b, length[1:size]...) // room for the rest of the length
	copy(b[at+size:], b[at+1:at+1+int(n)])
	copy(b[at:], length[:size])
	return b
}

// Open parses a token, finds its key by id and checks the signature. It returns ErrMalformed,
// ErrForged, or the error of keys. Nothing of a ticket that does not open is returned.
func Open(token string, keys func(id string) (opaque.Bytes, error)) (*Ticket, error) {
	body, ok := strings.CutPrefix(token, prefix)
	if !ok || len(token) > maxToken || strings.ContainsAny(body, "\r\n") { // the decoder would skip line ends
		return nil, ErrMalformed
	}
	raw, err := encoding.DecodeString(body)
	if err != nil || len(raw) < macSize {
		return nil, ErrMalformed
	}
	payload, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	t, err := parse(payload)
	if err != nil {
		return nil, err
	}
	secret, err := keys(t.KeyID)
	if err != nil {
		return nil, err
	}
	h, _, err := hashes(secret)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(sum(h, ticketPurpose, payload, nil), mac) != 1 {
		return nil, ErrForged
	}
	return t, nil
}
