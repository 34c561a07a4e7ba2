package dataset

import (
	"errors"
	"strings"
)

// singleStatement returns an author's query without the semicolons behind it. It refuses what
// cannot stand in the parentheses of a FROM: several statements, an open quote, comment or
// parenthesis, a parameter. It is for good messages and against slips; what keeps a query from
// writing is the source's read side.
func singleStatement(sql string) (string, error) {
	end, depth, after := 0, 0, false // end: behind the last character that counts
	for i := 0; i < len(sql); {
		n, blank, err := token(sql[i:])
		if err != nil {
			return "", err
		}
		c := sql[i]
		switch {
		case blank:
		case c == ';':
			after = true
		case after:
			return "", errors.New("has more than one statement")
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return "", errors.New("closes a parenthesis that is not open")
			}
		case c == '$' && n > 1 && sql[i+1] >= '0' && sql[i+1] <= '9':
			return "", errors.New("has a parameter such as $1: a dataset's query takes none")
		}
		i += n
		if !blank && c != ';' {
			end = i
		}
	}
	if depth > 0 {
		return "", errors.New("leaves a parenthesis open")
	}
	if end == 0 {
		return "", errors.New("is empty")
	}
	return sql[:end], nil
}

// token returns the length of the first token of s, and whether it is white space or a comment.
func token(s string) (n int, blank bool, err error) {
	switch c := s[0]; {
	case strings.HasPrefix(s, "--"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end + 1, true, nil
		}
		return len(s), true, nil
	case strings.HasPrefix(s, "/*"):
		n, err = blockComment(s)
		return n, true, err
	case c == '\'' || c == '"' || c == '`': // a name, in MySQL
		n, err = quoted(s, c, false)
		return n, false, err
	case (c == 'e' || c == 'E') && len(s) > 1 && s[1] == '\'':
		n, err = quoted(s[1:], '\'', true)
		return n + 1, false, err
	case c == '$':
		n, err = dollar(s)
		return n, false, err
	case wordByte(c):
		for n = 1; n < len(s) && (wordByte(s[n]) || s[n] == '$'); n++ {
		}
		return n, false, nil
	}
	return 1, strings.IndexByte(" \t\r\n\f\v", s[0]) >= 0, nil
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func quoted(s string, quote byte, escapes bool) (int, error) {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] != quote:
		case i+1 < len(s) && s[i+1] == quote:
			i++
		default:
			return i + 1, nil
		}
	}
	return 0, errors.New("leaves a quote open")
}

// blockComment knows nested comments, as PostgreSQL does.
func blockComment(s string) (int, error) {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1, nil
			}
		}
	}
	return 0, errors.New("leaves a comment open")
}

// dollar returns the length of a text in dollar quotes, of a parameter, or of a lone dollar.
func dollar(s string) (int, error) {
	n := 1
	for n < len(s) && wordByte(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '$' || n > 1 && s[1] >= '0' && s[1] <= '9' {
		return n, nil
	}
	tag := s[:n+1]
	end := strings.Index(s[len(tag):], tag)
	if end < 0 {
		return 0, errors.New("leaves a quote open")
	}
	return end + 2*len(tag), nil
}
