package identity

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// Remove deletes a user, group or role together with what only it has: access keys, policies of its
// own, attachments, membership. Either all of it goes or nothing. The caller needs the permission for
// the deletion and for each part that goes with it; the log has the parts. IAM's own deletions, which
// want everything to be gone before, are DeleteUser, DeleteGroup and DeleteRole.
func (m IAM) Remove(ctx context.Context, c policy.Caller, k Kind, name string) error {
	op, err := m.about(ctx, "Delete"+string(k), k, name, nil)
	if err != nil {
		return err
	}
	return m.s.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		var gone map[string]string
		err := m.s.commit(ctx, func(tx *store.Tx) error {
			e, err := m.find(ctx, tx, k, name)
			if err != nil {
				return err
			}
			r := removal{IAM: m, c: c, tx: tx, e: e, gone: map[string]string{}}
			gone = r.gone
			return r.run(ctx)
		})
		return gone, err
	})
}

// removal is one entity on its way out.
type removal struct {
	IAM
	c    policy.Caller
	tx   *store.Tx
	e    Entity
	gone map[string]string // kind of the part -> names
}

func (r removal) run(ctx context.Context) error {
	steps := map[Kind][]func(context.Context) error{
		AUser:  {r.leaveGroups, r.dropKeys, r.dropPolicies},
		AGroup: {r.dropMembers, r.dropPolicies},
		ARole:  {r.dropPolicies},
	}
	for _, step := range steps[r.e.Kind] {
		if err := step(ctx); err != nil {
			return err
		}
	}
	switch r.e.Kind {
	case AGroup:
		return eraseGroup(ctx, r.tx, r.e)
	case ARole:
		return eraseRole(ctx, r.tx, r.e)
	default:
		return eraseUser(ctx, r.tx, r.e)
	}
}

// also refuses what the caller may not do with a part by itself.
func (r removal) also(action, arn, what string, conditions map[string]string) error {
	op := operation("iam:"+action, arn, nil)
	for key, value := range conditions {
		condition(&op, key, value)
	}
	if policy.Decide(r.c, op) {
		return nil
	}
	return fault.New(fault.Denied, "deleting %s takes %s with it, for which you need the permission iam:%s", r.e.Name, what, action)
}

func (r removal) leaveGroups(ctx context.Context) error {
	if r.e.origin == ByProject {
		return keptByProject(r.e.Name)
	}
	groups, err := r.groupsOf(ctx, r.tx, r.e.groups) // the others are names only
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := r.also("RemoveUserFromGroup", g.ARN, "the membership in "+g.Name, nil); err != nil {
			return err
		}
	}
	r.note("groups", r.e.groups)
	return nil
}

func (r removal) dropKeys(ctx context.Context) error {
	keys, err := r.names(ctx, "SELECT id FROM access_keys WHERE user_id = ? ORDER BY id")
	if err != nil || len(keys) == 0 {
		return err
	}
	if err := r.also("DeleteAccessKey", r.e.ARN, "its access keys", nil); err != nil {
		return err
	}
	r.note("accessKeys", keys)
	_, err = r.tx.Exec(ctx, "DELETE FROM access_keys WHERE user_id = ?", r.e.owner)
	return err
}

func (r removal) dropPolicies(ctx context.Context) error {
	attached, err := r.names(ctx, "SELECT arn FROM iam_attached WHERE owner = ? ORDER BY arn")
	if err != nil {
		return err
	}
	for _, arn := range attached {
		if err := r.also("Detach"+string(r.e.Kind)+"Policy", r.e.ARN, "the attachment of "+arn, map[string]string{"iam:PolicyARN": arn}); err != nil {
			return err
		}
	}
	inline, err := r.names(ctx, "SELECT name FROM iam_inline WHERE owner = ? ORDER BY name")
	if err != nil {
		return err
	}
	if len(inline) > 0 {
		if err := r.also("Delete"+string(r.e.Kind)+"Policy", r.e.ARN, "its own policies", nil); err != nil {
			return err
		}
	}
	r.note("attached", attached)
	r.note("inline", inline)
	if _, err := r.tx.Exec(ctx, "DELETE FROM iam_attached WHERE owner = ?", r.e.owner); err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, "DELETE FROM iam_inline WHERE owner = ?", r.e.owner)
	return err
}

