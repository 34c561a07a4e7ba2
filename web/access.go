package web

import (
	"context"
	"time"

	"signet/identity"
	"signet/policy"
)

// member is a user for those who look after access.
type member struct {
	Name        string      `json:"name"`
	DisplayName string      `json:"displayName"`
	ARN         string      `json:"arn"`
	Role        policy.Role `json:"role" enum:"admin,author,reader"`
	Groups      []string    `json:"groups" nullable:"false"`
	HasPassword bool        `json:"hasPassword"`
	SSO         bool        `json:"sso" doc:"signs in through single sign-on only"`
	Origin      string      `json:"origin" enum:"hand,project" doc:"who keeps the user: an administrator, or the project's files"`
	Disabled    bool        `json:"disabled"`
	CreatedAt   time.Time   `json:"createdAt"`
	LastSeen    *time.Time  `json:"lastSeen,omitempty"`
	AccessKeys  int         `json:"accessKeys"`
	Boundary    string      `json:"boundary,omitempty" doc:"ARN of the permissions boundary"`
	Tags        []tag       `json:"tags" nullable:"false"`
	May         []string    `json:"may" nullable:"false" doc:"operations that one may do on the user"`
}

type memberPage struct {
	Items     []member `json:"items" nullable:"false"`
	Next      string   `json:"next,omitempty"`
	MayCreate bool     `json:"mayCreate"`
}

type accessKey struct {
	ID        string     `json:"id"`
	Active    bool       `json:"active"`
	CreatedAt time.Time  `json:"createdAt"`
	UsedAt    *time.Time `json:"usedAt,omitempty"`
	UsedFor   string     `json:"usedFor,omitempty" doc:"the service that it was used for last"`
}

type accessKeys struct {
	Items []accessKey `json:"items" nullable:"false"`
}

type newAccessKey struct {
	ID     string `json:"id"`
	Secret string `json:"secret" doc:"shown now and never again"`
}

type userSession struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	LastSeen  time.Time `json:"lastSeen"`
	ExpiresAt time.Time `json:"expiresAt" doc:"at the latest"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"userAgent"`
	Current   bool      `json:"current" doc:"the one that asks"`
}

type userSessions struct {
	Items []userSession `json:"items" nullable:"false"`
}

// entity is a group or a role.
type entity struct {
	Name        string    `json:"name"`
	ARN         string    `json:"arn"`
	Description string    `json:"description,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
	Trust       string    `json:"trust,omitempty" doc:"of a role: who may assume it"`
	MaxSession  int       `json:"maxSession,omitempty" doc:"of a role: seconds"`
	Members     []string  `json:"members,omitempty" doc:"of a group"`
	Boundary    string    `json:"boundary,omitempty" doc:"of a role: ARN of the permissions boundary"`
	Tags        []tag     `json:"tags" nullable:"false" doc:"of a role"`
	May         []string  `json:"may" nullable:"false" doc:"operations that one may do on it"`
}

type entityPage struct {
	Items     []entity `json:"items" nullable:"false"`
	Next      string   `json:"next,omitempty"`
	MayCreate bool     `json:"mayCreate"`
}

type attached struct {
	ARN  string `json:"arn"`
	Name string `json:"name"`
}

// entityPolicies are the policies of one user, group or role.
type entityPolicies struct {
	Attached []attached `json:"attached" nullable:"false"`
	Inline   []string   `json:"inline" nullable:"false"`
}

type managedPolicy struct {
	ARN         string `json:"arn"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Attached    int    `json:"attached" doc:"to how many"`
	BuiltIn     bool   `json:"builtIn"`
}

type policyPage struct {
	Items     []managedPolicy `json:"items" nullable:"false"`
	Next      string          `json:"next,omitempty"`
	MayCreate bool            `json:"mayCreate"`
}

// UserPath names a user, or a group or role where the path says so.
type UserPath struct {
	Name string `path:"name" maxLength:"128"`
}

type disabledRequest struct {
	UserPath
	Body struct {
		Disabled bool `json:"disabled"`
	}
}

type accessKeyRequest struct {
	UserPath
	Key string `path:"key" maxLength:"128"`
}

type activeRequest struct {
	UserPath
	Key  string `path:"key" maxLength:"128"`
	Body struct {
		Active bool `json:"active"`
	}
}

type sessionRequest struct {
	UserPath
	Session string `path:"session" maxLength:"128"`
}

