package secrets

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"

	"signet/internal/epoch"
	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// keepers may change secrets.
var keepers = policy.Grant{Roles: []policy.Role{policy.System, policy.Admin}}

var validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

const (
	minSize = 16
	maxSize = 4096
)

// Generate makes a secret of size random bytes, unless there is one of that name already.
func (v *Vault) Generate(ctx context.Context, c policy.Caller, name string, size int) error {
	if !validName.MatchString(name) {
		return fault.New(fault.InvalidInput, "%q is no name of a secret: use a-z, 0-9 and -", name)
	}
	if size < minSize || size > maxSize {
		return fault.New(fault.InvalidInput, "a secret has %d to %d bytes, not %d", minSize, maxSize, size)
	}
	known, err := v.fresh(ctx)
	if err != nil {
		return err
	}
	if _, ok := known.secrets[name]; ok && keepers.Allows(c) {
		return nil // nothing changes, so there is nothing to record
	}
	return v.change(ctx, c, "secrets:Generate", name, func(tx *store.Tx, d map[string]string) error {
		versions, err := newest(ctx, tx, name)
		if err != nil || len(versions) > 0 {
			return err // another process was first
		}
		if err := insertSecret(ctx, tx, name, generated, size, v.clock()); err != nil {
			return err
		}
		return v.add(ctx, tx, label{name: name, version: 1}, size, d)
	})
}

// Rotate makes a new current version and returns its key id. What older versions signed stays valid.
func (v *Vault) Rotate(ctx context.Context, c policy.Caller, name string) (string, error) {
	var kid string
	err := v.change(ctx, c, "secrets:Rotate", name, func(tx *store.Tx, d map[string]string) error {
		versions, err := rotatable(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := v.replace(ctx, tx, versions[0], d); err != nil {
			return err
		}
		kid = d["key_id"]
		return nil
	})
	return kid, err
}

// Revoke ends one version for good: its key is removed from the store. When it is the current one, a
// new one takes its place in the same transaction.
func (v *Vault) Revoke(ctx context.Context, c policy.Caller, name, keyID string) error {
	return v.change(ctx, c, "secrets:Revoke", name, func(tx *store.Tx, d map[string]string) error {
		versions, err := rotatable(ctx, tx, name)
		if err != nil {
			return err
		}
		at := -1
		for i, r := range versions {
			if r.label.kid == keyID {
				at = i
			}
		}
		if at < 0 {
			return fault.New(fault.NotFound, "secret %q has no version with the key id %q", name, keyID)
		}
		d["revoked_key_id"] = keyID
		if versions[at].revoked.Valid {
			return nil
		}
		if at == 0 {
			if err := v.replace(ctx, tx, versions[0], d); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "UPDATE secret_versions SET revoked_at = ?, sealed = ?, root = NULL WHERE name = ? AND key_id = ?",
			v.clock().UnixMicro(), []byte{}, name, keyID)
		return err
	})
}

// change is the way of every change: gate, transaction, epoch.
func (v *Vault) change(ctx context.Context, c policy.Caller, action, name string, f func(*store.Tx, map[string]string) error) error {
	op := policy.Operation{Action: action, Resource: "secret/" + name, Allow: keepers}
	return v.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		detail := map[string]string{}
		var now int64
		err := v.db.TxOn(ctx, topic, func(tx *store.Tx) error {
			if err := f(tx, detail); err != nil {
				return err
			}
			var err error
			now, err = epoch.Bump(ctx, tx, topic)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", action, name, err)
		}
		v.watch.Advance(now)
		return detail, nil
	})
}

func rotatable(ctx context.Context, tx *store.Tx, name string) ([]row, error) {
	versions, err := newest(ctx, tx, name)
	switch {
	case err != nil:
		return nil, err
	case len(versions) == 0:
		return nil, fault.New(fault.NotFound, "there is no secret %q", name)
	case versions[0].kind == fixed:
		return nil, fault.New(fault.InvalidInput, "secret %q cannot be rotated or revoked: what it signed is checked with it for ever", name)
	}
	return versions, nil
}

// replace retires the current version and makes the next.
func (v *Vault) replace(ctx context.Context, tx *store.Tx, old row, detail map[string]string) error {
	_, err := tx.Exec(ctx, "UPDATE secret_versions SET retired_at = ? WHERE name = ? AND version = ?",
		v.clock().UnixMicro(), old.label.name, old.label.version)
	if err != nil {
		return err
	}
	return v.add(ctx, tx, label{name: old.label.name, version: old.label.version + 1}, old.size, detail)
}

func (v *Vault) add(ctx context.Context, tx *store.Tx, l label, size int, detail map[string]string) error {
	l.kid = newKeyID()
	value := make([]byte, size)
	_, _ = rand.Read(value) // never fails: it would end the process
	defer clear(value)
	detail["key_id"] = l.kid
	return insertVersion(ctx, tx, v.seal, l, value, v.clock())
}

// newKeyID is 40 random bits: short enough for every ticket, and the table refuses a second one.
func newKeyID() string {
	var b [5]byte
	_, _ = rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}
