package dataset

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"

	"golang.org/x/crypto/blake2b"

	"signet/internal/fault"
	"signet/internal/value"
)

// cursor is the last row of a page: its sort values, and how many rows with exactly these values
// have been shown when rows may agree in all of them.
//
// As text it is base64url over:
//
//	byte version (1) | 16 bytes check | uvarint skip | for each value: byte kind, byte 1 when NULL,
//	                                                   else byte 0, uvarint length, canonical bytes
//
// The check is BLAKE2b-256, cut, over the query's shape and the rest: a cursor of another query or
// of an older definition is refused, and so is one that was damaged. It is no protection against
// forging and needs none: whatever its values are, the row policy stands below.
type cursor struct {
	values []value.Value
	skip   int
}

const (
	cursorVersion = 1
	checkSize     = 16
	maxCursor     = 64 << 10
)

var errCursor = errors.New("the cursor does not belong to this query")

// shape returns what a cursor is bound to: the dataset's definition and all of the query but the
// page. JSON separates and orders the parts, so that two queries never look alike.
func (p *plan) shape() []byte {
	q := p.q
	q.After, q.Limit, q.Totals, q.Count = "", 0, nil, false
	filters := make([]any, 0, len(q.Filters))
	for _, f := range q.Filters {
		filters = append(filters, shapeOf(f))
	}
	measures := make([]any, 0, len(q.Measures))
	for _, m := range q.Measures {
		measures = append(measures, shapeOfMeasure(&m))
	}
	b, err := json.Marshal([]any{p.d.fingerprint, q.Fields, q.Dimensions, measures, filters, q.Sort, q.WholeRows})
	if err != nil {
		panic("dataset: a query's shape cannot be encoded: " + err.Error())
	}
	return b
}

func shapeOf(f Filter) any {
	spell := func(v value.Value) any {
		if v.Kind() == 0 || v.IsNull() {
			return v.Kind() == 0
		}
		return v.AppendCanonical(nil)
	}
	values := make([]any, 0, len(f.Values))
	for _, v := range f.Values {
		values = append(values, spell(v))
	}
	return []any{f.Field, f.Op, values, spell(f.From), spell(f.To)}
}

func shapeOfMeasure(m *Measure) any {
	if m == nil {
		return nil
	}
	where := make([]any, 0, len(m.Where))
	for _, f := range m.Where {
		where = append(where, shapeOf(f))
	}
	return []any{m.Name, m.Op, m.Field, where, shapeOfMeasure(m.Of)}
}

func check(shape, body []byte) []byte {
	h, err := blake2b.New256([]byte("signet/dataset/cursor/v1"))
	if err != nil {
		panic("dataset: " + err.Error())
	}
	_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(shape))))
	_, _ = h.Write(shape)
	_, _ = h.Write(body)
	return h.Sum(nil)[:checkSize]
}

func (c *cursor) encode(shape []byte) string {
	body := binary.AppendUvarint(nil, uint64(c.skip))
	for _, v := range c.values {
		body = append(body, byte(v.Kind()))
		if v.IsNull() {
			body = append(body, 1)
			continue
		}
		text := v.AppendCanonical(nil)
		body = binary.AppendUvarint(append(body, 0), uint64(len(text)))
		body = append(body, text...)
	}
	return base64.RawURLEncoding.EncodeToString(append(append([]byte{cursorVersion}, check(shape, body)...), body...))
}

// decodeCursor reads a cursor for sort columns of the given kinds.
func decodeCursor(s string, shape []byte, kinds []value.Kind) (*cursor, error) {
	if len(s) > maxCursor {
		return nil, errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 1+checkSize || b[0] != cursorVersion {
		return nil, errCursor
	}
	body := b[1+checkSize:]
	if string(check(shape, body)) != string(b[1:1+checkSize]) {
		return nil, errCursor
	}
	skip, n := binary.Uvarint(body)
	if n <= 0 || skip > maxRowLimit {
		return nil, errCursor
	}
	c := &cursor{skip: int(skip)}
	body = body[n:]
	for _, k := range kinds {
		var v value.Value
		if v, body, err = decodeValue(k, body); err != nil {
			return nil, err
		}
		c.values = append(c.values, v)
	}
	if len(body) != 0 {
		return nil, errCursor
	}
	return c, nil
}

func decodeValue(k value.Kind, b []byte) (value.Value, []byte, error) {
	if len(b) < 2 || value.Kind(b[0]) != k || b[1] > 1 {
		return value.Value{}, nil, errCursor
	}
	if b[1] == 1 {
		return value.Null(k), b[2:], nil
	}
	size, n := binary.Uvarint(b[2:])
	if n <= 0 || size > uint64(len(b)-2-n) {
		return value.Value{}, nil, errCursor
	}
	text := b[2+n : 2+n+int(size)]
	v, err := value.ParseCanonical(k, string(text))
	if err != nil {
		return value.Value{}, nil, errCursor
	}
	return v, b[2+n+int(size):], nil
}

// cursor reads the query's After; nil for the first page.
func (p *plan) cursor() (*cursor, error) {
	if p.q.After == "" {
		return nil, nil
	}
	kinds := make([]value.Kind, len(p.order))
	for i, o := range p.order {
		kinds[i] = p.out[o.at].kind
	}
	c, err := decodeCursor(p.q.After, p.shape(), kinds)
	if err != nil {
		return nil, fault.Wrap(err, fault.BadRequest, "This page cannot be continued: the query or its dataset has changed. Start again from the first page.")
	}
	return c, nil
}

// next returns the cursor behind the last of the page's rows.
func (p *plan) next(rows [][]value.Value, before *cursor) string {
	last := rows[len(rows)-1]
	c := &cursor{values: make([]value.Value, len(p.order))}
	for i, o := range p.order {
		c.values[i] = last[o.at]
	}
	if !p.unique {
		c.skip = p.trailing(rows, c.values)
		if c.skip == len(rows) && before != nil && before.skip > 0 && sameValues(before.values, c.values) {
			c.skip += before.skip
		}
	}
	return c.encode(p.shape())
}

// trailing counts the rows at the end that have exactly these sort values.
func (p *plan) trailing(rows [][]value.Value, values []value.Value) int {
	n := 0
	for i := len(rows) - 1; i >= 0; i-- {
		for j, o := range p.order {
			if !rows[i][o.at].Equal(values[j]) {
				return n
			}
		}
		n++
	}
	return n
}

func sameValues(a, b []value.Value) bool {
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}
