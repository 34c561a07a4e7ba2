package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"signet/internal/store"
	"signet/policy"
)

// CreateUser makes a user without a password: a reader in Signet's own terms, with no policies.
func (m IAM) CreateUser(ctx context.Context, c policy.Caller, name, path, boundary string, tags map[string]string) (Entity, error) {
	u := User{Name: name, Role: policy.Reader, Origin: ByHand}
	if wrong := tidy(&u, ""); len(wrong) > 0 {
		return Entity{}, refused(validation, "The specified value for userName is invalid: %s", wrong[0].Message)
	}
	if err := checkPath(&path); err != nil {
		return Entity{}, err
	}
	all, err := mergeTags(nil, tags)
	if err != nil {
		return Entity{}, err
	}
	op := operation("iam:CreateUser", m.arn("user", path, u.Name), params{"userName": name, "path": path, "permissionsBoundary": boundary, "tags": tagParams(tags)})
	tagContext(&op, tags)
	if boundary != "" {
		condition(&op, "iam:PermissionsBoundary", boundary)
	}
	var made Entity
	err = m.change(ctx, c, op, func(tx *store.Tx) error {
		if err := m.free(ctx, tx, AUser, u.Name, boundary); err != nil {
			return err
		}
		u.ID = newID("usr_")
		if err := insertUser(ctx, tx, account{User: u}, m.s.clock()); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE users SET path = ?, boundary = ?, tags = ? WHERE id = ?", path, boundary, encodeTags(all), u.ID)
		if err != nil {
			return err
		}
		made, err = m.find(ctx, tx, AUser, u.Name)
		op.Record.Response = params{"user": made.record()}
		return err
	})
	return made, err
}

func keptByProject(name string) error {
	return refused(unmodifiable, "User %s is declared in the project's files; remove it there.", name)
}

// record is how the trail writes an entity.
func (e Entity) record() params {
	kind := map[Kind]string{AUser: "userId", AGroup: "groupId", ARole: "roleId"}[e.Kind]
	return params{"arn": e.ARN, "path": e.Path, kind: e.ID, e.Kind.field(): e.Name, "createDate": policy.Timestamp(e.CreatedAt)}
}

// DeleteUser removes a user who has no keys, policies or groups left, and ends their sessions. A user
// of the project's files cannot be removed here.
func (m IAM) DeleteUser(ctx context.Context, c policy.Caller, name string) error {
	op, err := m.about(ctx, "DeleteUser", AUser, name, nil)
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, AUser, name, func(tx *store.Tx, e Entity) error {
		if e.origin == ByProject {
			return keptByProject(e.Name)
		}
		if len(e.groups) > 0 {
			return refused(deleteConflict, "Cannot delete entity, must remove users from group first.")
		}
		if err := mustBeEmpty(ctx, tx, "SELECT COUNT(*) FROM access_keys WHERE user_id = ?", e.owner, "Cannot delete entity, must delete access keys first."); err != nil {
			return err
		}
		if err := noPolicies(ctx, tx, e); err != nil {
			return err
		}
		return eraseUser(ctx, tx, e)
	})
}

// eraseUser removes a user who has nothing left but sessions and links, which end.
func eraseUser(ctx context.Context, tx *store.Tx, e Entity) error {
	for _, text := range []string{
		"DELETE FROM aws_sessions WHERE user_id = ?", "DELETE FROM sessions WHERE user_id = ?",
		"DELETE FROM links WHERE user_id = ?", "DELETE FROM users WHERE id = ?",
	} {
		if _, err := tx.Exec(ctx, text, e.owner); err != nil {
			return err
		}
	}
	if e.Role == policy.Admin {
		return keepAnAdmin(ctx, tx)
	}
	return nil
}

func mustBeEmpty(ctx context.Context, tx *store.Tx, count, owner, message string) error {
	var n int
	if err := tx.QueryRow(ctx, count, owner).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return refused(deleteConflict, "%s", message)
	}
	return nil
}

func noPolicies(ctx context.Context, tx *store.Tx, e Entity) error {
	return first(errors.Join(
		mustBeEmpty(ctx, tx, "SELECT COUNT(*) FROM iam_inline WHERE owner = ?", e.owner, "Cannot delete entity, must delete policies first."),
		mustBeEmpty(ctx, tx, "SELECT COUNT(*) FROM iam_attached WHERE owner = ?", e.owner, "Cannot delete entity, must detach all policies first."),
	))
}

// CreateGroup makes a group that policies can be attached to. Users who have a group of the name in
// their list are in it at once.
func (m IAM) CreateGroup(ctx context.Context, c policy.Caller, name, path string) (Entity, error) {
	if err := errors.Join(checkName("groupName", name), checkPath(&path)); err != nil {
		return Entity{}, first(err)
	}
	op := operation("iam:CreateGroup", m.arn("group", path, name), params{"groupName": name, "path": path})
	var made Entity
	err := m.change(ctx, c, op, func(tx *store.Tx) error {
		if err := m.free(ctx, tx, AGroup, name, ""); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO iam_groups (id, name, folded, path, created_at) VALUES (?, ?, ?, ?, ?)",
			iamID("AGPA"), name, fold(name), path, m.s.clock().UnixMicro())
		if err != nil {
			return err
		}
		made, err = m.find(ctx, tx, AGroup, name)
		op.Record.Response = params{"group": made.record()}
		return err
	})
	return made, err
}

