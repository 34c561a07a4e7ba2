package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"signet/internal/value"
	"signet/source"
)

// A numeric on the wire, big-endian, is a number of base-10000 digits:
//
//	int16 digits | int16 weight of the first | uint16 sign | int16 digits after the point | int16...
const (
	numericNegative = 0x4000
	numericSpecial  = 0xC000 // NaN; infinities have further bits
)

// appendNumeric appends a decimal in its canonical spelling.
func appendNumeric(b []byte, s string) []byte {
	sign := uint16(0)
	if s[0] == '-' {
		sign, s = numericNegative, s[1:]
	}
	whole, frac, _ := strings.Cut(s, ".")
	scale := len(frac)
	head := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	weight := (len(whole)+3)/4 - 1
	// Groups of four count from the point in both directions.
	for first := len(whole) - (weight+1)*4; first < len(whole); first += 4 {
		b = binary.BigEndian.AppendUint16(b, groupValue(whole[max(0, first):first+4]))
	}
	for i := 0; i < len(frac); i += 4 {
		group := frac[i:min(i+4, len(frac))]
		n := groupValue(group)
		for range 4 - len(group) {
			n *= 10
		}
		b = binary.BigEndian.AppendUint16(b, n)
	}
	for len(b) > head+8 && b[head+8] == 0 && b[head+9] == 0 { // "0" or "0.0001": no leading zero groups
		b = append(b[:head+8], b[head+10:]...)
		weight--
	}
	n := (len(b) - head - 8) / 2
	if n == 0 {
		weight = 0
	}
	binary.BigEndian.PutUint16(b[head:], uint16(n))
	binary.BigEndian.PutUint16(b[head+2:], uint16(int16(weight)))
	binary.BigEndian.PutUint16(b[head+4:], sign)
	binary.BigEndian.PutUint16(b[head+6:], uint16(scale))
	return b
}

func groupValue(s string) (n uint16) {
	for i := range len(s) {
		n = n*10 + uint16(s[i]-'0')
	}
	return n
}

var errShort = errors.New("the server's answer is cut short")

// readNumeric is the inverse of appendNumeric; it refuses what has no exact decimal.
func readNumeric(b []byte) (value.Value, error) {
	if len(b) < 8 || len(b) != 8+2*int(binary.BigEndian.Uint16(b)) {
		return value.Value{}, errShort
	}
	weight := int(int16(binary.BigEndian.Uint16(b[2:])))
	sign := binary.BigEndian.Uint16(b[4:])
	scale := int(binary.BigEndian.Uint16(b[6:]))
	if sign&numericSpecial == numericSpecial {
		return value.Value{}, fmt.Errorf("%w: NaN or infinity has no exact decimal", source.ErrValue)
	}
	s := make([]byte, 0, 4*max(1, weight+1)+scale+2)
	if sign == numericNegative {
		s = append(s, '-')
	}
	digits := b[8:]
	group := func(i int) uint16 { // the i-th group counted from the first
		if i < 0 || 2*i >= len(digits) {
			return 0
		}
		return binary.BigEndian.Uint16(digits[2*i:])
	}
	s = append(s, '0')
	for i := 0; i <= weight; i++ {
		s = appendFour(s, group(i))
	}
	s = append(s, '.')
	for i, left := weight+1, scale; left > 0; i, left = i+1, left-4 {
		four := appendFour(nil, group(i))
		s = append(s, four[:min(4, left)]...)
	}
	v, err := value.OfDecimal(string(s))
	if err != nil {
		return v, fmt.Errorf("%w: %v", source.ErrValue, err)
	}
	return v, nil
}

func appendFour(b []byte, n uint16) []byte {
	return append(b, byte('0'+n/1000%10), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
}
