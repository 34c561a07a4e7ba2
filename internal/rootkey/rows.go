package rootkey

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"signet/internal/opaque"
	"signet/internal/store"
)

// row is a root key as the store knows it.
type row struct {
	id      ID
	state   string
	url     string // of the external key that wraps it; "" for a key in a file
	wrapped []byte
	linked  []byte // the key, sealed under the other one of a rotation
}

func readRows(ctx context.Context, db reader) (map[ID]row, error) {
	found := map[ID]row{}
	err := each(ctx, db, func(rows *sql.Rows) error {
		var r row
		var id []byte
		if err := rows.Scan(&id, &r.state, &r.url, &r.wrapped, &r.linked); err != nil {
			return err
		}
		if len(id) != idSize {
			return fmt.Errorf("a root key's id has %d bytes", len(id))
		}
		r.id = ID(id)
		found[r.id] = r
		return nil
	}, "SELECT id, state, url, wrapped, linked FROM root_keys")
	return found, err
}

func insertRow(ctx context.Context, tx *store.Tx, r row) error {
	_, err := tx.Exec(ctx, "INSERT INTO root_keys (id, state, url, wrapped, linked, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		r.id[:], r.state, r.url, r.wrapped, r.linked, time.Now().UnixMicro())
	return err
}

// Derived keys that outlive their root key.
const keptPurpose = "kept key"

func keptPlace(d derivation) []byte { return Place(d.use, d.root.String()) }

// readKept opens the kept keys with the keys of the ring.
func readKept(ctx context.Context, db reader, keys map[ID]Key, now time.Time) (map[derivation]opaque.Bytes, error) {
	sealed := map[derivation][]byte{}
	err := each(ctx, db, func(rows *sql.Rows) error {
		var d derivation
		var origin, value []byte
		if err := rows.Scan(&d.use, &origin, &value); err != nil {
			return err
		}
		if len(origin) != idSize {
			return fmt.Errorf("a root key's id has %d bytes", len(origin))
		}
		d.root = ID(origin)
		sealed[d] = value
		return nil
	}, "SELECT purpose, origin, sealed FROM root_kept WHERE until IS NULL OR until > ?", now.UnixMicro())
	if err != nil {
		return nil, err
	}
	kept := map[derivation]opaque.Bytes{}
	for d, value := range sealed {
		under, err := SealedUnder(value)
		if err == nil {
			kept[d], err = openKept(keys[under], d, value)
		}
		if err != nil {
			return nil, fmt.Errorf("opening the key to %s of the root key %s: %w", d.use, d.root, err)
		}
	}
	return kept, nil
}

func openKept(key Key, d derivation, sealed []byte) (opaque.Bytes, error) {
	if key.raw.Len() == 0 {
		return opaque.Bytes{}, errNotOurs
	}
	s, err := key.Sealer(keptPurpose)
	if err != nil {
		return opaque.Bytes{}, err
	}
	return s.Open(keptPlace(d), sealed)
}

// each calls scan for the rows of a query, and closes it.
func each(ctx context.Context, db reader, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("reading the root keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("reading the root keys: %w", err)
		}
	}
	return rows.Err()
}
