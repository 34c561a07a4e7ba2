package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) untagRole(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, keys := in.Need("RoleName"), in.List("TagKeys")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.Untag(ctx, c.Caller, identity.ARole, name, keys)
}
