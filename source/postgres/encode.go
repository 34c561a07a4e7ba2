package postgres

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"signet/internal/value"
	"signet/source"
)

// The server's epoch is 2000-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86400 * 1_000_000
)

const (
	textFormat   int16 = 0
	binaryFormat int16 = 1
)

// scalarOIDs and arrayOIDs are the types that parameters are sent as. Text has none: the server
// infers it, so that a text also fits uuid, json and enum columns.
var (
	scalarOIDs = map[value.Kind]uint32{
		value.Text: 0, value.Integer: pgtype.Int8OID, value.Decimal: pgtype.NumericOID, value.Float: pgtype.Float8OID,
		value.Boolean: pgtype.BoolOID, value.Date: pgtype.DateOID, value.Timestamp: pgtype.TimestamptzOID,
	}
	arrayOIDs = map[value.Kind]uint32{
		value.Text: 0, value.Integer: pgtype.Int8ArrayOID, value.Decimal: pgtype.NumericArrayOID, value.Float: pgtype.Float8ArrayOID,
		value.Boolean: pgtype.BoolArrayOID, value.Date: pgtype.DateArrayOID, value.Timestamp: pgtype.TimestamptzArrayOID,
	}
	// textArrays gives the element type of the arrays that take texts as raw bytes.
	textArrays = map[uint32]uint32{
		pgtype.TextArrayOID: pgtype.TextOID, pgtype.VarcharArrayOID: pgtype.VarcharOID, pgtype.BPCharArrayOID: pgtype.BPCharOID,
	}
)

// paramOIDs returns the declared types of a statement's arguments.
func paramOIDs(args []any) ([]uint32, error) {
	oids := make([]uint32, len(args))
	for i, a := range args {
		known := false
		switch a := a.(type) {
		case value.Value:
			oids[i], known = scalarOIDs[a.Kind()]
		case value.List:
			oids[i], known = arrayOIDs[a.Kind]
		}
		if !known {
			return nil, fmt.Errorf("argument %d is a %T: want a valid value.Value or value.List", i+1, a)
		}
	}
	return oids, nil
}

// encoder writes the arguments of one exchange into one buffer.
type encoder struct {
	buf     []byte
	values  [][]byte
	formats []int16
}

// args returns the encoded arguments for parameters of the given types.
func (e *encoder) args(args []any, oids []uint32) (values [][]byte, formats []int16, err error) {
	if len(args) != len(oids) {
		return nil, nil, fmt.Errorf("the statement has %d parameters, but %d arguments are given", len(oids), len(args))
	}
	first := len(e.values)
	for i, a := range args {
		head, format, null := len(e.buf), binaryFormat, false
		switch a := a.(type) {
		case value.Value:
			if a.Kind() == value.Text {
				format = textFormat
			}
			if null = a.IsNull(); !null {
				e.buf, err = appendScalar(e.buf, a)
			}
		case value.List:
			if format, err = e.list(a, oids[i]); err != nil {
				err = fmt.Errorf("argument %d: %w", i+1, err)
			}
		}
		if err != nil {
			return nil, nil, err
		}
		e.formats = append(e.formats, format)
		switch {
		case null:
			e.values = append(e.values, nil)
		case len(e.buf) == head: // an empty text: a nil slice would be NULL
			e.values = append(e.values, []byte{})
		default:
			e.values = append(e.values, e.buf[head:len(e.buf):len(e.buf)])
		}
	}
	return e.values[first:], e.formats[first:], nil
}

func (e *encoder) list(l value.List, oid uint32) (format int16, err error) {
	element := scalarOIDs[l.Kind]
	if l.Kind == value.Text {
		if element = textArrays[oid]; element == 0 {
			e.buf, err = appendArrayText(e.buf, l)
			return textFormat, err
		}
	}
	e.buf, err = appendArray(e.buf, l, element)
	return binaryFormat, err
}

// appendArray appends an array of one dimension in the binary format.
func appendArray(b []byte, l value.List, element uint32) ([]byte, error) {
	head := len(b)
	b = binary.BigEndian.AppendUint32(b, 1)
	b = binary.BigEndian.AppendUint32(b, 0) // whether there are NULLs
	b = binary.BigEndian.AppendUint32(b, element)
	b = binary.BigEndian.AppendUint32(b, uint32(len(l.Values)))
	b = binary.BigEndian.AppendUint32(b, 1) // the first index
	for _, v := range l.Values {
		if v.Kind() != l.Kind {
			return nil, fmt.Errorf("a list of %s holds a %s", l.Kind, v.Kind())
		}
		if v.IsNull() {
			binary.BigEndian.PutUint32(b[head+4:], 1)
			b = binary.BigEndian.AppendUint32(b, math.MaxUint32)
			continue
		}
		at := len(b)
		var err error
		if b, err = appendScalar(append(b, 0, 0, 0, 0), v); err != nil {
			return nil, err
		}
		binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	}
	return b, nil
}

// appendArrayText appends an array of texts as the server spells it, for element types such as uuid.
func appendArrayText(b []byte, l value.List) ([]byte, error) {
	b = append(b, '{')
	for i, v := range l.Values {
		if i > 0 {
			b = append(b, ',')
		}
		if v.IsNull() {
			b = append(b, "NULL"...)
			continue
		}
		b = append(b, '"')
		s := v.String()
		for j := range len(s) {
			if s[j] == '"' || s[j] == '\\' {
				b = append(b, '\\')
			}
			b = append(b, s[j])
		}
		b = append(b, '"')
	}
	b = append(b, '}')
	if strings.IndexByte(string(b), 0) >= 0 {
		return nil, errNUL
	}
	return b, nil
}

var errNUL = fmt.Errorf("%w: a text with a NUL character cannot be stored", source.ErrValue)

func appendScalar(b []byte, v value.Value) ([]byte, error) {
	switch v.Kind() {
	case value.Text:
		if strings.IndexByte(v.String(), 0) >= 0 {
			return nil, errNUL
		}
		return append(b, v.String()...), nil
	case value.Integer:
		return binary.BigEndian.AppendUint64(b, uint64(v.Int())), nil
	case value.Decimal:
		return appendNumeric(b, v.String()), nil
	case value.Float:
		return binary.BigEndian.AppendUint64(b, math.Float64bits(v.Float())), nil
	case value.Boolean:
		if v.Bool() {
			return append(b, 1), nil
		}
		return append(b, 0), nil
	case value.Date:
		return binary.BigEndian.AppendUint32(b, uint32(int32(v.Time().Unix()/86400-epochDays))), nil
	case value.Timestamp:
		return binary.BigEndian.AppendUint64(b, uint64(v.Time().UnixMicro()-epochMicros)), nil
	}
	return nil, fmt.Errorf("an invalid value cannot be sent")
}
