package duckdb

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"signet/internal/value"
	"signet/source"
)

// reader decodes the i-th element of a column's vector.
type reader func(data unsafe.Pointer, i int) (value.Value, error)

// kinds maps the engine's types to kinds; decimals and enums are handled apart.
var kinds = map[mapping.Type]struct {
	name string
	kind value.Kind
	read reader
}{
	mapping.TypeBoolean:     {"BOOLEAN", value.Boolean, readBoolean},
	mapping.TypeTinyInt:     {"TINYINT", value.Integer, readInteger[int8]},
	mapping.TypeSmallInt:    {"SMALLINT", value.Integer, readInteger[int16]},
	mapping.TypeInteger:     {"INTEGER", value.Integer, readInteger[int32]},
	mapping.TypeBigInt:      {"BIGINT", value.Integer, readInteger[int64]},
	mapping.TypeUTinyInt:    {"UTINYINT", value.Integer, readInteger[uint8]},
	mapping.TypeUSmallInt:   {"USMALLINT", value.Integer, readInteger[uint16]},
	mapping.TypeUInteger:    {"UINTEGER", value.Integer, readInteger[uint32]},
	mapping.TypeUBigInt:     {"UBIGINT", value.Decimal, readUBigInt},
	mapping.TypeHugeInt:     {"HUGEINT", value.Decimal, func(d unsafe.Pointer, i int) (value.Value, error) { return readDecimal(hugeAt(d, i), 0) }},
	mapping.TypeFloat:       {"FLOAT", value.Float, readFloat[float32]},
	mapping.TypeDouble:      {"DOUBLE", value.Float, readFloat[float64]},
	mapping.TypeVarchar:     {"VARCHAR", value.Text, readText},
	mapping.TypeUUID:        {"UUID", value.Text, readUUID},
	mapping.TypeDate:        {"DATE", value.Date, readDate},
	mapping.TypeTimestamp:   {"TIMESTAMP", value.Timestamp, readTimestamp(1, 1)},
	mapping.TypeTimestampTZ: {"TIMESTAMP WITH TIME ZONE", value.Timestamp, readTimestamp(1, 1)},
	mapping.TypeTimestampS:  {"TIMESTAMP_S", value.Timestamp, readTimestamp(1_000_000, 1)},
	mapping.TypeTimestampMS: {"TIMESTAMP_MS", value.Timestamp, readTimestamp(1000, 1)},
	mapping.TypeTimestampNS: {"TIMESTAMP_NS", value.Timestamp, readTimestamp(1, 1000)},
	mapping.TypeEnum:        {"ENUM", value.Text, nil},
	mapping.TypeDecimal:     {"DECIMAL", value.Decimal, nil},
	mapping.TypeBlob:        {"BLOB", 0, nil},
	mapping.TypeInterval:    {"INTERVAL", 0, nil},
	mapping.TypeTime:        {"TIME", 0, nil},
	mapping.TypeList:        {"LIST", 0, nil},
	mapping.TypeStruct:      {"STRUCT", 0, nil},
	mapping.TypeMap:         {"MAP", 0, nil},
}

// columnOf describes a column; its kind is 0 when the type cannot be read.
func columnOf(name string, lt mapping.LogicalType) source.Column {
	t := mapping.GetTypeId(lt)
	k, ok := kinds[t]
	c := source.Column{Name: name, Kind: k.kind, Type: k.name}
	switch {
	case !ok:
		c.Type = fmt.Sprintf("type %d", t)
	case t == mapping.TypeDecimal:
		c.Type = fmt.Sprintf("DECIMAL(%d,%d)", mapping.DecimalWidth(lt), mapping.DecimalScale(lt))
	}
	return c
}

// readerOf returns how a column is decoded.
func readerOf(lt mapping.LogicalType) reader {
	switch t := mapping.GetTypeId(lt); t {
	case mapping.TypeDecimal:
		return decimalReader(mapping.DecimalInternalType(lt), int(mapping.DecimalScale(lt)))
	case mapping.TypeEnum:
		return enumReader(lt)
	default:
		return kinds[t].read
	}
}

// appendChunk decodes one chunk of rows; more than maxRows in all are an error, unless it is 0.
func appendChunk(r *source.Result, chunk mapping.DataChunk, readers []reader, maxRows int) error {
	n := int(mapping.DataChunkGetSize(chunk))
	if maxRows > 0 && len(r.Rows)+n > maxRows {
		return fmt.Errorf("%w: the limit is %d", source.ErrRowLimit, maxRows)
	}
	cells := make([]value.Value, n*len(readers))
	for c, read := range readers {
		vector := mapping.DataChunkGetVector(chunk, mapping.IdxT(c))
		data, valid := mapping.VectorGetData(vector), (*uint64)(mapping.VectorGetValidity(vector))
		for i := range n {
			cell := &cells[i*len(readers)+c]
			if isNull(valid, i) {
				*cell = value.Null(r.Columns[c].Kind)
				continue
			}
			v, err := read(data, i)
			if err != nil {
				return fmt.Errorf("column %q: %w", r.Columns[c].Name, err)
			}
			*cell = v
		}
	}
	for i := range n {
		r.Rows = append(r.Rows, cells[i*len(readers):(i+1)*len(readers):(i+1)*len(readers)])
	}
	return nil
}

