package kms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// Ways in which material became current.
const (
	automatic = "AUTOMATIC"
	onDemand  = "ON_DEMAND"
)

const (
	yearly      = 365
	maxOnDemand = 25
)

// rotates checks that the key's kind can be rotated: those with several materials, whose ciphertexts
// name the one that opens them.
func (k *known) rotates(operation string, origins ...string) error {
	if k.spec == SymmetricDefault {
		for _, origin := range origins {
			if k.origin == origin {
				return nil
			}
		}
	}
	return fail(UnsupportedOperationException, "%s has key spec %s and origin %s: %s is not supported for it.", k.arn, k.spec, k.origin, operation)
}

// EnableKeyRotationInput says how often a key's material is to be replaced.
type EnableKeyRotationInput struct {
	Scope
	KeyID                string
	RotationPeriodInDays int // 90 to 2,560; 0 for 365
}

// EnableKeyRotation has a key's material replaced by itself.
func (s *Service) EnableKeyRotation(ctx context.Context, c policy.Caller, in EnableKeyRotationInput) error {
	days, err := within("rotationPeriodInDays", in.RotationPeriodInDays, yearly, 90, 2560)
	if err != nil {
		return err
	}
	r := request{Scope: in.Scope, action: "EnableKeyRotation", key: in.KeyID, params: params{"rotationPeriodInDays": in.RotationPeriodInDays}, conditions: number("kms:RotationPeriodInDays", days)}
	return s.setRotation(ctx, c, r, days)
}

// DisableKeyRotation ends that.
func (s *Service) DisableKeyRotation(ctx context.Context, c policy.Caller, in KeyInput) error {
	return s.setRotation(ctx, c, request{Scope: in.Scope, action: "DisableKeyRotation", key: in.KeyID}, 0)
}

func (s *Service) setRotation(ctx context.Context, c policy.Caller, r request, days int) error {
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.own(r.action); err != nil {
			return nil, err
		}
		if err := k.rotates(r.action, FromKMS); err != nil {
			return nil, err
		}
		if err := k.in(s.clock(), Enabled); err != nil {
			return nil, err
		}
		next := k.rotateAt // a period that stays does not begin again
		if days != k.rotationDays {
			next = micros(s.clock().AddDate(0, 0, days))
		}
		if days == 0 {
			next = sql.NullInt64{}
		}
		_, err := tx.Exec(ctx, "UPDATE kms_keys SET rotation_days = ?, rotate_at = ? WHERE id = ?", days, next, k.id)
		return map[string]string{"days": strconv.Itoa(days)}, err
	})
}

// RotationStatus tells whether and when a key's material is replaced by itself.
type RotationStatus struct {
	KeyARN               string
	KeyRotationEnabled   bool
	RotationPeriodInDays int
	NextRotationDate     time.Time
}

// GetKeyRotationStatus tells about a key's rotation.
func (s *Service) GetKeyRotationStatus(ctx context.Context, c policy.Caller, in KeyInput) (RotationStatus, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "GetKeyRotationStatus", key: in.KeyID})
	if err != nil {
		return RotationStatus{}, err
	}
	if err := k.rotates("GetKeyRotationStatus", FromKMS, External); err != nil {
		return RotationStatus{}, err
	}
	if err := k.in(s.clock(), Enabled, Disabled, PendingImport); err != nil {
		return RotationStatus{}, err
	}
	return RotationStatus{KeyARN: k.arn, KeyRotationEnabled: k.rotationDays > 0, RotationPeriodInDays: k.rotationDays, NextRotationDate: timeOf(k.rotateAt)}, nil
}

// RotateKeyOnDemand replaces a key's material now: by new bytes, or by those that were imported for it.
// It returns the key's ARN.
func (s *Service) RotateKeyOnDemand(ctx context.Context, c policy.Caller, in KeyInput) (arn string, err error) {
	r := request{Scope: in.Scope, action: "RotateKeyOnDemand", key: in.KeyID}
	err = s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		arn = k.arn
		if err := k.own(r.action); err != nil {
			return nil, err
		}
		if err := k.rotates(r.action, FromKMS, External); err != nil {
			return nil, err
		}
		if err := k.in(s.clock(), Enabled); err != nil {
			return nil, err
		}
		n := 0
		for i := range k.materials {
			if k.materials[i].rotation == onDemand {
				n++
			}
		}
		if n >= maxOnDemand {
			return nil, fail(LimitExceededException, "%s was rotated on demand %d times already.", k.arn, maxOnDemand)
		}
		return s.rotate(ctx, tx, k, onDemand)
	})
	return arn, err
}

// rotate makes other material current. The old one stays, for what it encrypted.
func (s *Service) rotate(ctx context.Context, tx *store.Tx, k *known, how string) (map[string]string, error) {
	if _, err := tx.Exec(ctx, "UPDATE kms_materials SET state = ? WHERE key_id = ? AND state = ?", nonCurrent, k.id, current); err != nil {
		return nil, err
	}
	now := s.clock()
	if k.origin == External {
		next := k.inState(pendingRotation)
		if next == nil || !next.there(now) {
			return nil, fail(KMSInvalidStateException, "%s has no imported key material that waits for a rotation.", k.arn)
		}
		_, err := tx.Exec(ctx, "UPDATE kms_materials SET state = ?, rotation = ?, rotated_at = ? WHERE key_id = ? AND version = ?",
			current, how, now.UnixMicro(), k.id, next.version)
		return map[string]string{"material": next.id}, err
	}
	bytes, err := generate(specs[k.spec])
	if err != nil {
		return nil, err
	}
	defer clear(bytes)
	m, err := s.newMaterial(k, bytes, current)
	if err != nil {
		return nil, err
	}
	m.rotation, m.rotatedAt = how, micros(now)
	return map[string]string{"material": m.id}, s.insertMaterial(ctx, tx, k, m)
}

