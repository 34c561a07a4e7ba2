package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type revokeGrantInput struct {
	KeyID   string `json:"KeyId"`
	GrantID string `json:"GrantId"`
	DryRun  bool
}

func (s service) revokeGrant(ctx context.Context, c *aws.Call, in *revokeGrantInput) error {
	if err := need("keyId", in.KeyID, "grantId", in.GrantID); err != nil {
		return err
	}
	return s.kms.RevokeGrant(ctx, c.Caller, kms.GrantInput{Scope: scope(c), KeyID: in.KeyID, GrantID: in.GrantID, DryRun: in.DryRun})
}
