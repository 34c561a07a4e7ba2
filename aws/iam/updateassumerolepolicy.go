package iam

import (
	"context"

	"signet/aws"
)

func (s service) updateAssumeRolePolicy(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, document := in.Need("RoleName"), in.Need("PolicyDocument")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.UpdateAssumeRolePolicy(ctx, c.Caller, name, document)
}
