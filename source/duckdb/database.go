package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"signet/source"
)

// settings are given before the database opens: nothing can run without them (threats A4, A5).
// Memory is taken when it is used, so an idle warehouse stays small.
var settings = [][2]string{
	{"temp_directory", ""}, // no spilling: rows stay in memory and in the database's file (first: it is locked by the next)
	{"enable_external_access", "false"},
	{"autoinstall_known_extensions", "false"},
	{"autoload_known_extensions", "false"},
	{"allow_community_extensions", "false"},
	{"allow_unsigned_extensions", "false"},
	{"allow_persistent_secrets", "false"},
	{"memory_limit", "512MB"},
	{"threads", strconv.Itoa(threads())},
	{"default_null_order", "nulls_last"},
}

// afterwards runs when the database is open; the last of them locks all settings for good.
var afterwards = []string{"SET GLOBAL TimeZone = 'UTC'", "SET GLOBAL lock_configuration = true"}

// database is an open file.
type database struct {
	db    mapping.Database
	locks lockTable
	// inspected are the statements whose plans call nothing that is not allowed.
	inspected statementSet
	path      string
	users     int // sources that share it; guarded by shared.mu
}

// shared holds this process's open files. The file's own lock keeps other processes out, but not
// this one, and two engines on one file would destroy it: so sources share the engine, and with
// it the locks of write transactions. A reload opens the new source before it closes the old.
var shared struct {
	mu     sync.Mutex // guards byPath and the users of each
	byPath map[string]*database
}

// share opens the file, or joins the source that has it open.
func share(path string, setup []string) (*database, error) {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(filepath.Join(folder, filepath.Base(path))); err != nil {
		return nil, err
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	d := shared.byPath[path]
	if d == nil {
		if err := create(path, setup); err != nil {
			return nil, fmt.Errorf("setting up: %w", err)
		}
		if d, err = openDatabase(path); err != nil {
			return nil, err
		}
		if shared.byPath == nil {
			shared.byPath = map[string]*database{}
		}
		shared.byPath[path] = d
	}
	d.users++
	return d, nil
}

// release closes the file when its last source is closed.
func (d *database) release() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if d.users--; d.users == 0 {
		delete(shared.byPath, d.path)
		d.close()
	}
}

func openDatabase(path string) (*database, error) {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return nil, errors.New("preparing DuckDB's settings")
	}
	defer mapping.DestroyConfig(&config)
	for _, s := range settings {
		if mapping.SetConfig(config, s[0], s[1]) == mapping.StateError {
			return nil, fmt.Errorf("DuckDB refuses the setting %s", s[0])
		}
	}
	d := &database{path: path, locks: lockTable{held: map[uint64]*lock{}}}
	var message string
	if mapping.OpenExt(path, &d.db, config, &message) == mapping.StateError {
		return nil, meaning(errors.New(message))
	}
	c, err := d.connect()
	if err != nil {
		d.close()
		return nil, err
	}
	defer c.close()
	for _, sql := range afterwards {
		if _, err := c.run(context.Background(), source.Statement{SQL: sql}, 0); err != nil {
			d.close()
			return nil, err
		}
	}
	return d, nil
}

func (d *database) close() { mapping.Close(&d.db) }

func (d *database) connect() (*conn, error) {
	c := &conn{db: d, known: map[string]*prepared{}}
	if mapping.Connect(d.db, &c.conn) == mapping.StateError {
		return nil, errors.New("connecting to DuckDB")
	}
	return c, nil
}

// create makes the database's file with its set-up SQL, if it does not exist. The file gets its
// name when it is complete: a crash leaves none, and the next start begins again.
func create(path string, setup []string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".setup-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	fresh := filepath.Join(folder, filepath.Base(path))
	if err := fill(fresh, setup); err != nil {
		return err
	}
	if err := syncFile(fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

func fill(path string, setup []string) error {
	d, err := openDatabase(path)
	if err != nil {
		return err
	}
	defer d.close() // writes everything into the one file
	c, err := d.connect()
	if err != nil {
		return err
	}
	defer c.close()
	for i, script := range setup {
		if err := c.script(script); err != nil {
			return fmt.Errorf("script %d: %w", i+1, err)
		}
	}
	if err := c.script("CHECKPOINT"); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return f.Sync()
}
