package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) createPolicy(ctx context.Context, c *aws.Call, in *aws.Input) (*policyAnswer, error) {
	p := identity.Policy{Name: in.Need("PolicyName"), Path: in.Text("Path"), Description: in.Text("Description")}
	document := in.Need("PolicyDocument")
	if in.Has("Tags.member.1.Key") {
		return nil, aws.Errorf("InvalidInput", "Policies have no tags on this server")
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	made, err := s.iam.CreatePolicy(ctx, c.Caller, p, document)
	if err != nil {
		return nil, err
	}
	return &policyAnswer{newPolicy(made)}, nil
}
