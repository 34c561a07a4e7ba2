package kms

import (
	"context"

	"signet/aws"
)

func (s service) enableKey(ctx context.Context, c *aws.Call, in *keyInput) error {
	k, err := in.key(c)
	if err != nil {
		return err
	}
	return s.kms.EnableKey(ctx, c.Caller, k)
}
