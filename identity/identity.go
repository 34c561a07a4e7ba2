// Package identity says who is calling: users, passwords, sessions, one-time links, and on the AWS
// side access keys, groups, roles and their policies. It is the only package that makes a
// policy.Caller. It guarantees that a caller was authenticated in this very request against the
// server's own state; that signing out, disabling a user or a key or changing a password ends
// sessions at once, and a change of role, groups or policies holds from the next request on (in
// another process within 100 ms); that the store holds no token and no password, only hashes, and
// the secrets of access keys sealed; and that guessing is slow and an answer does not tell whether a
// name exists.
package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"signet/audit"
	"signet/internal/epoch"
	"signet/internal/store"
	"signet/policy"
	"signet/secrets"
)

const (
	topic = "identity" // of write transactions, and the name of the epoch

	// freshness is how long a change by another process may stay unseen; the rest of the promised
	// 100 ms is for the store's answer.
	freshness = 50 * time.Millisecond
)

// What ARNs hold unless somebody says otherwise.
const (
	DefaultAccount = "123456789012"
	DefaultRegion  = "us-east-1"
)

// Config is what a Service needs. The zero lives and size have sensible defaults.
type Config struct {
	DB    *store.DB
	Gate  *audit.Gate
	Clock func() time.Time
	Log   *slog.Logger
	Keys  *secrets.Vault // seals access keys; without it there are none

	Account string // of the AWS side; 123456789012
	Region  string // its home; us-east-1

	SessionLife time.Duration // a session ends this long after the sign-in; 7 days
	SessionIdle time.Duration // and when it was not used for this long; 12 hours
	CacheSize   int           // sessions kept in memory; 20,000
}

// Service holds the users and sessions of one store. Several services may share a store.
type Service struct {
	db         *store.DB
	gate       *audit.Gate
	clock      func() time.Time
	log        *slog.Logger
	life, idle time.Duration
	watch      *epoch.Watch
	signing    *epoch.Shared // the same counter, for requests of AWS clients
	hashes     hasher
	cache      *cache
	seen       seen
	endings    endings

	keys            *secrets.Vault
	account, region string
	documents       documents
	signers         signers
	keyUses         keyUses

	stop        context.CancelFunc
	stopped     sync.WaitGroup
	granularity time.Duration // how exact the last use of a session is known
}

// Origin is where a request came from, as the audit log records it.
type Origin struct {
	IP        string
	UserAgent string
	RequestID string
	Secure    bool   // it came over TLS
	Region    string // that it is for; "" for the server's home
}

// Open starts the service; Close ends it.
func Open(ctx context.Context, c Config) (*Service, error) {
	if c.DB == nil || c.Gate == nil || c.Clock == nil {
		return nil, errors.New("identity: a store, a gate and a clock are needed")
	}
	s := &Service{
		db: c.DB, gate: c.Gate, clock: c.Clock, log: cmp.Or(c.Log, slog.Default()),
		life: cmp.Or(c.SessionLife, 7*24*time.Hour), idle: cmp.Or(c.SessionIdle, 12*time.Hour),
		watch:   epoch.NewWatch(c.DB, topic, freshness),
		signing: epoch.NewShared(c.DB, topic),
		hashes:  newHasher(),
		cache:   newCache(cmp.Or(c.CacheSize, 20_000)),
		keys:    c.Keys, account: cmp.Or(c.Account, DefaultAccount), region: cmp.Or(c.Region, DefaultRegion),
	}
	s.granularity = min(time.Minute, s.idle/10)
	s.endings.wake = make(chan struct{}, 1)
	if _, err := s.watch.Current(ctx); err != nil {
		return nil, fmt.Errorf("opening identity: %w", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.stopped.Go(func() { s.run(running) })
	return s, nil
}

// Close writes when sessions were last used, and stops. The store stays open.
func (s *Service) Close() error {
	s.stop()
	s.stopped.Wait()
	return s.flushAll(context.Background())
}

// flushAll writes when sessions and access keys were last used.
func (s *Service) flushAll(ctx context.Context) error {
	return errors.Join(s.flush(ctx), s.keyUses.flush(ctx, s.db))
}

// System is the caller for Signet's own work: the start, the loader of the project's files, jobs, and
// commands typed on the server. No user has such a name, for theirs hold no colon.
func System(name string) policy.Caller {
	return policy.NewCaller(policy.Principal{ID: "system:" + name, Name: "system:" + name, Role: policy.System})
}

// stranger is somebody who proved nothing; it exists so that a refused attempt is on record.
func stranger(name string, o Origin) policy.Caller {
	return policy.NewCaller(policy.Principal{ID: "unknown", Name: name, SourceIP: o.IP, UserAgent: o.UserAgent, RequestID: o.RequestID})
}

// keepers may change users and see all of them.
var keepers = policy.Grant{Roles: []policy.Role{policy.System, policy.Admin}}

// gated passes a change through the gate.
func (s *Service) gated(ctx context.Context, c policy.Caller, op policy.Operation, act func(context.Context) error) error {
	return s.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) { return nil, act(ctx) })
}

// commit runs a change that sessions depend on: whatever is remembered of them is checked anew, here
// at once and elsewhere in time.
func (s *Service) commit(ctx context.Context, f func(*store.Tx) error) error {
	var now int64
	err := s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		err := f(tx)
		if err == nil {
			now, err = epoch.Bump(ctx, tx, topic)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.watch.Advance(now)
	s.endings.poke()
	return nil
}

// run does what needs no request: it ends streams of ended sessions, writes when sessions were last
// used, removes what has expired, and keeps memory small.
func (s *Service) run(ctx context.Context) {
	ends, writes, prunes := time.NewTicker(200*time.Millisecond), time.NewTicker(10*time.Second), time.NewTicker(10*time.Minute)
	defer ends.Stop()
	defer writes.Stop()
	defer prunes.Stop()
	working := true
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.endings.wake:
			err = s.checkEndings(ctx)
		case <-ends.C:
			err = s.checkEndings(ctx)
		case <-writes.C:
			s.hashes.tidy()
			err = s.flushAll(ctx)
		case <-prunes.C:
			err = s.prune(ctx)
		}
		if err != nil && working && ctx.Err() == nil { // one line an outage, not five a second
			s.log.Error("identity: keeping sessions", "err", err)
		}
		working = err == nil
	}
}
