package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) deleteRolePolicy(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, policy := in.Need("RoleName"), in.Need("PolicyName")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.DeleteInline(ctx, c.Caller, identity.ARole, name, policy)
}
