package audit

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"signet/internal/fault"
)

// maxEvents is the most that Events returns at once.
const maxEvents = 1000

// Events returns up to limit records from an index on; none when the log ends before it.
func (l *Log) Events(ctx context.Context, from Index, limit int) ([]Record, error) {
	var records []Record
	limit = min(limit, maxEvents)
	err := leaves(ctx, l.db, from, math.MaxInt64, func(index Index, leaf []byte) (bool, error) {
		e, err := DecodeEvent(leaf)
		if err != nil {
			return false, fmt.Errorf("audit: record %d: %w", index, err)
		}
		records = append(records, Record{index, e})
		return len(records) < limit, nil
	})
	return records, err
}

// Event returns one record.
func (l *Log) Event(ctx context.Context, index Index) (Record, error) {
	found, err := l.Events(ctx, index, 1)
	if err != nil {
		return Record{}, err
	}
	if len(found) == 0 || found[0].Index != index {
		return Record{}, fault.New(fault.NotFound, "the audit log has no record %d", index)
	}
	return found[0], nil
}

// keepRecent is how many records followers find in memory.
const keepRecent = 2048

// recent holds the newest records for followers and wakes them.
type recent struct {
	mu      sync.Mutex    // guards what follows
	records []Record      // consecutive
	next    Index         // the log's size as this process knows it
	news    chan struct{} // closed at the next publish
}

func (r *recent) init(size int64) { r.next, r.news = size, make(chan struct{}) }

func (r *recent) size() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}

func (r *recent) publish(records []Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if records[0].Index != r.next {
		r.records = nil // another process has appended in between
	}
	r.records = append(r.records, records...)
	if drop := len(r.records) - keepRecent; drop > keepRecent {
		r.records = append([]Record(nil), r.records[drop:]...)
	}
	r.next = records[len(records)-1].Index + 1
	close(r.news)
	r.news = make(chan struct{})
}

// from returns the records from an index on, if memory has them: known is false when the store has to be
// asked. news is closed when there are more.
func (r *recent) from(index Index) (records []Record, known bool, news <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if index == r.next {
		return nil, true, r.news
	}
	first := r.next - Index(len(r.records))
	if index < first || index > r.next {
		return nil, false, r.news
	}
	return r.records[index-first:], true, r.news // published records never change
}

// How often Follow asks the store for what other processes wrote: a shared store has other servers,
// any other store at most the commands of an operator.
const (
	pollShared = 100 * time.Millisecond
	pollOther  = time.Second
)

// Follow calls f with every record from an index on, in order, as they come, until ctx ends or the
// store cannot be read. From NoAttempt it starts at the log's end. Records of this process come at
// once, those of other processes on a shared store within 250 ms.
func (l *Log) Follow(ctx context.Context, from Index, f func(Record)) error {
	if from < 0 {
		from = l.Size()
	}
	every := pollOther
	if l.db.Shared() {
		every = pollShared
	}
	poll := time.NewTicker(every)
	defer poll.Stop()
	for asked := false; ; {
		records, known, news := l.recent.from(from)
		if !known || len(records) == 0 && asked {
			var err error
			if records, err = l.Events(ctx, from, maxEvents/2); err != nil {
				return err
			}
		}
		for _, r := range records {
			f(r)
			from = r.Index + 1
		}
		if asked = false; len(records) > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-news:
		case <-poll.C:
			asked = true
		}
	}
}
