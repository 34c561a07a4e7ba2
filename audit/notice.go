package audit

import (
	"context"
	"sync/atomic"

	"signet/policy"
)

// noticeKey is where a context holds what Notice looks at.
type noticeKey struct{}

// Notice returns a context that knows whether anything was put on record under it: recorded tells. A request
// that is refused before it reaches the gate, for what it asks makes no sense, would otherwise leave no trace.
func Notice(ctx context.Context) (_ context.Context, recorded func() bool) {
	seen := new(atomic.Bool)
	return context.WithValue(ctx, noticeKey{}, seen), seen.Load
}

func notice(ctx context.Context) {
	if seen, ok := ctx.Value(noticeKey{}).(*atomic.Bool); ok {
		seen.Store(true)
	}
}

// Refuse puts on record that a request failed before anybody could decide about it. Whether the caller might
// have done it is not asked: nothing was done. It waits until the record is durable.
func (g *Gate) Refuse(ctx context.Context, c policy.Caller, op policy.Operation, failure error) error {
	if !c.Known() {
		return denied(c, op, policy.Decision{}, nil)
	}
	_, err := g.log.Append(ctx, used(c, op, policy.Decision{Outcome: policy.Allow}, failure, nil))
	return err
}
