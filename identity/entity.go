package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// Kind is what policies can be attached to.
type Kind string

// The kinds, as they stand in the names of operations.
const (
	AUser  Kind = "User"
	AGroup Kind = "Group"
	ARole  Kind = "Role"
)

// field is the kind's member in a request.
func (k Kind) field() string { return strings.ToLower(string(k)) + "Name" }

// Entity is a user, group or role as IAM describes it.
type Entity struct {
	Kind      Kind
	ID        string // AIDA..., AGPA..., AROA...: never given out twice
	ARN       string
	Name      string
	Path      string
	Boundary  string // ARN of the permissions boundary
	Tags      map[string]string
	CreatedAt time.Time

	// of roles
	Description string
	Trust       string
	MaxSession  int // seconds

	// of users
	Role   policy.Role
	groups []string
	origin string

	owner    string // what its policies are stored under
	tagsText string
}

const (
	entityUsers  = "SELECT 'User', u.id, u.name, u.path, u.boundary, u.tags, u.created_at, '', '', 0, u.role, u.group_names, u.origin FROM users u"
	entityGroups = "SELECT 'Group', g.id, g.name, g.path, '', '{}', g.created_at, '', '', 0, '', '[]', '' FROM iam_groups g"
	entityRoles  = "SELECT 'Role', r.id, r.name, r.path, r.boundary, r.tags, r.created_at, r.description, r.trust, r.max_session, '', '[]', '' FROM iam_roles r"
)

// from is the kind's table with the column that its names are found by.
func (k Kind) from() (query, column string) {
	switch k {
	case AGroup:
		return entityGroups, "g.folded"
	case ARole:
		return entityRoles, "r.folded"
	default:
		return entityUsers, "u.name"
	}
}

func (m IAM) scan(row scanner) (Entity, error) {
	var e Entity
	var groups string
	var created int64
	err := row.Scan(&e.Kind, &e.owner, &e.Name, &e.Path, &e.Boundary, &e.tagsText, &created, &e.Description, &e.Trust, &e.MaxSession, &e.Role, &groups, &e.origin)
	if err != nil {
		return Entity{}, err
	}
	if err := json.Unmarshal([]byte(groups), &e.groups); err != nil {
		return Entity{}, fmt.Errorf("groups of %s: %w", e.Name, err)
	}
	if err := json.Unmarshal([]byte(e.tagsText), &e.Tags); err != nil {
		return Entity{}, fmt.Errorf("tags of %s: %w", e.Name, err)
	}
	e.CreatedAt = time.UnixMicro(created).UTC()
	e.ID = e.owner
	if e.Kind == AUser {
		e.ID = userID(e.owner)
	}
	e.ARN = m.arn(strings.ToLower(string(e.Kind)), e.Path, e.Name)
	return e, nil
}

// find returns an entity that must be there.
func (m IAM) find(ctx context.Context, db queries, k Kind, name string) (Entity, error) {
	e, err := m.lookUp(ctx, db, k, name)
	if err == nil && e.owner == "" {
		err = missing("The %s with name %s cannot be found.", strings.ToLower(string(k)), name)
	}
	return e, err
}

// lookUp returns the zero Entity when there is none.
func (m IAM) lookUp(ctx context.Context, db queries, k Kind, name string) (Entity, error) {
	query, column := k.from()
	e, err := m.scan(db.QueryRow(ctx, query+" WHERE "+column+" = ?", fold(name)))
	if store.IsNoRows(err) {
		return Entity{}, nil
	}
	if err != nil {
		return Entity{}, fmt.Errorf("reading the %s %s: %w", strings.ToLower(string(k)), name, err)
	}
	return e, nil
}

// free refuses a name that is taken, and a boundary that is no policy.
func (m IAM) free(ctx context.Context, tx *store.Tx, k Kind, name, boundary string) error {
	before, err := m.lookUp(ctx, tx, k, name)
	if err != nil {
		return err
	}
	if before.owner != "" {
		return refused(alreadyExists, "%s with name %s already exists.", k, name)
	}
	if boundary == "" {
		return nil
	}
	return m.attachable(ctx, tx, boundary)
}

// target is the ARN that an operation on a name is decided by, also when nobody has the name: who may
// not ask learns nothing.
func (m IAM) target(ctx context.Context, k Kind, name string) (string, error) {
	e, err := m.lookUp(ctx, m.s.db, k, name)
	if err != nil || e.owner != "" {
		return e.ARN, err
	}
	if !iamName.MatchString(name) || len(name) > 128 {
		return "", refused(validation, "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", k.field())
	}
	return m.arn(strings.ToLower(string(k)), "/", name), nil
}

// about describes an operation on an entity.
func (m IAM) about(ctx context.Context, action string, k Kind, name string, more params) (policy.Operation, error) {
	arn, err := m.target(ctx, k, name)
	if err != nil {
		return policy.Operation{}, err
	}
	request := params{k.field(): name}
	maps.Copy(request, more)
	return operation("iam:"+action, arn, request), nil
}

