package ticket

import (
	"encoding/binary"
	"slices"
	"time"

	"signet/internal/value"
)

// reader walks a payload. After the first error every read gives nothing, so that parse checks once.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if r.bad || size <= 0 || size > 1 && r.b[size-1] == 0 { // a zero last group: not the shortest form
		r.bad = true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) field() string { return string(r.take(r.uvarint())) }

func (r *reader) byte() byte {
	b := r.take(1)
	if r.bad {
		return 0
	}
	return b[0]
}

func (r *reader) fixed() (v [16]byte) {
	copy(v[:], r.take(16))
	return v
}

func (r *reader) time() time.Time {
	b := r.take(8)
	if r.bad {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC()
}

// parse reads a head and a row without its mac.
func parse(head, row []byte) (*Ticket, error) {
	r := &reader{b: head}
	t := &Ticket{}
	if r.byte() != formatVersion {
		return nil, ErrMalformed
	}
	t.KeyID, t.Instance, t.Action = r.field(), r.field(), r.field()
	t.Version = r.fixed()
	t.Dataset, t.Target, t.Principal = r.field(), r.field(), r.field()
	t.Issued, t.Expires = r.time(), r.time()
	t.Columns = r.names()
	if r.bad || len(r.b) != 0 || !t.Expires.After(t.Issued) {
		return nil, ErrMalformed
	}
	r = &reader{b: row}
	t.Nonce, t.RowVersion = r.fixed(), r.fixed()
	for i := range t.Columns {
		t.Columns[i].Value = r.value()
	}
	if r.bad || len(r.b) != 0 {
		return nil, ErrMalformed
	}
	return t, nil
}

// names reads the columns' names, which are distinct.
func (r *reader) names() []Column {
	n := r.uvarint()
	if n == 0 || n > maxColumns {
		r.bad = true
		return nil
	}
	columns := make([]Column, n)
	for i := range columns {
		columns[i].Name = r.field()
		if r.bad || slices.ContainsFunc(columns[:i], func(c Column) bool { return c.Name == columns[i].Name }) {
			r.bad = true
			return nil
		}
	}
	return columns
}

func (r *reader) value() value.Value {
	tag := r.byte()
	kind := value.Kind(tag &^ nullFlag)
	if !kind.Valid() {
		r.bad = true
		return value.Value{}
	}
	if tag&nullFlag != 0 {
		return value.Null(kind)
	}
	v, err := value.ParseCanonical(kind, r.field())
	if err != nil {
		r.bad = true
	}
	return v
}
