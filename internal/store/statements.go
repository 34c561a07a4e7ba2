package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds the cache of one connection pool. Texts beyond it run unprepared.
const maxStatements = 256

type preparer interface {
	querier
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements runs SQL through statements prepared once per text. Preparing costs more than running
// most of our statements.
type statements struct {
	on preparer

	mu    sync.RWMutex
	cache map[string]*sql.Stmt // guarded by mu
}

func newStatements(on preparer) *statements {
	return &statements{on: on, cache: map[string]*sql.Stmt{}}
}

// get returns the prepared statement, or nil when the text must run unprepared: because the cache is
// full, or because it does not prepare and running it will say why.
func (s *statements) get(ctx context.Context, query string) *sql.Stmt {
	s.mu.RLock()
	stmt, full := s.cache[query], len(s.cache) >= maxStatements
	s.mu.RUnlock()
	if stmt != nil || full {
		return stmt
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt = s.cache[query]; stmt != nil {
		return stmt
	}
	stmt, err := s.on.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil
	}
	s.cache[query] = stmt
	return stmt
}

func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if stmt := s.get(ctx, query); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return s.on.ExecContext(ctx, query, args...)
}

func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.get(ctx, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.on.QueryContext(ctx, query, args...)
}

func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.get(ctx, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.on.QueryRowContext(ctx, query, args...)
}

// close lets go of every statement.
func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.cache {
		_ = stmt.Close() // the connections are closed next
	}
	clear(s.cache)
}
