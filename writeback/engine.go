package writeback

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/blake2b"

	"signet/audit"
	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
	"signet/ticket"
)

// Keys gives the versions of the ticket key.
type Keys interface {
	// Current returns the version that signs now.
	Current(name string) (id string, key opaque.Bytes, err error)
	// Version returns a version that may still verify; fault.TicketKeyRetired when it may not.
	Version(name, id string) (opaque.Bytes, error)
}

// TicketKey is the name of the ticket key among the generated secrets.
const TicketKey = "ticket-key"

// Config is what the engine works with.
type Config struct {
	Gate     *audit.Gate
	Log      *audit.Log
	Keys     Keys
	Datasets *dataset.Set
	Sources  func(id string) (source.Source, bool)
	Clock    func() time.Time
	Instance string       // of this server or fleet; tickets are bound to it
	Changed  func(Change) // told after each committed write; must not block
}

// Change says that a table was written.
type Change struct {
	Source, Table, Action, Receipt, By string
	At                                 time.Time
}

// Engine runs the actions of a project.
type Engine struct {
	cfg     Config
	actions atomic.Pointer[map[string]*action]

	mu       sync.Mutex
	queues   map[string]*queue  // guarded by mu; one for each source
	inflight map[string]*flight // guarded by mu; one for each ticket that is being submitted
	live     map[string]int     // guarded by mu; tickets of this server's attempts that have no outcome yet
	closed   bool               // guarded by mu

	recovering sync.Mutex  // held while open attempts are settled
	begins     audit.Index // of this server's attempts: those before it are of servers that ended
}

// New returns an engine without actions.
func New(cfg Config) *Engine {
	e := &Engine{cfg: cfg, queues: map[string]*queue{}, inflight: map[string]*flight{}, live: map[string]int{}, begins: cfg.Log.Size()}
	e.actions.Store(&map[string]*action{})
	return e
}

// Swap replaces all actions at once. Tickets of an action that did not change stay valid.
func (e *Engine) Swap(p *Prepared) { e.actions.Store(&p.actions) }

// Close waits for the submissions that were taken.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	queues := e.queues
	e.queues = map[string]*queue{}
	e.mu.Unlock()
	for _, q := range queues {
		q.close()
	}
}

// Info is what a button needs to know of an action.
type Info struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Label string `json:"label"`
	Tone  string `json:"tone"`
}

// Action returns what a button needs to know.
func (e *Engine) Action(id string) (Info, bool) {
	a, ok := (*e.actions.Load())[id]
	if !ok {
		return Info{}, false
	}
	return Info{ID: a.ID, Title: a.Title, Label: a.Label, Tone: a.Tone}, true
}

// action returns an action, or a fault that does not tell whether one of another kind exists.
func (e *Engine) action(id string) (*action, error) {
	if a, ok := (*e.actions.Load())[id]; ok {
		return a, nil
	}
	return nil, fault.New(fault.NotFound, "There is no action %q. It may have been removed; reload the page.", clip(id))
}

func (e *Engine) source(id string) (source.Source, error) {
	if s, ok := e.cfg.Sources(id); ok {
		return s, nil
	}
	return nil, fault.New(fault.TargetUnavailable, "The source %q is not connected. An administrator can run `signet doctor`.", id)
}

// action is a compiled Definition.
type action struct {
	Definition
	version  [ticket.VersionSize]byte
	dataset  *dataset.Dataset
	fields   []string        // names of all the dataset's fields, in order
	rest     []int           // places in fields of what the ticket does not carry: the row version covers it
	restName []string        // the names of these
	names    []string        // of the ticket's columns: the signed fields, then what the dataset's key has besides
	signed   []int           // their places in fields
	key      []int           // places in fields of the dataset's key
	match    []int           // places in names of Record.Match, or of Record.Field
	when     []condition     // what a row must hold to get a button
	inputs   []input         // compiled
	ruled    bool            // some input has a rule
	computed []template      // parsed
	target   []source.Column // the target's columns that can be read, in order
	places   map[string]int  // column of the target -> place in target
	writing  []column        // what is written, in the target's order
	shown    []Field         // of target: label and format, without values
}

// column is a column of the target that the action writes, and where its value comes from.
type column struct {
	source.Column
	place int // in the action's target
	from  origin
}

// origin is where a written value comes from; index is its place there.
type origin struct {
	from  int
	index int
}

const (
	fromRecord = iota
	fromStatus
	fromWho
	fromAt
	fromReceipt
	fromSigned
	fromInput
	fromComputed
	fromPrevious
)

// condition is what a row must hold to get a button.
type condition struct {
	field  int
	values []value.Value
}

func (a *action) matches(row []value.Value) bool {
	for _, c := range a.when {
		found := false
		for _, v := range c.values {
			found = found || v.Equal(row[c.field])
		}
		if !found {
			return false
		}
	}
	return true
}

// operation is what the gate is asked for; detail goes into the attempt's event.
func (a *action) operation(name string, detail map[string]string) policy.Operation {
	return policy.Operation{Action: "writeback:" + name, Resource: "action/" + a.ID, Allow: a.Allow, Detail: detail}
}

func (a *action) targetName() string { return a.dataset.Source() + "/" + a.Target }

// lock names the record, or the combination that makes one: submissions with the same lock happen
// one after the other, on every server that writes to the target.
func (a *action) lock(signed []value.Value) uint64 {
	h, err := blake2b.New(8, nil)
	if err != nil {
		panic("writeback: BLAKE2b without a key: " + err.Error())
	}
	part := func(s string) { h.Write(append(binary.AppendUvarint(nil, uint64(len(s))), s...)) }
	part("signet lock v1")
	part(a.Target)
	part(a.Record.Column)
	for _, i := range a.match {
		part(string([]byte{byte(signed[i].Kind())}) + signed[i].String())
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// query reads from the action's source, outside of any write.
func (e *Engine) query(ctx context.Context, a *action, s source.Statement) (source.Result, error) {
	src, err := e.source(a.dataset.Source())
	if err != nil {
		return source.Result{}, err
	}
	r, err := src.Query(ctx, s, maxAnswer)
	return r, source.Fault(err, a.dataset.Source())
}

// maxAnswer bounds the rows that one statement of the engine may read.
const maxAnswer = 10_000
