package kms

import (
	"context"

	"signet/aws"
)

func (s service) cancelKeyDeletion(ctx context.Context, c *aws.Call, in *keyInput) (*keyAnswer, error) {
	k, err := in.key(c)
	if err != nil {
		return nil, err
	}
	arn, err := s.kms.CancelKeyDeletion(ctx, c.Caller, k)
	if err != nil {
		return nil, err
	}
	return &keyAnswer{arn}, nil
}
