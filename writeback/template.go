package writeback

import (
	"fmt"
	"strings"
)

// template is a computed value's query cut at its parameters: text, name, text, name, ... text.
// The names become columns of the bound rows, never text, so that no value can change the query.
type template struct {
	text  []string
	names []string
}

// maxQuery bounds a computed value's query.
const maxQuery = 20_000

// parseTemplate finds the :name parameters of a query outside strings, quoted identifiers,
// comments and :: casts, and refuses a query that is more than one statement.
func parseTemplate(sql string, known func(string) bool) (template, error) {
	var t template
	sql = strings.TrimSpace(sql)
	if sql == "" || len(sql) > maxQuery {
		return t, fmt.Errorf("needs a query of at most %d characters", maxQuery)
	}
	start := 0
	for i := 0; i < len(sql); {
		end, err := skipQuoted(sql, i)
		if err != nil {
			return t, err
		}
		switch {
		case end > i:
			i = end
		case sql[i] == ';':
			return t, fmt.Errorf("has a semicolon: want one query without it")
		case strings.HasPrefix(sql[i:], "::"):
			i += 2
		case sql[i] == ':' && i+1 < len(sql) && nameByte(sql[i+1]):
			end := i + 1
			for end < len(sql) && nameByte(sql[end]) {
				end++
			}
			name := sql[i+1 : end]
			if !known(name) {
				return t, fmt.Errorf("uses :%s, which is neither a signed field nor an input", name)
			}
			t.text = append(t.text, sql[start:i])
			t.names = append(t.names, name)
			i, start = end, end
		default:
			i++
		}
	}
	t.text = append(t.text, sql[start:])
	return t, nil
}

// skipQuoted returns the end of the string, quoted identifier or comment that starts at i, or i
// when none does. Dollar quotes and block comments are refused: their rules differ by database.
func skipQuoted(sql string, i int) (int, error) {
	switch rest := sql[i:]; {
	case rest[0] == '\'' || rest[0] == '"' || rest[0] == '`':
		if n := strings.IndexByte(rest[1:], rest[0]); n >= 0 {
			return i + n + 2, nil
		}
		return i, fmt.Errorf("has a quote that is not closed")
	case strings.HasPrefix(rest, "--"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n, nil
		}
		return len(sql), nil
	case strings.HasPrefix(rest, "/*"), rest[0] == '$', rest[0] == '\\':
		return i, fmt.Errorf("has %q: want plain SQL with 'text', \"names\" and -- comments", rest[:1])
	}
	return i, nil
}

func nameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
