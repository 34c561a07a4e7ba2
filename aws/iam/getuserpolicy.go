package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) getUserPolicy(ctx context.Context, c *aws.Call, in *aws.Input) (*inlinePolicy, error) {
	name, policy := in.Need("UserName"), in.Need("PolicyName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	document, err := s.iam.GetInline(ctx, c.Caller, identity.AUser, name, policy)
	if err != nil {
		return nil, err
	}
	return &inlinePolicy{User: name, Name: policy, Document: escape(document)}, nil
}
