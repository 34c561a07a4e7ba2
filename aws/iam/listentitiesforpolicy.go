package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

type entities struct {
	Groups aws.Members[named] `xml:"PolicyGroups"`
	Users  aws.Members[named] `xml:"PolicyUsers"`
	Roles  aws.Members[named] `xml:"PolicyRoles"`
	more
}

// named is one that a policy is attached to; the members of its own kind are set.
type named struct {
	UserName  string `xml:"UserName,omitempty"`
	UserID    string `xml:"UserId,omitempty"`
	GroupName string `xml:"GroupName,omitempty"`
	GroupID   string `xml:"GroupId,omitempty"`
	RoleName  string `xml:"RoleName,omitempty"`
	RoleID    string `xml:"RoleId,omitempty"`
}

func (out *entities) add(e identity.Entity) {
	switch e.Kind {
	case identity.AUser:
		out.Users.Member = append(out.Users.Member, named{UserName: e.Name, UserID: e.ID})
	case identity.AGroup:
		out.Groups.Member = append(out.Groups.Member, named{GroupName: e.Name, GroupID: e.ID})
	case identity.ARole:
		out.Roles.Member = append(out.Roles.Member, named{RoleName: e.Name, RoleID: e.ID})
	}
}

func (s service) listEntitiesForPolicy(ctx context.Context, c *aws.Call, in *aws.Input) (*entities, error) {
	arn, kind := in.Need("PolicyArn"), in.Choice("EntityFilter", "", "User", "Group", "Role")
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, err := s.iam.ListEntitiesForPolicy(ctx, c.Caller, arn)
	if err != nil {
		return nil, err
	}
	out := &entities{}
	for _, e := range all {
		if kind == "" || kind == string(e.Kind) {
			out.add(e)
		}
	}
	return out, nil
}
