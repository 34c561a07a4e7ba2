package source

import "signet/internal/value"

// Dialect is how one database writes SQL. Its methods write into a Builder, so that every value
// goes through a placeholder.
type Dialect interface {
	// Name is the connector's type, e.g. "postgres".
	Name() string
	// Ident quotes one identifier, whatever characters it holds.
	Ident(name string) string
	// Placeholder is the n-th bound argument, counted from 1. v is what is bound: a value or a list.
	Placeholder(n int, v any) string
	// Type is the database's type for a kind.
	Type(k value.Kind) string
	// KeyType is the database's type for texts of at most n characters that are compared byte by byte and can
	// be a primary key.
	KeyType(n int) string
	// Booleans reports whether true and false have a type of their own; 0 and 1 stand for them otherwise.
	Booleans() bool
	// Cast writes the expression as a kind.
	Cast(b *Builder, k value.Kind, expr func())
	// Exact writes the expression, of a kind, so that comparing, grouping and sorting tell all texts apart. What
	// comes of it may be bytes: Cast makes a text of them.
	Exact(b *Builder, k value.Kind, expr func())
	// Exactly writes a value so that whatever it is compared with is told apart exactly.
	Exactly(b *Builder, v value.Value)
	// Compare writes a comparison of the expression with a value that is not NULL: op is =, <, <=, > or >=.
	Compare(b *Builder, expr func(), op string, v value.Value)
	// Members writes a test that the expression is, or with not is not, equal to one of the values, none of
	// which is NULL.
	Members(b *Builder, expr func(), values value.List, not bool)
	// Order writes a sort by the expression, of a kind, with NULLs last.
	Order(b *Builder, k value.Kind, expr func(), descending bool)
	// Rows writes a FROM item with the given columns and one row for each element of rows, in
	// which the extra column "ord" counts from 0: bound as arrays where the database can.
	Rows(b *Builder, alias string, columns []Column, rows [][]value.Value)
	// Lateral reports whether a join of bound rows with a table should be written as a LATERAL
	// subquery for each row. PostgreSQL joins otherwise as suits the table's size at the time of its
	// statistics, and reads all of a table that has grown since.
	Lateral() bool
	// Apart reports whether bound rows should be looked up in a table by a query for each, joined by UNION ALL.
	// A bound row's text has a collation of its own in some databases, with which a join finds no index.
	Apart() bool
	// KeepWhole is what a CREATE TABLE ends with so that its rows are written with the transaction,
	// and texts of a few kilobytes stay in them as they are; "" where the database does that by itself.
	KeepWhole() string
	// Trunc writes the expression, a date or a timestamp, cut to a granularity (day, week, month,
	// quarter or year) as a date.
	Trunc(b *Builder, granularity string, expr func())
	// Contains writes a case-insensitive test that expr holds the text.
	Contains(b *Builder, expr func(), text string)
}

// Standard is what most databases have in common; their dialects embed it.
type Standard struct{}

// Booleans implements Dialect.
func (Standard) Booleans() bool { return true }

// Exact implements Dialect: texts are told apart by their bytes.
func (Standard) Exact(_ *Builder, _ value.Kind, expr func()) { expr() }

// Exactly implements Dialect.
func (Standard) Exactly(b *Builder, v value.Value) { b.Arg(v) }

// Compare implements Dialect.
func (Standard) Compare(b *Builder, expr func(), op string, v value.Value) {
	expr()
	b.Raw(" " + Comparison(op) + " ").Arg(v)
}

// Members implements Dialect: the statement does not depend on the number of values.
func (Standard) Members(b *Builder, expr func(), values value.List, not bool) {
	expr()
	if not {
		b.Raw(" <> ALL(").ArgList(values).Raw(")")
	} else {
		b.Raw(" = ANY(").ArgList(values).Raw(")")
	}
}

// Order implements Dialect.
func (Standard) Order(b *Builder, _ value.Kind, expr func(), descending bool) {
	expr()
	if descending {
		b.Raw(" DESC NULLS LAST")
	} else {
		b.Raw(" ASC NULLS LAST")
	}
}

// Apart implements Dialect.
func (Standard) Apart() bool { return false }

// Comparison returns a comparison operator; any other text panics.
func Comparison(op string) string {
	switch op {
	case "=", "<", "<=", ">", ">=":
		return op
	}
	panic("source: unknown comparison")
}

// Granularity returns the name of a granularity as all dialects spell it; any other text panics:
// the planner checks before, so that none reaches SQL.
func Granularity(name string) string {
	switch name {
	case "day", "week", "month", "quarter", "year":
		return name
	}
	panic("source: unknown granularity")
}
