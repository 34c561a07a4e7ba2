package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type retireGrantInput struct {
	GrantToken string // in place of the next two
	KeyID      string `json:"KeyId"`
	GrantID    string `json:"GrantId"`
	DryRun     bool
}

func (s service) retireGrant(ctx context.Context, c *aws.Call, in *retireGrantInput) error {
	if in.GrantToken == "" {
		if err := need("keyId", in.KeyID, "grantId", in.GrantID); err != nil {
			return err
		}
	}
	return s.kms.RetireGrant(ctx, c.Caller, kms.GrantInput{
		Scope: scope(c), KeyID: in.KeyID, GrantID: in.GrantID, GrantToken: in.GrantToken, DryRun: in.DryRun,
	})
}
