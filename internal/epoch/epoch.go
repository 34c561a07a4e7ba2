// Package epoch lets processes that share a store notice each other's changes without asking for
// the data each time. A change raises a counter in its own transaction (Bump); readers keep what
// they derived from the data beside the counter's value (Watch). It guarantees that Current never
// returns a value that was outdated for longer than the watch's limit, and that a change of this
// process is seen at once after Advance.
package epoch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"signet/internal/store"
)

// Bump raises the counter inside tx and returns its new value.
func Bump(ctx context.Context, tx *store.Tx, name string) (int64, error) {
	var value int64
	err := tx.QueryRow(ctx, "UPDATE epochs SET value = value + 1 WHERE name = ? RETURNING value", name).Scan(&value)
	if err != nil {
		return 0, fmt.Errorf("raising the epoch of %s: %w", name, err)
	}
	return value, nil
}

// Read asks the store for the counter's value, for readers that must not miss the latest change.
func Read(ctx context.Context, db *store.DB, name string) (int64, error) {
	var value int64
	if err := db.QueryRow(ctx, "SELECT value FROM epochs WHERE name = ?", name).Scan(&value); err != nil {
		return 0, fmt.Errorf("reading the epoch of %s: %w", name, err)
	}
	return value, nil
}

// Watch follows one counter. It asks the store only when somebody calls Current, at most twice per
// limit, so an idle process costs nothing.
type Watch struct {
	db    *store.DB
	name  string
	limit time.Duration
	start time.Time // for a clock that only goes forward

	value   atomic.Int64
	checked atomic.Int64 // when the last read of the counter began, since start; 0 = never

	reading sync.Mutex // held while the store is asked
}

// NewWatch follows the counter name; what Current returns is never older than limit.
func NewWatch(db *store.DB, name string, limit time.Duration) *Watch {
	return &Watch{db: db, name: name, limit: limit, start: time.Now()}
}

// Current returns the counter's value. Within half the limit it only reads memory. After that one
// caller asks the store; the others go on with the known value until the limit, and then wait.
func (w *Watch) Current(ctx context.Context) (int64, error) {
	age := w.age()
	if age < w.limit/2 {
		return w.value.Load(), nil
	}
	if age >= w.limit {
		w.reading.Lock()
	} else if !w.reading.TryLock() {
		return w.value.Load(), nil
	}
	defer w.reading.Unlock()
	if w.age() < w.limit/2 { // another caller has just read
		return w.value.Load(), nil
	}
	return w.read(ctx)
}

// Fresh returns the counter's value when memory knows it well enough: Current would not ask the store.
func (w *Watch) Fresh() (int64, bool) {
	if w.age() >= w.limit/2 {
		return 0, false
	}
	return w.value.Load(), true
}

// Read asks the store now.
func (w *Watch) Read(ctx context.Context) (int64, error) {
	w.reading.Lock()
	defer w.reading.Unlock()
	return w.read(ctx)
}

// Advance tells the watch of a committed Bump of this process.
func (w *Watch) Advance(value int64) {
	for {
		known := w.value.Load()
		if value <= known || w.value.CompareAndSwap(known, value) {
			return
		}
	}
}

func (w *Watch) read(ctx context.Context) (int64, error) {
	began := time.Since(w.start)
	value, err := Read(ctx, w.db, w.name)
	if err != nil {
		return 0, err
	}
	w.Advance(value)
	w.checked.Store(max(1, int64(began)))
	return w.value.Load(), nil
}

func (w *Watch) age() time.Duration {
	checked := w.checked.Load()
	if checked == 0 {
		return w.limit // never read: everybody waits for the first answer
	}
	return time.Since(w.start) - time.Duration(checked)
}
