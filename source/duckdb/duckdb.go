// Package duckdb is the embedded warehouse: one database file below the server's data folder.
//
// It guarantees that SQL never leaves the database: file access, extensions, attached databases
// and changes of settings are off before the first statement runs and cannot be switched on
// again, for set-up files too. The read side takes single SELECT statements, as the engine itself
// names them, in read-only transactions. All of the product's cgo is here.
package duckdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"signet/internal/value"
	"signet/source"
)

// Source is an open warehouse. One process owns the file.
type Source struct {
	reads  *pool
	writes *pool
	closed sync.Once
	db     *database
}

var _ source.Source = (*Source)(nil)

// Connections of each side. DuckDB runs one query on several threads, so few are enough.
const (
	readConnections  = 4
	writeConnections = 4
)

// Open opens the warehouse's file below folder, and makes it with the definition's set-up SQL
// when it does not exist yet.
func Open(def source.Definition, folder string) (*Source, error) {
	if def.DuckDB == nil {
		return nil, fmt.Errorf("source %s is not a DuckDB warehouse", def.ID)
	}
	if bad := def.Validate(); len(bad) > 0 {
		return nil, fmt.Errorf("source %s: %s: %s", def.ID, bad[0].Field, bad[0].Message)
	}
	db, err := share(filepath.Join(folder, def.DuckDB.File), def.DuckDB.SetupSQL)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", def.ID, err)
	}
	return &Source{db: db, reads: newPool(db, readConnections), writes: newPool(db, writeConnections)}, nil
}

// Close implements source.Source.
func (s *Source) Close() error {
	s.closed.Do(func() {
		s.reads.close()
		s.writes.close()
		s.db.release()
	})
	return nil
}

// Dialect implements source.Source.
func (s *Source) Dialect() source.Dialect { return Dialect{} }

var errNotAQuery = fmt.Errorf("%w: only a single SELECT statement can be read", source.ErrReadOnly)

// Query implements source.Source.
func (s *Source) Query(ctx context.Context, st source.Statement, maxRows int) (source.Result, error) {
	c, err := s.reads.get(ctx)
	if err != nil {
		return source.Result{}, err
	}
	defer s.reads.put(c)
	if err := c.selectOnly(st.SQL); err != nil {
		return source.Result{}, classify(ctx, err)
	}
	if _, err := c.run(ctx, source.Statement{SQL: "BEGIN TRANSACTION READ ONLY"}, 0); err != nil {
		return source.Result{}, classify(ctx, err)
	}
	r, err := c.run(ctx, st, maxRows)
	// Always rolled back: nothing that the statement set may stay.
	if _, end := c.run(context.WithoutCancel(ctx), source.Statement{SQL: "ROLLBACK"}, 0); end != nil {
		c.broken = true
	}
	if err != nil {
		return source.Result{}, classify(ctx, err)
	}
	return r, nil
}

// Describe implements source.Source.
func (s *Source) Describe(ctx context.Context, query source.Statement) ([]source.Column, error) {
	c, err := s.reads.get(ctx)
	if err != nil {
		return nil, err
	}
	defer s.reads.put(c)
	if err := c.selectOnly(query.SQL); err != nil {
		return nil, classify(ctx, err)
	}
	return c.describe(ctx, query)
}

const columnSQL = `SELECT column_name, data_type, is_nullable FROM duckdb_columns()
WHERE database_name = current_database() AND lower(table_name) = lower($1) AND lower(schema_name) = lower($2)`

// Columns implements source.Source.
func (s *Source) Columns(ctx context.Context, name string) ([]source.Column, error) {
	if name == "" {
		return nil, fmt.Errorf("%w: the table has no name", source.ErrSchema)
	}
	columns, err := s.Describe(ctx, source.NewBuilder(Dialect{}).Raw("SELECT * FROM ").Table(name).Statement())
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	schema, table, qualified := strings.Cut(name, ".")
	if !qualified {
		schema, table = "main", name
	}
	details, err := s.Query(ctx, source.Statement{SQL: columnSQL, Args: []any{value.OfText(table), value.OfText(schema)}}, math.MaxInt32)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	for i, c := range columns {
		columns[i].Nullable = true
		for _, d := range details.Rows {
			if d[0].String() == c.Name {
				columns[i].Type, columns[i].Nullable = d[1].String(), d[2].Bool()
			}
		}
	}
	return columns, nil
}

// Ping implements source.Source.
func (s *Source) Ping(ctx context.Context) (source.Status, error) {
	r, err := s.Query(ctx, source.Statement{SQL: "SELECT version(), now()"}, 1)
	if err != nil {
		return source.Status{}, err
	}
	return source.Status{Version: r.Rows[0][0].String(), Clock: r.Rows[0][1].Time()}, nil
}

// pool lends connections; they are made when they are first needed.
type pool struct {
	db    *database
	slots chan *conn // nil: a connection that is not made yet
	size  int
	rest  *time.Timer // frees what idle connections hold
}

// restAfter is how long nothing may be asked until the connections give their memory back.
const restAfter = 15 * time.Second

func newPool(db *database, size int) *pool {
	p := &pool{db: db, slots: make(chan *conn, size), size: size}
	for range size {
		p.slots <- nil
	}
	p.rest = time.AfterFunc(restAfter, p.free)
	return p
}

// free closes the connections that are not in use.
func (p *pool) free() {
	for range p.size {
		select {
		case c, ok := <-p.slots:
			if !ok {
				return
			}
			if c != nil {
				c.close()
			}
			p.slots <- nil
		default:
			return
		}
	}
}

var errClosed = fmt.Errorf("%w: the source is closed", source.ErrUnavailable)

func (p *pool) get(ctx context.Context) (*conn, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case c, ok := <-p.slots:
		if !ok {
			return nil, errClosed
		}
		if c != nil {
			return c, nil
		}
		c, err := p.db.connect()
		if err != nil {
			p.slots <- nil
			return nil, errors.Join(source.ErrUnavailable, err)
		}
		return c, nil
	}
}

func (p *pool) put(c *conn) {
	if c.broken {
		c.close()
		c = nil
	}
	p.rest.Reset(restAfter)
	p.slots <- c
}

// close waits until every connection is back.
func (p *pool) close() {
	p.rest.Stop()
	for range p.size {
		if c := <-p.slots; c != nil {
			c.close()
		}
	}
	close(p.slots)
}
