package value

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxDecimalDigits bounds what a decimal may cost: PostgreSQL's numeric stops far above it,
// every price and quantity far below.
const maxDecimalDigits = 1000

// canonicalDecimal returns the one spelling of a decimal: no plus sign, no exponent, no leading
// zeros but the one before the point, no trailing zeros after it, no negative zero.
func canonicalDecimal(s string) (string, error) {
	mantissa, exponent, err := splitExponent(s)
	if err != nil {
		return "", err
	}
	negative := strings.HasPrefix(mantissa, "-")
	mantissa = strings.TrimPrefix(strings.TrimPrefix(mantissa, "-"), "+")
	whole, frac, _ := strings.Cut(mantissa, ".")
	if whole+frac == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return "", fmt.Errorf("%.40q is not a decimal number", s)
	}
	whole, frac = shiftPoint(whole, frac, exponent)
	whole = strings.TrimLeft(whole, "0")
	frac = strings.TrimRight(frac, "0")
	if len(whole)+len(frac) > maxDecimalDigits {
		return "", fmt.Errorf("decimal has more than %d digits", maxDecimalDigits)
	}
	if whole == "" {
		whole = "0"
	}
	out := whole
	if frac != "" {
		out += "." + frac
	}
	if negative && out != "0" {
		out = "-" + out
	}
	return out, nil
}

func splitExponent(s string) (mantissa string, exponent int, err error) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, nil
	}
	exponent, err = strconv.Atoi(s[i+1:])
	if err != nil || exponent > maxDecimalDigits || exponent < -maxDecimalDigits {
		return "", 0, fmt.Errorf("%.40q is not a decimal number", s)
	}
	return s[:i], exponent, nil
}

func shiftPoint(whole, frac string, by int) (string, string) {
	if by > 0 {
		frac += strings.Repeat("0", max(0, by-len(frac)))
		return whole + frac[:by], frac[by:]
	}
	whole = strings.Repeat("0", max(0, -by-len(whole))) + whole
	cut := len(whole) + by
	return whole[:cut], whole[cut:] + frac
}

func compareDecimal(a, b string) int {
	x, _ := new(big.Rat).SetString(a)
	y, _ := new(big.Rat).SetString(b)
	return x.Cmp(y)
}
