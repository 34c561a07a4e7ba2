package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/store"
)

// The search index says which segments of the log hold a term. A segment is 1,024 events in a row; it
// is indexed when it is whole, in one transaction of its own, so that an append costs nothing more.
// What comes after the last indexed segment is read event by event. All of it can be derived from the
// log again, and Verify does.
const segmentSize = 1 << 10

const (
	insertSegment = "INSERT INTO audit_segments (segment, first_time, last_time) VALUES (?, ?, ?) ON CONFLICT (segment) DO NOTHING"
	insertTerm    = "INSERT INTO audit_terms (term, segment) VALUES (?, ?) ON CONFLICT (term, segment) DO NOTHING"
)

// segment gathers what the index holds of one segment.
type segment struct {
	number      int64
	size        int64 // events so far
	first, last time.Time
	terms       map[term]struct{}
	scratch     []term
}

func newSegment(number int64) *segment { return &segment{number: number, terms: map[term]struct{}{}} }

func (s *segment) add(e *Event) {
	if s.size == 0 || e.Time.Before(s.first) {
		s.first = e.Time
	}
	if s.size == 0 || e.Time.After(s.last) {
		s.last = e.Time
	}
	s.size++
	s.scratch = appendTerms(s.scratch[:0], e)
	for _, t := range s.scratch {
		s.terms[t] = struct{}{}
	}
}

// texts are the terms as they are stored, in order.
func (s *segment) texts() []string {
	all := make([]string, 0, len(s.terms))
	for t := range s.terms {
		all = append(all, t.text())
	}
	slices.Sort(all)
	return all
}

// term is a value by which events are found, of a kind. It is text only in the store: most values of
// a segment are there already.
type term struct {
	kind  byte
	value string
}

// Kinds of terms.
const (
	nameTerm         = 'n'
	sourceTerm       = 's'
	userTerm         = 'u'
	resourceTerm     = 'r'
	resourceTypeTerm = 't'
	keyTerm          = 'k'
	readOnlyTerm     = 'o'
)

// maxTerm is how long a value may be to stand in the index as it is.
const maxTerm = 100

// text is a term in the store: the value itself, or a hash when it is long.
func (t term) text() string {
	if len(t.value) <= maxTerm {
		return string(t.kind) + ":" + t.value
	}
	sum := sha256.Sum256([]byte(t.value))
	return string(t.kind) + "#" + hex.EncodeToString(sum[:16])
}

// appendTerms adds the terms of an event. Attempts have none: their outcome stands for both.
func appendTerms(terms []term, e *Event) []term {
	if e.Phase == PhaseAttempt {
		return terms
	}
	source, name, _ := strings.Cut(e.Action, ":")
	terms = append(terms, term{nameTerm, name}, term{sourceTerm, source}, term{userTerm, e.Who.Name}, term{resourceTerm, e.Resource},
		term{readOnlyTerm, strconv.FormatBool(e.ReadOnly)})
	if e.AWS == "" {
		return terms
	}
	t, err := ParseTrail(e.AWS)
	if err != nil {
		return terms
	}
	if t.AccessKeyID != "" {
		terms = append(terms, term{keyTerm, t.AccessKeyID})
	}
	for _, r := range t.Resources {
		terms = append(terms, term{resourceTerm, r.ARN}, term{resourceTypeTerm, r.Type})
	}
	return terms
}

// note adds a batch that was written to the segment at hand, and indexes each segment that is whole.
// A segment whose beginning this process did not write is read from the store.
func (c *committer) note(batch []*Pending, start Index) {
	for i := range batch {
		index := start + Index(i)
		if c.segment == nil || index != c.segment.number*segmentSize+c.segment.size {
			if c.segment = nil; index%segmentSize != 0 {
				if (index+1)%segmentSize == 0 {
					c.log.marks.Go(c.log.indexAll)
				}
				continue
			}
			c.segment = newSegment(index / segmentSize)
		}
		if c.segment.add(&batch[i].event); c.segment.size == segmentSize {
			whole := c.segment
			c.segment = nil
			c.log.marks.Go(func() { c.log.index(whole) })
		}
	}
}

// index writes a segment. A failure is no loss: the next call of indexAll makes up for it.
func (l *Log) index(s *segment) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = l.writeSegment(ctx, s)
	l.indexAll() // what an earlier failure, or another process, left
}

func (l *Log) writeSegment(ctx context.Context, s *segment) error {
	err := l.db.TxOn(ctx, "audit index", func(tx *store.Tx) error {
		// Segments are indexed in order, so that the last one tells where reading goes on.
		next, err := nextSegment(ctx, tx)
		if err != nil || s.number != next {
			return err
		}
		if _, err := tx.Exec(ctx, insertSegment, s.number, s.first.UnixMicro(), s.last.UnixMicro()); err != nil {
			return err
		}
		for _, term := range s.texts() {
			if _, err := tx.Exec(ctx, insertTerm, term, s.number); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit: writing the index: %w", err)
	}
	return nil
}

// nextSegment is the first one that is not indexed.
func nextSegment(ctx context.Context, q rowQuerier) (next int64, err error) {
	err = q.QueryRow(ctx, "SELECT COALESCE(MAX(segment) + 1, 0) FROM audit_segments").Scan(&next)
	if err != nil {
		err = fmt.Errorf("audit: reading the index: %w", err)
	}
	return next, err
}

// indexAll indexes what is whole and not indexed, from the store.
func (l *Log) indexAll() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l.indexing.Lock()
	defer l.indexing.Unlock()
	for ctx.Err() == nil && !l.isClosed() {
		next, err := nextSegment(ctx, l.db)
		if err != nil || (next+1)*segmentSize > l.Size() {
			return
		}
		s, err := l.readSegment(ctx, next)
		if err != nil || s.size != segmentSize || l.writeSegment(ctx, s) != nil {
			return
		}
	}
}

func (l *Log) isClosed() bool {
	l.closing.RLock()
	defer l.closing.RUnlock()
	return l.closed
}

func (l *Log) readSegment(ctx context.Context, number int64) (*segment, error) {
	s := newSegment(number)
	err := leaves(ctx, l.db, number*segmentSize, (number+1)*segmentSize, func(_ Index, leaf []byte) (bool, error) {
		e, err := DecodeEvent(leaf)
		if err == nil {
			s.add(&e)
		}
		return true, err
	})
	return s, err
}
