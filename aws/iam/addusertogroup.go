package iam

import (
	"context"

	"signet/aws"
)

func (s service) addUserToGroup(ctx context.Context, c *aws.Call, in *aws.Input) error {
	group, user := in.Need("GroupName"), in.Need("UserName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.AddUserToGroup(ctx, c.Caller, group, user)
}
