package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
)

// rebound runs SQL with ? placeholders where PostgreSQL wants $1, $2 and so on.
type rebound struct {
	texts *rebinder
	on    querier
}

func (r rebound) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return r.on.ExecContext(ctx, r.texts.rebind(query), args...)
}

func (r rebound) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.on.QueryContext(ctx, r.texts.rebind(query), args...)
}

func (r rebound) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return r.on.QueryRowContext(ctx, r.texts.rebind(query), args...)
}

// rebinder remembers what it has rewritten. Texts are constants of the program, so they are few;
// beyond the bound it rewrites without remembering.
type rebinder struct {
	mu   sync.RWMutex
	done map[string]string // guarded by mu
}

func (r *rebinder) rebind(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	r.mu.RLock()
	text, ok := r.done[query]
	r.mu.RUnlock()
	if ok {
		return text
	}
	text = placeholders(query)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = map[string]string{}
	}
	if len(r.done) < 4*maxStatements {
		r.done[query] = text
	}
	return text
}

// placeholders replaces each ? by $n, but not inside quotes and comments.
func placeholders(query string) string {
	var out strings.Builder
	n := 0
	for _, part := range split(query) {
		if !part.code {
			out.WriteString(part.text)
			continue
		}
		for _, c := range []byte(part.text) {
			if c != '?' {
				out.WriteByte(c)
				continue
			}
			n++
			out.WriteByte('$')
			out.WriteString(strconv.Itoa(n))
		}
	}
	return out.String()
}

// part is a stretch of SQL: code, or one quoted text, quoted name or comment.
type part struct {
	text string
	code bool
}

// split cuts SQL into code and the rest. An unclosed quote or comment reaches to the end; the
// database then says what is wrong.
func split(query string) []part {
	var parts []part
	start := 0
	for i := 0; i < len(query); {
		end := closing(query, i)
		if end == i {
			i++
			continue
		}
		if start < i {
			parts = append(parts, part{query[start:i], true})
		}
		parts = append(parts, part{query[i:end], false})
		start, i = end, end
	}
	if start < len(query) {
		parts = append(parts, part{query[start:], true})
	}
	return parts
}

// closing returns where the quote or comment that starts at i ends, or i when none starts there.
// A doubled quote reads as the end of one and the start of the next, which comes to the same.
func closing(query string, i int) int {
	rest := query[i:]
	var mark string
	skip := 1
	switch {
	case rest[0] == '\'' || rest[0] == '"':
		mark = rest[:1]
	case strings.HasPrefix(rest, "--"):
		mark, skip = "\n", 2
	case strings.HasPrefix(rest, "/*"):
		mark, skip = "*/", 2
	default:
		return i
	}
	at := strings.Index(rest[skip:], mark)
	if at < 0 {
		return len(query)
	}
	return i + skip + at + len(mark)
}
