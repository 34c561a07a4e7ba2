// Package source is the seam to the users' databases. Each connector (a folder below) gives a
// read side, whose transactions cannot write, and a write side that only package writeback uses.
//
// It guarantees that values are always bound and identifiers always quoted: statements are made
// by a Builder, and no connector takes SQL with values in it.
package source

import (
	"context"
	"time"

	"signet/internal/value"
)

// Statement is one SQL statement with its bound arguments: value.Value or value.List.
type Statement struct {
	SQL  string
	Args []any
	Err  error // why it must not run: a dialect that refuses values gives it, and its connector returns it
}

// Column is a column of a result or of a table in the catalogue.
type Column struct {
	Name     string
	Kind     value.Kind // 0 when the database's type has no kind; such columns cannot be read
	Type     string     // the database's own name of the type
	Nullable bool       // catalogue only
	Default  bool       // catalogue only: an insert may leave it out
}

// Result is the whole answer of one statement.
type Result struct {
	Columns  []Column
	Rows     [][]value.Value
	Affected int64 // rows written; 0 for a query
}

// Source is an open connection to one database.
type Source interface {
	// Dialect returns how the database writes SQL.
	Dialect() Dialect
	// Query runs one statement in a read-only transaction and returns at most maxRows rows; one
	// more is ErrRowLimit. The context's end cancels the statement in the database.
	Query(ctx context.Context, s Statement, maxRows int) (Result, error)
	// Columns returns a table's columns in their order, or ErrSchema when there is no such table.
	// name is a table, or schema.table.
	Columns(ctx context.Context, name string) ([]Column, error)
	// Describe returns the columns that a query would give, without running it.
	Describe(ctx context.Context, query Statement) ([]Column, error)
	// BeginWrite opens a write transaction that holds the named locks until it ends: two transactions
	// with a lock in common never overlap, in this process or another. Only package writeback
	// calls it; a test fails otherwise.
	BeginWrite(ctx context.Context, locks []uint64) (Tx, error)
	// Ping checks that the database answers and says where it stands.
	Ping(ctx context.Context) (Status, error)
	// Close frees the connections after the running statements have ended.
	Close() error
}

// TargetChecker is a Source some of whose tables cannot be written in a transaction.
type TargetChecker interface {
	// CheckTarget returns why a table must not be written, nil when it may.
	CheckTarget(ctx context.Context, name string) error
}

// Tx is a write transaction. It is not safe for concurrent use.
type Tx interface {
	// Run executes statements in order, in one round trip where the database can, and sees the
	// writes of earlier ones. An error ends the transaction.
	Run(ctx context.Context, statements ...Statement) ([]Result, error)
	// Commit executes the last statements and commits. ErrOutcomeUnknown means that the
	// connection was lost while the commit was on its way: it may have happened or not.
	Commit(ctx context.Context, statements ...Statement) ([]Result, error)
	// Rollback ends the transaction; after Commit it does nothing.
	Rollback()
}

// Status is where a database stands.
type Status struct {
	Version  string
	ReadOnly bool
	Clock    time.Time
}
