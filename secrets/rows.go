package secrets

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"signet/internal/store"
)

// Kinds of secret.
const (
	generated = "generated"
	fixed     = "fixed" // made by Bootstrap, never rotated
)

// row is one version as stored. Times are microseconds since 1970.
type row struct {
	label            label
	kind             string
	size             int
	sealed           []byte
	created          int64
	retired, revoked sql.NullInt64
}

func (r row) version() Version {
	v := Version{Number: r.label.version, KeyID: r.label.kid, CreatedAt: time.UnixMicro(r.created).UTC()}
	if r.retired.Valid {
		v.RetiredAt = time.UnixMicro(r.retired.Int64).UTC()
	}
	if r.revoked.Valid {
		v.RevokedAt = time.UnixMicro(r.revoked.Int64).UTC()
	}
	return v
}

const selectVersions = `SELECT v.name, v.version, v.key_id, s.kind, s.size, v.sealed, v.created_at, v.retired_at, v.revoked_at
	FROM secret_versions v JOIN secrets s ON s.name = v.name`

type reader interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readVersions(ctx context.Context, db reader) ([]row, error) {
	return collect(db.Query(ctx, selectVersions+" ORDER BY v.name, v.version DESC"))
}

// newest returns the versions of one secret, newest first; none when there is no such secret.
func newest(ctx context.Context, tx *store.Tx, name string) ([]row, error) {
	return collect(tx.Query(ctx, selectVersions+" WHERE v.name = ? ORDER BY v.version DESC", name))
}

func collect(rows *sql.Rows, err error) ([]row, error) {
	if err != nil {
		return nil, fmt.Errorf("reading secrets: %w", err)
	}
	defer rows.Close()
	var all []row
	for rows.Next() {
		var r row
		err := rows.Scan(&r.label.name, &r.label.version, &r.label.kid, &r.kind, &r.size, &r.sealed, &r.created, &r.retired, &r.revoked)
		if err != nil {
			return nil, fmt.Errorf("reading secrets: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func insertSecret(ctx context.Context, tx *store.Tx, name, kind string, size int, at time.Time) error {
	_, err := tx.Exec(ctx, "INSERT INTO secrets (name, kind, size, created_at) VALUES (?, ?, ?, ?)", name, kind, size, at.UnixMicro())
	return err
}

// insertVersion seals value as the current version. The one before must have been retired.
func insertVersion(ctx context.Context, tx *store.Tx, seal sealer, l label, value []byte, at time.Time) error {
	sealed, err := seal.seal(l, value)
	if err != nil {
		return err
	}
	root, sealed, err := seal.Settle(ctx, tx, l.place(), sealed)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO secret_versions (name, version, key_id, root, sealed, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		l.name, l.version, l.kid, root, sealed, at.UnixMicro())
	return err
}
