package secrets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"signet/internal/store"
	"signet/policy"
)

const (
	lease       = 5 * time.Minute // of a process on a secret that it rotates
	leaseMargin = 30 * time.Second
	leastPause  = time.Minute // after a failure
	mostPause   = time.Hour
	dueAtOnce   = 100
)

const selectDue = "SELECT id FROM sm_secrets WHERE rotate_at <= ? AND rotating_until <= ? ORDER BY rotate_at LIMIT ?"

// RotateDue rotates the secrets whose time has come, and goes on with those whose rotation was cut off.
// Signet's own job calls it, in each process: a secret is rotated by one of them. What fails is tried
// again later; all errors come back joined.
func (s *Service) RotateDue(ctx context.Context, c policy.Caller) error {
	now := s.clock().UnixMicro()
	rows, err := s.db.Query(ctx, selectDue, now, now, dueAtOnce)
	if err != nil {
		return fmt.Errorf("looking for secrets to rotate: %w", err)
	}
	ids, err := texts(rows)
	if err != nil {
		return fmt.Errorf("looking for secrets to rotate: %w", err)
	}
	var failed []error
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		failed = append(failed, s.rotate(ctx, c, id))
	}
	return errors.Join(append(failed, ctx.Err())...)
}

// rotation is one secret on its way through the four steps.
type rotation struct {
	target
	token   string
	rotator rotator
}

// rotate takes one secret through the steps.
func (s *Service) rotate(ctx context.Context, c policy.Caller, id string) error {
	r, err := s.claim(ctx, id)
	if err != nil || r == nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, lease-leaseMargin) // a process that slept goes no further
	defer cancel()
	err = s.tell(limited, c, r, "RotationStarted", map[string]string{})
	if err == nil {
		err = s.steps(limited, c, r)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("rotating %s: %w", r.arn, err), s.postpone(ctx, r))
	}
	return s.tell(ctx, c, r, "RotationSucceeded", map[string]string{})
}

func (s *Service) steps(ctx context.Context, c policy.Caller, r *rotation) error {
	for _, step := range rotationSteps {
		if err := s.step(ctx, c, r, step); err != nil {
			told := s.tell(context.WithoutCancel(ctx), c, r, "RotationFailed", coded(map[string]string{"step": step.name}, err))
			return errors.Join(fmt.Errorf("%s: %w", step.name, err), told)
		}
	}
	return nil
}

// claim makes this process the one that rotates a secret, and begins the rotation unless one is under
// way. It returns nil when there is nothing to do.
func (s *Service) claim(ctx context.Context, id string) (out *rotation, err error) {
	err = s.db.TxOn(ctx, smTopic, func(tx *store.Tx) error {
		now := s.clock()
		r, err := readByID(ctx, tx, id, now)
		if err != nil || r == nil {
			return err
		}
		idle := r.rotatingUntil <= now.UnixMicro()
		if !idle || !r.rotationOn || r.deleteAt.Valid || !r.rotateAt.Valid || r.rotateAt.Int64 > now.UnixMicro() {
			return nil
		}
		how, err := parseRotator(r.region, s.account, r.rotator)
		if err != nil {
			return err
		}
		if err := s.adopt(ctx, tx, r); err != nil {
			return err
		}
		r.rotatingUntil = now.Add(lease).UnixMicro()
		out = &rotation{target: s.targetOf(r), token: r.token, rotator: how}
		return saveRecord(ctx, tx, r)
	})
	return out, err
}

// adopt gives a rotation its version: the one that is pending already, or a new one.
func (s *Service) adopt(ctx context.Context, tx *store.Tx, r *record) error {
	if r.token = r.on.rotating(); r.token != "" {
		return nil
	}
	return s.begin(ctx, tx, r, newVersionID())
}

// newVersionID makes a random UUID.
func newVersionID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it would end the process
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// postpone lets go of a secret after a failure and sets when it is tried again.
func (s *Service) postpone(ctx context.Context, r *rotation) error {
	_, _, err := s.alter(context.WithoutCancel(ctx), r.target, func(_ context.Context, _ *store.Tx, now *record) (map[string]string, error) {
		now.changed = r.record.changed
		now.rotatingUntil = 0
		now.failures++
		if now.rotateAt.Valid {
			pause := min(mostPause, leastPause<<min(now.failures-1, 10))
			now.rotateAt = at(s.clock().Add(pause))
		}
		return nil, nil
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == ResourceNotFoundException {
		return nil // it was deleted meanwhile
	}
	return err
}

// step does one step and records it.
func (s *Service) step(ctx context.Context, c policy.Caller, r *rotation, step rotationStep) error {
	op := policy.Operation{Action: "secretsmanager:RotationStep", Resource: r.arn, Allow: jobs,
		Detail: map[string]string{"step": step.name, "version": r.token}}
	err := s.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		err := s.refresh(ctx, r)
		if err == nil {
			err = step.do(s, ctx, c, r)
		}
		return because(coded(nil, err), err), err
	})
	if err == nil && s.afterStep != nil {
		err = s.afterStep(step.name)
	}
	return err
}

// refresh reads the secret of a rotation again, and stops the rotation when it was cancelled or when its
// secret is to be deleted.
func (s *Service) refresh(ctx context.Context, r *rotation) error {
	now, err := readByID(ctx, s.db, r.record.id, s.clock())
	if err != nil {
		return err
	}
	if now == nil || !now.rotationOn || now.deleteAt.Valid || now.token != r.token {
		return invalidRequest("The rotation was cancelled.")
	}
	r.target = s.targetOf(now)
	return nil
}
