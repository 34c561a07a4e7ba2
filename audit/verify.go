package audit

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"signet/internal/store"
)

// Bad is the first thing that is wrong with a log. Index is the first record that it touches.
type Bad struct {
	Index Index
	What  string
}

// Report is what Verify found.
type Report struct {
	Log         string
	Size        int64
	Root        tlog.Hash // as derived from the events
	Checkpoints int       // signed ones that were checked, the head included
	Open        int       // attempts without an outcome
	Repeated    int       // outcomes of attempts that had one already
	Bad         *Bad      // nil when the log is sound
}

// finding ends a verification; it is not a failure of it.
type finding Bad

func (f *finding) Error() string { return fmt.Sprintf("record %d: %s", f.Index, f.What) }

func bad(index Index, format string, args ...any) error {
	return &finding{max(index, 0), fmt.Sprintf(format, args...)}
}

// Verify derives the whole log again from its bytes: every event, every hash, every signed checkpoint, and
// every outcome's attempt. It takes known checkpoints too, such as those in receipts: the log must
// still be an extension of each, which is how a log that was cut back to an earlier state is found.
// An error means that the log could not be read; what is wrong with it is in the report.
//
// The log may grow while Verify reads; it checks what was there when it began.
func Verify(ctx context.Context, db *store.DB, verifiers note.Verifiers, known ...string) (Report, error) {
	v := &verification{db: db, verifiers: verifiers, attempts: map[Index]string{}, checked: map[bool]int64{}}
	err := v.run(ctx, known)
	if err == nil {
		err = v.noMoreSegments(ctx)
	}
	v.report.Open = len(v.attempts)
	if f, ok := err.(*finding); ok {
		v.report.Bad = (*Bad)(f)
		return v.report, nil
	}
	return v.report, err
}

type verification struct {
	db        *store.DB
	verifiers note.Verifiers
	report    Report

	marks    []mark         // checkpoints still to come, by size
	checked  map[bool]int64 // size of the last good checkpoint: of the known ones, of the log's own
	edge     edge
	stored   []byte           // hashes of the record at hand
	attempts map[Index]string // actions of attempts without an outcome so far
	segment  *segment         // what the index must hold of the segment at hand
}

// mark is a checkpoint that the tree must pass. Those of the log itself prove nothing about a fork
// before them, since the log's key has signed both branches: only known ones do.
type mark struct {
	size  int64
	root  tlog.Hash
	known bool
}

func (v *verification) run(ctx context.Context, known []string) error {
	head, err := v.readHead(ctx)
	if err != nil {
		return err
	}
	if err := v.readMarks(ctx, head, known); err != nil {
		return err
	}
	if err := v.pass(); err != nil {
		return err
	}
	for v.edge.size < head.size {
		before := v.edge.size
		if err := v.readBlocks(ctx, head.size); err != nil {
			return err
		}
		if v.edge.size == before {
			return bad(before, "the record is missing: the signed head counts %d", head.size)
		}
	}
	v.report.Root, err = v.edge.root()
	return err
}

// readHead reads the head, after what must not be ahead of it: every append moves the head with its
// events, so a higher event was not written by an append.
func (v *verification) readHead(ctx context.Context) (checkpoint, error) {
	var last, signed, size sql.NullInt64
	var note []byte
	for query, into := range map[string]*sql.NullInt64{
		"SELECT MAX(start) FROM audit_blocks":     &last,
		"SELECT MAX(size) FROM audit_checkpoints": &signed,
	} {
		if err := v.db.QueryRow(ctx, query).Scan(into); err != nil {
			return checkpoint{}, fmt.Errorf("audit: reading the log: %w", err)
		}
	}
	err := v.db.QueryRow(ctx, "SELECT size, checkpoint FROM audit_head WHERE id = 1").Scan(&size, &note)
	if store.IsNoRows(err) {
		return checkpoint{}, bad(0, "the log has no head")
	}
	if err != nil {
		return checkpoint{}, fmt.Errorf("audit: reading the head: %w", err)
	}
	head, err := openCheckpoint(note, v.verifiers)
	if err != nil {
		return checkpoint{}, bad(size.Int64-1, "the signed head is not good: %v", err)
	}
	v.report.Log, v.report.Size, v.report.Checkpoints = head.origin, head.size, 1
	switch {
	case head.size != size.Int64:
		return head, bad(head.size, "the head says size %d, its signature covers %d", size.Int64, head.size)
	case last.Valid && last.Int64 >= head.size:
		return head, pastEnd(head.size)
	case signed.Valid && signed.Int64 > head.size:
		return head, bad(head.size, "the log had the size %d once and has %d now: its end was cut off", signed.Int64, head.size)
	}
	return head, nil
}

