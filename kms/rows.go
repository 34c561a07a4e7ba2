package kms

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"signet/internal/store"
)

// row is a key as stored.
type row struct {
	id, region, manager string
	state               string // Enabled, Disabled or PendingDeletion
	spec, usage, origin string
	url                 string // of the key outside, of origin ExternalKeyStore
	description         string
	policyText          string
	tags                map[string]string
	rotationDays        int
	rotateAt, deleteAt  sql.NullInt64
	grantCount          int
	revision, createdAt int64
}

// reader is what the store and its transactions have in common.
type reader interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// readRow reads a key's row; nil when there is none.
func readRow(ctx context.Context, db reader, id string) (*row, error) {
	var r row
	var tags string
	err := db.QueryRow(ctx, `SELECT id, region, manager, state, spec, key_usage, origin, description, policy, tags,
		rotation_days, rotate_at, grants, revision, created_at, delete_at, url FROM kms_keys WHERE id = ?`, id).Scan(
		&r.id, &r.region, &r.manager, &r.state, &r.spec, &r.usage, &r.origin, &r.description, &r.policyText, &tags,
		&r.rotationDays, &r.rotateAt, &r.grantCount, &r.revision, &r.createdAt, &r.deleteAt, &r.url)
	if store.IsNoRows(err) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(tags), &r.tags)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", id, err)
	}
	return &r, nil
}

func insertRow(ctx context.Context, tx *store.Tx, r row) error {
	_, err := tx.Exec(ctx, `INSERT INTO kms_keys (id, region, manager, state, spec, key_usage, origin, description, policy, tags,
		rotation_days, rotate_at, grants, revision, created_at, url) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)`,
		r.id, r.region, r.manager, r.state, r.spec, r.usage, r.origin, r.description, r.policyText, asJSON(r.tags),
		r.rotationDays, r.rotateAt, r.createdAt, r.url)
	return err
}

func readMaterials(ctx context.Context, db reader, id string) ([]material, error) {
	return collect(func(rows *sql.Rows) (material, error) {
		m := material{opened: new(opened)}
		err := rows.Scan(&m.version, &m.id, &m.state, &m.sealed, &m.description, &m.rotation, &m.createdAt, &m.rotatedAt, &m.expiresAt)
		return m, err
	})(db.Query(ctx, `SELECT version, material_id, state, sealed, description, rotation, created_at, rotated_at, expires_at
		FROM kms_materials WHERE key_id = ? ORDER BY version`, id))
}

// insertMaterial writes new material, under the root key that is current now.
func (s *Service) insertMaterial(ctx context.Context, tx *store.Tx, k *known, m material) error {
	root, sealed, err := s.materials.Settle(ctx, tx, k.place(&m), m.sealed)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO kms_materials (key_id, version, material_id, state, root, sealed, description, rotation, created_at, rotated_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.id, m.version, m.id, m.state, root, sealed, m.description, m.rotation, m.createdAt, m.rotatedAt, m.expiresAt)
	return err
}

func readAliasesOf(ctx context.Context, db reader, id string) ([]string, error) {
	return collect(scanText)(db.Query(ctx, "SELECT name FROM kms_aliases WHERE key_id = ? ORDER BY name", id))
}

func scanText(rows *sql.Rows) (text string, err error) {
	err = rows.Scan(&text)
	return text, err
}

// collect reads all rows of a query and closes it.
func collect[T any](scan func(*sql.Rows) (T, error)) func(*sql.Rows, error) ([]T, error) {
	return func(rows *sql.Rows, err error) ([]T, error) {
		if err != nil {
			return nil, fmt.Errorf("kms: reading: %w", err)
		}
		defer rows.Close()
		var all []T
		for rows.Next() {
			one, err := scan(rows)
			if err != nil {
				return nil, fmt.Errorf("kms: reading: %w", err)
			}
			all = append(all, one)
		}
		return all, rows.Err()
	}
}

// micros is how the store keeps a time; a zero time is NULL.
func micros(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}
