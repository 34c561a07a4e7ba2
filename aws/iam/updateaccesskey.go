package iam

import (
	"context"

	"signet/aws"
)

func (s service) updateAccessKey(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, id, status := in.Text("UserName"), in.Need("AccessKeyId"), in.Choice("Status", "Inactive", "Active")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.UpdateAccessKey(ctx, c.Caller, name, id, status == "Active")
}
