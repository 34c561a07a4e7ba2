package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type aliasInput struct {
	AliasName   string
	TargetKeyID string `json:"TargetKeyId"`
}

// of reads what both operations ask for.
func (in *aliasInput) of(c *aws.Call) (kms.AliasInput, error) {
	return kms.AliasInput{Scope: scope(c), AliasName: in.AliasName, TargetKeyID: in.TargetKeyID},
		need("aliasName", in.AliasName, "targetKeyId", in.TargetKeyID)
}

func (s service) createAlias(ctx context.Context, c *aws.Call, in *aliasInput) error {
	alias, err := in.of(c)
	if err != nil {
		return err
	}
	return s.kms.CreateAlias(ctx, c.Caller, alias)
}
