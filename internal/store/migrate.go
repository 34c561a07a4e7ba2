package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var embedded embed.FS

// startTimeout bounds how long a start waits for another one that holds the locks.
const startTimeout = time.Minute

// schema is the provider of the migrations and what it cannot tell by itself.
type schema struct {
	*goose.Provider
	pool   *sql.DB
	exists string // query: how many tables of goose's there are
}

// migrateSQLite brings the tables up to date. Goose has no lock for SQLite, so two first starts may
// meet: each migration is one immediate transaction, the loser of the race fails on a table that is
// already there, and tries again as long as somebody makes progress.
func migrateSQLite(ctx context.Context, pool *sql.DB) error {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, files, options()...)
	if err != nil {
		return err
	}
	s := schema{provider, pool, "SELECT COUNT(*) FROM sqlite_master WHERE name = '" + goose.DefaultTablename + "'"}
	deadline := time.Now().Add(startTimeout)
	for {
		before, _ := s.applied(ctx)
		err := s.migrate(ctx)
		if err == nil || errors.As(err, new(*NewerSchemaError)) || ctx.Err() != nil {
			return err
		}
		after, counting := s.applied(ctx)
		if progress := counting == nil && after > before; !progress && !(busy(err) && time.Now().Before(deadline)) {
			return err
		}
	}
}

// busy reports whether another process holds a lock that SQLite does not wait for, such as the one
// of the change to WAL.
func busy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// migratePostgres brings the tables up to date, one process at a time.
func migratePostgres(ctx context.Context, pool *sql.DB) error {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, pool, pgTypes{files},
		append(options(), goose.WithSessionLocker(locker))...)
	if err != nil {
		return err
	}
	s := schema{provider, pool, "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE tablename = '" +
		goose.DefaultTablename + "' AND schemaname = current_schema()"}
	return s.migrate(ctx)
}

// options are common to both engines. The numbers belong to tables of different packages, which
// arrive in any order.
func options() []goose.ProviderOption {
	return []goose.ProviderOption{
		goose.WithAllowOutofOrder(true),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	}
}

// NewerSchemaError says that a newer Signet has changed the database.
type NewerSchemaError struct {
	Found, Known int64
}

// Error names both versions and how to mend it.
func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("the store has schema version %d, and this signet knows versions up to %d: "+
		"start the signet that wrote it or a newer one, or restore the backup made before the upgrade", e.Found, e.Known)
}

func (s schema) migrate(ctx context.Context) error {
	if err := s.refuseNewer(ctx); err != nil {
		return err
	}
	if _, err := s.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return s.refuseNewer(ctx) // another process may have been newer
}

func (s schema) refuseNewer(ctx context.Context) error {
	n, err := s.applied(ctx)
	if err != nil || n == 0 {
		return err
	}
	var found int64
	const highest = "SELECT COALESCE(MAX(version_id), 0) FROM " + goose.DefaultTablename
	if err := s.pool.QueryRowContext(ctx, highest).Scan(&found); err != nil {
		return fmt.Errorf("reading the schema version: %w", err)
	}
	sources := s.ListSources()
	if known := sources[len(sources)-1].Version; found > known {
		return &NewerSchemaError{Found: found, Known: known}
	}
	return nil
}

// applied counts the rows of goose's table: 0 when there is no such table yet.
func (s schema) applied(ctx context.Context) (n int64, err error) {
	if err := s.pool.QueryRowContext(ctx, s.exists).Scan(&n); err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	if err := s.pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+goose.DefaultTablename).Scan(&n); err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	return n, nil
}

// pgTypes serves the migrations with PostgreSQL's names of types.
type pgTypes struct{ fs.FS }

var typeName = regexp.MustCompile(`\b(BLOB|INTEGER)\b`)

// Open returns a rewritten migration: SQLite's INTEGER has 64 bits.
func (p pgTypes) Open(name string) (fs.File, error) {
	f, err := p.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer f.Close()
	text, err := fs.ReadFile(p.FS, name)
	if err != nil {
		return nil, err
	}
	return &rewritten{bytes.NewReader(pgText(text)), info}, nil
}

func pgText(text []byte) []byte {
	var out []byte
	for _, part := range split(string(text)) {
		if part.code {
			part.text = typeName.ReplaceAllStringFunc(part.text, func(name string) string {
				return map[string]string{"BLOB": "BYTEA", "INTEGER": "BIGINT"}[name]
			})
		}
		out = append(out, part.text...)
	}
	return out
}

type rewritten struct {
	*bytes.Reader
	info fs.FileInfo
}

func (r *rewritten) Stat() (fs.FileInfo, error) { return sized{r.info, r.Reader.Size()}, nil }
func (r *rewritten) Close() error               { return nil }

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }
