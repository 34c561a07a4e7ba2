package duckdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"signet/source"
)

const (
	// maxPrepared bounds the prepared statements of one connection. The engine frees what a
	// statement has sorted or grouped only with its plan: each holds a megabyte and more.
	maxPrepared = 16
	// worthKeeping is how long a statement may run and still be kept: a plan is cheap beside a
	// long run, and what a long run leaves is large.
	worthKeeping = 2 * time.Millisecond
)

func threads() int { return min(4, runtime.NumCPU()) }

// conn is one connection. It is used by one goroutine at a time.
type conn struct {
	db     *database
	conn   mapping.Connection
	known  map[string]*prepared
	uses   int  // counts statements, to find the one not used for longest
	broken bool // must be closed instead of used again
}

type prepared struct {
	stmt mapping.PreparedStatement
	kind mapping.StatementType
	used int // the connection's count at its last use
}

func (c *conn) close() {
	c.forget()
	mapping.Disconnect(&c.conn)
}

func (c *conn) forget() {
	for _, p := range c.known {
		mapping.DestroyPrepare(&p.stmt)
	}
	clear(c.known)
}

// prepare returns the statement's plan. The engine's parser splits the text: more or less than
// one statement is refused.
func (c *conn) prepare(sql string) (*prepared, error) {
	c.uses++
	if p := c.known[sql]; p != nil {
		p.used = c.uses
		return p, nil
	}
	p, err := c.prepareUnlisted(sql)
	if err != nil {
		return nil, err
	}
	if len(c.known) >= maxPrepared {
		c.drop(c.oldest())
	}
	p.used = c.uses
	c.known[sql] = p
	return p, nil
}

func (c *conn) oldest() string {
	return slices.MinFunc(slices.Collect(maps.Keys(c.known)), func(a, b string) int { return c.known[a].used - c.known[b].used })
}

func (c *conn) drop(sql string) {
	mapping.DestroyPrepare(&c.known[sql].stmt)
	delete(c.known, sql)
}

func (c *conn) prepareUnlisted(sql string) (*prepared, error) {
	if strings.ContainsRune(sql, 0) {
		//lint:ignore ST1005 as DuckDB words it: its errors are told apart by this
		return nil, errors.New("Parser Error: the statement holds a NUL character")
	}
	var parts mapping.ExtractedStatements
	n := mapping.ExtractStatements(c.conn, sql, &parts)
	defer mapping.DestroyExtracted(&parts)
	if n != 1 {
		if message := mapping.ExtractStatementsError(parts); message != "" {
			return nil, errors.New(message)
		}
		//lint:ignore ST1005 as DuckDB words it: its errors are told apart by this
		return nil, fmt.Errorf("Parser Error: want one statement, got %d", n)
	}
	return c.prepareOne(parts, 0)
}

func (c *conn) prepareOne(parts mapping.ExtractedStatements, i mapping.IdxT) (*prepared, error) {
	p := &prepared{}
	if mapping.PrepareExtractedStatement(c.conn, parts, i, &p.stmt) == mapping.StateError {
		message := mapping.PrepareError(p.stmt)
		mapping.DestroyPrepare(&p.stmt)
		return nil, errors.New(message)
	}
	p.kind = mapping.PreparedStatementType(p.stmt)
	return p, nil
}

// selectOnly refuses everything that the engine does not call a SELECT.
func (c *conn) selectOnly(sql string) error {
	p, err := c.prepare(sql)
	if err == nil && p.kind != mapping.StatementTypeSelect {
		err = errNotAQuery
	}
	return err
}

// writable lists the statements that a write transaction may hold; its begin and end are ours.
var writable = map[mapping.StatementType]bool{
	mapping.StatementTypeSelect: true, mapping.StatementTypeInsert: true, mapping.StatementTypeUpdate: true, mapping.StatementTypeDelete: true,
	mapping.StatementTypeCreate: true, mapping.StatementTypeAlter: true, mapping.StatementTypeDrop: true,
}

func (c *conn) writeOnly(sql string) error {
	p, err := c.prepare(sql)
	if err == nil && !writable[p.kind] {
		//lint:ignore ST1005 as DuckDB words it: its errors are told apart by this
		err = errors.New("Permission Error: this statement is not allowed in a write transaction")
	}
	return err
}

// run executes one statement and collects its rows; more than maxRows are an error, unless it is
// 0. The context's end interrupts the engine.
func (c *conn) run(ctx context.Context, st source.Statement, maxRows int) (source.Result, error) {
	p, err := c.prepare(st.SQL)
	if err == nil {
		err = c.inspect(ctx, p, st)
	}
	if err != nil {
		return source.Result{}, err
	}
	start := time.Now()
	r, err := c.execute(ctx, p, st.Args, maxRows)
	if time.Since(start) > worthKeeping {
		c.drop(st.SQL)
	}
	return r, err
}

