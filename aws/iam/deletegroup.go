package iam

import (
	"context"

	"signet/aws"
)

func (s service) deleteGroup(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name := in.Need("GroupName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeleteGroup(ctx, c.Caller, name)
}
