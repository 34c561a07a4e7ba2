package kms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"signet/internal/store"
	"signet/policy"
)

const maxAliases = 50 // of one key

// Alias is a name of a key.
type Alias struct {
	Name, ARN, TargetKeyID  string
	CreationDate, UpdatedAt time.Time
}

// AliasInput names an alias and the key that it is to stand for.
type AliasInput struct {
	Scope
	AliasName, TargetKeyID string
}

// checkAlias refuses names that are not ones.
func checkAlias(name string) error {
	switch {
	case !strings.HasPrefix(name, "alias/"):
		return invalid("Invalid identifier: an alias name begins with alias/.")
	case !aliasForm.MatchString(name):
		return invalid("1 validation error detected: Value at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^alias/[a-zA-Z0-9/_-]+$")
	}
	return nil
}

func (in AliasInput) params() params {
	return params{"aliasName": in.AliasName, "targetKeyId": in.TargetKeyID}
}

// onAlias passes the gate for the alias; the key has a gate of its own.
func (s *Service) onAlias(ctx context.Context, c policy.Caller, in AliasInput, action string, act func(context.Context) error) error {
	if err := checkAlias(in.AliasName); err != nil {
		return err
	}
	if !regionForm.MatchString(in.Region) {
		return invalid("there is no region %q", clip(in.Region))
	}
	r := request{Scope: in.Scope, action: action, keyless: true, resource: s.arn(in.Region, in.AliasName), params: in.params()}
	return s.do(ctx, c, r, func(ctx context.Context, _ *known) (map[string]string, error) {
		if strings.HasPrefix(in.AliasName, "alias/aws/") {
			return nil, fail(NotAuthorizedException, "Names that begin with alias/aws/ are reserved.") // for Signet's services
		}
		return nil, act(ctx)
	})
}

// CreateAlias gives a key a name. The caller needs the permission for the alias and for the key.
func (s *Service) CreateAlias(ctx context.Context, c policy.Caller, in AliasInput) error {
	if in.TargetKeyID == "" {
		return absent("targetKeyId")
	}
	return s.onAlias(ctx, c, in, "CreateAlias", func(ctx context.Context) error {
		r := request{Scope: in.Scope, action: "CreateAlias", key: in.TargetKeyID, member: "targetKeyId", params: in.params()}
		return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
			if err := k.changeable(s.clock(), r.action); err != nil {
				return nil, err
			}
			return map[string]string{"alias": in.AliasName}, insertAlias(ctx, tx, k, in.AliasName, s.clock())
		})
	})
}

func insertAlias(ctx context.Context, tx *store.Tx, k *known, name string, now time.Time) error {
	_, err := aliasTarget(ctx, tx, k.region, name)
	if err == nil {
		return fail(AlreadyExistsException, "An alias with the name %s already exists", aliasARN(k, name))
	}
	if !store.IsNoRows(err) {
		return err
	}
	if len(k.aliases) >= maxAliases {
		return fail(LimitExceededException, "%s has %d aliases already.", k.arn, maxAliases)
	}
	_, err = tx.Exec(ctx, "INSERT INTO kms_aliases (region, name, key_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
		k.region, name, k.id, now.UnixMicro(), now.UnixMicro())
	return err
}

func aliasARN(k *known, name string) string { return strings.TrimSuffix(k.arn, "key/"+k.id) + name }

func aliasTarget(ctx context.Context, db reader, region, name string) (id string, err error) {
	err = db.QueryRow(ctx, "SELECT key_id FROM kms_aliases WHERE region = ? AND name = ?", region, name).Scan(&id)
	return id, err
}

// UpdateAlias points an alias to another key of the same kind and usage. The caller needs the
// permission for the alias and for both keys.
func (s *Service) UpdateAlias(ctx context.Context, c policy.Caller, in AliasInput) error {
	if in.TargetKeyID == "" {
		return absent("targetKeyId")
	}
	return s.onAlias(ctx, c, in, "UpdateAlias", func(ctx context.Context) error {
		return s.ofAlias(ctx, c, in, "UpdateAlias", func(ctx context.Context, old *known) error {
			r := request{Scope: in.Scope, action: "UpdateAlias", key: in.TargetKeyID, member: "targetKeyId", params: in.params()}
			return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
				return map[string]string{"alias": in.AliasName, "from": old.arn}, s.repoint(ctx, tx, in, old, k)
			})
		})
	})
}

