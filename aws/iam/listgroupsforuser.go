package iam

import (
	"context"

	"signet/aws"
)

func (s service) listGroupsForUser(ctx context.Context, c *aws.Call, in *aws.Input) (*groups, error) {
	name, p := in.Need("UserName"), page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.ListGroupsForUser(ctx, c.Caller, name, p)
	if err != nil {
		return nil, err
	}
	return &groups{each(all, newGroup), rest(next)}, nil
}
