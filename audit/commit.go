package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"signet/internal/store"
)

// topic keeps appends of all processes in one order.
const topic = "audit"

// head is the log's state between two batches.
type head struct {
	edge
	signed []byte // the checkpoint as stored
}

// committer writes batches. Only the goroutine of run uses it, after start.
type committer struct {
	log    *Log
	head   head
	kept   []*Pending // reads whose batch failed
	marked time.Time  // when the last checkpoint went into the history
	moved  int64      // events since the settled marks moved

	segment *segment // that is being filled; nil when this process does not know its beginning
}

// start reads the head, or writes the first one.
func (c *committer) start(ctx context.Context) error {
	return c.log.db.TxOn(ctx, topic, func(tx *store.Tx) (err error) {
		c.head, err = c.current(ctx, tx)
		if !store.IsNoRows(err) {
			return err
		}
		c.head, err = c.signedHead(edge{})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO audit_head (id, size, checkpoint) VALUES (1, 0, ?)", c.head.signed)
		return err
	})
}

// current returns the log's state as the transaction sees it. It reads the tree only when somebody
// else has appended, or when an append of ours had an unknown end.
func (c *committer) current(ctx context.Context, tx *store.Tx) (head, error) {
	var h head
	if err := tx.QueryRow(ctx, "SELECT size, checkpoint FROM audit_head WHERE id = 1").Scan(&h.size, &h.signed); err != nil {
		return head{}, fmt.Errorf("audit: reading the head: %w", err)
	}
	if h.size == c.head.size && string(h.signed) == string(c.head.signed) {
		return c.head, nil
	}
	return c.log.trusted(ctx, tx, h)
}

// trusted loads the edge of a head that was read, and checks both against each other.
func (l *Log) trusted(ctx context.Context, q rowQuerier, h head) (head, error) {
	check, err := peekCheckpoint(h.signed)
	if err != nil {
		return head{}, err
	}
	if h.edge, err = loadEdge(ctx, q, h.size); err != nil {
		return head{}, err
	}
	root, err := h.root()
	if err != nil {
		return head{}, err
	}
	good, err := l.vouched(h.signed, check)
	if err != nil {
		return head{}, err
	}
	if !good || check != (checkpoint{l.Name(), h.size, root}) {
		return head{}, fmt.Errorf("audit: the log is damaged: its tree does not match its signed head; "+
			"run \"signet audit verify\" to find the first bad record (size %d)", h.size)
	}
	return h, nil
}

func (c *committer) signedHead(e edge) (head, error) {
	root, err := e.root()
	if err != nil {
		return head{}, err
	}
	signed, err := checkpoint{c.log.Name(), e.size, root}.sign(c.log.signer)
	return head{e, signed}, err
}

// run writes batches until the queue is closed and empty.
func (l *Log) run() {
	defer close(l.done)
	c := l.writer
	for open := true; open; {
		var batch []*Pending
		batch, open = c.collect()
		if len(batch) == 0 {
			continue
		}
		l.since.Store(batch[0].came.UnixNano())
		start, err := c.write(batch)
		l.failing.Store(err != nil)
		if err != nil {
			c.fail(batch, err)
		} else {
			c.succeed(batch, start)
		}
		l.since.Store(c.oldest())
	}
	for _, p := range c.kept {
		p.settle(NoAttempt, unavailable(errClosed))
	}
}

func (c *committer) oldest() int64 {
	if len(c.kept) == 0 {
		return 0
	}
	return c.kept[0].came.UnixNano()
}

// collect waits for appends and takes as many as a batch holds. Reads kept from a failed batch come
// first, after a pause. It reports whether the queue is still open.
func (c *committer) collect() (batch []*Pending, open bool) {
	var retry <-chan time.Time
	if len(c.kept) > 0 {
		pause := time.NewTimer(retryPause)
		defer pause.Stop()
		retry = pause.C
	}
	n := min(len(c.kept), maxBatch/2)
	size := 0
	select {
	case p, ok := <-c.log.queue:
		if !ok {
			return c.takeKept(n, nil), false
		}
		batch, size = append(batch, p), len(p.body)
	case <-retry:
	}
	batch, open = c.drain(batch, maxBatch-n, size)
	return c.takeKept(n, batch), open
}

func (c *committer) takeKept(n int, batch []*Pending) []*Pending {
	batch = append(c.kept[:n:n], batch...)
	c.kept = c.kept[n:]
	return batch
}

