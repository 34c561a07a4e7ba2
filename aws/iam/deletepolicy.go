package iam

import (
	"context"

	"signet/aws"
)

func (s service) deletePolicy(ctx context.Context, c *aws.Call, in *aws.Input) error {
	arn := in.Need("PolicyArn")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeletePolicy(ctx, c.Caller, arn)
}
