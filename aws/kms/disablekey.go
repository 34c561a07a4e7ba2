package kms

import (
	"context"

	"signet/aws"
)

func (s service) disableKey(ctx context.Context, c *aws.Call, in *keyInput) error {
	k, err := in.key(c)
	if err != nil {
		return err
	}
	return s.kms.DisableKey(ctx, c.Caller, k)
}
