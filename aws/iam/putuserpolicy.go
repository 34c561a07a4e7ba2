package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) putUserPolicy(ctx context.Context, c *aws.Call, in *aws.Input) error {
	name, policy, document := in.Need("UserName"), in.Need("PolicyName"), in.Need("PolicyDocument")
	if err := in.Err(); err != nil {
		return err
	}
	return s.iam.PutInline(ctx, c.Caller, identity.AUser, name, policy, document)
}
