package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// Query says which events to find: those that fit all that is set. Attempts are not found by
// themselves; their outcomes are.
type Query struct {
	From, To     time.Time // zero for no bound
	Name         string    // of the operation, as in service:Name
	Source       string    // its service
	User         string
	Resource     string // as in the event, or an ARN
	ResourceType string
	AccessKeyID  string
	EventID      string
	ReadOnly     *bool
	Acts         bool   // only what was done or refused: no reads that were only allowed
	Ending       Ending // how it came out; "" for any
	Limit        int    // 50 when 0
	Token        string // of the page before
}

// Ending is a way in which an operation comes out.
type Ending string

// The endings. A read that was allowed went well.
const (
	Well   Ending = "ok"
	Denied Ending = "denied" // by a policy, before or while it was done
	Failed Ending = "failed" // for any other reason
)

// Ending tells how the event says that its operation came out; "" of an attempt, which does not say.
func (e *Event) Ending() Ending {
	switch {
	case e.Phase == PhaseAttempt:
		return ""
	case e.Phase == PhaseView, e.Result == ResultOK:
		return Well
	case e.Result == ResultDenied:
		return Denied
	}
	return Failed
}

// Found is an event with the attempt that it ends; the zero Attempt when it has none.
type Found struct {
	Record
	Attempt Record
}

// Lookup is Search for a caller whose policies allow cloudtrail:LookupEvents.
func (g *Gate) Lookup(ctx context.Context, c policy.Caller, q Query, request any) (page []Found, next string, err error) {
	if err := g.View(ctx, c, lookingUp(request)); err != nil {
		return nil, "", err
	}
	return g.log.Search(ctx, q)
}

func lookingUp(request any) policy.Operation {
	return policy.Operation{
		Action: "cloudtrail:LookupEvents", Resource: "*", ReadOnly: true, Allow: policy.Grant{Roles: []policy.Role{policy.System}},
		Rules: &policy.Rules{Resource: "*"}, Record: &policy.Record{Request: request},
	}
}

// maxSearched is how many segments one call reads at most; a page may be short, and go on.
const maxSearched = 64

// Search returns a page of what fits, newest first, and the token of the next page: "" when there is
// no more. It asks no gate; Gate.Lookup does.
func (l *Log) Search(ctx context.Context, q Query) (page []Found, next string, err error) {
	s := &finder{log: l, q: q, limit: min(max(q.Limit, 0), 1000), terms: q.terms()}
	if s.limit == 0 {
		s.limit = 50
	}
	if err := s.narrow(); err != nil {
		return nil, "", err
	}
	if s.before, err = l.begin(ctx, q.Token); err != nil {
		return nil, "", err
	}
	return s.run(ctx)
}

// begin is the index that a search goes on below.
func (l *Log) begin(ctx context.Context, token string) (before Index, err error) {
	if token != "" {
		before, err = strconv.ParseInt(token, 36, 64)
		if err != nil || before < 0 {
			return 0, fault.New(fault.InvalidInput, "the page token is not one of this server's")
		}
		return before, nil
	}
	if err := l.db.QueryRow(ctx, "SELECT size FROM audit_head WHERE id = 1").Scan(&before); err != nil {
		return 0, fmt.Errorf("audit: reading the head: %w", err)
	}
	return before, nil
}

// finder is one run of Search.
type finder struct {
	log    *Log
	q      Query
	limit  int
	terms  []term
	have   []term // scratch
	before Index
	found  []Record
}

// terms are the query's values in the index, the ones that few events have first.
func (q *Query) terms() []term {
	var terms []term
	for _, t := range []term{{keyTerm, q.AccessKeyID}, {resourceTerm, q.Resource}, {userTerm, q.User}, {nameTerm, q.Name}, {resourceTypeTerm, q.ResourceType}, {sourceTerm, q.Source}} {
		if t.value != "" {
			terms = append(terms, t)
		}
	}
	if q.ReadOnly != nil {
		terms = append(terms, term{readOnlyTerm, strconv.FormatBool(*q.ReadOnly)})
	}
	return terms
}

// drift is how far the time in an id and that of its event may be apart.
const drift = time.Minute

// narrow uses the time that an event id holds.
func (s *finder) narrow() error {
	if s.q.EventID == "" {
		return nil
	}
	at, ok := idTime(s.q.EventID)
	if !ok {
		return nil // an id that somebody else made: every event is looked at
	}
	if from := at.Add(-drift); s.q.From.Before(from) {
		s.q.From = from
	}
	if to := at.Add(drift); s.q.To.IsZero() || s.q.To.After(to) {
		s.q.To = to
	}
	return nil
}

