package identity

import (
	"context"
	"fmt"
	"strings"

	"signet/internal/store"
	"signet/policy"
)

// Attachment is a managed policy in its place, or a thing that it is attached to.
type Attachment struct{ ARN, Name string }

// maxInline is how many bytes the inline policies of an entity have together.
var maxInline = map[Kind]int{AUser: 2048, AGroup: 5120, ARole: 10240}

// PutInline is PutUserPolicy, PutGroupPolicy and PutRolePolicy.
func (m IAM) PutInline(ctx context.Context, c policy.Caller, k Kind, name, policyName, document string) error {
	if err := checkName("policyName", policyName); err != nil {
		return err
	}
	op, err := m.about(ctx, "Put"+string(k)+"Policy", k, name, params{"policyName": policyName, "policyDocument": document})
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		if err := parsePolicy(policy.IdentityPolicy, document, maxInline[k]); err != nil {
			return err
		}
		var others int
		if err := tx.QueryRow(ctx, "SELECT COALESCE(SUM(length(document)), 0) FROM iam_inline WHERE owner = ? AND name <> ?", e.owner, policyName).Scan(&others); err != nil {
			return err
		}
		if others+len(document) > maxInline[k] {
			return refused(limitExceeded, "Maximum policy size of %d bytes exceeded for %s %s", maxInline[k], strings.ToLower(string(k)), name)
		}
		_, err := tx.Exec(ctx, "INSERT INTO iam_inline (owner, name, document) VALUES (?, ?, ?) ON CONFLICT (owner, name) DO UPDATE SET document = excluded.document",
			e.owner, policyName, document)
		return err
	})
}

func noInline(k Kind, policyName string) error {
	return missing("The %s policy with name %s cannot be found.", strings.ToLower(string(k)), policyName)
}

// GetInline is GetUserPolicy, GetGroupPolicy and GetRolePolicy: it returns the document.
func (m IAM) GetInline(ctx context.Context, c policy.Caller, k Kind, name, policyName string) (string, error) {
	op, err := m.about(ctx, "Get"+string(k)+"Policy", k, name, params{"policyName": policyName})
	if err != nil {
		return "", err
	}
	return read(ctx, m, c, op, func() (document string, err error) {
		e, err := m.find(ctx, m.s.db, k, name)
		if err != nil {
			return "", err
		}
		err = m.s.db.QueryRow(ctx, "SELECT document FROM iam_inline WHERE owner = ? AND name = ?", e.owner, policyName).Scan(&document)
		if store.IsNoRows(err) {
			return "", noInline(k, policyName)
		}
		return document, err
	})
}

// DeleteInline is DeleteUserPolicy, DeleteGroupPolicy and DeleteRolePolicy.
func (m IAM) DeleteInline(ctx context.Context, c policy.Caller, k Kind, name, policyName string) error {
	op, err := m.about(ctx, "Delete"+string(k)+"Policy", k, name, params{"policyName": policyName})
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		done, err := tx.Exec(ctx, "DELETE FROM iam_inline WHERE owner = ? AND name = ?", e.owner, policyName)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return first2(err, noInline(k, policyName))
		}
		return nil
	})
}

// first2 is the error of the store when there is one, else what its answer means.
func first2(err, meaning error) error {
	if err != nil {
		return err
	}
	return meaning
}

// ListInline is ListUserPolicies, ListGroupPolicies and ListRolePolicies.
func (m IAM) ListInline(ctx context.Context, c policy.Caller, k Kind, name string, p Page) ([]string, string, error) {
	all, err := m.listed(ctx, c, "List"+string(k)+"Policies", k, name, p, "SELECT '', name FROM iam_inline WHERE owner = ? AND name > ? ORDER BY name LIMIT ?")
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	page, next := cut(names, p, func(s string) string { return s })
	return page, next, err
}

