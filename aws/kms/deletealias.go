package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type deleteAliasInput struct{ AliasName string }

func (s service) deleteAlias(ctx context.Context, c *aws.Call, in *deleteAliasInput) error {
	if err := need("aliasName", in.AliasName); err != nil {
		return err
	}
	return s.kms.DeleteAlias(ctx, c.Caller, kms.AliasInput{Scope: scope(c), AliasName: in.AliasName})
}