// alter changes an entity that is there.
func (m IAM) alter(ctx context.Context, c policy.Caller, op policy.Operation, k Kind, name string, f func(*store.Tx, Entity) error) error {
	return m.change(ctx, c, op, func(tx *store.Tx) error {
		e, err := m.find(ctx, tx, k, name)
		if err != nil {
			return err
		}
		return f(tx, e)
	})
}

// Get is GetUser, GetGroup and GetRole.
func (m IAM) Get(ctx context.Context, c policy.Caller, k Kind, name string) (Entity, error) {
	if k == AUser {
		name = selfOr(c, name)
	}
	op, err := m.about(ctx, "Get"+string(k), k, name, nil)
	if err != nil {
		return Entity{}, err
	}
	return read(ctx, m, c, op, func() (Entity, error) { return m.find(ctx, m.s.db, k, name) })
}

// List is ListUsers, ListGroups and ListRoles.
func (m IAM) List(ctx context.Context, c policy.Caller, k Kind, p Page) ([]Entity, string, error) {
	arn := m.arn(strings.ToLower(string(k)), "/", "")
	if err := m.view(ctx, c, operation("iam:List"+string(k)+"s", arn, params{"pathPrefix": p.PathPrefix, "maxItems": p.Limit})); err != nil {
		return nil, "", err
	}
	query, column := k.from()
	_, alias, _ := strings.Cut(query, " FROM ")
	alias = alias[strings.LastIndexByte(alias, ' ')+1:]
	all, err := m.entities(ctx, query+" WHERE "+column+" > ? AND substr("+alias+".path, 1, length(?)) = ? ORDER BY "+column+" LIMIT ?",
		fold(p.After), p.PathPrefix, p.PathPrefix, p.limit()+1)
	page, next := cut(all, p, func(e Entity) string { return e.Name })
	return page, next, err
}

// Tag is TagUser and TagRole.
func (m IAM) Tag(ctx context.Context, c policy.Caller, k Kind, name string, tags map[string]string) error {
	op, err := m.about(ctx, "Tag"+string(k), k, name, params{"tags": tagParams(tags)})
	if err != nil {
		return err
	}
	tagContext(&op, tags)
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		all, err := mergeTags(e.Tags, tags)
		if err != nil {
			return err
		}
		return setColumn(ctx, tx, e, "tags", encodeTags(all))
	})
}

// Untag is UntagUser and UntagRole.
func (m IAM) Untag(ctx context.Context, c policy.Caller, k Kind, name string, keys []string) error {
	op, err := m.about(ctx, "Untag"+string(k), k, name, params{"tagKeys": keys})
	if err != nil {
		return err
	}
	condition(&op, "aws:TagKeys", keys...)
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		for _, key := range keys {
			delete(e.Tags, key)
		}
		return setColumn(ctx, tx, e, "tags", encodeTags(e.Tags))
	})
}

// Tags is ListUserTags and ListRoleTags.
func (m IAM) Tags(ctx context.Context, c policy.Caller, k Kind, name string) (map[string]string, error) {
	op, err := m.about(ctx, "List"+string(k)+"Tags", k, name, nil)
	if err != nil {
		return nil, err
	}
	e, err := read(ctx, m, c, op, func() (Entity, error) { return m.find(ctx, m.s.db, k, name) })
	return e.Tags, err
}

// SetBoundary is PutUserPermissionsBoundary and PutRolePermissionsBoundary; without an ARN it is
// DeleteUserPermissionsBoundary and DeleteRolePermissionsBoundary.
func (m IAM) SetBoundary(ctx context.Context, c policy.Caller, k Kind, name, arn string) error {
	verb := "Put"
	if arn == "" {
		verb = "Delete"
	}
	op, err := m.about(ctx, verb+string(k)+"PermissionsBoundary", k, name, params{"permissionsBoundary": arn})
	if err != nil {
		return err
	}
	if arn != "" {
		condition(&op, "iam:PermissionsBoundary", arn)
	}
	return m.alter(ctx, c, op, k, name, func(tx *store.Tx, e Entity) error {
		switch {
		case arn == "" && e.Boundary == "":
			return missing("The %s with name %s has no permissions boundary.", strings.ToLower(string(k)), name)
		case arn != "":
			if err := m.attachable(ctx, tx, arn); err != nil {
				return err
			}
		}
		return setColumn(ctx, tx, e, "boundary", arn)
	})
}

// setColumn writes one column of a user or role. The texts of the statements are few.
func setColumn(ctx context.Context, tx *store.Tx, e Entity, column string, value any) error {
	table := "iam_roles"
	if e.Kind == AUser {
		table = "users"
	}
	_, err := tx.Exec(ctx, "UPDATE "+table+" SET "+column+" = ? WHERE id = ?", value, e.owner)
	return err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
