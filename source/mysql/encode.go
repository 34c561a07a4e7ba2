package mysql

import (
	"database/sql/driver"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"signet/internal/value"
	"signet/source"
)

const (
	maxDigits = 65 // of a DECIMAL
	maxScale  = 30 // of these, after the point
)

// decimalType is wide enough for every value and, for the common ones, always the same.
func decimalType(values []value.Value) string {
	scale := commonScale
	for _, v := range values {
		if v.Kind() == value.Decimal {
			_, fraction, _ := strings.Cut(v.String(), ".")
			scale = max(scale, len(fraction))
		}
	}
	return fmt.Sprintf("DECIMAL(%d,%d)", maxDigits, min(scale, maxScale))
}

const (
	dateForm = "2006-01-02"
	timeForm = "2006-01-02 15:04:05.999999"
)

// bind gives the arguments of a statement as the driver takes them. What the server could not hold as it is
// does not leave.
func bind(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, ok := a.(value.Value)
		if !ok {
			return nil, fmt.Errorf("argument %d is a %T: want a value.Value", i+1, a)
		}
		bound, err := one(v)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: bound}
	}
	return out, nil
}

func one(v value.Value) (driver.Value, error) {
	if !v.Kind().Valid() {
		return nil, fmt.Errorf("an invalid value cannot be sent")
	}
	if v.IsNull() {
		return nil, nil
	}
	switch v.Kind() {
	case value.Integer:
		return v.Int(), nil
	case value.Boolean:
		return map[bool]int64{true: 1}[v.Bool()], nil
	case value.Float:
		return v.Float(), finite(v.Float())
	}
	return spell(v)
}

func finite(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("%w: MySQL has no %v", source.ErrValue, f)
	}
	return nil
}

// spell writes a value that is not NULL as a text that the server reads back without loss.
func spell(v value.Value) (string, error) {
	switch v.Kind() {
	case value.Text:
		if !utf8.ValidString(v.String()) {
			return "", fmt.Errorf("%w: a text that is not UTF-8", source.ErrValue)
		}
	case value.Decimal:
		digits := strings.TrimPrefix(v.String(), "-")
		whole, fraction, _ := strings.Cut(digits, ".")
		if len(fraction) > maxScale || len(whole) > maxDigits-max(commonScale, len(fraction)) {
			return "", fmt.Errorf("%w: the number %.80s has too many digits for MySQL", source.ErrValue, v.String())
		}
	case value.Float:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), finite(v.Float())
	case value.Boolean:
		return map[bool]string{true: "1", false: "0"}[v.Bool()], nil
	case value.Date:
		return v.Time().Format(dateForm), inCalendar(v.Time())
	case value.Timestamp:
		return v.Time().Format(timeForm), inCalendar(v.Time())
	}
	return v.String(), nil
}

// encodeRows writes rows as a JSON array of arrays of texts: JSON's own numbers would pass through a float.
func encodeRows(columns []source.Column, rows [][]value.Value) (string, error) {
	// The widest number of a column decides its type, in which the others must fit too.
	for i, c := range columns {
		if err := fitTogether(c, i, rows); err != nil {
			return "", err
		}
	}
	b := []byte{'['}
	for n, row := range rows {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		for i, v := range row {
			if i > 0 {
				b = append(b, ',')
			}
			if v.IsNull() {
				b = append(b, "null"...)
				continue
			}
			text, err := spell(v)
			if err != nil {
				return "", err
			}
			b = value.AppendJSONString(b, text)
		}
		b = append(b, ']')
	}
	return string(append(b, ']')), nil
}

func fitTogether(c source.Column, at int, rows [][]value.Value) error {
	whole, scale := 0, commonScale
	for _, row := range rows {
		if row[at].Kind() != c.Kind {
			return fmt.Errorf("the column %q is %s, but a row has %s", c.Name, c.Kind, row[at].Kind())
		}
		if c.Kind == value.Decimal {
			w, f, _ := strings.Cut(strings.TrimPrefix(row[at].String(), "-"), ".")
			whole, scale = max(whole, len(w)), max(scale, len(f))
		}
	}
	if scale > maxScale || whole > maxDigits-scale {
		return fmt.Errorf("%w: the numbers of %q have too many digits for MySQL", source.ErrValue, c.Name)
	}
	return nil
}
