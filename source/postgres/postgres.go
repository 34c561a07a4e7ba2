// Package postgres connects to a PostgreSQL server (12 or newer).
//
// It guarantees that the read side cannot write: its sessions and each of its transactions are
// read-only in the server, a statement is exactly one statement because only the extended
// protocol is used, and every transaction is rolled back, so that no setting outlives it. It
// guarantees for the write side that COMMIT is never executed behind a failed statement, and
// that a lost answer to a commit is told apart from a commit that did not happen.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"signet/internal/value"
	"signet/source"
)

// Source is a connection pool to one database. Reads and writes have connections of their own,
// so that slow dashboards never keep a write waiting.
type Source struct {
	id     string
	reads  *pgxpool.Pool
	writes *pgxpool.Pool
	types  types
	login  *source.PostgresLogin
}

var _ source.Source = (*Source)(nil)

// Open is OpenWith for a definition that names no secret.
func Open(def source.Definition) (*Source, error) { return OpenWith(def, nil) }

// OpenWith prepares the pools; it connects with the first statement, so that a database that is down
// does not keep the server from starting. logins reads the secret that a definition names; Close ends its use.
func OpenWith(def source.Definition, logins *source.Logins) (*Source, error) {
	if def.Postgres == nil {
		return nil, fmt.Errorf("source %s is not a PostgreSQL database", def.ID)
	}
	total := def.Postgres.MaxConnections
	if total == 0 {
		total = defaultConnections
	}
	login, err := logins.Open(*def.Postgres)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", def.ID, err)
	}
	s := &Source{id: def.ID, login: login}
	if err := s.openPools(*def.Postgres, total); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("source %s: %w", def.ID, err)
	}
	return s, nil
}

func (s *Source) openPools(def source.Postgres, total int) error {
	for _, p := range []struct {
		pool     **pgxpool.Pool
		size     int
		readOnly bool
	}{{&s.writes, max(1, total/2), false}, {&s.reads, max(1, total-total/2), true}} {
		cfg, err := poolConfig(def, s.login.Get, p.size, p.readOnly)
		if err != nil {
			return err
		}
		if *p.pool, err = pgxpool.NewWithConfig(context.Background(), cfg); err != nil {
			return err
		}
	}
	return nil
}

// Close implements source.Source.
func (s *Source) Close() error {
	for _, p := range []*pgxpool.Pool{s.reads, s.writes} {
		if p != nil {
			p.Close()
		}
	}
	s.login.Close() // last: a lease is given back that no statement uses any more
	return nil
}

// Dialect implements source.Source.
func (s *Source) Dialect() source.Dialect { return Dialect{} }

var errNotAQuery = errors.New("the statement gives no columns: only queries can be read")

// Query implements source.Source. The statement, its transaction's begin and its end travel in
// one round trip once the connection knows the statement.
func (s *Source) Query(ctx context.Context, st source.Statement, maxRows int) (source.Result, error) {
	var result source.Result
	err := s.read(ctx, func(session *session) error {
		plans, err := session.prepare(ctx, []source.Statement{st})
		if err != nil {
			return err
		}
		// Utility statements have no columns. They must not run here even in a read-only
		// transaction: COPY ... TO PROGRAM is none of a reader's business (threat A8).
		if len(plans[0].columns) == 0 {
			return errNotAQuery
		}
		begin := source.Statement{SQL: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
		results, err := session.exchange(ctx, limits{maxRows: maxRows, finally: "ROLLBACK"}, begin, st)
		if err == nil {
			result = results[1]
		}
		return err
	})
	return result, err
}

// Describe implements source.Source: the server plans the query and does not run it.
func (s *Source) Describe(ctx context.Context, query source.Statement) ([]source.Column, error) {
	var columns []source.Column
	err := s.read(ctx, func(session *session) error {
		plans, err := session.prepare(ctx, []source.Statement{query})
		if err != nil {
			return err
		}
		if columns = plans[0].columns; len(columns) == 0 {
			return errNotAQuery
		}
		return nil
	})
	return columns, err
}

const columnSQL = `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`

// Columns implements source.Source. The search path finds a table without a schema.
func (s *Source) Columns(ctx context.Context, name string) ([]source.Column, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: the table has no name", source.ErrSchema)
	}
	b := source.NewBuilder(Dialect{})
	quoted := source.NewBuilder(Dialect{}).Table(name).Statement().SQL
	columns, err := s.Describe(ctx, b.Raw("SELECT * FROM ").Table(name).Statement())
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	details, err := s.Query(ctx, source.Statement{SQL: columnSQL, Args: []any{value.OfText(quoted)}}, math.MaxInt32)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	for i, c := range columns {
		columns[i].Nullable = true
		for _, d := range details.Rows {
			if d[0].String() == c.Name {
				columns[i].Type, columns[i].Nullable = d[1].String(), !d[2].Bool()
			}
		}
	}
	return columns, nil
}

const pingSQL = `SELECT pg_catalog.current_setting('server_version'),
	pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('transaction_read_only') = 'on', pg_catalog.clock_timestamp()`

// Ping implements source.Source: it asks as the writing side, for which read-only matters.
func (s *Source) Ping(ctx context.Context) (source.Status, error) {
	session, err := s.borrow(ctx, s.writes)
	if err != nil {
		return source.Status{}, classify(ctx, err)
	}
	defer session.loan.Release()
	results, err := session.exchange(ctx, limits{}, source.Statement{SQL: pingSQL})
	if err != nil {
		return source.Status{}, classify(ctx, err)
	}
	row := results[0].Rows[0]
	return source.Status{Version: row[0].String(), ReadOnly: row[1].Bool(), Clock: row[2].Time()}, nil
}

// read runs f on a reading connection. A read that met a dead connection or a stale plan is
// tried once more: it has changed nothing.
func (s *Source) read(ctx context.Context, f func(*session) error) error {
	for try := 0; ; try++ {
		session, err := s.borrow(ctx, s.reads)
		if err != nil {
			return classify(ctx, err)
		}
		err = f(session)
		if err != nil && stalePlan(err) && !session.conn.IsClosed() {
			_ = session.forget(ctx)
		}
		dead := session.conn.IsClosed() || fatal(err)
		session.loan.Release()
		if err == nil || try > 0 || ctx.Err() != nil || !dead && !stalePlan(err) {
			return classify(ctx, err)
		}
		if dead {
			s.reads.Reset() // others died with it, most likely, and the second try must not meet one of them
		}
	}
}

// borrow takes a connection. When the server refuses the login of a secret, which may have been rotated
// since it was read, it is read again and tried once more.
func (s *Source) borrow(ctx context.Context, pool *pgxpool.Pool) (*session, error) {
	began := time.Now()
	loan, err := pool.Acquire(ctx)
	if err != nil && refusedLogin(err) && s.login.Refused(began) {
		loan, err = pool.Acquire(ctx)
	}
	if err != nil {
		return nil, err
	}
	return newSession(loan, &s.types), nil
}
