// Package mysql connects to a MySQL (8.0.14 or newer) or MariaDB (10.6 or newer) server.
//
// It guarantees that the read side cannot write: its sessions and each of its transactions are read-only in
// the server, and a statement runs only after the server has taken it as a query inside of another one. It
// guarantees for the write side that COMMIT is never sent behind a failed statement, and that a lost answer to
// a commit is told apart from a commit that did not happen. A server gets no file of this machine.
package mysql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"signet/internal/value"
	"signet/source"
)

// Source is a connection pool to one database. Reads and writes have connections of their own,
// so that slow dashboards never keep a write waiting.
type Source struct {
	id     string
	reads  *sql.DB
	writes *sql.DB
	login  *source.PostgresLogin

	mu        sync.Mutex
	inspected map[[sha256.Size]byte]bool // guarded by mu; statements that are known to be queries
}

var (
	_ source.Source        = (*Source)(nil)
	_ source.TargetChecker = (*Source)(nil)
)

// secretLifetime ends connections whose secret may have been closed meanwhile.
const secretLifetime = 15 * time.Minute

// Open is OpenWith for a definition that names no secret.
func Open(def source.Definition) (*Source, error) { return OpenWith(def, nil) }

// OpenWith prepares the pools; it connects with the first statement, so that a database that is down
// does not keep the server from starting. logins reads the secret that a definition names;
// Close ends its use.
func OpenWith(def source.Definition, logins *source.Logins) (*Source, error) {
	if def.MySQL == nil {
		return nil, fmt.Errorf("source %s is not a MySQL database", def.ID)
	}
	total := def.MySQL.MaxConnections
	if total == 0 {
		total = defaultConnections
	}
	s := &Source{id: def.ID, inspected: map[[sha256.Size]byte]bool{}}
	var err error
	if s.login, err = logins.OpenMySQL(*def.MySQL); err != nil {
		return nil, fmt.Errorf("source %s: %w", def.ID, err)
	}
	kills := make(chan struct{}, 2)
	for _, p := range []struct {
		pool     **sql.DB
		size     int
		readOnly bool
	}{{&s.writes, max(1, total/2), false}, {&s.reads, max(1, total-total/2), true}} {
		cfg, err := driverConfig(*def.MySQL)
		if err != nil {
			s.login.Close()
			return nil, fmt.Errorf("source %s: %w", def.ID, err)
		}
		pool := sql.OpenDB(&connector{cfg: cfg, login: s.login.Get, refused: s.login.Refused, readOnly: p.readOnly, kills: kills})
		pool.SetMaxOpenConns(p.size)
		pool.SetMaxIdleConns(p.size)
		pool.SetConnMaxIdleTime(50 * time.Second) // before the server ends an idle session
		pool.SetConnMaxLifetime(time.Hour)
		if def.MySQL.Secret != "" || def.MySQL.Password != "" {
			pool.SetConnMaxLifetime(secretLifetime)
		}
		*p.pool = pool
	}
	return s, nil
}

// Close implements source.Source.
func (s *Source) Close() error {
	err := errors.Join(s.reads.Close(), s.writes.Close())
	s.login.Close() // last: a lease is given back that no statement uses any more
	return err
}

// Dialect implements source.Source.
func (s *Source) Dialect() source.Dialect { return Dialect{} }

var errNotAQuery = fmt.Errorf("%w here: only queries can be read", source.ErrReadOnly)

// Query implements source.Source.
func (s *Source) Query(ctx context.Context, st source.Statement, maxRows int) (source.Result, error) {
	var result source.Result
	err := s.read(ctx, func(c *conn) error {
		if err := s.inspect(ctx, c, st); err != nil {
			return err
		}
		if err := c.exec(ctx, "START TRANSACTION READ ONLY"); err != nil {
			return err
		}
		var err error
		result, err = c.run(ctx, st, true, maxRows)
		if strings.Contains(strings.ToLower(st.SQL), "get_lock") {
			c.spoiled = true // such a lock outlives the transaction: it ends with the session
		}
		if c.spoiled {
			return err
		}
		return errors.Join(err, c.exec(context.WithoutCancel(ctx), "ROLLBACK"))
	})
	if err != nil {
		return source.Result{}, err
	}
	return result, nil
}

// asTable writes a query as a table of another one. It must parse by itself, too, so that no parenthesis in it
// closes this one.
func asTable(query string) string { return "SELECT * FROM (" + query + "\n) AS q LIMIT 0" }

// duplicateColumn is the server's complaint about a query with two columns of one name: it has taken it as a
// table.
const duplicateColumn = 1060

// syntaxError is the server's answer to all that is no query where one must stand.
const syntaxError = 1064

// maxInspected bounds how many statements are remembered as inspected.
const maxInspected = 4096

