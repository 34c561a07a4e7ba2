package secrets

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"signet/internal/rootkey"
)

// The NextToken; SPEC.md draws it.
const (
	cursorVersion = 1
	cursorPurpose = "signet secrets cursor"
	cursorCheck   = 16
	maxCursor     = 1024
)

// position is where a page ends: the value that the list is sorted by, and an id. text stands for at in
// lists that are sorted by a text.
type position struct {
	at int64
	id string
}

// start comes before everything.
var start = position{at: math.MinInt64}

// cursor makes and reads the NextTokens of one list. Its identity goes into their check, so that a token
// of another list is refused. It is no protection against forging and needs none: a token only says where
// to go on.
type cursor []string

// cursorOf names a list: the operation, the region, and what else it depends on.
func cursorOf(list ...string) cursor { return list }

func (c cursor) close(p position) string {
	rest := binary.BigEndian.AppendUint64(nil, uint64(p.at))
	rest = append(rest, p.id...)
	b := append([]byte{cursorVersion}, c.check(rest)...)
	return base64.RawURLEncoding.EncodeToString(append(b, rest...))
}

// open reads a token; "" is the start of the list.
func (c cursor) open(token string) (position, error) {
	if token == "" {
		return start, nil
	}
	wrong := fail(InvalidNextTokenException, "The NextToken is invalid: use the one of the last answer, with the same parameters.")
	if len(token) > maxCursor {
		return position{}, wrong
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < 1+cursorCheck+8 || b[0] != cursorVersion {
		return position{}, wrong
	}
	rest := b[1+cursorCheck:]
	if subtle.ConstantTimeCompare(b[1:1+cursorCheck], c.check(rest)) != 1 {
		return position{}, wrong
	}
	return position{int64(binary.BigEndian.Uint64(rest)), string(rest[8:])}, nil
}

func (c cursor) check(rest []byte) []byte {
	sum := sha256.Sum256(rootkey.Place(append([]string{cursorPurpose, string(rest)}, c...)...))
	return sum[:cursorCheck]
}

func flagText(b bool) string { return strconv.FormatBool(b) }