// isNull reads a validity mask: one bit for each row, set when the row has a value.
func isNull(mask *uint64, i int) bool {
	return mask != nil && *at[uint64](unsafe.Pointer(mask), i/64)&(1<<(i%64)) == 0
}

// at returns the i-th element of an array of the engine. The chunk that owns it outlives the call.
func at[T any](data unsafe.Pointer, i int) *T {
	var t T
	return (*T)(unsafe.Add(data, uintptr(i)*unsafe.Sizeof(t)))
}

func readBoolean(d unsafe.Pointer, i int) (value.Value, error) {
	return value.OfBoolean(*at[uint8](d, i) != 0), nil
}

func readInteger[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](d unsafe.Pointer, i int) (value.Value, error) {
	return value.OfInteger(int64(*at[T](d, i))), nil
}

func readUBigInt(d unsafe.Pointer, i int) (value.Value, error) {
	return value.OfDecimal(strconv.FormatUint(*at[uint64](d, i), 10))
}

func readFloat[T float32 | float64](d unsafe.Pointer, i int) (value.Value, error) {
	return value.OfFloat(float64(*at[T](d, i))), nil
}

// text is a string of the engine: up to 12 bytes are held in place, longer ones by address.
type text struct {
	length uint32
	inline [12]byte
}

func readText(d unsafe.Pointer, i int) (value.Value, error) {
	t := at[text](d, i)
	if t.length <= 12 {
		return value.OfText(string(t.inline[:t.length])), nil
	}
	far := *(**byte)(unsafe.Pointer(&t.inline[4]))
	return value.OfText(string(unsafe.Slice(far, t.length))), nil
}

// huge is a 128-bit integer in two's complement.
type huge struct {
	low  uint64
	high int64
}

func hugeAt(d unsafe.Pointer, i int) string {
	h := at[huge](d, i)
	if h.high == 0 && h.low <= math.MaxInt64 || h.high == -1 && h.low > math.MaxInt64 {
		return strconv.FormatInt(int64(h.low), 10)
	}
	n := new(big.Int).Lsh(big.NewInt(h.high), 64)
	return n.Add(n, new(big.Int).SetUint64(h.low)).String()
}

func readUUID(d unsafe.Pointer, i int) (value.Value, error) {
	h := at[huge](d, i)
	high := uint64(h.high) ^ 1<<63 // stored with the first bit flipped, so that integers sort as the texts do
	return value.OfText(fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, h.low>>48, h.low&(1<<48-1))), nil
}

func decimalReader(storage mapping.Type, scale int) reader {
	var digits func(d unsafe.Pointer, i int) string
	switch storage {
	case mapping.TypeSmallInt:
		digits = integerText[int16]
	case mapping.TypeInteger:
		digits = integerText[int32]
	case mapping.TypeBigInt:
		digits = integerText[int64]
	default:
		digits = hugeAt
	}
	return func(d unsafe.Pointer, i int) (value.Value, error) { return readDecimal(digits(d, i), scale) }
}

func integerText[T int16 | int32 | int64](d unsafe.Pointer, i int) string {
	return strconv.FormatInt(int64(*at[T](d, i)), 10)
}

// readDecimal puts the point into a whole number of units of 10^-scale.
func readDecimal(s string, scale int) (value.Value, error) {
	if scale == 0 {
		return value.OfDecimal(s)
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if missing := scale + 1 - len(s); missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	return value.OfDecimal(sign + s[:len(s)-scale] + "." + s[len(s)-scale:])
}

func enumReader(lt mapping.LogicalType) reader {
	names := make([]value.Value, mapping.EnumDictionarySize(lt))
	for i := range names {
		names[i] = value.OfText(mapping.EnumDictionaryValue(lt, mapping.IdxT(i)))
	}
	switch mapping.EnumInternalType(lt) {
	case mapping.TypeUTinyInt:
		return func(d unsafe.Pointer, i int) (value.Value, error) { return names[*at[uint8](d, i)], nil }
	case mapping.TypeUSmallInt:
		return func(d unsafe.Pointer, i int) (value.Value, error) { return names[*at[uint16](d, i)], nil }
	}
	return func(d unsafe.Pointer, i int) (value.Value, error) { return names[*at[uint32](d, i)], nil }
}

func readDate(d unsafe.Pointer, i int) (value.Value, error) {
	days := *at[int32](d, i)
	if days == math.MaxInt32 || days == -math.MaxInt32 {
		return value.Value{}, errInfinite
	}
	t := time.Unix(int64(days)*86400, 0).UTC()
	return value.OfDate(t), inCalendar(t)
}

// readTimestamp reads units of times/over microseconds.
func readTimestamp(times, over int64) reader {
	return func(d unsafe.Pointer, i int) (value.Value, error) {
		n := *at[int64](d, i)
		if n == math.MaxInt64 || n == -math.MaxInt64 {
			return value.Value{}, errInfinite
		}
		if over > 1 && n < 0 {
			n -= over - 1 // round down, as a cut of the text would
		}
		t := time.UnixMicro(n / over * times).UTC()
		return value.OfTimestamp(t), inCalendar(t)
	}
}

var errInfinite = fmt.Errorf("%w: an infinite time has no date", source.ErrValue)

// inCalendar refuses times that have no spelling with a year of four digits.
func inCalendar(t time.Time) error {
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("%w: the year %d is outside of 1 to 9999", source.ErrValue, y)
	}
	return nil
}