// RotateDue replaces the material of the keys whose period is over. It returns how many. It is a job.
// A disabled key waits until it is enabled.
func (s *Service) RotateDue(ctx context.Context, c policy.Caller) (int, error) {
	keys, err := s.due(s.db.Query(ctx, "SELECT region, id FROM kms_keys WHERE rotate_at <= ? AND state = ? ORDER BY rotate_at",
		s.clock().UnixMicro(), Enabled))
	if err != nil {
		return 0, err
	}
	return forEach(ctx, "rotating", keys, func(key KeyInput) (int, error) { return 1, s.rotateOne(ctx, c, key) })
}

func (s *Service) rotateOne(ctx context.Context, c policy.Caller, key KeyInput) error {
	r := request{Scope: key.Scope, action: "RotateKey", key: key.KeyID, lookedUp: true}
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		now := s.clock()
		if k.state != Enabled || !k.rotateAt.Valid || k.rotateAt.Int64 > now.UnixMicro() {
			return nil, nil // another process was first
		}
		next := micros(now.AddDate(0, 0, k.rotationDays))
		if _, err := tx.Exec(ctx, "UPDATE kms_keys SET rotate_at = ? WHERE id = ?", next, k.id); err != nil {
			return nil, err
		}
		return s.rotate(ctx, tx, k, automatic)
	})
}

// forEach does a job's work on each key and counts it. A key that fails does not keep the others waiting,
// nor does it at the next run: so a job takes all that are due, not the first of them.
func forEach(ctx context.Context, what string, keys []KeyInput, work func(KeyInput) (int, error)) (done int, err error) {
	var failed []error
	for _, key := range keys {
		if err := ctx.Err(); err != nil { // the rest would fail for the same reason
			failed = append(failed, err)
			break
		}
		n, err := work(key)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", what, key.KeyID, err))
			continue
		}
		done += n
	}
	return done, errors.Join(failed...)
}

// due reads the keys that a job has to look after.
func (s *Service) due(rows *sql.Rows, err error) ([]KeyInput, error) {
	return collect(func(rows *sql.Rows) (k KeyInput, err error) {
		err = rows.Scan(&k.Region, &k.KeyID)
		return k, err
	})(rows, err)
}

// Rotation is a material of a key, and how it became current.
type Rotation struct {
	KeyARN, KeyMaterialID, KeyMaterialDescription string
	ImportState                                   string // of imported material: IMPORTED or PENDING_IMPORT
	KeyMaterialState                              string
	ExpirationModel                               string
	ValidTo, RotationDate                         time.Time
	RotationType                                  string
	version                                       int64
}

// ListKeyRotationsInput asks for a key's rotations, or for all of its materials.
type ListKeyRotationsInput struct {
	ListOfKeyInput
	IncludeKeyMaterial string // ROTATIONS_ONLY or ALL_KEY_MATERIAL; "" for the first
}

// ListKeyRotations lists a key's rotations, oldest first.
func (s *Service) ListKeyRotations(ctx context.Context, c policy.Caller, in ListKeyRotationsInput) (Page[Rotation], error) {
	const only, all = "ROTATIONS_ONLY", "ALL_KEY_MATERIAL"
	include, err := oneOf("includeKeyMaterial", in.IncludeKeyMaterial, only, only, all)
	if err != nil {
		return Page[Rotation]{}, err
	}
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListKeyRotations", key: in.KeyID, params: params{"limit": in.Limit, "includeKeyMaterial": in.IncludeKeyMaterial}})
	if err != nil {
		return Page[Rotation]{}, err
	}
	p, err := openPage("ListKeyRotations", in.ListInput, 100, 1000, k.id, include)
	if err != nil {
		return Page[Rotation]{}, err
	}
	if err := k.rotates("ListKeyRotations", FromKMS, External); err != nil {
		return Page[Rotation]{}, err
	}
	after, _ := strconv.ParseInt(p.after, 10, 64) // the marker's check covers it; "" is 0
	var list []Rotation
	for i := range k.materials {
		m := &k.materials[i]
		if m.version > after && len(list) <= p.limit && (include == all || m.rotation != "") {
			list = append(list, k.rotation(m, s.clock()))
		}
	}
	return closePage(p, list, func(r Rotation) string { return strconv.FormatInt(r.version, 10) }), nil
}

func (k *known) rotation(m *material, now time.Time) Rotation {
	r := Rotation{
		KeyARN: k.arn, KeyMaterialID: m.id, KeyMaterialDescription: m.description, KeyMaterialState: m.state,
		RotationDate: timeOf(m.rotatedAt), RotationType: m.rotation, version: m.version,
	}
	if k.origin == External {
		r.ImportState = "PENDING_IMPORT"
		if m.there(now) {
			r.ImportState, r.ExpirationModel, r.ValidTo = "IMPORTED", expirationModel(m), timeOf(m.expiresAt)
		}
	}
	return r
}
