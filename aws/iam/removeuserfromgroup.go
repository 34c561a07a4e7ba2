package iam

import (
	"context"

	"signet/aws"
)

func (s service) removeUserFromGroup(ctx context.Context, c *aws.Call, in *aws.Input) error {
	group, user := in.Need("GroupName"), in.Need("UserName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.RemoveUserFromGroup(ctx, c.Caller, group, user)
}
