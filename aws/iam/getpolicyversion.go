package iam

import (
	"context"

	"signet/aws"
)

func (s service) getPolicyVersion(ctx context.Context, c *aws.Call, in *aws.Input) (*versionAnswer, error) {
	arn, id := in.Need("PolicyArn"), in.Need("VersionId")
	if err := in.Err(); err != nil {
		return nil, err
	}
	v, err := s.iam.GetPolicyVersion(ctx, c.Caller, arn, id)
	if err != nil {
		return nil, err
	}
	return &versionAnswer{newVersion(v)}, nil
}
