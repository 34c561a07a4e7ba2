package kms

import (
	"context"

	"signet/aws"
)

func (s service) updateAlias(ctx context.Context, c *aws.Call, in *aliasInput) error {
	alias, err := in.of(c)
	if err != nil {
		return err
	}
	return s.kms.UpdateAlias(ctx, c.Caller, alias)
}
