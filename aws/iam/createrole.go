package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) createRole(ctx context.Context, c *aws.Call, in *aws.Input) (*roleAnswer, error) {
	r := identity.NewRole{
		Name: in.Need("RoleName"), Path: in.Text("Path"), Description: in.Text("Description"), Trust: in.Need("AssumeRolePolicyDocument"),
		Boundary: in.Text("PermissionsBoundary"), MaxSession: in.Int("MaxSessionDuration", 0, 1<<30), Tags: in.Tags("Tags"),
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	made, err := s.iam.CreateRole(ctx, c.Caller, r)
	if err != nil {
		return nil, err
	}
	return &roleAnswer{newRole(made)}, nil
}
