package identity

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"signet/policy"
)

// endings tells streams that their session has ended: they authenticated once, long ago.
type endings struct {
	wake chan struct{} // holds one token: look now

	mu      sync.Mutex
	streams map[string]*ending // by session id; guarded by mu
	epoch   int64              // of the last look; guarded by mu
	looked  time.Time          // guarded by mu
}

type ending struct {
	done    chan struct{}
	streams int
	looked  bool // a session may have ended before it was watched
}

// lookAnyway is how often streams are checked without news, for sessions that expire.
const lookAnyway = 5 * time.Second

// Ended returns a channel that is closed within a second of the end of the caller's session, in
// whichever process it was ended. It watches until ctx is done.
func (s *Service) Ended(ctx context.Context, c policy.Caller) <-chan struct{} {
	id := c.Principal().Session
	if id == "" {
		return nil // Signet's own work has no session that could end
	}
	s.endings.mu.Lock()
	defer s.endings.mu.Unlock()
	e := s.endings.streams[id]
	if e == nil {
		e = &ending{done: make(chan struct{})}
		if s.endings.streams == nil {
			s.endings.streams = map[string]*ending{}
		}
		s.endings.streams[id] = e
	}
	e.streams++
	s.endings.poke()
	context.AfterFunc(ctx, func() { s.endings.leave(id, e) })
	return e.done
}

func (e *endings) poke() {
	select {
	case e.wake <- struct{}{}:
	default: // a look is due already
	}
}

func (e *endings) leave(id string, one *ending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if one.streams--; one.streams == 0 && e.streams[id] == one {
		delete(e.streams, id)
	}
}

// checkEndings closes the channels of ended sessions. It asks the store only when streams are open.
func (s *Service) checkEndings(ctx context.Context) error {
	s.endings.mu.Lock()
	idle := len(s.endings.streams) == 0
	s.endings.mu.Unlock()
	if idle {
		return nil
	}
	now, err := s.watch.Current(ctx)
	if err != nil {
		return err
	}
	s.endings.mu.Lock()
	due := now != s.endings.epoch || time.Since(s.endings.looked) >= lookAnyway
	watched := maps.Clone(s.endings.streams)
	for _, e := range watched {
		due = due || !e.looked
	}
	s.endings.mu.Unlock()
	if !due {
		return nil
	}
	live, err := s.liveSessions(ctx)
	if err != nil {
		return err
	}
	s.endings.mu.Lock()
	defer s.endings.mu.Unlock()
	s.endings.epoch, s.endings.looked = now, time.Now()
	for id, e := range watched {
		e.looked = true
		if s.endings.streams[id] == e && !live[id] {
			close(e.done)
			delete(s.endings.streams, id)
		}
	}
	return nil
}

func (s *Service) liveSessions(ctx context.Context) (map[string]bool, error) {
	rows, err := s.db.Query(ctx, `SELECT s.id, s.last_seen FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.expires_at > ? AND u.disabled_by = ''`, s.clock().UnixMicro())
	if err != nil {
		return nil, fmt.Errorf("reading live sessions: %w", err)
	}
	defer rows.Close()
	after := s.clock().Add(-s.idle).UnixMicro()
	live := map[string]bool{}
	for rows.Next() {
		var id string
		var used int64
		if err := rows.Scan(&id, &used); err != nil {
			return nil, fmt.Errorf("reading live sessions: %w", err)
		}
		live[id] = max(used, s.seen.last(id)) > after
	}
	return live, rows.Err()
}
