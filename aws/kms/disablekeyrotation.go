package kms

import (
	"context"

	"signet/aws"
)

func (s service) disableKeyRotation(ctx context.Context, c *aws.Call, in *keyInput) error {
	k, err := in.key(c)
	if err != nil {
		return err
	}
	return s.kms.DisableKeyRotation(ctx, c.Caller, k)
}
