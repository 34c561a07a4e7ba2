package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) attachGroupPolicy(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, arn := in.Need("GroupName"), in.Need("PolicyArn")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.Attach(ctx, c.Caller, identity.AGroup, name, arn)
}
