package secrets

import (
	"context"
	"fmt"
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

// What is kept of versions without a label.
const (
	keptVersions = 100
	keptFor      = 24 * time.Hour
)

// prune removes versions without a label that are older than a day, once there are more versions than
// are kept.
func prune(ctx context.Context, tx *store.Tx, r *record, now time.Time) error {
	var n int
	if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM sm_versions WHERE secret_id = ?", r.id).Scan(&n); err != nil || n <= keptVersions {
		return err
	}
	rows, err := tx.Query(ctx, "SELECT version_id FROM sm_versions WHERE secret_id = ? AND created_at < ? ORDER BY created_at, version_id",
		r.id, now.Add(-keptFor).UnixMicro())
	if err != nil {
		return err
	}
	ids, err := texts(rows)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if n == keptVersions {
			break
		}
		if len(r.on.of(id)) > 0 {
			continue
		}
		if _, err := tx.Exec(ctx, "DELETE FROM sm_versions WHERE secret_id = ? AND version_id = ?", r.id, id); err != nil {
			return err
		}
		n--
	}
	return nil
}
