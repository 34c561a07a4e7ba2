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
	headPurpose   = appendField(nil, "signet ticket head v1")
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

// Page makes the tickets of one page of rows. They have their head in common: it is hashed once and
// sent once. A Page is safe for concurrent use.
type Page struct {
	key    Key
	issued time.Time
	names  []string
	head   string // as it stands in tokens
	digest []byte
}

// NewPage returns a page for rows with the named columns.
func NewPage(key Key, h Header, names []string) (*Page, error) {
	if len(names) == 0 || len(names) > maxColumns {
		return nil, fmt.Errorf("ticket: %d columns: want 1 to %d", len(names), maxColumns)
	}
	if !h.Expires.After(h.Issued) {
		return nil, errors.New("ticket: it would expire before it is issued")
	}
	mac, _, err := hashes(key.Secret)
	if err != nil {
		return nil, err
	}
	head := appendHead(nil, key.ID, h, names)
	return &Page{
		key: key, issued: h.Issued, names: names, head: prefix + encoding.EncodeToString(head),
		digest: sum(mac, headPurpose, head, nil),
	}, nil
}

// Head returns what the page's tokens have in common.
func (p *Page) Head() string { return p.head }

// Nonce is NewNonce at the page's time of issue.
func (p *Page) Nonce(random [NonceSize - 6]byte) [NonceSize]byte { return NewNonce(p.issued, random) }

// Signer returns a signer for some of the page's rows.
func (p *Page) Signer() (*Signer, error) {
	mac, row, err := hashes(p.key.Secret)
	if err != nil {
		return nil, err
	}
	return &Signer{mac: mac, row: row, names: p.names, buf: append(make([]byte, 0, 512), p.digest...)}, nil
}

// Signer signs rows of a page. It is not safe for concurrent use.
type Signer struct {
	mac    hash.Hash
	row    hash.Hash
	names  []string
	buf    []byte // begins with the head's digest
	sum    []byte
	ticket []byte
}

func appendHead(b []byte, keyID string, h Header, names []string) []byte {
	b = append(b, formatVersion)
	for _, s := range []string{keyID, h.Instance, h.Action} {
		b = appendField(b, s)
	}
	b = append(b, h.Version[:]...)
	for _, s := range []string{h.Dataset, h.Target, h.Principal} {
		b = appendField(b, s)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(h.Issued.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, uint64(h.Expires.UnixMilli()))
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, name := range names {
		b = appendField(b, name)
	}
	return b
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

// Sign returns one row's part of its token: values in the order of the signer's names. The nonce comes
// from NewNonce and is used for no other ticket.
func (s *Signer) Sign(nonce [NonceSize]byte, rowVersion [VersionSize]byte, values []value.Value) string {
	if len(values) != len(s.names) {
		panic(fmt.Sprintf("ticket: %d values for %d columns", len(values), len(s.names)))
	}
	b := s.buf[:macSize]
	b = append(b, nonce[:]...)
	b = append(b, rowVersion[:]...)
	for _, v := range values {
		b = appendValue(b, v)
	}
	s.sum = sum(s.mac, ticketPurpose, b, s.sum[:0])
	b = append(b, s.sum...)
	s.buf = b
	s.ticket = encoding.AppendEncode(s.ticket[:0], b[macSize:])
	return string(s.ticket)
}

// Token puts the two parts together: the head of a page and the part of one of its rows.
func Token(head, row string) string { return head + "." + row }

// RowVersion fingerprints the columns of a row that its ticket does not carry, under the signer's key.
func (s *Signer) RowVersion(names []string, values []value.Value) (v [VersionSize]byte) {
	columns := appendColumns(s.buf[macSize:macSize], names, values) // behind the head's digest, which stays
	s.sum = sum(s.row, rowPurpose, columns, s.sum[:0])
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
		b = appendValue(appendField(b, name), values[i])
	}
	return b
}

func appendValue(b []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(b, byte(v.Kind())|nullFlag)
	}
	return appendCanonicalField(append(b, byte(v.Kind())), v)
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
	head, row, err := split(token)
	if err != nil {
		return nil, err
	}
	t, err := parse(head, row[:len(row)-macSize])
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
	signed := append(sum(h, headPurpose, head, make([]byte, 0, macSize+len(row))), row[:len(row)-macSize]...)
	if subtle.ConstantTimeCompare(sum(h, ticketPurpose, signed, nil), row[len(row)-macSize:]) != 1 {
		return nil, ErrForged
	}
	return t, nil
}

// split decodes the two parts of a token. row has room for a mac.
func split(token string) (head, row []byte, err error) {
	body, ok := strings.CutPrefix(token, prefix)
	if !ok || len(token) > maxToken || strings.ContainsAny(body, "\r\n") { // the decoder would skip line ends
		return nil, nil, ErrMalformed
	}
	first, second, _ := strings.Cut(body, ".")
	if head, err = encoding.DecodeString(first); err != nil {
		return nil, nil, ErrMalformed
	}
	if row, err = encoding.DecodeString(second); err != nil || len(row) < macSize {
		return nil, nil, ErrMalformed
	}
	return head, row, nil
}