func (s *finder) run(ctx context.Context) ([]Found, string, error) {
	indexed, err := nextSegment(ctx, s.log.db)
	if err != nil {
		return nil, "", err
	}
	for end := indexed * segmentSize; s.before > end && !s.full(); { // not indexed yet
		if err := s.read(ctx, max(end, (s.before-1)/segmentSize*segmentSize)); err != nil {
			return nil, "", err
		}
	}
	for searched := 0; s.before > 0 && !s.full(); {
		segments, err := s.candidates(ctx)
		if err != nil {
			return nil, "", err
		}
		for _, number := range segments {
			s.before = min(s.before, (number+1)*segmentSize)
			if err := s.read(ctx, number*segmentSize); err != nil {
				return nil, "", err
			}
			if searched++; s.full() || searched == maxSearched {
				return s.page(ctx)
			}
		}
		if len(segments) < candidatesPerRead {
			s.before = 0
		}
	}
	return s.page(ctx)
}

func (s *finder) full() bool { return len(s.found) >= s.limit }

const (
	candidatesPerRead = 32
	anySegments       = `SELECT segment FROM audit_segments WHERE segment * 1024 < ? AND last_time >= ? AND first_time <= ? ORDER BY segment DESC LIMIT 32`
	termSegments      = `SELECT s.segment FROM audit_terms t JOIN audit_segments s ON s.segment = t.segment
		WHERE s.segment * 1024 < ? AND s.last_time >= ? AND s.first_time <= ? AND t.term = ? ORDER BY t.segment DESC LIMIT 32`
)

// candidates are the next segments below before that may hold something.
func (s *finder) candidates(ctx context.Context) ([]int64, error) {
	from, to := s.q.From, s.q.To
	if from.IsZero() {
		from = time.UnixMicro(0)
	}
	if to.IsZero() {
		to = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if len(s.terms) == 0 {
		return numbers(ctx, s.log.db, anySegments, s.before, from.UnixMicro(), to.UnixMicro())
	}
	return numbers(ctx, s.log.db, termSegments, s.before, from.UnixMicro(), to.UnixMicro(), s.terms[0].text())
}

func numbers(ctx context.Context, db *store.DB, query string, args ...any) ([]int64, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("audit: searching: %w", err)
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("audit: searching: %w", err)
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// read looks at the events from an index on and below before, and moves before.
func (s *finder) read(ctx context.Context, from Index) error {
	var fits []Record
	err := leaves(ctx, s.log.db, from, s.before, func(index Index, leaf []byte) (bool, error) {
		e, err := DecodeEvent(leaf)
		if err != nil {
			return false, fmt.Errorf("audit: record %d: %w", index, err)
		}
		if s.fits(&e) {
			fits = append(fits, Record{index, e})
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(fits)
	s.before = from
	if room := s.limit - len(s.found); len(fits) > room {
		fits = fits[:room]
		s.before = fits[room-1].Index
	}
	s.found = append(s.found, fits...)
	return nil
}

func (s *finder) fits(e *Event) bool {
	switch {
	case e.Phase == PhaseAttempt, s.q.Acts && e.Phase == PhaseView,
		!s.q.From.IsZero() && e.Time.Before(s.q.From),
		!s.q.To.IsZero() && e.Time.After(s.q.To),
		s.q.EventID != "" && e.ID != s.q.EventID,
		s.q.Ending != "" && e.Ending() != s.q.Ending:
		return false
	}
	s.have = appendTerms(s.have[:0], e)
	for _, t := range s.terms {
		if !slices.Contains(s.have, t) {
			return false
		}
	}
	return true
}

// page adds the attempts to what was found.
func (s *finder) page(ctx context.Context) ([]Found, string, error) {
	page := make([]Found, len(s.found))
	for i, r := range s.found {
		page[i].Record = r
		if r.Phase != PhaseOutcome {
			continue
		}
		a, err := s.log.Event(ctx, r.Event.Attempt)
		if err != nil {
			return nil, "", err
		}
		page[i].Attempt = a
	}
	if s.before <= 0 {
		return page, "", nil
	}
	return page, strconv.FormatInt(s.before, 36), nil
}

// newEventID is a UUID of version 7: its first 48 bits are the event's time in milliseconds, so that
// an event is found by its id without an index of ids.
func newEventID(at time.Time, random [16]byte) string {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(max(0, at.UnixMilli())))
	copy(random[:6], ms[2:])
	random[6] = random[6]&0x0f | 0x70
	random[8] = random[8]&0x3f | 0x80
	return uuid.UUID(random).String()
}

// idTime reads the time from an event id.
func idTime(id string) (time.Time, bool) {
	h := strings.ReplaceAll(id, "-", "")
	if len(id) != 36 || len(h) != 32 || h[12] != '7' {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(h[:12], 16, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(ms).UTC(), true
}
