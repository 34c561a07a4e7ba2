package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) tagUser(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, tags := in.Need("UserName"), in.Tags("Tags")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.Tag(ctx, c.Caller, identity.AUser, name, tags)
}
