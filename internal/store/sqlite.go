package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readers is how many statements read at once. WAL lets them run beside the writer.
const readers = 4

// sqlite has one connection that writes and a few that only read. SQLite allows one writer anyway;
// with one connection the others wait here, in order, and not in its busy loop.
type sqlite struct {
	turn   chan struct{} // holds one token; who has it may use the writer
	conn   *sql.Conn
	writer *statements
	wpool  *sql.DB
	reads  *statements
	rpool  *sql.DB
}

func openSQLite(ctx context.Context, path string) (engine, error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	wpool, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		return nil, fmt.Errorf("store: opening %s: %w", path, err)
	}
	wpool.SetMaxOpenConns(1)
	if err := migrateSQLite(ctx, wpool); err != nil {
		return nil, errors.Join(fmt.Errorf("store: opening %s: %w", path, err), wpool.Close())
	}
	conn, err := wpool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: opening %s: %w", path, err), wpool.Close())
	}
	rpool, err := sql.Open("sqlite", dsn(path, true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: opening %s: %w", path, err), conn.Close(), wpool.Close())
	}
	rpool.SetMaxOpenConns(readers)
	rpool.SetMaxIdleConns(readers)
	return &sqlite{
		turn: make(chan struct{}, 1),
		conn: conn, writer: newStatements(conn), wpool: wpool,
		reads: newStatements(rpool), rpool: rpool,
	}, nil
}

// makeFile makes the database file when there is none, for its owner only; SQLite gives the files
// beside it the same mode. An existing file is never opened here: closing it would drop the locks
// that SQLite holds on it in this process.
func makeFile(path string) error {
	if folder := filepath.Dir(path); !isFolder(folder) {
		return fmt.Errorf("store: the folder %s does not exist: make it, or name another one", folder)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case err == nil:
		return f.Close()
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("store: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("store: %s is not a file", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return fmt.Errorf("store: %s may be read by others: %w", path, err)
		}
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// dsn names the file and the settings that every connection starts with.
func dsn(path string, readOnly bool) string {
	pragmas := []string{
		"busy_timeout(10000)", // first: the others may have to wait
		"page_size(8192)",     // of a new file; a block of the audit log is two or three such pages
		"journal_mode(WAL)",
		"synchronous(FULL)", // a commit that returned is on the disk
		"foreign_keys(1)",
		"temp_store(MEMORY)",
		"cache_size(-8192)",
	}
	if readOnly {
		pragmas = append(pragmas, "query_only(1)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" +
		url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}.Encode()
}

func (s *sqlite) reader() querier { return s.reads }

// take waits for the writer's turn.
func (s *sqlite) take(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *sqlite) give() { <-s.turn }

func (s *sqlite) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if err := s.take(ctx); err != nil {
		return nil, err
	}
	defer s.give()
	return s.writer.ExecContext(ctx, query, args...)
}

func (s *sqlite) transact(ctx context.Context, _ string, f func(querier) error) (err error) {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.give()
	if _, err := s.writer.ExecContext(context.WithoutCancel(ctx), "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("store: beginning: %w", err)
	}
	undo := func() error {
		_, err := s.writer.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return err
	}
	committed := false
	defer func() {
		if !committed && err == nil { // f panicked
			_ = undo()
		}
	}()
	if err := errors.Join(f(finishing{s.writer}), context.Cause(ctx)); err != nil {
		return rollback(err, undo)
	}
	if _, err := s.writer.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return rollback(fmt.Errorf("store: committing: %w", err), undo)
	}
	committed = true
	return nil
}

// finishing runs statements to their end, whatever becomes of their context: those of a transaction that
// holds the writer are short, and for each that can be cancelled the driver starts a goroutine.
type finishing struct{ on querier }

func (f finishing) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return f.on.ExecContext(context.WithoutCancel(ctx), query, args...)
}

func (f finishing) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return f.on.QueryContext(context.WithoutCancel(ctx), query, args...)
}

func (f finishing) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return f.on.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

func (s *sqlite) close() error {
	s.turn <- struct{}{} // for ever: nothing writes after this
	s.writer.close()
	s.reads.close()
	return errors.Join(s.conn.Close(), s.wpool.Close(), s.rpool.Close())
}
