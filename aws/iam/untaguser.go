package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) untagUser(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, keys := in.Need("UserName"), in.List("TagKeys")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.Untag(ctx, c.Caller, identity.AUser, name, keys)
}
