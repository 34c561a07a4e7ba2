package iam

import (
	"context"

	"signet/aws"
)

func (s service) deletePolicyVersion(ctx context.Context, c *aws.Call, in *aws.Input) error {
	arn, id := in.Need("PolicyArn"), in.Need("VersionId")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeletePolicyVersion(ctx, c.Caller, arn, id)
}