func (c *conn) execute(ctx context.Context, p *prepared, args []any, maxRows int) (source.Result, error) {
	if err := p.bind(args); err != nil {
		return source.Result{}, err
	}
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	stop := c.interruptWith(ctx)
	state := mapping.ExecutePrepared(p.stmt, &res)
	stop()
	if state == mapping.StateError {
		return source.Result{}, errors.New(mapping.ResultError(&res))
	}
	return collect(&res, p.kind, maxRows)
}

// interruptWith interrupts the connection's statement when the context ends, until stop is
// called. The engine forgets an interrupt that comes before the statement has begun, so it is
// repeated.
func (c *conn) interruptWith(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	over, left := make(chan struct{}), make(chan struct{})
	abandon := context.AfterFunc(ctx, func() {
		defer close(left)
		again := time.NewTicker(5 * time.Millisecond)
		defer again.Stop()
		for {
			mapping.Interrupt(c.conn)
			select {
			case <-over:
				return
			case <-again.C:
			}
		}
	})
	return func() {
		close(over)
		if !abandon() {
			<-left // the connection must not be interrupted in its next statement
		}
	}
}

// script runs statements of a set-up file one after the other.
func (c *conn) script(sql string) error {
	var parts mapping.ExtractedStatements
	n := mapping.ExtractStatements(c.conn, sql, &parts)
	defer mapping.DestroyExtracted(&parts)
	if message := mapping.ExtractStatementsError(parts); n == 0 && message != "" {
		return meaning(errors.New(message))
	}
	for i := range n {
		if err := c.scriptStep(parts, i); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, meaning(err))
		}
	}
	return nil
}

func (c *conn) scriptStep(parts mapping.ExtractedStatements, i mapping.IdxT) error {
	p, err := c.prepareOne(parts, i)
	if err != nil {
		return err
	}
	defer mapping.DestroyPrepare(&p.stmt)
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.ExecutePrepared(p.stmt, &res) == mapping.StateError {
		return errors.New(mapping.ResultError(&res))
	}
	return nil
}

// describe returns the columns of a query.
func (c *conn) describe(ctx context.Context, st source.Statement) ([]source.Column, error) {
	p, err := c.prepare(st.SQL)
	if err == nil {
		err = c.inspect(ctx, p, st)
	}
	if err != nil {
		return nil, classify(ctx, err)
	}
	columns := make([]source.Column, mapping.PreparedStatementColumnCount(p.stmt))
	for i := range columns {
		lt := mapping.PreparedStatementColumnLogicalType(p.stmt, mapping.IdxT(i))
		columns[i] = columnOf(mapping.PreparedStatementColumnName(p.stmt, mapping.IdxT(i)), lt)
		mapping.DestroyLogicalType(&lt)
	}
	return columns, nil
}

// unreadable returns an error when a column has no kind.
func unreadable(columns []source.Column) error {
	for _, c := range columns {
		if c.Kind == 0 {
			return fmt.Errorf("%w: column %q has the type %s, which cannot be read: cast it to VARCHAR in SQL", source.ErrSchema, c.Name, c.Type)
		}
	}
	return nil
}

// collect decodes a result.
func collect(res *mapping.Result, kind mapping.StatementType, maxRows int) (source.Result, error) {
	var r source.Result
	if mapping.ResultReturnType(*res) != mapping.ResultTypeQueryResult {
		r.Affected = int64(mapping.RowsChanged(res))
		return r, nil
	}
	readers := make([]reader, mapping.ColumnCount(res))
	r.Columns = make([]source.Column, len(readers))
	for i := range readers {
		lt := mapping.ColumnLogicalType(res, mapping.IdxT(i))
		r.Columns[i] = columnOf(mapping.ColumnName(res, mapping.IdxT(i)), lt)
		readers[i] = readerOf(lt)
		mapping.DestroyLogicalType(&lt)
	}
	if err := unreadable(r.Columns); err != nil {
		return source.Result{}, err
	}
	for {
		chunk := mapping.FetchChunk(*res)
		if chunk.Ptr == nil {
			break
		}
		err := appendChunk(&r, chunk, readers, maxRows)
		mapping.DestroyDataChunk(&chunk)
		if err != nil {
			return source.Result{}, err
		}
	}
	if kind != mapping.StatementTypeSelect && kind != mapping.StatementTypeExplain {
		r.Affected = int64(len(r.Rows))
	}
	return r, nil
}
