package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) getRole(ctx context.Context, c *aws.Call, in *aws.Input) (*roleAnswer, error) {
	name := in.Need("RoleName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	r, err := s.iam.Get(ctx, c.Caller, identity.ARole, name)
	if err != nil {
		return nil, err
	}
	return &roleAnswer{newRole(r)}, nil
}
