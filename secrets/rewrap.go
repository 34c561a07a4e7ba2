package secrets

import (
	"context"
	"database/sql"
	"fmt"

	"signet/internal/store"
	"signet/policy"
)

// rewrapBatch bounds the rows of one transaction, so that nobody waits long for it.
const rewrapBatch = 100

// Rewrap seals anew the versions that are not under the current root key, and returns how many it did. It
// can be repeated.
func (v *Vault) Rewrap(ctx context.Context, c policy.Caller) (done int, err error) {
	op := policy.Operation{Action: "secrets:Rewrap", Resource: "secret/*", Allow: keepers}
	err = v.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		for {
			n, err := v.rewrapBatch(ctx)
			if done += n; err != nil || n == 0 {
				return map[string]string{"versions": fmt.Sprint(done)}, err
			}
		}
	})
	return done, err
}

func (v *Vault) rewrapBatch(ctx context.Context) (n int, err error) {
	err = v.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		rows, err := collectStale(tx.Query(ctx, `SELECT name, version, key_id, sealed FROM secret_versions
			WHERE LENGTH(sealed) > 0 AND (root IS NULL OR root <> (SELECT id FROM root_keys WHERE state = 'current'))
			ORDER BY name, version LIMIT ?`, rewrapBatch))
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := v.rewrapOne(ctx, tx, r); err != nil {
				return fmt.Errorf("secret %s, version %d: %w", r.label.name, r.label.version, err)
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

func (v *Vault) rewrapOne(ctx context.Context, tx *store.Tx, r row) error {
	fresh, err := v.seal.Reseal(r.label.place(), r.sealed)
	if err != nil {
		return err
	}
	root, fresh, err := v.seal.Settle(ctx, tx, r.label.place(), fresh)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE secret_versions SET root = ?, sealed = ? WHERE name = ? AND version = ? AND sealed = ?",
		root, fresh, r.label.name, r.label.version, r.sealed)
	return err
}

func collectStale(rows *sql.Rows, err error) ([]row, error) {
	if err != nil {
		return nil, fmt.Errorf("reading secrets: %w", err)
	}
	defer rows.Close()
	var all []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.label.name, &r.label.version, &r.label.kid, &r.sealed); err != nil {
			return nil, fmt.Errorf("reading secrets: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}