// EntityPath names something that policies can be attached to.
type EntityPath struct {
	Kind string `path:"kind" enum:"users,groups,roles"`
	Name string `path:"name" maxLength:"128"`
}

type attachRequest struct {
	EntityPath
	Body struct {
		ARN string `json:"arn" maxLength:"2048"`
	}
}

type detachRequest struct {
	EntityPath
	ARN string `query:"arn" required:"true" maxLength:"2048"`
}

type inlineRequest struct {
	EntityPath
	Policy string `path:"policy" maxLength:"128"`
}

// nothing is an answer without a body.
type nothing struct{}

// GET /access/users
func (s *Server) users(ctx context.Context, caller policy.Caller, in *listRequest) (*body[memberPage], error) {
	iam := s.cfg.Identity.IAM()
	all, next, err := iam.Members(ctx, caller, identity.Page{After: in.After, Limit: in.Limit})
	return wrap(memberPage{list(all, memberOf), next, iam.MayCreate(caller, "User")}, err)
}

// GET /access/users/{name}
func (s *Server) user(ctx context.Context, caller policy.Caller, in *UserPath) (*body[member], error) {
	one, err := s.cfg.Identity.IAM().Member(ctx, caller, in.Name)
	return wrap(memberOf(one), err)
}

// PUT /access/users/{name}/disabled
func (s *Server) setDisabled(ctx context.Context, caller policy.Caller, in *disabledRequest) (*nothing, error) {
	if in.Body.Disabled {
		return nil, s.cfg.Identity.Disable(ctx, caller, in.Name)
	}
	return nil, s.cfg.Identity.Enable(ctx, caller, in.Name)
}

// GET /access/users/{name}/keys
func (s *Server) accessKeys(ctx context.Context, caller policy.Caller, in *UserPath) (*body[accessKeys], error) {
	all, err := s.cfg.Identity.IAM().ListAccessKeys(ctx, caller, in.Name)
	return wrap(accessKeys{list(all, func(k identity.AccessKey) accessKey {
		return accessKey{ID: k.ID, Active: k.Active, CreatedAt: k.CreatedAt, UsedAt: maybe(k.UsedAt), UsedFor: k.UsedService}
	})}, err)
}

// POST /access/users/{name}/keys: the answer is the only place where anybody sees the secret.
func (s *Server) createAccessKey(ctx context.Context, caller policy.Caller, in *UserPath) (*body[newAccessKey], error) {
	k, secret, err := s.cfg.Identity.IAM().CreateAccessKey(ctx, caller, in.Name)
	return wrap(newAccessKey{k.ID, string(secret.Reveal())}, err)
}

// PUT /access/users/{name}/keys/{key}
func (s *Server) setAccessKey(ctx context.Context, caller policy.Caller, in *activeRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().UpdateAccessKey(ctx, caller, in.Name, in.Key, in.Body.Active)
}

// DELETE /access/users/{name}/keys/{key}
func (s *Server) deleteAccessKey(ctx context.Context, caller policy.Caller, in *accessKeyRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().DeleteAccessKey(ctx, caller, in.Name, in.Key)
}

// GET /access/users/{name}/sessions
func (s *Server) sessions(ctx context.Context, caller policy.Caller, in *UserPath) (*body[userSessions], error) {
	all, err := s.cfg.Identity.Sessions(ctx, caller, in.Name)
	own := caller.Principal().Session
	return wrap(userSessions{list(all, func(one identity.Session) userSession {
		return userSession{
			ID: one.ID, CreatedAt: one.CreatedAt, LastSeen: one.LastSeen, ExpiresAt: one.ExpiresAt,
			IP: one.IP, UserAgent: one.UserAgent, Current: one.ID == own,
		}
	})}, err)
}

// DELETE /access/users/{name}/sessions/{session}
func (s *Server) endSession(ctx context.Context, caller policy.Caller, in *sessionRequest) (*nothing, error) {
	return nil, s.cfg.Identity.EndSession(ctx, caller, in.Name, in.Session)
}

// GET /access/groups
func (s *Server) groups(ctx context.Context, caller policy.Caller, in *listRequest) (*body[entityPage], error) {
	return s.entities(ctx, caller, identity.AGroup, in)
}

// GET /access/roles
func (s *Server) roles(ctx context.Context, caller policy.Caller, in *listRequest) (*body[entityPage], error) {
	return s.entities(ctx, caller, identity.ARole, in)
}

