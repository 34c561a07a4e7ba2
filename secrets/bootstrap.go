package secrets

import (
	"context"
	"fmt"
	"time"

	"signet/internal/epoch"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store"
)

// Bootstrap returns the fixed secret of a name, made by generate when the store has none. It is the
// one way past the gate: the gate needs the log, the log needs its signing key, and that key is a
// secret. So it makes one fixed secret and reads it, and does nothing else; only the server's
// start calls it, before anybody can call in. It cannot read a generated secret.
func Bootstrap(ctx context.Context, db *store.DB, root *rootkey.Ring, name string, generate func() ([]byte, error)) (opaque.Bytes, error) {
	if !validName.MatchString(name) {
		return opaque.Bytes{}, fmt.Errorf("secrets: %q is no name of a secret", name)
	}
	seal, err := newSealer(root)
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("secrets: bootstrap of %s: %w", name, err)
	}
	var opened opaque.Bytes
	err = db.TxOn(ctx, topic, func(tx *store.Tx) error {
		versions, err := newest(ctx, tx, name)
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			if err := makeFixed(ctx, tx, seal, name, generate); err != nil {
				return err
			}
			if versions, err = newest(ctx, tx, name); err != nil {
				return err
			}
		}
		if versions[0].kind != fixed {
			return fmt.Errorf("secret %q was not made by a start of the server", name)
		}
		opened, err = seal.open(versions[0].label, versions[0].sealed)
		return err
	})
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("secrets: bootstrap of %s: %w", name, err)
	}
	return opened, nil
}

func makeFixed(ctx context.Context, tx *store.Tx, seal sealer, name string, generate func() ([]byte, error)) error {
	value, err := generate()
	if err != nil {
		return err
	}
	defer clear(value)
	now := time.Now()
	if err := insertSecret(ctx, tx, name, fixed, len(value), now); err != nil {
		return err
	}
	if err := insertVersion(ctx, tx, seal, label{name: name, version: 1, kid: newKeyID()}, value, now); err != nil {
		return err
	}
	_, err = epoch.Bump(ctx, tx, topic)
	return err
}
