package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

const (
	keyPrefix     = "AKIA"
	sessionKey    = "ASIA"
	keyIDSize     = 20
	secretSize    = 30 // bytes, 40 characters
	maxAccessKeys = 2
)

// isKeyID reports whether a text looks like the id of an access key.
func isKeyID(text string) bool {
	return len(text) == keyIDSize && (strings.HasPrefix(text, keyPrefix) || strings.HasPrefix(text, sessionKey))
}

// AccessKey is a key as its owner may see it. Its secret is shown once, when it is made.
type AccessKey struct {
	ID        string
	User      string
	Active    bool
	CreatedAt time.Time

	UsedAt      time.Time // zero for never; up to a minute old
	UsedService string
	UsedRegion  string
}

func newKeyID(prefix string) string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails
	return prefix + base32.StdEncoding.EncodeToString(raw[:])
}

func newSecret() opaque.Bytes {
	var raw [secretSize]byte
	_, _ = rand.Read(raw[:])
	defer clear(raw[:])
	return opaque.New(base64.StdEncoding.AppendEncode(nil, raw[:]))
}

// selfOr is the caller's own name when an operation names nobody.
func selfOr(c policy.Caller, name string) string {
	if name == "" && c.Principal().AWS.Requester.Type == policy.User {
		return c.Principal().Name
	}
	return name
}

// CreateAccessKey makes a key for a user, the caller when name is empty, and returns its secret: the
// only time that anybody sees it.
func (m IAM) CreateAccessKey(ctx context.Context, c policy.Caller, name string) (AccessKey, opaque.Bytes, error) {
	name = selfOr(c, name)
	op, err := m.about(ctx, "CreateAccessKey", AUser, name, nil)
	if err != nil {
		return AccessKey{}, opaque.Bytes{}, err
	}
	k, secret := AccessKey{ID: newKeyID(keyPrefix), Active: true, CreatedAt: m.s.clock().UTC()}, newSecret()
	err = m.alter(ctx, c, op, AUser, name, func(tx *store.Tx, e Entity) error {
		var n int
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM access_keys WHERE user_id = ?", e.owner).Scan(&n); err != nil {
			return err
		}
		if n >= maxAccessKeys {
			return refused(limitExceeded, "Cannot exceed quota for AccessKeysPerUser: %d", maxAccessKeys)
		}
		k.User = e.Name
		op.Record.Response = params{"accessKey": params{"accessKeyId": k.ID, "userName": e.Name, "status": "Active", "createDate": policy.Timestamp(k.CreatedAt)}}
		return m.s.insertKey(ctx, tx, k, e.owner, secret)
	})
	if err != nil {
		return AccessKey{}, opaque.Bytes{}, err
	}
	return k, secret, nil
}