// DeleteGroup removes a group that has no members and no policies.
func (m IAM) DeleteGroup(ctx context.Context, c policy.Caller, name string) error {
	op, err := m.about(ctx, "DeleteGroup", AGroup, name, nil)
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, AGroup, name, func(tx *store.Tx, e Entity) error {
		members, err := m.members(ctx, tx, e.Name)
		if err != nil {
			return err
		}
		if len(members) > 0 {
			return refused(deleteConflict, "Cannot delete entity, must remove users from group first.")
		}
		if err := noPolicies(ctx, tx, e); err != nil {
			return err
		}
		return eraseGroup(ctx, tx, e)
	})
}

func eraseGroup(ctx context.Context, tx *store.Tx, e Entity) error {
	_, err := tx.Exec(ctx, "DELETE FROM iam_groups WHERE id = ?", e.owner)
	return err
}

// members are the users whose list names the group.
func (m IAM) members(ctx context.Context, db queries, group string) ([]Entity, error) {
	rows, err := db.Query(ctx, entityUsers+" ORDER BY u.name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Entity
	for rows.Next() {
		e, err := m.scan(rows)
		if err != nil {
			return nil, err
		}
		if e.in(group) {
			all = append(all, e)
		}
	}
	return all, rows.Err()
}

func (e Entity) in(group string) bool {
	return slices.ContainsFunc(e.groups, func(g string) bool { return fold(g) == fold(group) })
}

// GetGroup describes a group and lists its users.
func (m IAM) GetGroup(ctx context.Context, c policy.Caller, name string, p Page) (group Entity, users []Entity, next string, err error) {
	if group, err = m.Get(ctx, c, AGroup, name); err != nil {
		return Entity{}, nil, "", err
	}
	all, err := m.members(ctx, m.s.db, group.Name)
	if err != nil {
		return Entity{}, nil, "", err
	}
	all = slices.DeleteFunc(all, func(e Entity) bool { return e.Name <= p.After })
	users, next = cut(all, p, func(e Entity) string { return e.Name })
	return group, users, next, nil
}

// AddUserToGroup puts a user into a group that exists.
func (m IAM) AddUserToGroup(ctx context.Context, c policy.Caller, group, user string) error {
	return m.regroup(ctx, c, "AddUserToGroup", group, user, func(g string, list []string) []string { return append(list, g) })
}

// RemoveUserFromGroup takes a user out of a group.
func (m IAM) RemoveUserFromGroup(ctx context.Context, c policy.Caller, group, user string) error {
	return m.regroup(ctx, c, "RemoveUserFromGroup", group, user, func(_ string, list []string) []string { return list })
}

// regroup writes a user's list of groups anew: f gets the list without the group.
func (m IAM) regroup(ctx context.Context, c policy.Caller, action, group, user string, f func(group string, list []string) []string) error {
	op, err := m.about(ctx, action, AGroup, group, params{"userName": user})
	if err != nil {
		return err
	}
	return m.alter(ctx, c, op, AGroup, group, func(tx *store.Tx, g Entity) error {
		if _, err := m.find(ctx, tx, AUser, user); err != nil {
			return err
		}
		a, err := existing(ctx, tx, user)
		if err != nil {
			return err
		}
		if a.Origin == ByProject {
			return refused(unmodifiable, "User %s is declared in the project's files, with the groups; change them there.", a.Name)
		}
		rest := slices.DeleteFunc(slices.Clone(a.Groups), func(name string) bool { return fold(name) == fold(group) })
		a.Groups = f(g.Name, rest)
		slices.Sort(a.Groups)
		return updateUser(ctx, tx, a, m.s.clock())
	})
}

// ListGroupsForUser lists the groups that exist and that a user is in.
func (m IAM) ListGroupsForUser(ctx context.Context, c policy.Caller, user string, p Page) ([]Entity, string, error) {
	op, err := m.about(ctx, "ListGroupsForUser", AUser, user, nil)
	if err != nil {
		return nil, "", err
	}
	u, err := read(ctx, m, c, op, func() (Entity, error) { return m.find(ctx, m.s.db, AUser, user) })
	if err != nil {
		return nil, "", err
	}
	groups, err := m.groupsOf(ctx, m.s.db, u.groups)
	if err != nil {
		return nil, "", err
	}
	groups = slices.DeleteFunc(groups, func(e Entity) bool { return e.Name <= p.After })
	page, next := cut(groups, p, func(e Entity) string { return e.Name })
	return page, next, nil
}

// groupsOf finds the groups of a user's list that exist, by name.
func (m IAM) groupsOf(ctx context.Context, db queries, names []string) ([]Entity, error) {
	var all []Entity
	for _, name := range names {
		g, err := m.lookUp(ctx, db, AGroup, name)
		if err != nil {
			return nil, err
		}
		if g.owner != "" {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b Entity) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}
