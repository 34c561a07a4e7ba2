package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) listAttachedGroupPolicies(ctx context.Context, c *aws.Call, in *aws.Input) (*attached, error) {
	name, p := in.Need("GroupName"), page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.ListAttached(ctx, c.Caller, identity.AGroup, name, p)
	if err != nil {
		return nil, err
	}
	return &attached{each(all, newAttachment), rest(next)}, nil
}
