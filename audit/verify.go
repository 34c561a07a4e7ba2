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
	defer v.hashes.close()
	err := v.run(ctx, known)
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
	stored   []tlog.Hash // of the record at hand
	hashes   hashStream
	attempts map[Index]string // actions of attempts without an outcome so far
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
	v.hashes = hashStream{db: v.db}
	if err := v.pass(); err != nil {
		return err
	}
	for v.edge.size < head.size {
		before := v.edge.size
		if err := v.readEvents(ctx, head.size); err != nil {
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
	var events, hashes, signed, size sql.NullInt64
	var note []byte
	for query, into := range map[string]*sql.NullInt64{
		"SELECT MAX(idx) FROM audit_events":       &events,
		"SELECT MAX(start) FROM audit_hashes":     &hashes,
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
	case events.Valid && events.Int64 >= head.size:
		return head, bad(head.size, "there are records past the end that the signed head gives, %d", head.size)
	case hashes.Valid && hashes.Int64 >= tlog.StoredHashCount(head.size):
		return head, bad(head.size, "there are hashes past the end that the signed head gives, %d", head.size)
	case signed.Valid && signed.Int64 > head.size:
		return head, bad(head.size, "the log had the size %d once and has %d now: its end was cut off", signed.Int64, head.size)
	}
	return head, nil
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

const selectEvents = `SELECT idx, time, phase, attempt, action, resource, who, body
FROM audit_events WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT 4096`

func (v *verification) readEvents(ctx context.Context, end int64) error {
	from := v.edge.size
	if from == 0 {
		from = math.MinInt64 // records before the first are wrong too
	}
	rows, err := v.db.Query(ctx, selectEvents, from, end)
	if err != nil {
		return fmt.Errorf("audit: reading events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		err := rows.Scan(&r.index, &r.time, &r.phase, &r.attempt, &r.action, &r.resource, &r.who, &r.body)
		if err != nil {
			return bad(v.edge.size, "the row cannot be read: %v", err)
		}
		if err := v.record(ctx, r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("audit: reading events: %w", err)
	}
	return nil
}

// row is an event as stored: the columns beside the leaf must say what the leaf says.
type row struct {
	index, time, attempt         int64
	phase, action, resource, who string
	body                         []byte
}

func rowOf(index Index, e Event, body []byte) row {
	return row{index, e.Time.UnixMicro(), e.Attempt, string(e.Phase), e.Action, e.Resource, whoColumn(e.Who), body}
}

func (r row) differs(s row) bool {
	same := bytes.Equal(r.body, s.body)
	r.body, s.body = nil, nil
	return !same || r.head() != s.head()
}

func (r row) head() [7]any {
	return [7]any{r.index, r.time, r.attempt, r.phase, r.action, r.resource, r.who}
}

// record checks one event and adds it to the tree.
func (v *verification) record(ctx context.Context, r row) error {
	index := v.edge.size
	if r.index < index {
		return bad(index, "there is a record with the number %d before it", r.index)
	}
	if r.index > index {
		return bad(index, "the record is missing")
	}
	v.stored = v.edge.add(tlog.RecordHash(r.body), v.stored[:0])
	for i, want := range v.stored {
		got, err := v.hashes.next(ctx)
		if err != nil {
			return err
		}
		if got != want && i == 0 {
			return bad(index, "the record was changed: it does not match its stored hash")
		}
		if got != want {
			return bad(index, "a stored hash of the tree above the record was changed")
		}
	}
	e, err := DecodeEvent(r.body)
	if err != nil {
		return bad(index, "the record is not an event: %v", err)
	}
	if r.differs(rowOf(index, e, r.body)) {
		return bad(index, "the columns beside the record do not say what the record says")
	}
	if err := v.pair(ctx, index, e); err != nil {
		return err
	}
	return v.pass()
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
	var phase, action string
	err := v.db.QueryRow(ctx, "SELECT phase, action FROM audit_events WHERE idx = ? AND idx < ?", e.Attempt, index).Scan(&phase, &action)
	if err != nil && !store.IsNoRows(err) {
		return fmt.Errorf("audit: reading record %d: %w", e.Attempt, err)
	}
	if err != nil || phase != string(PhaseAttempt) || action != e.Action {
		return bad(index, "the outcome of %s names record %d, which is not its attempt", e.Action, e.Attempt)
	}
	v.report.Repeated++
	return nil
}

// hashStream reads the stored hashes of the tree in order.
type hashStream struct {
	db    *store.DB
	rows  *sql.Rows
	at    int64 // index of the next hash
	batch []byte
}

func (s *hashStream) close() {
	if s.rows != nil {
		_ = s.rows.Close() // reading only
	}
}

// next returns the next stored hash; the zero hash, which no record has, when it is not there.
func (s *hashStream) next(ctx context.Context) (tlog.Hash, error) {
	if len(s.batch) == 0 {
		if err := s.fill(ctx); err != nil {
			return tlog.Hash{}, err
		}
	}
	var h tlog.Hash
	if len(s.batch) >= tlog.HashSize {
		h, s.batch = tlog.Hash(s.batch[:tlog.HashSize]), s.batch[tlog.HashSize:]
	}
	s.at++
	return h, nil
}

// fill reads the next row. The rows must join without a gap.
func (s *hashStream) fill(ctx context.Context) (err error) {
	if s.rows == nil {
		s.rows, err = s.db.Query(ctx, "SELECT start, hashes FROM audit_hashes ORDER BY start")
		if err != nil {
			return fmt.Errorf("audit: reading hashes: %w", err)
		}
	}
	if !s.rows.Next() {
		if err := s.rows.Err(); err != nil {
			return fmt.Errorf("audit: reading hashes: %w", err)
		}
		return nil
	}
	var start int64
	var hashes []byte
	if err := s.rows.Scan(&start, &hashes); err != nil {
		return fmt.Errorf("audit: reading hashes: %w", err)
	}
	if start == s.at && len(hashes)%tlog.HashSize == 0 {
		s.batch = hashes
	}
	return nil
}