// drain takes what is queued. After a batch its waiters have just been woken and are about to append
// again; yielding to them once or twice makes full batches instead of every other one nearly empty.
func (c *committer) drain(batch []*Pending, limit, size int) ([]*Pending, bool) {
	for yields := 0; len(batch) < limit && size < maxBatchSize; {
		select {
		case p, ok := <-c.log.queue:
			if !ok {
				return batch, false
			}
			batch, size = append(batch, p), size+len(p.body)
		default:
			if yields++; yields > 2 {
				return batch, true
			}
			runtime.Gosched()
		}
	}
	return batch, true
}

// write makes a batch durable and returns the index of its first event.
func (c *committer) write(batch []*Pending) (start Index, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
	defer cancel()
	start = NoAttempt
	var next head
	mark := time.Since(c.marked) > time.Second
	err = c.log.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		// Nearly always nobody else has appended, and the head is where this process left it.
		now := c.head
		for range 2 {
			start = now.size
			blocks := grow(&now.edge, batch)
			var err error
			if next, err = c.signedHead(now.edge); err != nil {
				return err
			}
			moved, err := moveHead(ctx, tx, start, now.signed, next)
			if err != nil {
				return err
			}
			if moved {
				return insert(ctx, tx, blocks, next, mark)
			}
			if now, err = c.current(ctx, tx); err != nil {
				return err
			}
		}
		return errMoved
	})
	if err != nil && (start == NoAttempt || !c.landed(batch, start)) {
		return NoAttempt, err
	}
	if err == nil {
		c.head = next // else the next batch reads it
	}
	if mark {
		c.marked = time.Now()
	}
	return start, nil
}

// grow adds the batch to the tree and returns the blocks to store.
func grow(e *edge, batch []*Pending) []block {
	blocks := make([]block, 0, 1+len(batch)/maxBlock)
	for len(batch) > 0 {
		part := batch[:min(maxBlock, len(batch))]
		batch = batch[len(part):]
		blocks = append(blocks, growBlock(e, part))
	}
	return blocks
}

func growBlock(e *edge, part []*Pending) block {
	size := 0
	for _, p := range part {
		size += len(p.body) + 4
	}
	b := block{start: e.size, events: make([]byte, 0, size), hashes: make([]byte, 0, (2*len(part)+64)*tlog.HashSize)}
	for _, p := range part {
		b.events = appendFrame(b.events, p.body)
		b.hashes = e.add(tlog.RecordHash(p.body), b.hashes)
	}
	return b
}

// landed tells whether a batch whose commit failed is in the log after all: the connection may have
// broken between the commit and its answer. Ids are random, so the same bytes are the same event.
func (c *committer) landed(batch []*Pending, start Index) bool {
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit/2)
	defer cancel()
	leaf, found, err := readLeaf(ctx, c.log.db, start)
	return err == nil && found && bytes.Equal(leaf, batch[0].body)
}

func (c *committer) succeed(batch []*Pending, start Index) {
	records := make([]Record, len(batch))
	for i, p := range batch {
		records[i] = Record{start + Index(i), p.event}
	}
	c.log.recent.publish(records)
	for i, p := range batch {
		if p.view {
			c.log.views.Add(-1)
		}
		p.settle(start+Index(i), nil)
	}
	c.note(batch, start) // nobody waits for the index
	if c.moved += int64(len(batch)); c.moved >= settleEvery {
		c.moved = 0
		c.log.marks.Go(c.log.moveMarks)
	}
}

// fail answers those who wait, and keeps the reads that nobody waits for.
func (c *committer) fail(batch []*Pending, err error) {
	var kept []*Pending
	for _, p := range batch {
		if p.view {
			kept = append(kept, p)
			continue
		}
		p.settle(NoAttempt, unavailable(err))
	}
	c.kept = append(kept, c.kept...)
}

var errMoved = errors.New("audit: the head moved while it was locked")

// moveHead replaces the head that the caller knows. It reports false when another one is there.
func moveHead(ctx context.Context, tx *store.Tx, size int64, signed []byte, next head) (bool, error) {
	res, err := tx.Exec(ctx, "UPDATE audit_head SET size = ?, checkpoint = ? WHERE id = 1 AND size = ? AND checkpoint = ?", next.size, next.signed, size, signed)
	if err != nil {
		return false, fmt.Errorf("audit: writing the head: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func insert(ctx context.Context, tx *store.Tx, blocks []block, next head, mark bool) error {
	for _, b := range blocks {
		if _, err := tx.Exec(ctx, insertBlock, b.start, b.hashes, b.events); err != nil {
			return fmt.Errorf("audit: writing events: %w", err)
		}
	}
	if !mark {
		return nil
	}
	if _, err := tx.Exec(ctx, "INSERT INTO audit_checkpoints (size, checkpoint) VALUES (?, ?)", next.size, next.signed); err != nil {
		return fmt.Errorf("audit: writing a checkpoint: %w", err)
	}
	return nil
}
