package iam

import (
	"context"

	"signet/aws"
)

func (s service) createPolicyVersion(ctx context.Context, c *aws.Call, in *aws.Input) (*versionAnswer, error) {
	arn, document, setDefault := in.Need("PolicyArn"), in.Need("PolicyDocument"), in.Bool("SetAsDefault")
	if err := in.Err(); err != nil {
		return nil, err
	}
	v, err := s.iam.CreatePolicyVersion(ctx, c.Caller, arn, document, setDefault)
	if err != nil {
		return nil, err
	}
	return &versionAnswer{newVersion(v)}, nil
}
