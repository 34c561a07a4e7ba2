package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) putRolePolicy(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, policy, document := in.Need("RoleName"), in.Need("PolicyName"), in.Need("PolicyDocument")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.PutInline(ctx, c.Caller, identity.ARole, name, policy, document)
}
