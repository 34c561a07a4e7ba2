package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) getGroupPolicy(ctx context.Context, c *aws.Call, in *aws.Input) (*inlinePolicy, error) {
	name, policy := in.Need("GroupName"), in.Need("PolicyName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	document, err := s.iam.GetInline(ctx, c.Caller, identity.AGroup, name, policy)
	if err != nil {
		return nil, err
	}
	return &inlinePolicy{Group: name, Name: policy, Document: escape(document)}, nil
}