// dropMembers takes everybody out of a group. Whom the project's files put into it, only they take out.
func (r removal) dropMembers(ctx context.Context) error {
	members, err := r.members(ctx, r.tx, r.e.Name)
	if err != nil || len(members) == 0 {
		return err
	}
	if err := r.also("RemoveUserFromGroup", r.e.ARN, "its members", nil); err != nil {
		return err
	}
	names := make([]string, len(members))
	for i, one := range members {
		if one.origin == ByProject {
			return refused(deleteConflict, "User %s is in the group by the project's files; take the user out there first.", one.Name)
		}
		names[i] = one.Name
		if err := r.takeOut(ctx, one.Name); err != nil {
			return err
		}
	}
	r.note("members", names)
	return nil
}

func (r removal) takeOut(ctx context.Context, user string) error {
	a, err := existing(ctx, r.tx, user)
	if err != nil {
		return err
	}
	a.Groups = slices.DeleteFunc(a.Groups, func(g string) bool { return fold(g) == fold(r.e.Name) })
	return updateUser(ctx, r.tx, a, r.s.clock())
}

// maxNoted is how many names of one kind the log has of what went; of more it has the number.
const maxNoted = 50

func (r removal) note(part string, names []string) {
	switch {
	case len(names) > maxNoted:
		r.gone[part] = strconv.Itoa(len(names))
	case len(names) > 0:
		r.gone[part] = strings.Join(names, " ")
	}
}

// names reads what belongs to the entity, one column.
func (r removal) names(ctx context.Context, query string) ([]string, error) {
	rows, err := r.tx.Query(ctx, query, r.e.owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, rows.Err()
}

// RemovePolicy deletes a managed policy with all of its versions, and takes it from whoever has it. The
// caller needs the permission for each of these. One that is somebody's permissions boundary stays:
// without it they could do more than before.
func (m IAM) RemovePolicy(ctx context.Context, c policy.Caller, arn string) error {
	holders, err := m.holders(ctx, m.s.db, arn)
	if err != nil {
		return err
	}
	for _, e := range holders {
		op := operation("iam:Detach"+string(e.Kind)+"Policy", e.ARN, nil)
		condition(&op, "iam:PolicyARN", arn)
		if !policy.Decide(c, op) {
			return fault.New(fault.Denied, "the policy is attached to %s, for which you need the permission iam:Detach%sPolicy", e.Name, e.Kind)
		}
	}
	return m.alterPolicy(ctx, c, "DeletePolicy", arn, params{"attachedTo": entityARNs(holders)}, func(tx *store.Tx, _ *policy.Record, p Policy) error {
		now, err := m.holders(ctx, tx, arn)
		if err != nil {
			return err
		}
		if !slices.Equal(entityARNs(now), entityARNs(holders)) {
			return refused("ConcurrentModification", "The policy was attached or detached meanwhile; try again")
		}
		bounds, err := boundBy(ctx, tx, arn)
		if err != nil {
			return err
		}
		if bounds > 0 {
			return refused(deleteConflict, "The policy is the permissions boundary of %d users or roles; remove it there first.", bounds)
		}
		if _, err := tx.Exec(ctx, "DELETE FROM iam_attached WHERE arn = ?", arn); err != nil {
			return err
		}
		return erasePolicy(ctx, tx, p)
	})
}

func entityARNs(all []Entity) []string {
	arns := make([]string, len(all))
	for i, e := range all {
		arns[i] = e.ARN
	}
	return arns
}
