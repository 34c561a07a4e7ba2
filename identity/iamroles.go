package identity

import (
	"context"
	"errors"

	"signet/internal/store"
	"signet/policy"
)

// Limits of a role, in IAM's words.
const (
	minSession     = 900
	usualSession   = 3600
	maxSession     = 43200
	maxTrustBytes  = 4096
	maxDescription = 1000
)

// NewRole is what CreateRole makes a role from.
type NewRole struct {
	Name, Path, Description, Trust, Boundary string
	MaxSession                               int // seconds; an hour when 0
	Tags                                     map[string]string
}

func (r *NewRole) check() error {
	if err := errors.Join(checkName("roleName", r.Name), checkPath(&r.Path), checkMaxSession(&r.MaxSession)); err != nil {
		return first(err)
	}
	if len(r.Description) > maxDescription {
		return refused(validation, "The description has more than %d bytes", maxDescription)
	}
	return nil
}

func checkMaxSession(seconds *int) error {
	if *seconds == 0 {
		*seconds = usualSession
	}
	if *seconds < usualSession || *seconds > maxSession {
		return refused(validation, "The requested MaxSessionDuration must be between %d and %d seconds", usualSession, maxSession)
	}
	return nil
}

// CreateRole makes a role.
func (m IAM) CreateRole(ctx context.Context, c policy.Caller, r NewRole) (Entity, error) {
	if err := r.check(); err != nil {
		return Entity{}, err
	}
	tags, err := mergeTags(nil, r.Tags)
	if err != nil {
		return Entity{}, err
	}
	op := operation("iam:CreateRole", m.arn("role", r.Path, r.Name), params{
		"roleName": r.Name, "path": r.Path, "description": r.Description, "assumeRolePolicyDocument": r.Trust,
		"maxSessionDuration": r.MaxSession, "permissionsBoundary": r.Boundary, "tags": tagParams(r.Tags),
	})
	tagContext(&op, r.Tags)
	if r.Boundary != "" {
		condition(&op, "iam:PermissionsBoundary", r.Boundary)
	}
	var made Entity
	err = m.change(ctx, c, op, func(tx *store.Tx) error {
		if err := parsePolicy(policy.TrustPolicy, r.Trust, maxTrustBytes); err != nil {
			return err
		}
		if err := m.free(ctx, tx, ARole, r.Name, r.Boundary); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO iam_roles (id, name, folded, path, description, trust, max_session, boundary, tags, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, iamID("AROA"), r.Name, fold(r.Name), r.Path, r.Description, r.Trust, r.MaxSession,
			r.Boundary, encodeTags(tags), m.s.clock().UnixMicro())
		if err != nil {
			return err
		}
		made, err = m.find(ctx, tx, ARole, r.Name)
		op.Record.Response = params{"role": made.record()}
		return err
	})
	return made, err
}

// UpdateRole changes the description, the longest session, or both; nil leaves as it is.
func (m IAM) UpdateRole(ctx context.Context, c policy.Caller, name string, description *string, maxSession *int) error {
	op, err := m.about(ctx, "UpdateRole", ARole, name, params{"description": description, "maxSessionDuration": maxSession})
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, ARole, name, func(tx *store.Tx, e Entity) error {
		if description != nil {
			if len(*description) > maxDescription {
				return refused(validation, "The description has more than %d bytes", maxDescription)
			}
			if err := setColumn(ctx, tx, e, "description", *description); err != nil {
				return err
			}
		}
		if maxSession == nil {
			return nil
		}
		if err := checkMaxSession(maxSession); err != nil {
			return err
		}
		return setColumn(ctx, tx, e, "max_session", *maxSession)
	})
}

// UpdateAssumeRolePolicy says anew who may assume a role. Sessions that there are go on.
func (m IAM) UpdateAssumeRolePolicy(ctx context.Context, c policy.Caller, name, trust string) error {
	op, err := m.about(ctx, "UpdateAssumeRolePolicy", ARole, name, params{"policyDocument": trust})
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, ARole, name, func(tx *store.Tx, e Entity) error {
		if err := parsePolicy(policy.TrustPolicy, trust, maxTrustBytes); err != nil {
			return err
		}
		return setColumn(ctx, tx, e, "trust", trust)
	})
}

// DeleteRole removes a role that has no policies, and ends its sessions.
func (m IAM) DeleteRole(ctx context.Context, c policy.Caller, name string) error {
	op, err := m.about(ctx, "DeleteRole", ARole, name, nil)
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, ARole, name, func(tx *store.Tx, e Entity) error {
		if err := noPolicies(ctx, tx, e); err != nil {
			return err
		}
		return eraseRole(ctx, tx, e)
	})
}

// eraseRole ends the role's sessions with it.
func eraseRole(ctx context.Context, tx *store.Tx, e Entity) error {
	if _, err := tx.Exec(ctx, "DELETE FROM aws_sessions WHERE role_id = ?", e.owner); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM iam_roles WHERE id = ?", e.owner)
	return err
}
