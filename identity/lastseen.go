package identity

import (
	"context"
	"fmt"
	"sync"

	"signet/internal/store"
)

// seen collects when sessions were used, until the next write: a request never waits for it.
type seen struct {
	mu      sync.Mutex
	pending map[string]int64 // session id -> microseconds since 1970; guarded by mu
}

func (s *seen) note(session string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending == nil {
		s.pending = map[string]int64{}
	}
	s.pending[session] = max(at, s.pending[session])
}

// last is 0 when nothing waits to be written.
func (s *seen) last(session string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending[session]
}

func (s *seen) copy() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := make(map[string]int64, len(s.pending))
	for id, at := range s.pending {
		batch[id] = at
	}
	return batch
}

// written forgets a batch, but for sessions used again meanwhile.
func (s *seen) written(batch map[string]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range batch {
		if s.pending[id] == at {
			delete(s.pending, id)
		}
	}
}

// flush writes what was collected, in one transaction.
func (s *Service) flush(ctx context.Context) error {
	batch := s.seen.copy()
	if len(batch) == 0 {
		return nil
	}
	err := s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		for id, at := range batch {
			if _, err := tx.Exec(ctx, "UPDATE sessions SET last_seen = ? WHERE id = ? AND last_seen < ?", at, id, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing when sessions were used: %w", err)
	}
	s.seen.written(batch)
	return nil
}

// prune removes what no longer opens anything.
func (s *Service) prune(ctx context.Context) error {
	now := s.clock()
	err := s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		for _, old := range []struct {
			delete string
			before int64
		}{
			{"DELETE FROM sessions WHERE expires_at < ?", now.UnixMicro()},
			{"DELETE FROM sessions WHERE last_seen < ?", now.Add(-s.idle - 2*s.granularity).UnixMicro()},
			{"DELETE FROM aws_sessions WHERE expires_at < ?", pruneTemporary(now)},
			{"DELETE FROM links WHERE expires_at < ?", now.UnixMicro()},
			{"DELETE FROM sign_in_limits WHERE mark < ?", now.UnixMicro()},
		} {
			if _, err := tx.Exec(ctx, old.delete, old.before); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("removing what has expired: %w", err)
	}
	return nil
}
