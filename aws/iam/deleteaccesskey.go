package iam

import (
	"context"

	"signet/aws"
)

func (s service) deleteAccessKey(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, id := in.Text("UserName"), in.Need("AccessKeyId")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeleteAccessKey(ctx, c.Caller, name, id)
}
