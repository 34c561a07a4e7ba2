package secrets

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"signet/internal/store"
)

// record is a secret as stored. Times are microseconds since 1970.
type record struct {
	id, region, name, suffix    string
	description, kmsKey, policy string
	tags                        map[string]string
	on                          stages // which version each label is on
	owner                       string // the service that keeps it, "" for none
	revision                    int64
	created, changed, accessed  int64
	deleted, deleteAt           sql.NullInt64

	rotator            string
	rotationOn         bool
	rules              RotationRules
	token              string // version that a rotation under way makes
	failures           int64
	rotated            sql.NullInt64
	rotateAt, rotateBy sql.NullInt64
	rotatingUntil      int64
}

const recordColumns = `id, region, name, arn_suffix, description, kms_key, policy, tags, stages, owning_service, revision,
	created_at, changed_at, accessed_at, deleted_at, delete_at, rotator, rotation_on, rotation_days, rotation_schedule,
	rotation_duration, rotation_token, rotation_failures, rotated_at, rotate_at, rotate_by, rotating_until`

// reads is what a store and a transaction have in common for reading.
type reads interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

func scanRecord(scan func(...any) error) (*record, error) {
	r := &record{}
	var tags, on string
	var rotating int64
	err := scan(&r.id, &r.region, &r.name, &r.suffix, &r.description, &r.kmsKey, &r.policy, &tags, &on, &r.owner, &r.revision,
		&r.created, &r.changed, &r.accessed, &r.deleted, &r.deleteAt, &r.rotator, &rotating, &r.rules.AutomaticallyAfterDays,
		&r.rules.ScheduleExpression, &r.rules.Duration, &r.token, &r.failures, &r.rotated, &r.rotateAt, &r.rotateBy, &r.rotatingUntil)
	if err != nil {
		return nil, err
	}
	r.rotationOn = rotating == 1
	if err := json.Unmarshal([]byte(tags), &r.tags); err != nil {
		return nil, fmt.Errorf("secrets: the tags of %s cannot be read: %w", r.name, err)
	}
	if err := json.Unmarshal([]byte(on), &r.on); err != nil {
		return nil, fmt.Errorf("secrets: the labels of %s cannot be read: %w", r.name, err)
	}
	return r, nil
}

// readRecord returns the secret of a name, or nil when there is none or its end has come.
func readRecord(ctx context.Context, db reads, region, name string, now time.Time) (*record, error) {
	r, err := scanRecord(db.QueryRow(ctx, "SELECT "+recordColumns+" FROM sm_secrets WHERE region = ? AND name = ?", region, name).Scan)
	if store.IsNoRows(err) || err == nil && r.gone(now) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the secret %s: %w", name, err)
	}
	return r, nil
}

// readByID is readRecord by the secret's id.
func readByID(ctx context.Context, db reads, id string, now time.Time) (*record, error) {
	r, err := scanRecord(db.QueryRow(ctx, "SELECT "+recordColumns+" FROM sm_secrets WHERE id = ?", id).Scan)
	if store.IsNoRows(err) || err == nil && r.gone(now) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a secret: %w", err)
	}
	return r, nil
}

// gone reports whether the recovery window has ended. The rows may still be there.
func (r *record) gone(now time.Time) bool {
	return r.deleteAt.Valid && r.deleteAt.Int64 <= now.UnixMicro()
}

func insertRecord(ctx context.Context, tx *store.Tx, r *record) error {
	_, err := tx.Exec(ctx, "INSERT INTO sm_secrets ("+recordColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.id, r.region, r.name, r.suffix, r.description, r.kmsKey, r.policy, mapText(r.tags), mapText(r.on), r.owner, r.revision,
		r.created, r.changed, r.accessed, r.deleted, r.deleteAt, r.rotator, number(r.rotationOn), r.rules.AutomaticallyAfterDays,
		r.rules.ScheduleExpression, r.rules.Duration, r.token, r.failures, r.rotated, r.rotateAt, r.rotateBy, r.rotatingUntil)
	return err
}

// saveRecord writes what can change of a secret, but for the day of its last reading.
func saveRecord(ctx context.Context, tx *store.Tx, r *record) error {
	_, err := tx.Exec(ctx, `UPDATE sm_secrets SET description = ?, kms_key = ?, policy = ?, tags = ?, stages = ?, revision = revision + 1,
		changed_at = ?, deleted_at = ?, delete_at = ?, rotator = ?, rotation_on = ?, rotation_days = ?, rotation_schedule = ?,
		rotation_duration = ?, rotation_token = ?, rotation_failures = ?, rotated_at = ?, rotate_at = ?, rotate_by = ?,
		rotating_until = ? WHERE id = ?`,
		r.description, r.kmsKey, r.policy, mapText(r.tags), mapText(r.on),
		r.changed, r.deleted, r.deleteAt, r.rotator, number(r.rotationOn), r.rules.AutomaticallyAfterDays, r.rules.ScheduleExpression,
		r.rules.Duration, r.token, r.failures, r.rotated, r.rotateAt, r.rotateBy, r.rotatingUntil, r.id)
	return err
}

// erase removes a secret and all that belongs to it.
func erase(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM sm_versions WHERE secret_id = ?", id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM sm_secrets WHERE id = ?", id)
	return err
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mapText(m map[string]string) string {
	if len(m) == 0 {
		return "{}"
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic("secrets: " + err.Error()) // a map of strings
	}
	return string(b)
}

func at(t time.Time) sql.NullInt64 { return sql.NullInt64{Int64: t.UnixMicro(), Valid: true} }

// timeOf is the zero time for no time.
func timeOf(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return time.UnixMicro(micros.Int64).UTC()
}

// dayOf is the zero time for 0.
func dayOf(micros int64) time.Time { return timeOf(sql.NullInt64{Int64: micros, Valid: micros != 0}) }
