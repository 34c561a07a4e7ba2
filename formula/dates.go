package formula

import (
	"regexp"
	"slices"
	"strings"
)

// piece is a part of a date's format: a code such as yyyy, or a text that stands for itself.
type piece struct {
	code    string
	literal string
}

// codes are the codes of a date's format, longest first where one begins another. parse is the
// pattern of what is read; "" for what is only written.
var codes = []struct{ code, parse string }{
	{"yyyy", `([0-9]{4})`}, {"yy", ""}, {"MMMM", ""}, {"MMM", `([A-Za-z]{3})`}, {"MM", `([0-9]{1,2})`}, {"M", `([0-9]{1,2})`},
	{"dd", `([0-9]{1,2})`}, {"d", `([0-9]{1,2})`}, {"HH", `([0-9]{1,2})`}, {"H", `([0-9]{1,2})`}, {"hh", ""}, {"h", ""},
	{"mm", `([0-9]{1,2})`}, {"m", `([0-9]{1,2})`}, {"SSS", `([0-9]{3})`}, {"ss", `([0-9]{1,2})`}, {"s", `([0-9]{1,2})`},
	{"a", ""}, {"EEEE", ""}, {"EEE", ""},
}

const maxPieces = 40

// spellDate reads a format. Letters are codes, quoted text and all else stand for themselves.
func spellDate(format string, at *Node, parse bool) []piece {
	var out []piece
	for rest := format; rest != ""; {
		p, n := nextPiece(rest, at)
		rest = rest[n:]
		if last := len(out) - 1; p.code == "" && last >= 0 && out[last].code == "" {
			out[last].literal += p.literal
			continue
		}
		if out = append(out, p); len(out) > maxPieces {
			fail(at.offset, "the format has more than %d parts", maxPieces)
		}
	}
	if parse {
		checkParse(out, at)
	}
	return out
}

func nextPiece(s string, at *Node) (piece, int) {
	if s[0] == '\'' {
		end := strings.IndexByte(s[1:], '\'')
		if end < 0 {
			fail(at.offset, "the format has a quote that is not closed")
		}
		return piece{literal: s[1 : 1+end]}, end + 2
	}
	if strings.IndexByte(letters, s[0]) < 0 {
		return piece{literal: s[:1]}, 1
	}
	run := len(s) - len(strings.TrimLeft(s, s[:1]))
	if s[0] == 'T' && run == 1 {
		return piece{literal: "T"}, 1 // as in yyyy-MM-ddTHH:mm:ss
	}
	if !slices.ContainsFunc(codes, func(c struct{ code, parse string }) bool { return c.code == s[:run] }) {
		fail(at.offset, "the format has %.20q, which is not known: want yyyy, yy, MMMM, MMM, MM, M, dd, d, HH, H, hh, h, mm, m, ss, s, SSS, a, EEEE, EEE, or text in quotes", s[:run])
	}
	return piece{code: s[:run]}, run
}

// checkParse wants a format that tells a day.
func checkParse(pieces []piece, at *Node) {
	seen := map[byte]bool{}
	for _, p := range pieces {
		if p.code == "" {
			continue
		}
		if patternOf(p.code) == "" {
			fail(at.offset, "%s can be written but not read", p.code)
		}
		if seen[p.code[0]] {
			fail(at.offset, "the format has %c twice", p.code[0])
		}
		seen[p.code[0]] = true
	}
	if !seen['y'] {
		fail(at.offset, "the format needs a year, yyyy")
	}
}

func patternOf(code string) string {
	for _, c := range codes {
		if c.code == code {
			return c.parse
		}
	}
	return ""
}

// expression is the regular expression of texts that have the format, one group for each code.
func expression(pieces []piece) string {
	var b strings.Builder
	b.WriteByte('^')
	for _, p := range pieces {
		if p.code == "" {
			b.WriteString(regexp.QuoteMeta(p.literal))
		} else {
			b.WriteString(patternOf(p.code))
		}
	}
	b.WriteByte('$')
	return b.String()
}

// group returns which group of the expression holds a part of the date (y, M, d, H, m, s, S), and its code; 0 for none.
func group(pieces []piece, part byte) (n int, code string) {
	for _, p := range pieces {
		if p.code == "" {
			continue
		}
		if n++; p.code[0] == part {
			return n, p.code
		}
	}
	return 0, ""
}

// jsonPath reads a path such as $.a.b[0] into its steps.
func jsonPath(at *Node) []string {
	rest, ok := strings.CutPrefix(at.text, "$")
	bad := func() {
		fail(at.offset, "%.60q is not a path: want one such as $.a.b[0]", at.text)
	}
	if !ok {
		bad()
	}
	var steps []string
	for rest != "" && len(steps) < maxPieces {
		open, set, close := rest[0], letters+digits+"_-", ""
		if open == '[' {
			set, close = digits, "]"
		}
		n := len(rest) - len(strings.TrimLeft(rest[1:], set)) - 1
		if open != '.' && open != '[' || n == 0 || !strings.HasPrefix(rest[1+n:], close) {
			bad()
		}
		steps = append(steps, rest[:1+n+len(close)])
		rest = rest[1+n+len(close):]
	}
	if len(steps) == 0 || rest != "" {
		bad()
	}
	return steps
}
