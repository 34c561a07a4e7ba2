package postgres

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"signet/internal/value"
	"signet/source"
)

// wireType is how one type of the server is read.
type wireType struct {
	name   string
	kind   value.Kind // 0: cannot be read
	format int16
	read   func([]byte) (value.Value, error)
}

// wireTypes are the built-in types; the others are looked up in the catalogue (see types).
var wireTypes = map[uint32]wireType{
	pgtype.TextOID:        {"text", value.Text, textFormat, readText},
	pgtype.VarcharOID:     {"character varying", value.Text, textFormat, readText},
	pgtype.BPCharOID:      {"character", value.Text, textFormat, readText},
	pgtype.NameOID:        {"name", value.Text, textFormat, readText},
	pgtype.QCharOID:       {`"char"`, value.Text, textFormat, readText},
	pgtype.UnknownOID:     {"unknown", value.Text, textFormat, readText},
	pgtype.UUIDOID:        {"uuid", value.Text, textFormat, readText},
	pgtype.JSONOID:        {"json", value.Text, textFormat, readText},
	pgtype.JSONBOID:       {"jsonb", value.Text, textFormat, readText},
	pgtype.Int2OID:        {"smallint", value.Integer, binaryFormat, readInteger},
	pgtype.Int4OID:        {"integer", value.Integer, binaryFormat, readInteger},
	pgtype.Int8OID:        {"bigint", value.Integer, binaryFormat, readInteger},
	pgtype.OIDOID:         {"oid", value.Integer, binaryFormat, readOID},
	pgtype.NumericOID:     {"numeric", value.Decimal, binaryFormat, readNumeric},
	pgtype.Float4OID:      {"real", value.Float, binaryFormat, readFloat},
	pgtype.Float8OID:      {"double precision", value.Float, binaryFormat, readFloat},
	pgtype.BoolOID:        {"boolean", value.Boolean, binaryFormat, readBoolean},
	pgtype.DateOID:        {"date", value.Date, binaryFormat, readDate},
	pgtype.TimestampOID:   {"timestamp without time zone", value.Timestamp, binaryFormat, readTimestamp},
	pgtype.TimestamptzOID: {"timestamp with time zone", value.Timestamp, binaryFormat, readTimestamp},
}

func readText(b []byte) (value.Value, error) { return value.OfText(string(b)), nil }

func readInteger(b []byte) (value.Value, error) {
	switch len(b) {
	case 2:
		return value.OfInteger(int64(int16(binary.BigEndian.Uint16(b)))), nil
	case 4:
		return value.OfInteger(int64(int32(binary.BigEndian.Uint32(b)))), nil
	case 8:
		return value.OfInteger(int64(binary.BigEndian.Uint64(b))), nil
	}
	return value.Value{}, errShort
}

func readOID(b []byte) (value.Value, error) {
	if len(b) != 4 {
		return value.Value{}, errShort
	}
	return value.OfInteger(int64(binary.BigEndian.Uint32(b))), nil
}

func readFloat(b []byte) (value.Value, error) {
	switch len(b) {
	case 4:
		return value.OfFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(b)))), nil
	case 8:
		return value.OfFloat(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
	}
	return value.Value{}, errShort
}

func readBoolean(b []byte) (value.Value, error) {
	if len(b) != 1 {
		return value.Value{}, errShort
	}
	return value.OfBoolean(b[0] != 0), nil
}

func readDate(b []byte) (value.Value, error) {
	if len(b) != 4 {
		return value.Value{}, errShort
	}
	days := int64(int32(binary.BigEndian.Uint32(b)))
	if days == math.MaxInt32 || days == math.MinInt32 {
		return value.Value{}, errInfinite
	}
	t := time.Unix((days+epochDays)*86400, 0).UTC()
	return value.OfDate(t), inCalendar(t)
}

func readTimestamp(b []byte) (value.Value, error) {
	if len(b) != 8 {
		return value.Value{}, errShort
	}
	micros := int64(binary.BigEndian.Uint64(b))
	if micros == math.MaxInt64 || micros == math.MinInt64 {
		return value.Value{}, errInfinite
	}
	t := time.UnixMicro(micros + epochMicros).UTC()
	return value.OfTimestamp(t), inCalendar(t)
}

var errInfinite = fmt.Errorf("%w: an infinite time has no date", source.ErrValue)

// inCalendar refuses times that have no spelling with a year of four digits.
func inCalendar(t time.Time) error {
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: the year %d is outside of 1 to 9999", source.ErrValue, y)
	}
	return nil
}
