package iam

import (
	"context"

	"signet/aws"
)

func (s service) deleteUser(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name := in.Need("UserName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeleteUser(ctx, c.Caller, name)
}
