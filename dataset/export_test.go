package dataset

import (
	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// SingleStatement is for tests.
var SingleStatement = singleStatement

// Cursor round trips for the fuzz test.
func EncodeCursor(shape []byte, skip int, values []value.Value) string {
	return (&cursor{values, skip}).encode(shape)
}

func DecodeCursor(s string, shape []byte, kinds []value.Kind) ([]value.Value, int, error) {
	c, err := decodeCursor(s, shape, kinds)
	if err != nil {
		return nil, 0, err
	}
	return c.values, c.skip, nil
}

// Seal gives a body the check of a shape, so that the fuzz test gets behind it.
func Seal(shape, body []byte) []byte {
	return append(append([]byte{cursorVersion}, check(shape, body)...), body...)
}

// Plan prepares a query and writes its statement, as Query does before it asks the source.
func (d *Dataset) Plan(dialect source.Dialect, c policy.Caller, q Query) (source.Statement, error) {
	p, err := d.prepare(q)
	if err != nil {
		return source.Statement{}, err
	}
	after, err := p.cursor()
	if err != nil {
		return source.Statement{}, err
	}
	return p.statement(dialect, c, after), nil
}
