package web

import (
	"context"
	"maps"
	"slices"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/policy"
)

type newUserRequest struct {
	Body struct {
		Name        string      `json:"name" maxLength:"64"`
		DisplayName string      `json:"displayName,omitempty" maxLength:"400"`
		Role        policy.Role `json:"role" enum:"admin,author,reader"`
		Groups      []string    `json:"groups,omitempty" maxItems:"100"`
	}
}

type userChange struct {
	UserPath
	Body struct {
		DisplayName *string      `json:"displayName,omitempty" maxLength:"400"`
		Role        *policy.Role `json:"role,omitempty" enum:"admin,author,reader"`
		Groups      *[]string    `json:"groups,omitempty" maxItems:"100" nullable:"false"`
	}
}

type newLinkRequest struct {
	UserPath
	Body struct {
		Hours int `json:"hours" minimum:"1" maximum:"168"`
	}
}

// signInLink is shown once: the server keeps a digest of it.
type signInLink struct {
	Token     string    `json:"token" doc:"goes behind /signin# in the address; shown now and never again"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type newGroupRequest struct {
	Body struct {
		Name string `json:"name" maxLength:"128"`
	}
}

type memberRequest struct {
	UserPath
	Body struct {
		User string `json:"user" maxLength:"128"`
	}
}

type leaveRequest struct {
	UserPath
	User string `path:"user" maxLength:"128"`
}

type tagsRequest struct {
	EntityPath
	Body struct {
		Tags []tag `json:"tags" maxItems:"50" nullable:"false"`
	}
}

type boundaryRequest struct {
	EntityPath
	Body struct {
		ARN string `json:"arn" maxLength:"2048" doc:"empty takes the boundary away"`
	}
}

// POST /access/users: the user has no password; a sign-in link is the way to one.
func (s *Server) createUser(ctx context.Context, caller policy.Caller, in *newUserRequest) (*body[member], error) {
	made, err := s.cfg.Identity.Create(ctx, caller, identity.NewUser{
		Name: in.Body.Name, DisplayName: in.Body.DisplayName, Role: in.Body.Role, Groups: in.Body.Groups,
	})
	return s.memberAfter(ctx, caller, made.Name, err)
}

// PATCH /access/users/{name}
func (s *Server) changeUser(ctx context.Context, caller policy.Caller, in *userChange) (*body[member], error) {
	_, err := s.cfg.Identity.Update(ctx, caller, in.Name, identity.Change{DisplayName: in.Body.DisplayName, Role: in.Body.Role, Groups: in.Body.Groups})
	return s.memberAfter(ctx, caller, in.Name, err)
}

// memberAfter answers with the user as they are now, unless what was done before failed.
func (s *Server) memberAfter(ctx context.Context, caller policy.Caller, name string, err error) (*body[member], error) {
	if err != nil {
		return nil, err
	}
	return s.user(ctx, caller, &UserPath{name})
}

// POST /access/users/{name}/links: the answer is the only place where anybody sees the link.
func (s *Server) createLink(ctx context.Context, caller policy.Caller, in *newLinkRequest) (*body[signInLink], error) {
	life := time.Duration(in.Body.Hours) * time.Hour
	token, err := s.cfg.Identity.MakeLink(ctx, caller, in.Name, life)
	return wrap(signInLink{string(token.Reveal()), time.Now().Add(life).UTC()}, err)
}

// POST /access/groups
func (s *Server) createGroup(ctx context.Context, caller policy.Caller, in *newGroupRequest) (*body[entity], error) {
	made, err := s.cfg.Identity.IAM().CreateGroup(ctx, caller, in.Body.Name, "/")
	return wrap(entityOf(made), err)
}

// POST /access/groups/{name}/members
func (s *Server) addMember(ctx context.Context, caller policy.Caller, in *memberRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().AddUserToGroup(ctx, caller, in.Name, in.Body.User)
}

// DELETE /access/groups/{name}/members/{user}
func (s *Server) removeMember(ctx context.Context, caller policy.Caller, in *leaveRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().RemoveUserFromGroup(ctx, caller, in.Name, in.User)
}

// DELETE /access/{kind}/{name}
func (s *Server) removeEntity(ctx context.Context, caller policy.Caller, in *EntityPath) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().Remove(ctx, caller, kinds[in.Kind], in.Name)
}

// PUT /access/{kind}/{name}/boundary
func (s *Server) setBoundary(ctx context.Context, caller policy.Caller, in *boundaryRequest) (*nothing, error) {
	if in.Kind == "groups" {
		return nil, fault.New(fault.InvalidInput, "a group has no permissions boundary: its members have their own")
	}
	return nil, s.cfg.Identity.IAM().SetBoundary(ctx, caller, kinds[in.Kind], in.Name, in.Body.ARN)
}

// PUT /access/{kind}/{name}/tags: what is left out is taken away.
func (s *Server) setTags(ctx context.Context, caller policy.Caller, in *tagsRequest) (*nothing, error) {
	if in.Kind == "groups" {
		return nil, fault.New(fault.InvalidInput, "a group has no tags")
	}
	iam := s.cfg.Identity.IAM()
	one, err := iam.Get(ctx, caller, kinds[in.Kind], in.Name)
	if err != nil {
		return nil, err
	}
	put, gone, err := retag(one.Tags, in.Body.Tags)
	if err != nil {
		return nil, err
	}
	if len(gone) > 0 {
		err = iam.Untag(ctx, caller, kinds[in.Kind], in.Name, gone)
	}
	if err == nil && len(put) > 0 {
		err = iam.Tag(ctx, caller, kinds[in.Kind], in.Name, put)
	}
	return nil, err
}

// retag is what to set and what to take away, so that the tags become those that are wanted.
func retag(have map[string]string, want []tag) (put map[string]string, gone []string, err error) {
	wanted := make(map[string]string, len(want))
	for _, t := range want {
		if _, twice := wanted[t.Key]; twice {
			return nil, nil, fault.New(fault.InvalidInput, "the tag %.128q is there twice", t.Key)
		}
		wanted[t.Key] = t.Value
	}
	put = maps.Clone(wanted)
	maps.DeleteFunc(put, func(key, value string) bool {
		before, there := have[key]
		return there && before == value
	})
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, stays := wanted[key]; !stays {
			gone = append(gone, key)
		}
	}
	return put, gone, nil
}

// tagsOf lists tags by key.
func tagsOf(tags map[string]string) []tag {
	all := make([]tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, tag{key, tags[key]})
	}
	return all
}
