package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"signet/policy"
)

// Member is a user as those who look after access see them.
type Member struct {
	User
	ARN        string
	LastSeen   time.Time // in a session or by an access key that is still there; zero when not lately
	AccessKeys int
	Boundary   string // ARN of the permissions boundary
	Tags       map[string]string
	May        []string // what the caller may do about the user, by the names of operations
}

const selectMembers = "SELECT " + userColumns + `, u.path, u.boundary, u.tags,
	COALESCE((SELECT MAX(s.last_seen) FROM sessions s WHERE s.user_id = u.id), 0),
	COALESCE((SELECT MAX(k.used_at) FROM access_keys k WHERE k.user_id = u.id), 0),
	(SELECT COUNT(*) FROM access_keys k WHERE k.user_id = u.id) FROM users u`

func (m IAM) scanMember(row scanner) (Member, error) {
	var one Member
	var path, tags string
	var seen, used int64
	a, err := scanAccount(row, &path, &one.Boundary, &tags, &seen, &used, &one.AccessKeys)
	if err != nil {
		return Member{}, err
	}
	if err := json.Unmarshal([]byte(tags), &one.Tags); err != nil {
		return Member{}, fmt.Errorf("tags of user %s: %w", a.Name, err)
	}
	one.User, one.ARN = a.User, m.arn("user", path, a.Name)
	if at := max(seen, used); at > 0 {
		one.LastSeen = time.UnixMicro(at).UTC()
	}
	return one, nil
}

// Members is ListUsers with what Signet knows besides, by name.
func (m IAM) Members(ctx context.Context, c policy.Caller, p Page) ([]Member, string, error) {
	if err := m.view(ctx, c, operation("iam:ListUsers", m.arn("user", "/", ""), params{})); err != nil {
		return nil, "", err
	}
	rows, err := m.s.db.Query(ctx, selectMembers+" WHERE u.name > ? ORDER BY u.name LIMIT ?", fold(p.After), p.limit()+1)
	if err != nil {
		return nil, "", fmt.Errorf("listing users: %w", err)
	}
	defer rows.Close()
	var all []Member
	for rows.Next() {
		one, err := m.scanMember(rows)
		if err != nil {
			return nil, "", fmt.Errorf("listing users: %w", err)
		}
		all = append(all, one)
	}
	page, next := cut(all, p, func(u Member) string { return u.Name })
	return page, next, rows.Err()
}

// aboutUsers are the operations that Member tells about.
var aboutUsers = []string{
	"ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey",
	"ListAttachedUserPolicies", "AttachUserPolicy", "DetachUserPolicy", "PutUserPolicy", "DeleteUserPolicy",
	"PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "TagUser", "UntagUser", "DeleteUser",
}

// Member is GetUser with what Signet knows besides.
func (m IAM) Member(ctx context.Context, c policy.Caller, name string) (Member, error) {
	op, err := m.about(ctx, "GetUser", AUser, name, nil)
	if err != nil {
		return Member{}, err
	}
	if _, err := read(ctx, m, c, op, func() (account, error) { return existing(ctx, m.s.db, name) }); err != nil {
		return Member{}, err
	}
	one, err := m.scanMember(m.s.db.QueryRow(ctx, selectMembers+" WHERE u.name = ?", fold(name)))
	if err != nil {
		return Member{}, fmt.Errorf("reading the user %s: %w", name, err)
	}
	one.May = m.May(c, one.ARN, aboutUsers...)
	if keepers.Allows(c) {
		one.May = append(one.May, "DisableUser", "EnableUser")
		if !one.SSO && !one.Disabled {
			one.May = append(one.May, "MakeLink")
		}
		if one.Origin == ByHand {
			one.May = append(one.May, "UpdateUser")
		}
	}
	if one.Origin == ByProject {
		one.May = slices.DeleteFunc(one.May, func(name string) bool { return name == "DeleteUser" })
	}
	if keepers.Allows(c) || c.Principal().Name == one.Name {
		one.May = append(one.May, "ListSessions", "EndSession")
	}
	return one, nil
}

// May says which operations of IAM the caller may do on what an ARN names. It puts nothing on record:
// nothing is done, only offered or left out.
func (m IAM) May(c policy.Caller, arn string, operations ...string) []string {
	var may []string
	for _, name := range operations {
		if policy.Decide(c, operation("iam:"+name, arn, nil)) {
			may = append(may, name)
		}
	}
	return may
}

// MayCreate says whether the caller may make users, groups, roles or managed policies, in general.
func (m IAM) MayCreate(c policy.Caller, kind string) bool {
	if kind == "User" { // as Create decides, which makes people who sign in
		return policy.Decide(c, about("CreateUser", ""))
	}
	return len(m.May(c, m.arn(strings.ToLower(kind), "/", ""), "Create"+kind)) > 0
}

// PoliciesOf lists what a user, group or role has: managed policies and the names of its own.
func (m IAM) PoliciesOf(ctx context.Context, c policy.Caller, k Kind, name string) ([]Attachment, []string, error) {
	attached, _, err := m.ListAttached(ctx, c, k, name, Page{Limit: 1000})
	if err != nil {
		return nil, nil, err
	}
	inline, _, err := m.ListInline(ctx, c, k, name, Page{Limit: 1000})
	return attached, inline, err
}

// BuiltIn reports whether every server has the policy.
func (p Policy) BuiltIn() bool { return strings.HasPrefix(p.ARN, builtinPrefix) }

// DefaultVersion is the version of a managed policy that counts.
func (m IAM) DefaultVersion(ctx context.Context, c policy.Caller, arn string) (PolicyVersion, error) {
	p, err := m.GetPolicy(ctx, c, arn)
	if err != nil {
		return PolicyVersion{}, err
	}
	return m.GetPolicyVersion(ctx, c, arn, VersionID(p.Default))
}
