package value

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Convert gives v as kind k where nothing is lost: whole numbers as decimals, a float's shortest
// decimal, a decimal without a fraction as an integer, 0 and 1 as false and true, anything as text, a
// date as its first instant.
func Convert(v Value, k Kind) (Value, error) {
	switch {
	case v.kind == k:
		return v, nil
	case v.null:
		return Null(k), nil
	case k == Text:
		return OfText(plain(v)), nil
	}
	switch [2]Kind{v.kind, k} {
	case [2]Kind{Integer, Decimal}, [2]Kind{Decimal, Integer}:
		return parseCanonical(k, v.String())
	case [2]Kind{Integer, Boolean}:
		if v.num == 0 || v.num == 1 {
			return OfBoolean(v.num == 1), nil
		}
	case [2]Kind{Float, Decimal}, [2]Kind{Float, Integer}:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return parseCanonical(k, strconv.FormatFloat(f, 'f', -1, 64))
		}
	case [2]Kind{Integer, Float}, [2]Kind{Decimal, Float}:
		f, err := strconv.ParseFloat(v.String(), 64)
		return OfFloat(f), err
	case [2]Kind{Date, Timestamp}:
		return OfTimestamp(v.Time()), nil
	case [2]Kind{Timestamp, Date}:
		if t := v.Time(); t.Equal(t.Truncate(24 * time.Hour)) {
			return OfDate(t), nil
		}
	}
	return Value{}, fmt.Errorf("%s %q is not %s", v.kind, plain(v), article(k))
}

// plain is how a person would write the value.
func plain(v Value) string {
	if v.kind == Float {
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	if v.kind == Boolean {
		return strconv.FormatBool(v.Bool())
	}
	return v.String()
}
