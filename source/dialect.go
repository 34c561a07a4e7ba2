package source

import "signet/internal/value"

// Dialect is how one database writes SQL. Its methods write into a Builder, so that every value
// goes through a placeholder.
type Dialect interface {
	// Name is the connector's type, e.g. "postgres".
	Name() string
	// Ident quotes one identifier, whatever characters it holds.
	Ident(name string) string
	// Placeholder is the n-th bound argument, counted from 1.
	Placeholder(n int) string
	// Type is the database's type for a kind.
	Type(k value.Kind) string
	// Rows writes a FROM item with the given columns and one row for each element of rows, in
	// which the extra column "ord" counts from 0: bound as arrays where the database can.
	Rows(b *Builder, alias string, columns []Column, rows [][]value.Value)
	// Lateral reports whether a join of bound rows with a table should be written as a LATERAL
	// subquery for each row. PostgreSQL joins otherwise as suits the table's size at the time of its
	// statistics, and reads all of a table that has grown since.
	Lateral() bool
	// KeepWhole is what a CREATE TABLE ends with so that texts of a few kilobytes stay in their rows
	// as they are; "" where the database does that by itself.
	KeepWhole() string
	// Trunc writes the expression, a date or a timestamp, cut to a granularity (day, week, month,
	// quarter or year) as a date.
	Trunc(b *Builder, granularity string, expr func())
	// Contains writes a case-insensitive test that expr holds the text.
	Contains(b *Builder, expr func(), text string)
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