func (s *Service) insertKey(ctx context.Context, tx *store.Tx, k AccessKey, owner string, secret opaque.Bytes) error {
	sealed, err := sealSecret(s.keys, k.ID, secret.Reveal())
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_keys (id, user_id, sealed, active, created_at, used_at, used_service, used_region)
		VALUES (?, ?, ?, 1, ?, 0, '', '')`, k.ID, owner, sealed, k.CreatedAt.UnixMicro())
	return err
}

const keyColumns = "SELECT k.id, u.name, k.active, k.created_at, k.used_at, k.used_service, k.used_region FROM access_keys k JOIN users u ON u.id = k.user_id"

func scanKey(row scanner) (AccessKey, error) {
	var k AccessKey
	var active int
	var created, used int64
	err := row.Scan(&k.ID, &k.User, &active, &created, &used, &k.UsedService, &k.UsedRegion)
	k.Active, k.CreatedAt = active == 1, time.UnixMicro(created).UTC()
	if used > 0 {
		k.UsedAt = time.UnixMicro(used).UTC()
	}
	return k, err
}

// ListAccessKeys lists a user's keys; the caller's own without a name.
func (m IAM) ListAccessKeys(ctx context.Context, c policy.Caller, name string) ([]AccessKey, error) {
	name = selfOr(c, name)
	op, err := m.about(ctx, "ListAccessKeys", AUser, name, nil)
	if err != nil {
		return nil, err
	}
	e, err := read(ctx, m, c, op, func() (Entity, error) { return m.find(ctx, m.s.db, AUser, name) })
	if err != nil {
		return nil, err
	}
	rows, err := m.s.db.Query(ctx, keyColumns+" WHERE k.user_id = ? ORDER BY k.created_at, k.id", e.owner)
	if err != nil {
		return nil, fmt.Errorf("listing access keys: %w", err)
	}
	defer rows.Close()
	var all []AccessKey
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return nil, fmt.Errorf("listing access keys: %w", err)
		}
		m.freshen(&k)
		all = append(all, k)
	}
	return all, rows.Err()
}

// UpdateAccessKey switches a key off or on. What was begun with it ends when it is switched off.
func (m IAM) UpdateAccessKey(ctx context.Context, c policy.Caller, name, id string, active bool) error {
	status := map[bool]string{true: "Active", false: "Inactive"}[active]
	return m.alterKey(ctx, c, "UpdateAccessKey", name, id, params{"status": status}, func(tx *store.Tx) error {
		on := 0
		if active {
			on = 1
		} else if _, err := tx.Exec(ctx, "DELETE FROM aws_sessions WHERE parent = ?", id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE access_keys SET active = ? WHERE id = ?", on, id)
		return err
	})
}

// DeleteAccessKey removes a key and ends what was begun with it.
func (m IAM) DeleteAccessKey(ctx context.Context, c policy.Caller, name, id string) error {
	return m.alterKey(ctx, c, "DeleteAccessKey", name, id, nil, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM aws_sessions WHERE parent = ?", id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM access_keys WHERE id = ?", id)
		return err
	})
}

// alterKey changes a key of the user it belongs to, and of nobody else (threat A30).
func (m IAM) alterKey(ctx context.Context, c policy.Caller, action, name, id string, more params, f func(*store.Tx) error) error {
	name = selfOr(c, name)
	request := params{"accessKeyId": id}
	for k, v := range more {
		request[k] = v
	}
	op, err := m.about(ctx, action, AUser, name, request)
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, AUser, name, func(tx *store.Tx, e Entity) error {
		var n int
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM access_keys WHERE id = ? AND user_id = ?", id, e.owner).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return missing("The Access Key with id %s cannot be found.", id)
		}
		return f(tx)
	})
}

// GetAccessKeyLastUsed says when and for what a key was used last.
func (m IAM) GetAccessKeyLastUsed(ctx context.Context, c policy.Caller, id string) (AccessKey, error) {
	k, err := scanKey(m.s.db.QueryRow(ctx, keyColumns+" WHERE k.id = ?", id))
	if err != nil && !store.IsNoRows(err) {
		return AccessKey{}, fmt.Errorf("reading an access key: %w", err)
	}
	arn := "*"
	if err == nil {
		if arn, err = m.target(ctx, AUser, k.User); err != nil {
			return AccessKey{}, err
		}
	}
	return read(ctx, m, c, operation("iam:GetAccessKeyLastUsed", arn, params{"accessKeyId": id}), func() (AccessKey, error) {
		if k.ID == "" {
			return AccessKey{}, refused("AccessDenied", "The Access Key with id %s cannot be found.", id)
		}
		m.freshen(&k)
		return k, nil
	})
}

// freshen adds a use that is not written yet.
func (m IAM) freshen(k *AccessKey) {
	if last := m.s.keyUses.last(k.ID); last.at > 0 && last.at > k.UsedAt.UnixMicro() {
		k.UsedAt, k.UsedService, k.UsedRegion = time.UnixMicro(last.at).UTC(), last.service, last.region
	}
}