func (s *Server) entities(ctx context.Context, caller policy.Caller, kind identity.Kind, in *listRequest) (*body[entityPage], error) {
	iam := s.cfg.Identity.IAM()
	all, next, err := iam.List(ctx, caller, kind, identity.Page{After: in.After, Limit: in.Limit})
	return wrap(entityPage{list(all, entityOf), next, iam.MayCreate(caller, string(kind))}, err)
}

// GET /access/groups/{name}
func (s *Server) group(ctx context.Context, caller policy.Caller, in *UserPath) (*body[entity], error) {
	iam := s.cfg.Identity.IAM()
	g, people, _, err := iam.GetGroup(ctx, caller, in.Name, identity.Page{Limit: 1000})
	out := entityOf(g)
	out.May = append(out.May, iam.May(caller, g.ARN, aboutGroup...)...)
	out.Members = list(people, func(e identity.Entity) string { return e.Name })
	return wrap(out, err)
}

// GET /access/roles/{name}
func (s *Server) role(ctx context.Context, caller policy.Caller, in *UserPath) (*body[entity], error) {
	iam := s.cfg.Identity.IAM()
	one, err := iam.Get(ctx, caller, identity.ARole, in.Name)
	out := entityOf(one)
	out.May = append(out.May, iam.May(caller, one.ARN, aboutRole...)...)
	return wrap(out, err)
}

// What the screens ask about groups and roles.
var (
	aboutGroup = []string{
		"AttachGroupPolicy", "DetachGroupPolicy", "PutGroupPolicy", "DeleteGroupPolicy", "AddUserToGroup", "RemoveUserFromGroup", "DeleteGroup",
	}
	aboutRole = []string{
		"AttachRolePolicy", "DetachRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "UpdateRole", "UpdateAssumeRolePolicy", "TagRole", "UntagRole",
		"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "DeleteRole",
	}
)

// GET /access/{kind}/{name}/policies
func (s *Server) policies(ctx context.Context, caller policy.Caller, in *EntityPath) (*body[entityPolicies], error) {
	managed, inline, err := s.cfg.Identity.IAM().PoliciesOf(ctx, caller, kinds[in.Kind], in.Name)
	return wrap(entityPolicies{
		Attached: list(managed, func(a identity.Attachment) attached { return attached{a.ARN, a.Name} }), Inline: append([]string{}, inline...),
	}, err)
}

// POST /access/{kind}/{name}/policies
func (s *Server) attach(ctx context.Context, caller policy.Caller, in *attachRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().Attach(ctx, caller, kinds[in.Kind], in.Name, in.Body.ARN)
}

// DELETE /access/{kind}/{name}/policies
func (s *Server) detach(ctx context.Context, caller policy.Caller, in *detachRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().Detach(ctx, caller, kinds[in.Kind], in.Name, in.ARN)
}

// GET /access/{kind}/{name}/policies/{policy}
func (s *Server) inlinePolicy(ctx context.Context, caller policy.Caller, in *inlineRequest) (*body[policyText], error) {
	text, err := s.cfg.Identity.IAM().GetInline(ctx, caller, kinds[in.Kind], in.Name, in.Policy)
	return wrap(policyText{text}, err)
}

// kinds are those of the paths.
var kinds = map[string]identity.Kind{"users": identity.AUser, "groups": identity.AGroup, "roles": identity.ARole}

func memberOf(m identity.Member) member {
	return member{
		Name: m.Name, DisplayName: m.DisplayName, ARN: m.ARN, Role: m.Role, Groups: append([]string{}, m.Groups...), HasPassword: m.HasPassword,
		SSO: m.SSO, Origin: m.Origin, Disabled: m.Disabled, CreatedAt: m.CreatedAt, LastSeen: maybe(m.LastSeen), AccessKeys: m.AccessKeys,
		Boundary: m.Boundary, Tags: tagsOf(m.Tags), May: append([]string{}, m.May...),
	}
}

func entityOf(e identity.Entity) entity {
	return entity{
		Name: e.Name, ARN: e.ARN, Description: e.Description, CreatedAt: e.CreatedAt, Trust: e.Trust, MaxSession: e.MaxSession,
		Boundary: e.Boundary, Tags: tagsOf(e.Tags), May: []string{},
	}
}

// list converts a list; an empty one is no null.
func list[A, B any](all []A, f func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}
