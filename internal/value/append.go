package value

import "time"

// The appenders below do what time.AppendFormat and fmt do, at a fraction of their cost: a page of
// tickets spells thousands of values.

func appendHex(b []byte, u uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[u>>shift&15])
	}
	return b
}

func appendDate(b []byte, t time.Time) []byte {
	y, m, d := t.Date()
	if y < 0 || y > 9999 { // rare, and the library knows how
		return t.AppendFormat(b, time.DateOnly)
	}
	b = appendDigits(b, y, 4)
	b = appendDigits(append(b, '-'), int(m), 2)
	return appendDigits(append(b, '-'), d, 2)
}

func appendTimestamp(b []byte, t time.Time) []byte {
	hour, minute, second := t.Clock()
	b = appendDigits(append(appendDate(b, t), 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	return append(appendDigits(append(b, '.'), t.Nanosecond()/1000, 6), 'Z')
}

func appendDigits(b []byte, n, width int) []byte {
	var digits [6]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, digits[:width]...)
}
