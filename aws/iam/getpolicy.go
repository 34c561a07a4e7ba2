package iam

import (
	"context"

	"signet/aws"
)

func (s service) getPolicy(ctx context.Context, c *aws.Call, in *aws.Input) (*policyAnswer, error) {
	arn := in.Need("PolicyArn")
	if err := in.Err(); err != nil {
		return nil, err
	}
	p, err := s.iam.GetPolicy(ctx, c.Caller, arn)
	if err != nil {
		return nil, err
	}
	return &policyAnswer{newPolicy(p)}, nil
}
