package iam

import (
	"context"

	"signet/aws"
)

func (s service) deleteRole(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name := in.Need("RoleName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeleteRole(ctx, c.Caller, name)
}