// inspect refuses what is not a query, before it runs for the first time: the server itself says so, as it has
// to take the statement as a table. A read-only transaction lets SET, KILL, CALL and SELECT INTO OUTFILE pass
// (threat A8).
func (s *Source) inspect(ctx context.Context, c *conn, st source.Statement) error {
	sum := sha256.Sum256([]byte(st.SQL))
	s.mu.Lock()
	known := s.inspected[sum]
	s.mu.Unlock()
	if known {
		return nil
	}
	err := c.guarded(ctx, func(ctx context.Context) error {
		if _, err := c.prepare(ctx, st.SQL); err != nil {
			return err
		}
		table, err := c.raw.PrepareContext(ctx, asTable(st.SQL))
		switch {
		case err == nil:
			return table.Close()
		case number(err) == syntaxError:
			return fmt.Errorf("%w: %v", errNotAQuery, err)
		case number(err) == duplicateColumn:
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.inspected) >= maxInspected {
		clear(s.inspected)
	}
	s.inspected[sum] = true
	return nil
}

// Describe implements source.Source: the server plans the query and, because none of its rows are asked for,
// does not run it.
func (s *Source) Describe(ctx context.Context, query source.Statement) ([]source.Column, error) {
	var columns []source.Column
	err := s.read(ctx, func(c *conn) error {
		if err := s.inspect(ctx, c, query); err != nil {
			return err
		}
		return c.guarded(ctx, func(ctx context.Context) (err error) {
			columns, err = c.describe(ctx, query)
			return err
		})
	})
	return columns, err
}

func (c *conn) describe(ctx context.Context, query source.Statement) ([]source.Column, error) {
	args, err := bind(query.Args)
	if err != nil {
		return nil, errors.Join(query.Err, err)
	}
	p, err := c.prepare(ctx, asTable(query.SQL))
	if err != nil {
		return nil, err
	}
	if n := p.stmt.NumInput(); n != len(args) {
		return nil, fmt.Errorf("the statement has %d parameters, but %d arguments are given", n, len(args))
	}
	got, err := p.stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	columns := columnsOf(got.(rows))
	return columns, got.Close()
}

const columnSQL = "SELECT column_name, column_type, is_nullable = 'YES'," +
	" column_default IS NOT NULL OR extra LIKE '%auto_increment%' OR extra LIKE '%GENERATED%'" +
	" FROM information_schema.columns WHERE table_schema = IFNULL(?, DATABASE()) AND table_name = ?"

// Columns implements source.Source. A schema is what the server calls a database.
func (s *Source) Columns(ctx context.Context, name string) ([]source.Column, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: the table has no name", source.ErrSchema)
	}
	columns, err := s.Describe(ctx, source.NewBuilder(Dialect{}).Raw("SELECT * FROM ").Table(name).Statement())
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	details, err := s.Query(ctx, source.Statement{SQL: columnSQL, Args: inCatalogue(name)}, math.MaxInt32)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	for i, c := range columns {
		columns[i].Nullable = true
		for _, d := range details.Rows {
			if d[0].String() == c.Name {
				columns[i].Type, columns[i].Nullable, columns[i].Default = d[1].String(), d[2].Int() == 1, d[3].Int() == 1
			}
		}
	}
	return columns, nil
}

// inCatalogue returns the schema of a table, NULL for the connection's own, and its name.
func inCatalogue(name string) []any {
	if schema, table, ok := strings.Cut(name, "."); ok {
		return []any{value.OfText(schema), value.OfText(table)}
	}
	return []any{value.Null(value.Text), value.OfText(name)}
}

const engineSQL = "SELECT IFNULL(t.engine, t.table_type), IFNULL(e.transactions, 'NO') = 'YES' FROM information_schema.tables t" +
	" LEFT JOIN information_schema.engines e ON e.engine = t.engine WHERE t.table_schema = IFNULL(?, DATABASE()) AND t.table_name = ?"

// CheckTarget implements source.TargetChecker: only some of the server's engines have transactions, and what is
// written to the others stays when the transaction fails.
func (s *Source) CheckTarget(ctx context.Context, name string) error {
	r, err := s.Query(ctx, source.Statement{SQL: engineSQL, Args: inCatalogue(name)}, 1)
	if err != nil {
		return err
	}
	if len(r.Rows) == 1 && r.Rows[0][1].Int() == 1 {
		return nil
	}
	engine := "unknown"
	if len(r.Rows) == 1 {
		engine = r.Rows[0][0].String()
	}
	return fmt.Errorf("%w: the engine of %s is %s, which has no transactions: ALTER TABLE it to ENGINE = InnoDB", source.ErrSchema, name, engine)
}

// Ping implements source.Source: it asks as the writing side, for which read-only matters.
func (s *Source) Ping(ctx context.Context) (source.Status, error) {
	session, err := s.borrow(ctx, s.writes)
	if err != nil {
		return source.Status{}, classify(ctx, err)
	}
	defer session.release()
	r, err := session.run(ctx, source.Statement{SQL: "SELECT VERSION(), CAST(@@global.read_only AS SIGNED), NOW(6)"}, true, 0)
	if err != nil {
		return source.Status{}, classify(ctx, err)
	}
	row := r.Rows[0]
	return source.Status{Version: row[0].String(), ReadOnly: row[1].Int() != 0, Clock: row[2].Time()}, nil
}

// read runs f on a reading connection. A read that met a dead connection is tried once more: it has changed
// nothing.
func (s *Source) read(ctx context.Context, f func(*conn) error) error {
	for try := 0; ; try++ {
		session, err := s.borrow(ctx, s.reads)
		if err != nil {
			return classify(ctx, err)
		}
		err = f(session.conn)
		session.release()
		if err == nil || try > 0 || ctx.Err() != nil || !lost(err) && !ended(err) {
			return classify(ctx, err)
		}
	}
}

// session is a connection on loan from a pool.
type session struct {
	*conn
	loan *sql.Conn
}

func (s *Source) borrow(ctx context.Context, pool *sql.DB) (*session, error) {
	loan, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	out := &session{loan: loan}
	err = loan.Raw(func(c any) error {
		out.conn = c.(*conn)
		return nil
	})
	if err != nil {
		_ = loan.Close()
		return nil, err
	}
	return out, nil
}

// release gives the connection back; the pool closes one that is not valid any more.
func (s *session) release() { _ = s.loan.Close() }
