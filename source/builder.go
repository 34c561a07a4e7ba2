package source

import (
	"strings"

	"signet/internal/value"
)

// Builder composes one statement. Text comes from Signet or from the project's own files, never
// from a request; values and identifiers come in through Arg and Ident only.
type Builder struct {
	Dialect Dialect
	sql     strings.Builder
	args    []any
	err     error
}

// NewBuilder returns an empty builder for a dialect.
func NewBuilder(d Dialect) *Builder { return &Builder{Dialect: d} }

// Raw appends SQL text that holds no value.
func (b *Builder) Raw(sql string) *Builder {
	b.sql.WriteString(sql)
	return b
}

// Ident appends a quoted identifier; several parts are joined by dots.
func (b *Builder) Ident(parts ...string) *Builder {
	for i, p := range parts {
		if i > 0 {
			b.sql.WriteByte('.')
		}
		b.sql.WriteString(b.Dialect.Ident(p))
	}
	return b
}

// Table appends a quoted table name, given as table or schema.table.
func (b *Builder) Table(name string) *Builder {
	return b.Ident(strings.SplitN(name, ".", 2)...)
}

// Arg appends a placeholder for v.
func (b *Builder) Arg(v value.Value) *Builder { return b.bind(v) }

// ArgList appends a placeholder for a whole array.
func (b *Builder) ArgList(l value.List) *Builder { return b.bind(l) }

func (b *Builder) bind(v any) *Builder {
	b.args = append(b.args, v)
	b.sql.WriteString(b.Dialect.Placeholder(len(b.args), v))
	return b
}

// Rows appends the dialect's FROM item for a list of rows.
func (b *Builder) Rows(alias string, columns []Column, rows [][]value.Value) *Builder {
	b.Dialect.Rows(b, alias, columns, rows)
	return b
}

// List appends n parts with a separator between them.
func (b *Builder) List(separator string, n int, part func(i int)) *Builder {
	for i := range n {
		if i > 0 {
			b.sql.WriteString(separator)
		}
		part(i)
	}
	return b
}

// Fail notes that a dialect cannot write a value: the statement must not run.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Statement returns what was composed.
func (b *Builder) Statement() Statement {
	return Statement{SQL: b.sql.String(), Args: b.args, Err: b.err}
}
