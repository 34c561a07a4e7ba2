// Package audit is the log of who did what. It guarantees that an append which returned is on the
// disk, and that whoever changes, drops, inserts or re-orders a record afterwards is found by
// Verify: each event is a leaf of one Merkle tree, and every append signs the tree's new head.
//
// Gate is the one way into every domain method: it asks policy, writes the attempt before the act
// and the outcome after it, and denies what it cannot write down. SPEC.md describes the formats.
package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Index is the place of an event in the log, from 0.
type Index = int64

// NoAttempt is the Attempt of every event that is not an outcome.
const NoAttempt Index = -1

// Phase says what part of an operation an event tells of.
type Phase string

// The phases. An attempt is followed by its outcome, later in the log, unless the process ended
// in between; the others stand alone.
const (
	PhaseAttempt Phase = "attempt" // allowed, about to be done
	PhaseOutcome Phase = "outcome" // done or failed, see Result
	PhaseView    Phase = "view"    // a read was allowed
	PhaseUse     Phase = "use"     // something that changes nothing was done or failed, see Result; then it was answered
	PhaseDenial  Phase = "denial"  // policy refused, and nothing was done
)

// Results of events that are not fault codes. Attempts and views have the empty result.
const (
	ResultOK     = "ok"
	ResultDenied = "denied"
)

// Types of Who.
const (
	TypeUser   = "user"
	TypeSystem = "system" // Signet's own jobs
	TypeNobody = "nobody" // not signed in
)

// Limits of what one event holds. Append cuts what is longer and marks the cut with "…".
const (
	MaxString = 1024
	MaxDetail = 32 // entries
	maxKey    = 64
)

// Who is the part of a principal that the log keeps.
type Who struct{ Type, ID, Name string }

// Event is one record of the log. None of it may be secret: no passwords, keys, tokens or tickets,
// not in Detail either. The log is read by auditors, copied into receipts, and never forgets.
type Event struct {
	ID        string // made by Append when empty
	Time      time.Time
	Phase     Phase
	Attempt   Index  // of an outcome: its attempt; else NoAttempt
	Action    string // service:Name
	Resource  string // kind/id
	Who       Who
	SourceIP  string
	RequestID string
	UserAgent string
	ReadOnly  bool
	Result    string // "", "ok", "denied" or a fault code
	Detail    map[string]string
	AWS       string // of operations on the AWS side: a Trail in JSON; else ""
}

// Record is an event in its place.
type Record struct {
	Index Index
	Event
}

// version is the first thing that a reader of a leaf wants to know; see SPEC.md.
const version = 1

const timeLayout = "2006-01-02T15:04:05.000000Z"

// normal returns the event as its encoding will hold it: so that what followers see in memory is
// what the log gives back later, and so that encoding is a fixed point, which decode relies on.
func (e Event) normal() Event {
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	if e.Phase != PhaseOutcome {
		e.Attempt = NoAttempt
	}
	for _, s := range []*string{
		&e.ID, &e.Action, &e.Resource, &e.Result, &e.SourceIP, &e.RequestID, &e.UserAgent,
		&e.Who.Type, &e.Who.ID, &e.Who.Name,
	} {
		*s = clean(*s, MaxString)
	}
	e.Detail = normalDetail(e.Detail)
	e.AWS = normalTrail(e.AWS)
	return e
}

// normalDetail returns the details as they will be written. Those that need no change are not copied:
// whoever makes an event leaves its details alone afterwards.
func normalDetail(in map[string]string) map[string]string {
	if in == nil {
		return map[string]string{}
	}
	if len(in) <= MaxDetail && allClean(in) {
		return in
	}
	out := make(map[string]string, min(len(in), MaxDetail))
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if len(out) == MaxDetail-1 && len(in) > MaxDetail {
			out["…"] = fmt.Sprintf("%d more", len(in)-len(out))
			break
		}
		out[clean(key, maxKey)] = clean(in[key], MaxString)
	}
	return out
}

func allClean(in map[string]string) bool {
	for key, s := range in {
		if !isClean(key, maxKey) || !isClean(s, MaxString) {
			return false
		}
	}
	return true
}

func isClean(s string, limit int) bool {
	return len(s) <= limit && strings.IndexByte(s, 0) < 0 && utf8.ValidString(s)
}

// clean makes s valid UTF-8 of at most limit bytes. NUL goes too: PostgreSQL has no text with it, and one
// such event must not make a batch fail.
func clean(s string, limit int) string {
	if isClean(s, limit) {
		return s
	}
	s = s[:min(len(s), 4*limit)]
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= limit {
		return s
	}
	end := limit - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// check refuses events that would make the log lie about itself.
func (e Event) check() error {
	switch e.Phase {
	case PhaseAttempt, PhaseView, PhaseUse, PhaseDenial:
		if e.Attempt != NoAttempt {
			return fmt.Errorf("audit: a %s has no attempt, but event %s names %d", e.Phase, e.ID, e.Attempt)
		}
	case PhaseOutcome:
		if e.Attempt < 0 {
			return fmt.Errorf("audit: the outcome %s names no attempt", e.ID)
		}
	default:
		return fmt.Errorf("audit: unknown phase %q", e.Phase)
	}
	if y := e.Time.Year(); y < 1 || y > 9999 {
		return fmt.Errorf("audit: the time of event %s is outside years 1 to 9999", e.ID)
	}
	if e.ID == "" || e.Action == "" {
		return fmt.Errorf("audit: event %q of action %q lacks an id or an action", e.ID, e.Action)
	}
	return nil
}
