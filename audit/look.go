package audit

import (
	"context"

	"signet/policy"
)

// Seen is one record, with the other half of its operation and its proof.
type Seen struct {
	Record
	Attempt *Record // that the record ends
	Outcome *Record // that ends the record, an attempt
	Proof   Proof
}

// Look returns one record to a caller who may look records up.
func (g *Gate) Look(ctx context.Context, c policy.Caller, index Index) (*Seen, error) {
	if err := g.View(ctx, c, lookingUp(map[string]Index{"record": index})); err != nil {
		return nil, err
	}
	r, err := g.log.Event(ctx, index)
	if err != nil {
		return nil, err
	}
	s := &Seen{Record: r}
	switch r.Phase {
	case PhaseOutcome:
		var a Record
		a, err = g.log.Event(ctx, r.Event.Attempt)
		s.Attempt = &a
	case PhaseAttempt:
		s.Outcome, err = g.log.outcomeOf(ctx, index)
	}
	if err != nil {
		return nil, err
	}
	if s.Proof, err = g.log.Prove(ctx, index); err != nil {
		return nil, err
	}
	return s, nil
}

// outcomeOf finds the end of an attempt among what follows it soon; nil when it is not there.
func (l *Log) outcomeOf(ctx context.Context, attempt Index) (*Record, error) {
	records, err := l.Events(ctx, attempt+1, maxEvents)
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		if r.Phase == PhaseOutcome && r.Event.Attempt == attempt {
			return &records[i], nil
		}
	}
	return nil, nil
}
