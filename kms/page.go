package kms

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"signet/internal/rootkey"
)

// ListInput asks for one page of a list.
type ListInput struct {
	Scope
	Limit  int // 0 for the usual number
	Marker string
}

// Page is one page of a list. NextMarker asks for the next; it is "" on the last.
type Page[T any] struct {
	Items      []T
	NextMarker string
	Truncated  bool
}

// paging is where a page begins, and how long it is.
type paging struct {
	list  []string // which list: the operation, the region, and what else it depends on
	after string
	limit int
}

// openPage reads a marker. The list's identity goes into its check, so that a marker of another list
// is refused. It is no protection against forging and needs none: a marker only says where to go on.
func openPage(operation string, in ListInput, usual, most int, of ...string) (paging, error) {
	limit, err := within("limit", in.Limit, usual, 1, most)
	p := paging{list: append([]string{operation, in.Region}, of...), limit: limit}
	if err != nil || in.Marker == "" {
		return p, err
	}
	var ok bool
	if p.after, ok = p.decode(in.Marker); !ok {
		return p, fail(InvalidMarkerException, "Could not deserialize marker '%s'", clip(in.Marker))
	}
	return p, nil
}

// closePage cuts what was read to the page. One more than the limit tells that there is a next one.
func closePage[T any](p paging, items []T, key func(T) string) Page[T] {
	if len(items) <= p.limit {
		return Page[T]{Items: items}
	}
	items = items[:p.limit]
	return Page[T]{Items: items, NextMarker: p.encode(key(items[p.limit-1])), Truncated: true}
}

// The marker; SPEC.md draws it.
const (
	markerVersion = 1
	markerPurpose = "signet kms marker"
	markerCheck   = 16
	maxMarker     = 1024
)

func (p paging) encode(after string) string {
	b := append([]byte{markerVersion}, p.check(after)...)
	return base64.RawURLEncoding.EncodeToString(append(b, after...))
}

func (p paging) decode(marker string) (after string, ok bool) {
	if len(marker) > maxMarker {
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(marker)
	if err != nil || len(b) <= 1+markerCheck || b[0] != markerVersion {
		return "", false
	}
	after = string(b[1+markerCheck:])
	return after, subtle.ConstantTimeCompare(b[1:1+markerCheck], p.check(after)) == 1
}

func (p paging) check(after string) []byte {
	sum := sha256.Sum256(rootkey.Place(append([]string{markerPurpose, after}, p.list...)...))
	return sum[:markerCheck]
}
