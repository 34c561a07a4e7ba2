package secrets

import (
	"context"
	"fmt"
	"maps"
	"time"

	"signet/internal/store"
)

// versionRow is a version as stored.
type versionRow struct {
	id, kind          string
	sealed            []byte
	kmsKey            string
	created, accessed int64
}

const versionColumns = "version_id, kind, sealed, kms_key, created_at, accessed_at"

func scanVersion(scan func(...any) error) (*versionRow, error) {
	v := &versionRow{}
	err := scan(&v.id, &v.kind, &v.sealed, &v.kmsKey, &v.created, &v.accessed)
	return v, err
}

// readVersion returns a version of a secret, or nil.
func readVersion(ctx context.Context, db reads, secret, id string) (*versionRow, error) {
	if id == "" {
		return nil, nil
	}
	v, err := scanVersion(db.QueryRow(ctx, "SELECT "+versionColumns+" FROM sm_versions WHERE secret_id = ? AND version_id = ?", secret, id).Scan)
	if store.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a version of a secret: %w", err)
	}
	return v, nil
}

// writeVersion makes a version, or fills the empty one of a rotation.
func writeVersion(ctx context.Context, tx *store.Tx, secret string, v *versionRow) error {
	_, err := tx.Exec(ctx, "INSERT INTO sm_versions (secret_id, "+versionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (secret_id, version_id) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed, kms_key = excluded.kms_key`,
		secret, v.id, v.kind, v.sealed, v.kmsKey, v.created, v.accessed)
	return err
}

// readStages returns the labels of a secret.
func readStages(ctx context.Context, db reads, secret string) (stages, error) {
	rows, err := db.Query(ctx, "SELECT label, version_id FROM sm_stages WHERE secret_id = ?", secret)
	if err != nil {
		return nil, fmt.Errorf("reading the labels of a secret: %w", err)
	}
	defer rows.Close()
	out := stages{}
	for rows.Next() {
		var label, version string
		if err := rows.Scan(&label, &version); err != nil {
			return nil, fmt.Errorf("reading the labels of a secret: %w", err)
		}
		out[label] = version
	}
	return out, rows.Err()
}

// saveStages writes the labels that differ from what they were.
func saveStages(ctx context.Context, tx *store.Tx, secret string, before, after stages) error {
	for label := range before {
		if after[label] != "" {
			continue
		}
		if _, err := tx.Exec(ctx, "DELETE FROM sm_stages WHERE secret_id = ? AND label = ?", secret, label); err != nil {
			return err
		}
	}
	for label, version := range after {
		if before[label] == version {
			continue
		}
		_, err := tx.Exec(ctx, `INSERT INTO sm_stages (secret_id, label, version_id) VALUES (?, ?, ?)
			ON CONFLICT (secret_id, label) DO UPDATE SET version_id = excluded.version_id`, secret, label, version)
		if err != nil {
			return err
		}
	}
	return nil
}

// restage changes the labels of a secret with f.
func restage(ctx context.Context, tx *store.Tx, secret string, f func(stages) error) error {
	before, err := readStages(ctx, tx, secret)
	if err != nil {
		return err
	}
	after := maps.Clone(before)
	if err := f(after); err != nil {
		return err
	}
	return saveStages(ctx, tx, secret, before, after)
}

// What is kept of versions without a label.
const (
	keptVersions = 100
	keptFor      = 24 * time.Hour
)

// prune removes versions without a label that are older than a day, once there are more versions than
// are kept.
func prune(ctx context.Context, tx *store.Tx, secret string, now time.Time) error {
	var n int
	if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM sm_versions WHERE secret_id = ?", secret).Scan(&n); err != nil || n <= keptVersions {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM sm_versions WHERE secret_id = ? AND version_id IN (
		SELECT version_id FROM sm_versions v WHERE v.secret_id = ? AND v.created_at < ? AND NOT EXISTS (
			SELECT 1 FROM sm_stages g WHERE g.secret_id = v.secret_id AND g.version_id = v.version_id)
		ORDER BY v.created_at, v.version_id LIMIT ?)`, secret, secret, now.Add(-keptFor).UnixMicro(), n-keptVersions)
	return err
}
