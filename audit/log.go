package audit

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"signet/internal/fault"
	"signet/internal/store"
)

// Options tune a log. Zero fields take the defaults.
type Options struct {
	Queue      int           // appends that may wait for the disk; 16,384
	Views      int           // of these, reads that nobody waits for; 4,096
	StandStill time.Duration // a log that keeps somebody waiting for so long denies reads; 5 s

	Earlier note.Verifiers // keys that signed the log before its present one; nil when there were none
}

// What one batch holds at most, and how long the store may take for it.
const (
	maxBatch     = 1024
	maxBatchSize = 4 << 20
	commitLimit  = 10 * time.Second
	retryPause   = 250 * time.Millisecond
)

// Log is an open audit log. It is safe for concurrent use, and several processes may append to one
// log through a shared store.
type Log struct {
	db     *store.DB
	signer note.Signer
	clock  func() time.Time
	opts   Options

	closing sync.RWMutex // held for reading while something is put into queue
	closed  bool         // guarded by closing; queue is closed too
	queue   chan *Pending
	done    chan struct{} // closed when the committer has ended
	writer  *committer

	views   atomic.Int64 // reads that wait in queue or are kept for another try
	since   atomic.Int64 // when the oldest append that still waits came, Unix ns; 0 when none does
	failing atomic.Bool  // the last batch failed
	recent  recent
	marks   sync.WaitGroup // runs of moveMarks and of the index, if any

	indexing sync.Mutex // held while segments are indexed from the store
}

// Open opens the log in the store, or starts one. It refuses a log whose tree does not match its
// signed head. signer signs checkpoints; its name becomes the log's.
func Open(ctx context.Context, db *store.DB, signer note.Signer, clock func() time.Time, opts Options) (*Log, error) {
	if opts.Queue == 0 {
		opts.Queue = 16384
	}
	if opts.Views == 0 {
		opts.Views = 4096
	}
	if opts.StandStill == 0 {
		opts.StandStill = 5 * time.Second
	}
	l := &Log{
		db: db, signer: signer, clock: clock, opts: opts,
		queue: make(chan *Pending, opts.Queue), done: make(chan struct{}),
	}
	l.writer = &committer{log: l}
	if err := l.writer.start(ctx); err != nil {
		return nil, err
	}
	l.recent.init(l.writer.head.size)
	l.marks.Go(l.indexAll)
	go l.run()
	return l, nil
}

// Name is the log's name, as in checkpoints and proofs.
func (l *Log) Name() string { return purpose + l.signer.Name() }

// Size is how many events this process knows to be in the log.
func (l *Log) Size() int64 { return l.recent.size() }

// Waiting is how many appends are queued for the disk.
func (l *Log) Waiting() int { return len(l.queue) }

// Close writes what waits and stops. The store stays open.
func (l *Log) Close() {
	l.closing.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.closing.Unlock()
	<-l.done
	l.marks.Wait()
}

// Pending is an append on its way to the disk.
type Pending struct {
	event Event
	body  []byte
	came  time.Time
	view  bool // nobody waits: try again when the store fails
	done  chan struct{}
	index Index // valid when done is closed and err is nil
	err   error
}

func (p *Pending) settle(index Index, err error) {
	p.index, p.err = index, err
	close(p.done)
}

// Wait returns the event's place once it is durable. An error is always a fault log_unavailable;
// when ctx ended first, the event may still reach the log.
func (p *Pending) Wait(ctx context.Context) (Index, error) {
	select {
	case <-p.done:
		return p.index, p.err
	default:
	}
	select {
	case <-p.done:
		return p.index, p.err
	case <-ctx.Done():
		return NoAttempt, unavailable(context.Cause(ctx))
	}
}

func unavailable(cause error) error {
	return fault.Wrap(cause, fault.LogUnavailable, "the audit log cannot be written, so nothing may be done; try again soon")
}

// Append writes an event and returns its place when it is durable. ctx bounds the wait for a place in the
// queue and for the disk.
func (l *Log) Append(ctx context.Context, e Event) (Index, error) {
	p := l.prepare(e)
	if p.err != nil {
		return NoAttempt, p.err
	}
	l.closing.RLock()
	if l.closed {
		l.closing.RUnlock()
		return NoAttempt, unavailable(errClosed)
	}
	select {
	case l.queue <- p:
		l.closing.RUnlock()
	case <-ctx.Done():
		l.closing.RUnlock()
		return NoAttempt, unavailable(context.Cause(ctx))
	}
	return p.Wait(ctx)
}

// AppendAsync starts writing an event. When the queue is full the returned Pending has failed already.
func (l *Log) AppendAsync(e Event) *Pending {
	p := l.prepare(e)
	if p.err == nil && !l.offer(p) {
		p.settle(NoAttempt, unavailable(errFull))
	}
	return p
}

var (
	errClosed = fmt.Errorf("audit: the log is closed")
	errFull   = fmt.Errorf("audit: the queue is full")
)

// appendView queues a read that nobody waits for. It reports whether there was room.
func (l *Log) appendView(e Event) bool {
	if l.views.Add(1) > int64(l.opts.Views) {
		l.views.Add(-1)
		return false
	}
	p := l.prepare(e)
	p.view = true
	if p.err == nil && l.offer(p) {
		return true
	}
	l.views.Add(-1)
	return false
}

// offer queues p if there is room.
func (l *Log) offer(p *Pending) bool {
	l.closing.RLock()
	defer l.closing.RUnlock()
	if l.closed {
		return false
	}
	select {
	case l.queue <- p:
		return true
	default:
		return false
	}
}

// prepare encodes an event, in the caller's goroutine. A bad event comes back settled.
func (l *Log) prepare(e Event) *Pending {
	if e.Time.IsZero() {
		e.Time = l.clock()
	}
	if e.ID == "" {
		e.ID = newEventID(e.Time, [16]byte(uuid.New()))
	}
	p := &Pending{event: e.normal(), came: time.Now(), done: make(chan struct{})}
	if err := p.event.check(); err != nil {
		p.settle(NoAttempt, unavailable(err))
		return p
	}
	p.body = encode(p.event)
	return p
}

// standsStill reports whether appends do not get through: the last batch failed, or one has waited for
// too long.
func (l *Log) standsStill() bool {
	if l.failing.Load() {
		return true
	}
	since := l.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > l.opts.StandStill
}

// vouched reports whether the log's own key, or an earlier one that the options name, has signed a head.
// Without it an append would put a good signature on top of whatever somebody left in the store.
func (l *Log) vouched(signed []byte, c checkpoint) (bool, error) {
	if l.opts.Earlier != nil {
		if earlier, err := openCheckpoint(signed, l.opts.Earlier); err == nil && earlier == c {
			return true, nil
		}
	}
	again, err := c.sign(l.signer) // Ed25519 signs one text one way
	return bytes.Equal(again, signed), err
}
