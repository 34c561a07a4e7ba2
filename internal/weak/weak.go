// Package weak recognises bytes that somebody typed or filled in instead of drawing at random. It
// guarantees to name the pattern it saw, so that the refusal can say why; it never judges a value
// that was really random (the odds of each pattern in 32 random bytes are below one in 10^13).
package weak

// Pattern returns what makes b predictable, or "" when nothing is seen. Empty input is predictable.
func Pattern(b []byte) string {
	switch {
	case len(b) == 0:
		return "it is empty"
	case period(b, 1):
		return "it is one character repeated"
	case sequence(b):
		return "it counts up or down"
	case repeats(b):
		return "it repeats a short pattern"
	}
	return ""
}

// Distinct returns how many different bytes b holds.
func Distinct(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// Text reports whether every byte is printable ASCII: something typed, not drawn.
func Text(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

func period(b []byte, n int) bool {
	for i := n; i < len(b); i++ {
		if b[i] != b[i-n] {
			return false
		}
	}
	return true
}

// sequence is a constant step between neighbours, modulo 256: 00 01 02, ff fe fd, "abcdef".
// A digit sequence wraps from 9 to 0, as in "345678901234".
func sequence(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	return steps(b, 256, 0) || digits(b) && steps(b, 10, '0')
}

func steps(b []byte, modulus, base int) bool {
	step := (int(b[1]) - int(b[0]) + modulus) % modulus
	for i := 1; i < len(b); i++ {
		if (int(b[i-1])-base+step)%modulus != int(b[i])-base {
			return false
		}
	}
	return true
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// repeats is a pattern of at most half the length, repeated to the end.
func repeats(b []byte) bool {
	for n := 2; n <= len(b)/2; n++ {
		if period(b, n) {
			return true
		}
	}
	return false
}
