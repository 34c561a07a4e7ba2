package mysql

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"signet/source"
)

// maxPrepared bounds the prepared statements of one connection: the least recently used go first. The server
// has a bound for all its connections.
const maxPrepared = 64

// connector opens the connections of one side.
type connector struct {
	cfg      *mysql.Config
	login    login
	refused  func(before time.Time) bool // whether a login that the server refused may be replaced by now
	readOnly bool
	kills    chan struct{} // bounds the connections that cancel statements
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &mysql.MySQLDriver{} }

// Connect implements driver.Connector. When the server refuses the login of a secret, which may have been
// rotated since it was read, it is read again and tried once more.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	began := time.Now()
	raw, replaced, err := c.dial(ctx)
	if err != nil && refusedLogin(err) && c.refused(began) {
		raw, replaced, err = c.dial(ctx)
	}
	if err != nil {
		return nil, err
	}
	session := &conn{raw: raw, connector: c, replaced: replaced, known: map[string]*prepared{}, order: list.New()}
	if err := session.prepareSession(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return session, nil
}

// rawConn is what the driver's connections can.
type rawConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

func (c *connector) dial(ctx context.Context) (rawConn, <-chan struct{}, error) {
	as, err := c.login(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer as.Password.Wipe()
	cfg := c.cfg.Clone()
	cfg.User, cfg.Passwd = as.User, string(as.Password.Reveal())
	one, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("preparing the connection settings: %v", err)
	}
	opened, err := one.Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	raw, ok := opened.(rawConn)
	if !ok {
		_ = opened.Close()
		return nil, nil, fmt.Errorf("the driver's connection %T lacks a method", opened)
	}
	return raw, as.Replaced, nil
}

// kill ends the statement that a session runs, over a connection of its own. It takes bounded time.
func (c *connector) kill(id uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), cancelPatience)
	defer cancel()
	select {
	case c.kills <- struct{}{}:
		defer func() { <-c.kills }()
	case <-ctx.Done():
		return
	}
	raw, _, err := c.dial(ctx)
	if err != nil {
		return // the connection is given up instead
	}
	_, _ = raw.ExecContext(ctx, "KILL QUERY "+strconv.FormatUint(id, 10), nil)
	_ = raw.Close()
}

// prepared is a statement that the server knows on one connection.
type prepared struct {
	sql   string
	stmt  driver.Stmt
	place *list.Element
}

// conn is one connection. database/sql keeps it, and gives it to one at a time.
type conn struct {
	raw       rawConn
	connector *connector
	id        uint64 // the server's number of the session
	mariaDB   bool
	known     map[string]*prepared
	order     *list.List      // of *prepared, most recently used first
	spoiled   bool            // it must not be used again
	replaced  <-chan struct{} // closed when its login has been replaced
}

var (
	_ driver.Conn            = (*conn)(nil)
	_ driver.SessionResetter = (*conn)(nil)
	_ driver.Validator       = (*conn)(nil)
)

var errOwnWay = errors.New("mysql: a connection is used through its own methods only")

// Prepare implements driver.Conn.
func (c *conn) Prepare(string) (driver.Stmt, error) { return nil, errOwnWay }

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) { return nil, errOwnWay }

// Close implements driver.Conn.
func (c *conn) Close() error { return c.raw.Close() }

// ResetSession implements driver.SessionResetter: it finds connections that the server has closed.
// Nothing is begun on one whose login has been replaced: its user may be gone soon.
func (c *conn) ResetSession(ctx context.Context) error {
	select {
	case <-c.replaced:
		return driver.ErrBadConn
	default: // also for a login that is never replaced
		return c.raw.ResetSession(ctx)
	}
}

// IsValid implements driver.Validator.
func (c *conn) IsValid() bool { return !c.spoiled && c.raw.IsValid() }

func (c *conn) prepareSession(ctx context.Context) error {
	if _, err := c.raw.ExecContext(ctx, sessionSQL, nil); err != nil {
		return fmt.Errorf("preparing the session: %w", err)
	}
	r, err := c.raw.QueryContext(ctx, "SELECT CONCAT(CONNECTION_ID(), ' ', VERSION())", nil)
	if err != nil {
		return err
	}
	cell := make([]driver.Value, 1)
	if err := errors.Join(r.Next(cell), r.Close()); err != nil {
		return err
	}
	text, _ := cell[0].([]byte)
	id, version, _ := strings.Cut(string(text), " ")
	if c.id, err = strconv.ParseUint(id, 10, 64); err != nil {
		return fmt.Errorf("the server's number of the session is %q", id)
	}
	c.mariaDB = strings.Contains(version, "MariaDB")
	for _, sql := range sessionSettings(c.connector.readOnly, c.mariaDB) {
		if _, err := c.raw.ExecContext(ctx, sql, nil); err != nil {
			return fmt.Errorf("preparing the session: %w", err)
		}
	}
	return nil
}

