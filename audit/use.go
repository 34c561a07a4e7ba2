package audit

import (
	"context"
	"errors"
	"maps"

	"signet/internal/fault"
	"signet/policy"
)

// Use is Do for an act that changes nothing and has no effect but its answer: decrypting a message, reading
// a secret. One record tells all of it, and nobody sees the answer before that record is durable: the
// caller must drop what the act made when Use returns an error. A Use inside the act of another waits for nothing; the
// outermost waits for the records of all, for only it is answered.
func (g *Gate) Use(ctx context.Context, c policy.Caller, op policy.Operation, act func(ctx context.Context) (detail map[string]string, err error)) error {
	d, err := g.decide(ctx, c, op)
	if err != nil {
		return err
	}
	outer, nested := ctx.Value(usesKey{}).(*uses)
	all := outer
	if !nested {
		all = &uses{}
		ctx = context.WithValue(ctx, usesKey{}, all)
	}
	detail, err := act(ctx)
	all.pending = append(all.pending, g.log.AppendAsync(used(c, op, d, err, detail)))
	if nested {
		return err
	}
	if unwritten := all.recorded(ctx); unwritten != nil {
		return errors.Join(err, unwritten)
	}
	return err
}

// used is the one record of an operation.
func used(c policy.Caller, op policy.Operation, d policy.Decision, result error, detail map[string]string) Event {
	e := event(c, op, PhaseUse, d)
	e.Result = ResultOK
	if result != nil {
		e.Result = string(fault.CodeOf(result))
	}
	if len(op.Detail) > 0 && len(detail) > 0 {
		e.Detail = maps.Clone(op.Detail)
		maps.Copy(e.Detail, detail)
	} else if len(detail) > 0 {
		e.Detail = detail
	}
	e.AWS = trailWhole(c, op, d, result)
	return e
}

// usesKey is where a context holds the uses that end together.
type usesKey struct{}

// uses are the records of a use and of those inside it. They are made one after the other, by the
// goroutine of the outermost.
type uses struct{ pending []*Pending }

// recorded waits until all are durable.
func (u *uses) recorded(ctx context.Context) error {
	for _, p := range u.pending {
		if _, err := p.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
