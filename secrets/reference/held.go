package reference

import (
	"context"
	"errors"
	"sync"
	"time"

	"signet/internal/opaque"
	"signet/policy"
)

// held is a secret in use, for all who use it.
type held struct {
	r     *Resolver
	ref   Reference // without a field
	users int       // guarded by r.mu

	turn chan struct{} // a token is in it while somebody reads or changes what follows
	now  *current      // nil for nothing that was read
	old  []leased      // what now has replaced: it lives on for those who opened something with it
	gone bool          // nobody uses it any more

	failure  error // of the last reading, for those who waited for it
	failedAt time.Time

	telling sync.Mutex
	told    string    // guarded by telling; the last error in the server's log
	toldAt  time.Time // guarded by telling
}

// current is a value in memory.
type current struct {
	text     opaque.Bytes
	since    time.Time
	lease    leased        // its Lease is nil for a secret that nobody made for us
	replaced chan struct{} // nil without a lease
	forget   *time.Timer   // nil with a lease
}

type leased struct {
	Lease
	until time.Time
}

// maxOld bounds the leases that are replaced and not at their end: the oldest is given back for another one.
const maxOld = 4

// take waits for the turn.
func (h *held) take(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (h *held) give() { <-h.turn }

// errClosed is a use after the end.
var errClosed = errors.New("the secret is not in use any more")

// read returns a copy of what is held, and reads it first where that is not good enough.
func (h *held) read(ctx context.Context, c policy.Caller, stale time.Time) (Value, error) {
	asked := time.Now()
	if err := h.take(ctx); err != nil {
		return Value{}, err
	}
	defer h.give()
	if h.gone {
		return Value{}, errClosed
	}
	if !h.good(stale) {
		if h.failedAt.After(asked) {
			return Value{}, h.failure // a provider that hangs holds them once, not one after the other
		}
		if err := h.renew(ctx, c); err != nil {
			h.failure, h.failedAt = err, time.Now()
			return Value{}, err
		}
	}
	return Value{Text: opaque.New(append([]byte(nil), h.now.text.Reveal()...)), Replaced: h.now.replaced}, nil
}

// good reports whether what is held can be given out. A secret that was leased just now is not asked for
// again: a server that refuses every user would make one after the other.
func (h *held) good(stale time.Time) bool {
	switch n := h.now; {
	case n == nil:
		return false
	case n.lease.Lease == nil:
		return n.since.After(stale) && time.Since(n.since) < h.r.cfg.Life
	default:
		return time.Now().Before(n.lease.until) && (n.since.After(stale) || time.Since(n.since) < leaseAtLeast)
	}
}

// leaseAtLeast is how long a leased secret is used although it is refused.
const leaseAtLeast = 5 * time.Second

// renew reads the secret and puts it in the place of what is held.
func (h *held) renew(ctx context.Context, c policy.Caller) error {
	began := time.Now() // a change of the secret while it is read makes it stale
	got, err := h.r.fetch(ctx, c, h.ref)
	if err == nil {
		h.install(got, began)
	}
	return err
}

// install puts what was read in the place of what is held, and sees to its end.
func (h *held) install(got Fetched, began time.Time) {
	next := &current{text: got.Value, since: began, lease: leased{got.Lease, got.Until}}
	if got.Lease != nil {
		next.replaced = make(chan struct{})
	}
	h.replace(next)
	if got.Lease == nil {
		next.forget = time.AfterFunc(h.r.cfg.Life, func() { h.expire(next) })
		return
	}
	h.r.jobs.Go(func() { h.keep(next, time.Until(got.Until)) })
}

// expire forgets a value whose time is over.
func (h *held) expire(c *current) {
	h.turn <- struct{}{} // whoever has the turn gives it back
	defer h.give()
	if h.now == c {
		h.replace(nil)
	}
}

// replace wipes what is held and holds next. A lease that is replaced lives on; its users are told.
func (h *held) replace(next *current) {
	was := h.now
	h.now = next
	if was == nil {
		return
	}
	was.text.Wipe()
	if was.forget != nil {
		was.forget.Stop()
	}
	if was.lease.Lease == nil {
		return
	}
	close(was.replaced)
	h.old = append(h.old, was.lease)
	living := h.old[:0]
	for _, l := range h.old {
		if time.Now().Before(l.until) {
			living = append(living, l)
		}
	}
	h.old = living
	if len(h.old) > maxOld {
		h.revoke(h.old[0])
		h.old = h.old[1:]
	}
}

// drop forgets everything and gives back what was leased.
func (h *held) drop() {
	h.turn <- struct{}{}
	defer h.give()
	h.gone = true
	h.replace(nil)
	for _, l := range h.old {
		h.revoke(l)
	}
	h.old = nil
}

// tellEvery is how often one error is in the server's log: a source that is down is asked for all day.
const tellEvery = time.Minute

// tell writes an error down for the operator.
func (h *held) tell(ref Reference, err error) {
	h.telling.Lock()
	defer h.telling.Unlock()
	if text := err.Error(); text != h.told || time.Since(h.toldAt) >= tellEvery {
		h.told, h.toldAt = text, time.Now()
		h.r.cfg.Logger.Warn("reading a secret", "secret", ref.String(), "error", err)
	}
}
