package identity

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"signet/internal/store"
	"signet/sigv4"
)

// keyUses collects when and for what access keys were used, until the next write: a request never
// waits for it.
type keyUses struct {
	mu      sync.Mutex
	pending map[string]keyUse // by access key id; guarded by mu
}

type keyUse struct {
	at              int64 // microseconds since 1970
	service, region string
}

func (k *keyUses) note(id string, at int64, scope sigv4.Scope) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pending == nil {
		k.pending = map[string]keyUse{}
	}
	if at >= k.pending[id].at {
		k.pending[id] = keyUse{at, scope.Service, scope.Region}
	}
}

// last is the zero use when nothing waits to be written.
func (k *keyUses) last(id string) keyUse {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pending[id]
}

// flush writes what was collected, in one transaction.
func (k *keyUses) flush(ctx context.Context, db *store.DB) error {
	k.mu.Lock()
	batch := maps.Clone(k.pending)
	k.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := db.TxOn(ctx, topic, func(tx *store.Tx) error {
		for id, use := range batch {
			_, err := tx.Exec(ctx, "UPDATE access_keys SET used_at = ?, used_service = ?, used_region = ? WHERE id = ? AND used_at < ?",
				use.at, use.service, use.region, id, use.at)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing when access keys were used: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, use := range batch {
		if k.pending[id] == use {
			delete(k.pending, id)
		}
	}
	return nil
}

// signers remembers access keys by id. When it is full it starts anew.
type signers struct {
	mu sync.Mutex
	of map[string]*signer // guarded by mu
}

const maxSigners = 10_000

func (s *signers) get(id string) *signer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[id]
}

func (s *signers) put(id string, f *signer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil || len(s.of) >= maxSigners {
		s.of = make(map[string]*signer)
	}
	s.of[id] = f
}

func (s *signers) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, id)
}

// pruneTemporary removes temporary credentials a day after their end: until then their holder is told
// that they have expired.
func pruneTemporary(now time.Time) int64 { return now.Add(-24 * time.Hour).UnixMicro() }
