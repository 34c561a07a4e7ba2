package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Connections to PostgreSQL. Reads have their own, so that a transaction which also reads outside
// itself can never wait for a connection that waits for it.
const (
	pgWriters = 8
	pgReaders = 8
)

// postgres runs statements through pgx, which prepares each text once per connection by itself.
type postgres struct {
	texts *rebinder
	wpool *sql.DB
	reads rebound
	rpool *sql.DB
}

func openPostgres(ctx context.Context, url string) (engine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err) // pgx leaves the password out
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "signet"
	}
	config.RuntimeParams["synchronous_commit"] = "on" // a commit that returned is on the disk
	wpool, rpool := pgPool(config, pgWriters), pgPool(config, pgReaders)
	texts := new(rebinder)
	p := &postgres{
		texts: texts, wpool: wpool,
		reads: rebound{texts, rpool}, rpool: rpool,
	}
	reach, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if err := wpool.PingContext(reach); err != nil {
		return nil, errors.Join(fmt.Errorf("store: cannot reach PostgreSQL: %w", err), p.close())
	}
	if err := migratePostgres(ctx, wpool); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), p.close())
	}
	return p, nil
}

func pgPool(config *pgx.ConnConfig, size int) *sql.DB {
	pool := stdlib.OpenDB(*config.Copy())
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool
}

func (p *postgres) reader() querier { return p.reads }

// exec takes the turn that transactions take: a single statement must not change what one of them has read.
func (p *postgres) exec(ctx context.Context, query string, args []any) (res sql.Result, err error) {
	err = p.transact(ctx, defaultTopic, func(q querier) error {
		res, err = q.ExecContext(ctx, query, args...)
		return err
	})
	return res, err
}

// transact holds one advisory lock per topic, which gives what SQLite's single writer gives: no other
// transaction of the topic runs, here or in another process. Read committed is then enough, because
// each statement sees everything that was committed before the lock was had.
func (p *postgres) transact(ctx context.Context, topic string, f func(querier) error) error {
	tx, err := p.wpool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: beginning: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing; after a panic it is all we can do
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockOf(topic)); err != nil {
		return fmt.Errorf("store: waiting for a turn to write: %w", err)
	}
	if err := f(rebound{p.texts, tx}); err != nil {
		return rollback(err, tx.Rollback)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: committing: %w", err)
	}
	return nil
}

// lockOf turns a topic into the number of its advisory lock.
func lockOf(topic string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("signet store topic v1 " + topic)) // hashes never fail
	return int64(h.Sum64())
}

func (p *postgres) close() error { return errors.Join(p.wpool.Close(), p.rpool.Close()) }
