package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) deleteUserPermissionsBoundary(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name := in.Need("UserName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.SetBoundary(ctx, c.Caller, identity.AUser, name, "")
}
