package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) listGroups(ctx context.Context, c *aws.Call, in *aws.Input) (*groups, error) {
	p := page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.List(ctx, c.Caller, identity.AGroup, p)
	if err != nil {
		return nil, err
	}
	return &groups{each(all, newGroup), rest(next)}, nil
}