func pastEnd(size int64) error {
	return bad(size, "there are records past the end that the signed head gives, %d", size)
}

// readMarks collects every signed checkpoint up to the head.
func (v *verification) readMarks(ctx context.Context, head checkpoint, known []string) error {
	rows, err := v.db.Query(ctx, "SELECT size, checkpoint FROM audit_checkpoints WHERE size <= ? ORDER BY size", head.size)
	if err != nil {
		return fmt.Errorf("audit: reading checkpoints: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var size int64
		var signed []byte
		if err := rows.Scan(&size, &signed); err != nil {
			return fmt.Errorf("audit: reading checkpoints: %w", err)
		}
		c, err := openCheckpoint(signed, v.verifiers)
		if err != nil {
			return bad(size-1, "the checkpoint stored for size %d is not good: %v", size, err)
		}
		if c.size != size || c.origin != head.origin {
			return bad(size-1, "the checkpoint stored for size %d is one of %s for size %d", size, c.origin, c.size)
		}
		v.marks = append(v.marks, mark{c.size, c.root, false})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: reading checkpoints: %w", err)
	}
	v.report.Checkpoints += len(v.marks)
	return v.addKnown(head, known)
}

func (v *verification) addKnown(head checkpoint, known []string) error {
	for _, signed := range known {
		c, err := openCheckpoint([]byte(signed), v.verifiers)
		switch {
		case err != nil:
			return fmt.Errorf("a checkpoint to compare with: %w", err)
		case c.origin != head.origin:
			return fmt.Errorf("audit: a checkpoint to compare with is of the log %s, this log is %s", c.origin, head.origin)
		case c.size > head.size:
			return bad(head.size, "the log had the size %d once and has %d now: its end was cut off", c.size, head.size)
		}
		v.insertMark(mark{c.size, c.root, true})
		v.report.Checkpoints++
	}
	v.insertMark(mark{head.size, head.root, false})
	return nil
}

func (v *verification) insertMark(m mark) {
	i := len(v.marks)
	for i > 0 && v.marks[i-1].size > m.size {
		i--
	}
	v.marks = append(v.marks, mark{})
	copy(v.marks[i+1:], v.marks[i:])
	v.marks[i] = m
}

// pass compares the tree with the checkpoints of its size.
func (v *verification) pass() error {
	for len(v.marks) > 0 && v.marks[0].size == v.edge.size {
		root, err := v.edge.root()
		if err != nil {
			return err
		}
		m := v.marks[0]
		if root != m.root {
			return bad(v.checked[m.known], "one of the records %d to %d is not what the signed checkpoint of size %d covers",
				v.checked[m.known], m.size-1, m.size)
		}
		v.checked[m.known] = m.size
		v.marks = v.marks[1:]
	}
	return nil
}

const verifyBlocks = "SELECT start, hashes, events FROM audit_blocks WHERE start >= ? AND start < ? ORDER BY start LIMIT 64"

// readBlocks checks the next blocks.
func (v *verification) readBlocks(ctx context.Context, end int64) error {
	from := v.edge.size
	if from == 0 {
		from = math.MinInt64 // blocks before the first are wrong too
	}
	rows, err := v.db.Query(ctx, verifyBlocks, from, end)
	if err != nil {
		return fmt.Errorf("audit: reading events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b block
		if err := rows.Scan(&b.start, &b.hashes, &b.events); err != nil {
			return bad(v.edge.size, "the block cannot be read: %v", err)
		}
		if err := v.block(ctx, b, end); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: reading events: %w", err)
	}
	return nil
}

// block checks the events of one block, and that it holds their hashes and nothing else.
func (v *verification) block(ctx context.Context, b block, end int64) error {
	switch index := v.edge.size; {
	case b.start < index:
		return bad(index, "there is a record with the number %d before it", b.start)
	case b.start > index:
		return bad(index, "the record is missing")
	case len(b.events) == 0:
		return bad(index, "the block that begins with the record is empty")
	}
	hashes := b.hashes
	for rest := b.events; len(rest) > 0; {
		index := v.edge.size
		if index >= end {
			return pastEnd(end)
		}
		leaf, after, err := cutFrame(rest)
		if err != nil {
			return bad(index, "the record's frame is not whole")
		}
		rest = after
		if hashes, err = v.record(ctx, leaf, hashes); err != nil {
			return err
		}
	}
	if len(hashes) > 0 {
		return bad(v.edge.size-1, "the block that ends with the record has %d bytes of hashes too many", len(hashes))
	}
	return nil
}

// record checks one event and adds it to the tree. It takes the event's hashes off those of the block.
func (v *verification) record(ctx context.Context, leaf, hashes []byte) (rest []byte, err error) {
	index := v.edge.size
	v.stored = v.edge.add(tlog.RecordHash(leaf), v.stored[:0])
	n := len(v.stored)
	switch {
	case len(hashes) < n:
		return nil, bad(index, "a stored hash of the record is missing")
	case !bytes.Equal(hashes[:tlog.HashSize], v.stored[:tlog.HashSize]):
		return nil, bad(index, "the record was changed: it does not match its stored hash")
	case !bytes.Equal(hashes[:n], v.stored):
		first := index + 1 - 1<<commonHashes(hashes, v.stored)
		return nil, bad(first, "one of the records %d to %d, or a stored hash above them, was changed", first, index)
	}
	e, err := DecodeEvent(leaf)
	if err != nil {
		return nil, bad(index, "the record is not an event: %v", err)
	}
	if err := v.pair(ctx, index, e); err != nil {
		return nil, err
	}
	if err := v.checkIndex(ctx, index, &e); err != nil {
		return nil, err
	}
	return hashes[n:], v.pass()
}

// commonHashes counts the hashes that two lists of them begin with alike: those of the subtrees below the
// first one that differs.
func commonHashes(a, b []byte) int {
	n := 0
	for ; bytes.Equal(a[:tlog.HashSize], b[:tlog.HashSize]); n++ {
		a, b = a[tlog.HashSize:], b[tlog.HashSize:]
	}
	return n
}

// pair matches outcomes with attempts.
func (v *verification) pair(ctx context.Context, index Index, e Event) error {
	switch e.Phase {
	case PhaseAttempt:
		v.attempts[index] = e.Action
	case PhaseOutcome:
		if action, open := v.attempts[e.Attempt]; open && action == e.Action {
			delete(v.attempts, e.Attempt)
			return nil
		}
		return v.pairAgain(ctx, index, e)
	}
	return nil
}

// pairAgain lets an outcome pass whose attempt has one already: two processes may have found out the
// end of an attempt that a third left behind.
func (v *verification) pairAgain(ctx context.Context, index Index, e Event) error {
	none := bad(index, "the outcome of %s names record %d, which is not its attempt", e.Action, e.Attempt)
	if e.Attempt >= index {
		return none
	}
	leaf, found, err := readLeaf(ctx, v.db, e.Attempt)
	if err != nil {
		return fmt.Errorf("audit: reading record %d: %w", e.Attempt, err)
	}
	if !found {
		return none
	}
	if named, err := DecodeEvent(leaf); err != nil || named.Phase != PhaseAttempt || named.Action != e.Action {
		return none
	}
	v.report.Repeated++
	return nil
}