// guarded runs f, which talks to the server under a context of its own. When ctx ends, the statement is killed;
// when that does not help, the line is cut. The session is not used again then: the kill may come late.
func (c *conn) guarded(ctx context.Context, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	done, watched := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(watched)
		c.connector.kill(c.id)
		patience := time.NewTimer(cancelPatience)
		defer patience.Stop()
		select {
		case <-done:
		case <-patience.C:
			cut()
		}
	})
	err := f(own)
	close(done)
	if !stop() {
		<-watched
		c.spoiled = true
	}
	if err != nil && number(err) == 0 {
		c.spoiled = true
	}
	return err
}

// exec runs one of our own statements, which gives no rows.
func (c *conn) exec(ctx context.Context, sql string) error {
	return c.guarded(ctx, func(ctx context.Context) error {
		_, err := c.raw.ExecContext(ctx, sql, nil)
		return err
	})
}

// prepare returns a prepared statement; the server keeps it for the next time.
func (c *conn) prepare(ctx context.Context, sql string) (*prepared, error) {
	if p := c.known[sql]; p != nil {
		c.order.MoveToFront(p.place)
		return p, nil
	}
	stmt, err := c.raw.PrepareContext(ctx, sql)
	if err != nil {
		return nil, err
	}
	p := &prepared{sql: sql, stmt: stmt}
	p.place = c.order.PushFront(p)
	c.known[sql] = p
	for c.order.Len() > maxPrepared {
		c.forget(c.order.Back().Value.(*prepared))
	}
	return p, nil
}

func (c *conn) forget(p *prepared) {
	c.order.Remove(p.place)
	delete(c.known, p.sql)
	_ = p.stmt.Close()
}

// run prepares a statement when it is new, and runs it. A query that gives more than maxRows rows is an error,
// unless maxRows is 0.
func (c *conn) run(ctx context.Context, st source.Statement, query bool, maxRows int) (result source.Result, err error) {
	if st.Err != nil {
		return result, st.Err
	}
	args, err := bind(st.Args)
	if err != nil {
		return result, err
	}
	err = c.guarded(ctx, func(ctx context.Context) error {
		p, err := c.prepare(ctx, st.SQL)
		if err != nil {
			return err
		}
		if n := p.stmt.NumInput(); n != len(args) {
			return fmt.Errorf("the statement has %d parameters, but %d arguments are given", n, len(args))
		}
		if !query {
			done, err := p.stmt.(driver.StmtExecContext).ExecContext(ctx, args)
			if err == nil {
				result.Affected, err = done.RowsAffected()
			}
			return err
		}
		result, err = c.read(ctx, p, args, maxRows)
		return err
	})
	if err == nil && ctx.Err() != nil {
		err = ctx.Err() // SLEEP and others of its like end well when they are killed
	}
	return result, err
}

// read collects a query's answer. An answer that is not read to its end spoils the connection: reading the
// rest away could take long.
func (c *conn) read(ctx context.Context, p *prepared, args []driver.NamedValue, maxRows int) (result source.Result, err error) {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	got, err := p.stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return result, err
	}
	r := got.(rows)
	defer func() {
		if err != nil && number(err) == 0 {
			cut()
		}
		if closing := r.Close(); err == nil {
			err = closing
		}
	}()
	result.Columns = columnsOf(r)
	if err := unreadable(result.Columns); err != nil {
		return result, err
	}
	cells := make([]driver.Value, len(result.Columns))
	for {
		switch err := r.Next(cells); {
		case err == io.EOF:
			return result, nil
		case err != nil:
			return result, err
		}
		if maxRows > 0 && len(result.Rows) == maxRows {
			result.Rows = nil
			return result, fmt.Errorf("%w: the limit is %d", source.ErrRowLimit, maxRows)
		}
		row, err := decode(result.Columns, cells)
		if err != nil {
			return result, err
		}
		result.Rows = append(result.Rows, row)
	}
}
