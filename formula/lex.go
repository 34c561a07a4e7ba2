package formula

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	end tokenKind = iota
	numberToken
	textToken
	nameToken
	fieldToken
	parameterToken
	symbol // and the words and, or, not
)

type token struct {
	kind   tokenKind
	offset int
	text   string
}

// lexer cuts the formula into tokens. Its text is valid UTF-8 without NUL.
type lexer struct {
	in string
	at int
}

func (l *lexer) next() token {
	l.blank()
	t := token{offset: l.at}
	if l.at == len(l.in) {
		return t
	}
	rest := l.in[l.at:]
	switch c := rest[0]; {
	case digit(c) || c == '.' && len(rest) > 1 && digit(rest[1]):
		t.kind, t.text = numberToken, l.number()
	case c == '\'' || c == '"':
		t.kind, t.text = textToken, l.quoted(c)
	case c == '{':
		t.kind, t.text = fieldToken, l.braced("a field", 1)
	case strings.HasPrefix(rest, "${"):
		t.kind, t.text = parameterToken, l.braced("a parameter", 2)
		if strings.Trim(t.text, letters+digits) != "" {
			fail(t.offset, "%q is no name of a parameter: want letters and digits", t.text)
		}
	case wordStart(rest):
		t.kind, t.text = nameToken, l.word()
		if w := strings.ToLower(t.text); w == "and" || w == "or" || w == "not" {
			t.kind, t.text = symbol, w
		}
	default:
		t.kind, t.text = symbol, l.symbol()
	}
	return t
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func digit(c byte) bool { return c >= '0' && c <= '9' }

// blank skips white space and comments.
func (l *lexer) blank() {
	for l.at < len(l.in) {
		r, n := utf8.DecodeRuneInString(l.in[l.at:])
		switch {
		case unicode.IsSpace(r):
			l.at += n
		case strings.HasPrefix(l.in[l.at:], "/*"):
			close := strings.Index(l.in[l.at+2:], "*/")
			if close < 0 {
				fail(l.at, "the comment is not closed: want */")
			}
			l.at += close + 4
		default:
			return
		}
	}
}

func (l *lexer) number() string {
	start, point := l.at, false
	for l.at < len(l.in) && (digit(l.in[l.at]) || l.in[l.at] == '.' && !point) {
		point = point || l.in[l.at] == '.'
		l.at++
	}
	if l.at < len(l.in) && (wordStart(l.in[l.at:]) || l.in[l.at] == '.') {
		fail(l.at, "a number ends here: want an operator, a comma or the end")
	}
	return l.in[start:l.at]
}

// quoted reads a text. A backslash keeps a quote or a backslash from its meaning, and is a character
// like any other elsewhere.
func (l *lexer) quoted(quote byte) string {
	start := l.at
	var b strings.Builder
	for l.at++; l.at < len(l.in); l.at++ {
		c := l.in[l.at]
		switch {
		case c == quote:
			l.at++
			return b.String()
		case c == '\\' && l.at+1 < len(l.in) && strings.IndexByte(`'"\`, l.in[l.at+1]) >= 0:
			l.at++
			b.WriteByte(l.in[l.at])
		default:
			b.WriteByte(c)
		}
	}
	fail(start, "the text is not closed: want %c", quote)
	return ""
}

// braced reads a name in braces, whose opening has n characters.
func (l *lexer) braced(what string, n int) string {
	start := l.at
	length := strings.IndexAny(l.in[start+n:], "{}\n")
	if length < 0 || l.in[start+n+length] != '}' {
		fail(start, "the name of %s is not closed: want }", what)
	}
	if length == 0 {
		fail(start, "the name of %s is empty", what)
	}
	l.at = start + n + length + 1
	return l.in[start+n : start+n+length]
}

func wordStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || unicode.IsLetter(r)
}

func (l *lexer) word() string {
	start := l.at
	for l.at < len(l.in) {
		r, n := utf8.DecodeRuneInString(l.in[l.at:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		l.at += n
	}
	return l.in[start:l.at]
}

func (l *lexer) symbol() string {
	rest := l.in[l.at:]
	for _, s := range []string{"<>", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", "[", "]", ","} {
		if strings.HasPrefix(rest, s) {
			l.at += len(s)
			if s == "!=" {
				return "<>"
			}
			return s
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	fail(l.at, "%q has no meaning here", r)
	return ""
}
