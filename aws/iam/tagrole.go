package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) tagRole(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, tags := in.Need("RoleName"), in.Tags("Tags")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.Tag(ctx, c.Caller, identity.ARole, name, tags)
}
