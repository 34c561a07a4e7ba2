package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

type roles struct {
	Roles aws.Members[role] `xml:"Roles"`
	more
}

func (s service) listRoles(ctx context.Context, c *aws.Call, in *aws.Input) (*roles, error) {
	p := page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.List(ctx, c.Caller, identity.ARole, p)
	if err != nil {
		return nil, err
	}
	return &roles{each(all, newRole), rest(next)}, nil
}
