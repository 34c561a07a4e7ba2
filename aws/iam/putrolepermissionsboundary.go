package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) putRolePermissionsBoundary(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, arn := in.Need("RoleName"), in.Need("PermissionsBoundary")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.SetBoundary(ctx, c.Caller, identity.ARole, name, arn)
}
