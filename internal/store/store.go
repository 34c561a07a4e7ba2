// Package store keeps Signet's own state in SQLite or PostgreSQL behind one small face. It
// guarantees that a write which returned is on the disk, that write transactions of one topic run
// one after another, that both engines have the same tables, and that a database which a newer
// Signet has changed is refused.
//
// SQL is written once, with ? for values and SQLite's type names. Statements are prepared once per
// text and kept, so build texts from constants: a text per value would fill the cache.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Kinds of store.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// defaultTopic is the topic of Tx and Exec.
const defaultTopic = "store"

// querier is what database/sql's DB, Conn and Tx have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// engine is how one kind of database runs statements and write transactions.
type engine interface {
	reader() querier
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	transact(ctx context.Context, topic string, f func(querier) error) error
	close() error
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	kind   string
	engine engine
}

// Open opens the store that url names and brings its tables up to date. A url is "sqlite:PATH", a
// bare path, or "postgres://...". The file is made when missing; its folder is not.
func Open(ctx context.Context, url string) (*DB, error) {
	db := &DB{kind: SQLite}
	var err error
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		db.kind = Postgres
		db.engine, err = openPostgres(ctx, url)
	} else {
		db.engine, err = openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// Kind is SQLite or Postgres.
func (db *DB) Kind() string { return db.kind }

// Shared reports whether other servers may write to the same store.
func (db *DB) Shared() bool { return db.kind == Postgres }

// Close waits for running statements and closes the store.
func (db *DB) Close() error { return db.engine.close() }

// Query runs a statement that reads; it sees everything committed before. The caller closes the rows.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return db.engine.reader().QueryContext(ctx, query, args...)
}

// QueryRow runs a statement that reads at most one row.
func (db *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return db.engine.reader().QueryRowContext(ctx, query, args...)
}

// Exec is a Tx of one statement. Never call it inside a Tx, which would wait for itself.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return db.engine.exec(ctx, query, args)
}

// Tx runs f in a write transaction, commits when f returns nil and rolls back otherwise. Transactions
// run one after another, in every process of the store, so what f reads stays true until it commits.
func (db *DB) Tx(ctx context.Context, f func(*Tx) error) error {
	return db.TxOn(ctx, defaultTopic, f)
}

// TxOn is Tx for a topic of its own: on PostgreSQL, transactions of different topics run side by
// side, so they must not depend on each other's rows. On SQLite all of them share one writer.
func (db *DB) TxOn(ctx context.Context, topic string, f func(*Tx) error) error {
	return db.engine.transact(ctx, topic, func(q querier) error { return f(&Tx{q: q}) })
}

// Tx is a running write transaction. It ends with the function that got it.
type Tx struct{ q querier }

// Exec runs one statement that writes.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return tx.q.ExecContext(ctx, query, args...)
}

// Query runs a statement that reads. The caller closes the rows before the next statement.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.q.QueryContext(ctx, query, args...)
}

// QueryRow runs a statement that reads at most one row.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.q.QueryRowContext(ctx, query, args...)
}

// IsNoRows reports whether err says that QueryRow found nothing.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// rollback undoes a failed transaction, keeping the error that made it fail.
func rollback(failed error, undo func() error) error {
	if err := undo(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return errors.Join(failed, fmt.Errorf("store: rolling back: %w", err))
	}
	return failed
}
