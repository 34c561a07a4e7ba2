package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type describeKeyInput struct {
	KeyID       string `json:"KeyId"`
	GrantTokens []string
}

func (s service) describeKey(ctx context.Context, c *aws.Call, in *describeKeyInput) (*describedKey, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	k, err := s.kms.DescribeKey(ctx, c.Caller, kms.DescribeKeyInput{Scope: scope(c), KeyID: in.KeyID, GrantTokens: in.GrantTokens})
	if err != nil {
		return nil, err
	}
	return &describedKey{newMetadata(k)}, nil
}
