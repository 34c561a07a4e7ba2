package reference

import (
	"context"
	"time"
)

// keep renews a lease at half of its time, for as long as it is what is held. When there is no more time to
// have, another secret takes its place while there is half of the time left for what was opened with it.
func (h *held) keep(c *current, first time.Duration) {
	for wait := first / 2; h.wait(c, wait); {
		wait = h.tend(c, first)
	}
}

// wait waits, and reports whether the secret is still what is held.
func (h *held) wait(c *current, d time.Duration) bool {
	t := time.NewTimer(max(d, minWait))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.replaced:
	case <-h.r.ctx.Done():
	}
	return false
}

// minWait keeps a provider that gives no time from being asked without end.
const minWait = 50 * time.Millisecond

// tend renews a lease or replaces the secret, and returns when to come back. Nobody who reads what is held has
// to wait while the provider is asked.
func (h *held) tend(c *current, first time.Duration) time.Duration {
	until, err := h.extend(c)
	if err != nil {
		h.r.cfg.Logger.Warn("renewing a lease", "secret", h.ref.String(), "error", err)
	}
	left, held := h.lasts(c, until, err == nil)
	if !held || err == nil && left > first/2 {
		return left / 2
	}
	began := time.Now()
	got, err := h.r.fetch(h.r.ctx, h.r.cfg.Keeper, h.ref)
	h.turn <- struct{}{} // whoever has the turn gives it back
	defer h.give()
	switch {
	case err == nil && h.now == c:
		h.install(got, began)
	case err == nil: // somebody was faster, or it is not in use any more
		got.Value.Wipe()
		if got.Lease != nil {
			h.revoke(leased{got.Lease, got.Until})
		}
	case h.now == c && left > 0:
		h.r.cfg.Logger.Warn("leasing another secret: it is tried again", "secret", h.ref.String(), "error", err)
		return min(left/8, maxWait)
	case h.now == c:
		h.replace(nil) // at its end; the next who reads asks again
	}
	return 0
}

// lasts writes down the end of a lease, if it is known anew, and returns how long it lasts and whether it is
// what is held.
func (h *held) lasts(c *current, until time.Time, anew bool) (left time.Duration, held bool) {
	h.turn <- struct{}{}
	defer h.give()
	if h.now != c {
		return 0, false
	}
	if anew {
		c.lease.until = until
	}
	return time.Until(c.lease.until), true
}

// maxWait is how long a provider is left alone that does not answer.
const maxWait = 15 * time.Second

func (h *held) extend(c *current) (until time.Time, err error) {
	ctx, cancel := context.WithTimeout(h.r.ctx, fetchWithin)
	defer cancel()
	err = h.r.cfg.Gate.Do(ctx, h.r.cfg.Keeper, operation("secrets:RenewLease", h.ref), func(ctx context.Context) (_ map[string]string, err error) {
		until, err = c.lease.Renew(ctx)
		return nil, err
	})
	return until, err
}

// revoke gives a lease back. Where that fails it ends by itself, at its time.
func (h *held) revoke(l leased) {
	if !time.Now().Before(l.until) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchWithin)
	defer cancel()
	err := h.r.cfg.Gate.Do(ctx, h.r.cfg.Keeper, operation("secrets:RevokeLease", h.ref), func(ctx context.Context) (map[string]string, error) {
		return nil, l.Revoke(ctx)
	})
	if err != nil {
		h.r.cfg.Logger.Warn("giving a lease back: it ends by itself", "secret", h.ref.String(), "until", l.until, "error", err)
	}
}
