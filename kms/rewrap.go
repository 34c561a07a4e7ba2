package kms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"signet/internal/epoch"
	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/policy"
)

// What is sealed under the root key, or derived from it.
const (
	materialPurpose    = "kms material"
	grantTokenPurpose  = "kms grant token"
	importTokenPurpose = "kms import token"
	materialIDs        = "kms material ids"
)

// Kept is what must outlive a root key: tokens that are out, and the key of the ids of material, which
// are compared with those of bytes that are not there any more.
func Kept() []rootkey.Keep {
	return []rootkey.Keep{
		rootkey.KeepLasting(materialIDs), rootkey.KeepSealed(grantTokenPurpose, 0), rootkey.KeepSealed(importTokenPurpose, tokenLife),
	}
}

// rewrapBatch bounds the rows of one transaction, so that requests never wait long for it.
const rewrapBatch = 100

// Rewrap seals anew the materials that are not under the current root key. It tells progress how many it
// has done, stops when that fails, and can be repeated. Material that does not open stays as it is and is in the error.
func (s *Service) Rewrap(ctx context.Context, c policy.Caller, progress func(done int) error) (done int, err error) {
	op := policy.Operation{Action: "kms:RewrapMaterials", Resource: "kms", Allow: jobs}
	err = s.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		var damaged []error
		for after := (stale{}); ; {
			batch, bad, err := s.rewrapBatch(ctx, &after)
			damaged = append(damaged, bad...)
			if err != nil || batch == 0 {
				return map[string]string{"materials": fmt.Sprint(done)}, errors.Join(append(damaged, err)...)
			}
			done += batch - len(bad)
			if err := progress(done); err != nil {
				return nil, err
			}
		}
	})
	return done, err
}

// stale is material under another root key than the current one.
type stale struct {
	keyID, region, spec, id string
	version                 int64
	sealed                  []byte
}

// rewrapBatch does the next rows after one, and moves it on. It returns how many it looked at.
func (s *Service) rewrapBatch(ctx context.Context, after *stale) (looked int, damaged []error, err error) {
	err = s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		looked, damaged = 0, nil
		rows, err := readStale(ctx, tx, *after)
		if err != nil || len(rows) == 0 {
			return err
		}
		now, err := epoch.Bump(ctx, tx, topic)
		if err != nil {
			return err
		}
		for _, m := range rows {
			bad, err := s.rewrapOne(ctx, tx, m, now)
			if err != nil {
				return err
			}
			if bad != nil {
				damaged = append(damaged, bad)
			}
		}
		looked, *after = len(rows), rows[len(rows)-1]
		return nil
	})
	return looked, damaged, err
}

func readStale(ctx context.Context, tx *store.Tx, after stale) ([]stale, error) {
	return collect(func(rows *sql.Rows) (m stale, err error) {
		err = rows.Scan(&m.keyID, &m.region, &m.spec, &m.id, &m.version, &m.sealed)
		return m, err
	})(tx.Query(ctx, `SELECT m.key_id, k.region, k.spec, m.material_id, m.version, m.sealed
		FROM kms_materials m JOIN kms_keys k ON k.id = m.key_id
		WHERE m.sealed IS NOT NULL AND (m.root IS NULL OR m.root <> (SELECT id FROM root_keys WHERE state = 'current'))
		AND (m.key_id, m.version) > (?, ?) ORDER BY m.key_id, m.version LIMIT ?`, after.keyID, after.version, rewrapBatch))
}

// rewrapOne seals one material anew, unless somebody changed it. Every process then reads its key again,
// for the old form does not open for much longer.
func (s *Service) rewrapOne(ctx context.Context, tx *store.Tx, m stale, now int64) (damaged, err error) {
	k := &known{row: row{id: m.keyID, spec: m.spec}, arn: s.keyARN(m.region, m.keyID)}
	place := k.place(&material{id: m.id, version: m.version})
	fresh, damaged := s.materials.Reseal(place, m.sealed)
	if damaged != nil {
		return fmt.Errorf("material %d of %s: %w", m.version, k.arn, damaged), nil
	}
	root, fresh, err := s.materials.Settle(ctx, tx, place, fresh)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "UPDATE kms_materials SET root = ?, sealed = ? WHERE key_id = ? AND version = ? AND sealed = ?",
		root, fresh, m.keyID, m.version, m.sealed); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, "UPDATE kms_keys SET revision = ? WHERE id = ?", now, m.keyID)
	return nil, err
}
