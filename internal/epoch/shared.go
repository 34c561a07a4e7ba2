package epoch

import (
	"context"
	"sync"
	"time"

	"signet/internal/store"
)

// Shared asks the store for one counter on behalf of all who ask at the same time. It guarantees what
// Read does: the answer is no older than the question, because nobody gets one of a read that began before
// he asked.
type Shared struct {
	db   *store.DB
	name string

	mu   sync.Mutex
	busy bool     // a read is under way
	next *reading // of those who came meanwhile; nil when nobody did
}

// reading is a read that several wait for.
type reading struct {
	done  chan struct{}
	value int64 // valid when done is closed, as err is
	err   error
}

// sharedLimit bounds a read that nobody's own context bounds.
const sharedLimit = 10 * time.Second

// NewShared reads the counter name.
func NewShared(db *store.DB, name string) *Shared { return &Shared{db: db, name: name} }

// Read returns the counter's value.
func (s *Shared) Read(ctx context.Context) (int64, error) {
	s.mu.Lock()
	if !s.busy {
		s.busy = true
		s.mu.Unlock()
		defer s.handOver()
		return Read(ctx, s.db, s.name)
	}
	if s.next == nil {
		s.next = &reading{done: make(chan struct{})}
	}
	r := s.next
	s.mu.Unlock()
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// handOver ends a read: those who came meanwhile share the next one.
func (s *Shared) handOver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.next
	s.next = nil
	if s.busy = r != nil; s.busy {
		go s.readFor(r)
	}
}

func (s *Shared) readFor(r *reading) {
	defer s.handOver()
	ctx, cancel := context.WithTimeout(context.Background(), sharedLimit)
	defer cancel()
	r.value, r.err = Read(ctx, s.db, s.name)
	close(r.done)
}
