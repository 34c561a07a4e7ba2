package kms

import (
	"context"
	"errors"
	"slices"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// States of keys. That a key waits for an import is not stored: it follows from its materials, so
// that an expiry needs nobody to notice it.
const (
	Enabled         = "Enabled"
	Disabled        = "Disabled"
	PendingDeletion = "PendingDeletion"
	PendingImport   = "PendingImport"
)

// stateAt is the key's state at a time.
func (k *known) stateAt(now time.Time) string {
	if k.state != PendingDeletion && k.origin == External && !k.complete(now) {
		return PendingImport
	}
	return k.state
}

// gone reports whether the waiting period before the deletion is over.
func (k *known) gone(now time.Time) bool {
	return k.deleteAt.Valid && k.deleteAt.Int64 <= now.UnixMicro()
}

// in checks that the key is in one of the states, and says what AWS says when it is not.
func (k *known) in(now time.Time, states ...string) error {
	state := k.stateAt(now)
	switch {
	case slices.Contains(states, state):
		return nil
	case state == Disabled:
		return fail(DisabledException, "%s is disabled.", k.arn)
	case state == PendingDeletion:
		return fail(KMSInvalidStateException, "%s is pending deletion.", k.arn)
	case state == PendingImport:
		return fail(KMSInvalidStateException, "%s is pending import.", k.arn)
	}
	return fail(KMSInvalidStateException, "%s is not pending deletion.", k.arn)
}

// own refuses changes of the keys that Signet's services have made for themselves.
func (k *known) own(operation string) error {
	if k.manager == customer {
		return nil
	}
	return fail(UnsupportedOperationException, "%s is an AWS managed key: %s is not supported for it.", k.arn, operation)
}

// KeyInput names a key, by id or ARN.
type KeyInput struct {
	Scope
	KeyID string
}

// EnableKey makes a disabled key usable.
func (s *Service) EnableKey(ctx context.Context, c policy.Caller, in KeyInput) error {
	return s.setState(ctx, c, in, "EnableKey", Enabled)
}

// DisableKey makes a key unusable, from the next request on.
func (s *Service) DisableKey(ctx context.Context, c policy.Caller, in KeyInput) error {
	return s.setState(ctx, c, in, "DisableKey", Disabled)
}

func (s *Service) setState(ctx context.Context, c policy.Caller, in KeyInput, action, state string) error {
	r := request{Scope: in.Scope, action: action, key: in.KeyID}
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.own(action); err != nil {
			return nil, err
		}
		if err := k.in(s.clock(), Enabled, Disabled); err != nil {
			return nil, err
		}
		_, err := tx.Exec(ctx, "UPDATE kms_keys SET state = ? WHERE id = ?", state, k.id)
		return nil, err
	})
}

// ScheduleKeyDeletionInput says which key is to be deleted, and after how long.
type ScheduleKeyDeletionInput struct {
	Scope
	KeyID               string
	PendingWindowInDays int // 7 to 30; 0 for 30
}

// ScheduleKeyDeletionOutput says when the key will be deleted.
type ScheduleKeyDeletionOutput struct {
	KeyARN              string
	DeletionDate        time.Time
	KeyState            string
	PendingWindowInDays int
}

// ScheduleKeyDeletion makes a key unusable at once, and gone after the waiting period.
func (s *Service) ScheduleKeyDeletion(ctx context.Context, c policy.Caller, in ScheduleKeyDeletionInput) (out ScheduleKeyDeletionOutput, err error) {
	days, err := within("pendingWindowInDays", in.PendingWindowInDays, 30, 7, 30)
	if err != nil {
		return out, err
	}
	rec := &policy.Record{}
	r := request{Scope: in.Scope, action: "ScheduleKeyDeletion", key: in.KeyID, record: rec, params: params{"pendingWindowInDays": in.PendingWindowInDays},
		conditions: number("kms:ScheduleKeyDeletionPendingWindowInDays", days)}
	err = s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.own(r.action); err != nil {
			return nil, err
		}
		if err := k.in(s.clock(), Enabled, Disabled, PendingImport); err != nil {
			return nil, err
		}
		at := s.clock().UTC().AddDate(0, 0, days).Truncate(time.Microsecond)
		out = ScheduleKeyDeletionOutput{KeyARN: k.arn, DeletionDate: at, KeyState: PendingDeletion, PendingWindowInDays: days}
		rec.Response = params{"keyId": k.arn, "deletionDate": policy.Timestamp(at), "keyState": PendingDeletion, "pendingWindowInDays": days}
		_, err := tx.Exec(ctx, "UPDATE kms_keys SET state = ?, delete_at = ? WHERE id = ?", PendingDeletion, micros(at), k.id)
		return map[string]string{"deletion_date": at.Format(time.RFC3339)}, err
	})
	return out, err
}

// CancelKeyDeletion takes a planned deletion back. The key stays disabled. It returns the key's ARN.
func (s *Service) CancelKeyDeletion(ctx context.Context, c policy.Caller, in KeyInput) (arn string, err error) {
	r := request{Scope: in.Scope, action: "CancelKeyDeletion", key: in.KeyID}
	err = s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		arn = k.arn
		if k.state != PendingDeletion {
			return nil, fail(KMSInvalidStateException, "%s is not pending deletion.", k.arn)
		}
		_, err := tx.Exec(ctx, "UPDATE kms_keys SET state = ?, delete_at = NULL WHERE id = ?", Disabled, k.id)
		return nil, err
	})
	return arn, err
}

// DeletionDue destroys the keys whose waiting period is over, and imported material that has expired.
// It returns how many. It is a job: nothing can use either any more before it runs.
func (s *Service) DeletionDue(ctx context.Context, c policy.Caller) (int, error) {
	keys, err := s.due(s.db.Query(ctx, "SELECT region, id FROM kms_keys WHERE delete_at <= ? ORDER BY delete_at", s.clock().UnixMicro()))
	if err != nil {
		return 0, err
	}
	n, failed := forEach(ctx, "deleting", keys, func(key KeyInput) (int, error) { return 1, s.destroy(ctx, c, key) })
	expired, err := s.expireDue(ctx, c)
	return n + expired, errors.Join(failed, err)
}

func (s *Service) destroy(ctx context.Context, c policy.Caller, key KeyInput) error {
	r := request{Scope: key.Scope, action: "DeleteKey", key: key.KeyID, lookedUp: true, ended: true}
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if !k.gone(s.clock()) {
			return nil, fail(KMSInvalidStateException, "%s is not due for deletion.", k.arn) // taken back meanwhile
		}
		if _, err := tx.Exec(ctx, "DELETE FROM kms_grants WHERE key_id = ?", k.id); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM kms_aliases WHERE key_id = ?", k.id); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM kms_materials WHERE key_id = ?", k.id); err != nil {
			return nil, err
		}
		_, err := tx.Exec(ctx, "DELETE FROM kms_keys WHERE id = ?", k.id)
		return nil, err
	})
}
