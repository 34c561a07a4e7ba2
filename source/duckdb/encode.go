package duckdb

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"signet/internal/value"
	"signet/source"
)

// maxDigits is how many digits a DECIMAL of DuckDB holds.
const maxDigits = 38

// bind gives the statement its arguments.
func (p *prepared) bind(args []any) error {
	if n := int(mapping.NParams(p.stmt)); n != len(args) {
		return fmt.Errorf("the statement has %d parameters, but %d arguments are given", n, len(args))
	}
	for i, a := range args {
		v, err := makeValue(a)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		state := mapping.BindValue(p.stmt, mapping.IdxT(i+1), v)
		mapping.DestroyValue(&v)
		if state == mapping.StateError {
			return fmt.Errorf("argument %d: %s", i+1, mapping.PrepareError(p.stmt))
		}
	}
	return nil
}

func makeValue(a any) (mapping.Value, error) {
	switch a := a.(type) {
	case value.Value:
		if a.Kind().Valid() {
			return makeScalar(a)
		}
	case value.List:
		if a.Kind.Valid() {
			return makeList(a)
		}
	}
	return mapping.Value{}, fmt.Errorf("a %T: want a valid value.Value or value.List", a)
}

func makeScalar(v value.Value) (mapping.Value, error) {
	if v.IsNull() {
		return mapping.CreateNullValue(), nil
	}
	switch v.Kind() {
	case value.Text:
		return makeText(v.String())
	case value.Integer:
		return mapping.CreateInt64(v.Int()), nil
	case value.Decimal:
		whole, scale := digits(v.String())
		return makeDecimal(v.String(), whole, scale)
	case value.Float:
		return mapping.CreateDouble(v.Float()), nil
	case value.Boolean:
		return mapping.CreateBool(v.Bool()), nil
	case value.Date:
		return mapping.CreateDate(mapping.NewDate(int32(v.Time().Unix() / 86400))), nil
	}
	return mapping.CreateTimestampTZ(mapping.NewTimestamp(v.Time().UnixMicro())), nil
}

func makeText(s string) (mapping.Value, error) {
	v := mapping.CreateVarcharLength(s, mapping.IdxT(len(s)))
	if v.Ptr == nil {
		return v, fmt.Errorf("%w: the text is not valid UTF-8", source.ErrValue)
	}
	return v, nil
}

// digits returns how many digits a canonical decimal has before and after its point.
func digits(s string) (whole, scale int) {
	w, frac, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return len(w), len(frac)
}

// makeDecimal makes a DECIMAL(whole+scale, scale): as narrow as the value, because arithmetic
// between wide decimals overflows.
func makeDecimal(s string, whole, scale int) (mapping.Value, error) {
	if whole+scale > maxDigits {
		return mapping.Value{}, fmt.Errorf("%w: a decimal has more than %d digits", source.ErrValue, maxDigits)
	}
	return mapping.CreateDecimal(mapping.NewDecimal(uint8(whole+scale), uint8(scale), hugeInt(unscaled(s, scale)))), nil
}

// unscaled returns the decimal's digits as a whole number of units of 10^-scale.
func unscaled(s string, scale int) string {
	whole, frac, _ := strings.Cut(s, ".")
	return whole + frac + strings.Repeat("0", scale-len(frac))
}

func hugeInt(s string) mapping.HugeInt {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return mapping.NewHugeInt(uint64(n), n>>63)
	}
	n, _ := new(big.Int).SetString(s, 10)
	low := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1)) // two's complement, as And defines it
	high := new(big.Int).Rsh(n, 64)
	return mapping.NewHugeInt(low.Uint64(), high.Int64())
}

var elementTypes = map[value.Kind]mapping.Type{
	value.Text: mapping.TypeVarchar, value.Integer: mapping.TypeBigInt, value.Float: mapping.TypeDouble,
	value.Boolean: mapping.TypeBoolean, value.Date: mapping.TypeDate, value.Timestamp: mapping.TypeTimestampTZ,
}

func makeList(l value.List) (list mapping.Value, err error) {
	whole, scale := width(l.Values)
	var element mapping.LogicalType
	if l.Kind == value.Decimal {
		if whole+scale > maxDigits {
			return list, fmt.Errorf("%w: the decimals of a list need more than %d digits", source.ErrValue, maxDigits)
		}
		element = mapping.CreateDecimalType(uint8(whole+scale), uint8(scale))
	} else {
		element = mapping.CreateLogicalType(elementTypes[l.Kind])
	}
	defer mapping.DestroyLogicalType(&element)
	values := make([]mapping.Value, 0, len(l.Values))
	defer func() {
		for i := range values {
			mapping.DestroyValue(&values[i])
		}
	}()
	for _, v := range l.Values {
		if v.Kind() != l.Kind {
			return list, fmt.Errorf("a list of %s holds a %s", l.Kind, v.Kind())
		}
		var made mapping.Value
		if l.Kind == value.Decimal && !v.IsNull() {
			made, err = makeDecimal(v.String(), whole, scale)
		} else {
			made, err = makeScalar(v)
		}
		if err != nil {
			return list, err
		}
		values = append(values, made)
	}
	return mapping.CreateListValue(element, values), nil
}

// width returns the digits before and after the point that all decimals of a column need.
func width(values []value.Value) (whole, scale int) {
	whole = 1
	for _, v := range values {
		if v.Kind() == value.Decimal && !v.IsNull() {
			w, s := digits(v.String())
			whole, scale = max(whole, w), max(scale, s)
		}
	}
	return whole, scale
}