// ofAlias passes the gate for the key that an alias stands for.
func (s *Service) ofAlias(ctx context.Context, c policy.Caller, in AliasInput, action string, act func(context.Context, *known) error) error {
	id, err := aliasTarget(ctx, s.db, in.Region, in.AliasName)
	if store.IsNoRows(err) {
		return target{arn: s.arn(in.Region, in.AliasName)}.missing(false)
	}
	if err != nil {
		return err
	}
	r := request{Scope: in.Scope, action: action, key: id, lookedUp: true, ended: true, params: in.params()}
	return s.do(ctx, c, r, func(ctx context.Context, k *known) (map[string]string, error) { return nil, act(ctx, k) })
}

func (s *Service) repoint(ctx context.Context, tx *store.Tx, in AliasInput, old, k *known) error {
	if err := k.changeable(s.clock(), "UpdateAlias"); err != nil {
		return err
	}
	if specs[old.spec].family != specs[k.spec].family || old.usage != k.usage {
		return invalid("The alias %s cannot change from key usage %s to %s, nor between kinds of keys.", in.AliasName, old.usage, k.usage)
	}
	if old.id != k.id && len(k.aliases) >= maxAliases {
		return fail(LimitExceededException, "%s has %d aliases already.", k.arn, maxAliases)
	}
	result, err := tx.Exec(ctx, "UPDATE kms_aliases SET key_id = ?, updated_at = ? WHERE region = ? AND name = ? AND key_id = ?",
		k.id, s.clock().UnixMicro(), in.Region, in.AliasName, old.id)
	if err := one(result, err); err != nil {
		return err
	}
	return touch(ctx, tx, old.id)
}

// one wants a statement to have changed one row: another process may have been faster.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fail(NotFoundException, "It was changed or removed meanwhile."), err)
	}
	return nil
}

// DeleteAlias removes a name. The caller needs the permission for the alias and for its key, which may
// be in any state.
func (s *Service) DeleteAlias(ctx context.Context, c policy.Caller, in AliasInput) error {
	return s.onAlias(ctx, c, in, "DeleteAlias", func(ctx context.Context) error {
		id, err := aliasTarget(ctx, s.db, in.Region, in.AliasName)
		if store.IsNoRows(err) {
			return target{arn: s.arn(in.Region, in.AliasName)}.missing(false)
		}
		if err != nil {
			return err
		}
		r := request{Scope: in.Scope, action: "DeleteAlias", key: id, lookedUp: true, ended: true, params: in.params()}
		return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
			return map[string]string{"alias": in.AliasName},
				one(tx.Exec(ctx, "DELETE FROM kms_aliases WHERE region = ? AND name = ? AND key_id = ?", in.Region, in.AliasName, k.id))
		})
	})
}

// ListAliases lists the aliases of a region, or those of one key, by name.
func (s *Service) ListAliases(ctx context.Context, c policy.Caller, in ListOfKeyInput) (Page[Alias], error) {
	p, err := openPage("ListAliases", in.ListInput, 50, 100, in.KeyID)
	if err != nil {
		return Page[Alias]{}, err
	}
	if _, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListAliases", keyless: true, params: params{"keyId": in.KeyID, "limit": in.Limit}}); err != nil {
		return Page[Alias]{}, err
	}
	var rows *sql.Rows
	if in.KeyID == "" {
		rows, err = s.db.Query(ctx, `SELECT name, key_id, created_at, updated_at FROM kms_aliases WHERE region = ? AND name > ?
			ORDER BY name LIMIT ?`, in.Region, p.after, p.limit+1)
	} else {
		t, missing := s.find(ctx, request{Scope: in.Scope, key: in.KeyID})
		if missing == nil && t.key == nil {
			missing = t.missing(false)
		}
		if missing != nil {
			return Page[Alias]{}, missing
		}
		rows, err = s.db.Query(ctx, `SELECT name, key_id, created_at, updated_at FROM kms_aliases WHERE key_id = ? AND name > ?
			ORDER BY name LIMIT ?`, t.key.id, p.after, p.limit+1)
	}
	aliases, err := collect(func(rows *sql.Rows) (Alias, error) {
		var a Alias
		var created, updated int64
		err := rows.Scan(&a.Name, &a.TargetKeyID, &created, &updated)
		a.ARN, a.CreationDate, a.UpdatedAt = s.arn(in.Region, a.Name), time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
		return a, err
	})(rows, err)
	if err != nil {
		return Page[Alias]{}, fmt.Errorf("listing aliases: %w", err)
	}
	return closePage(p, aliases, func(a Alias) string { return a.Name }), nil
}