// listed reads what an entity has, one more than a page.
func (m IAM) listed(ctx context.Context, c policy.Caller, action string, k Kind, name string, p Page, query string) ([]Attachment, error) {
	op, err := m.about(ctx, action, k, name, nil)
	if err != nil {
		return nil, err
	}
	e, err := read(ctx, m, c, op, func() (Entity, error) { return m.find(ctx, m.s.db, k, name) })
	if err != nil {
		return nil, err
	}
	rows, err := m.s.db.Query(ctx, query, e.owner, p.After, p.limit()+1)
	if err != nil {
		return nil, fmt.Errorf("listing policies of %s: %w", name, err)
	}
	defer rows.Close()
	var all []Attachment
	for rows.Next() {
		var a Attachment
		if err := rows.Scan(&a.ARN, &a.Name); err != nil {
			return nil, fmt.Errorf("listing policies of %s: %w", name, err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// Attach is AttachUserPolicy, AttachGroupPolicy and AttachRolePolicy.
func (m IAM) Attach(ctx context.Context, c policy.Caller, k Kind, name, arn string) error {
	op, err := m.about(ctx, "Attach"+string(k)+"Policy", k, name, params{"policyArn": arn})
	if err != nil {
		return err
	}
	condition(&op, "iam:PolicyARN", arn)
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		if err := m.attachable(ctx, tx, arn); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM iam_attached WHERE owner = ? AND arn <> ?", e.owner, arn).Scan(&n); err != nil {
			return err
		}
		if n >= maxAttached {
			return refused(limitExceeded, "Cannot exceed quota for PoliciesPer%s: %d", k, maxAttached)
		}
		_, err := tx.Exec(ctx, "INSERT INTO iam_attached (owner, arn) VALUES (?, ?) ON CONFLICT (owner, arn) DO NOTHING", e.owner, arn)
		return err
	})
}

// Detach is DetachUserPolicy, DetachGroupPolicy and DetachRolePolicy.
func (m IAM) Detach(ctx context.Context, c policy.Caller, k Kind, name, arn string) error {
	op, err := m.about(ctx, "Detach"+string(k)+"Policy", k, name, params{"policyArn": arn})
	if err != nil {
		return err
	}
	condition(&op, "iam:PolicyARN", arn)
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		done, err := tx.Exec(ctx, "DELETE FROM iam_attached WHERE owner = ? AND arn = ?", e.owner, arn)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return first2(err, missing("Policy %s was not found.", arn))
		}
		return nil
	})
}

// ListAttached is ListAttachedUserPolicies, ListAttachedGroupPolicies and ListAttachedRolePolicies.
func (m IAM) ListAttached(ctx context.Context, c policy.Caller, k Kind, name string, p Page) ([]Attachment, string, error) {
	all, err := m.listed(ctx, c, "ListAttached"+string(k)+"Policies", k, name, p, "SELECT arn, '' FROM iam_attached WHERE owner = ? AND arn > ? ORDER BY arn LIMIT ?")
	for i, a := range all {
		all[i].Name = a.ARN[strings.LastIndexByte(a.ARN, '/')+1:]
	}
	page, next := cut(all, p, func(a Attachment) string { return a.ARN })
	return page, next, err
}

// ListEntitiesForPolicy lists the users, groups and roles that a managed policy is attached to.
func (m IAM) ListEntitiesForPolicy(ctx context.Context, c policy.Caller, arn string) ([]Entity, error) {
	op := operation("iam:ListEntitiesForPolicy", arn, params{"policyArn": arn})
	if _, err := read(ctx, m, c, op, func() (string, error) { return arn, m.attachable(ctx, m.s.db, arn) }); err != nil {
		return nil, err
	}
	return m.holders(ctx, m.s.db, arn)
}

// holders are the users, groups and roles that have a managed policy.
func (m IAM) holders(ctx context.Context, db queries, arn string) ([]Entity, error) {
	var all []Entity
	for _, query := range []string{
		entityUsers + " JOIN iam_attached a ON a.owner = u.id WHERE a.arn = ? ORDER BY u.name",
		entityGroups + " JOIN iam_attached a ON a.owner = g.id WHERE a.arn = ? ORDER BY g.name",
		entityRoles + " JOIN iam_attached a ON a.owner = r.id WHERE a.arn = ? ORDER BY r.name",
	} {
		some, err := m.entitiesIn(ctx, db, query, arn)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (m IAM) entities(ctx context.Context, query string, args ...any) ([]Entity, error) {
	return m.entitiesIn(ctx, m.s.db, query, args...)
}

func (m IAM) entitiesIn(ctx context.Context, db queries, query string, args ...any) ([]Entity, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing entities: %w", err)
	}
	defer rows.Close()
	var all []Entity
	for rows.Next() {
		e, err := m.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("listing entities: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}
