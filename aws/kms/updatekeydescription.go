package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type updateKeyDescriptionInput struct {
	KeyID       string `json:"KeyId"`
	Description string
}

func (s service) updateKeyDescription(ctx context.Context, c *aws.Call, in *updateKeyDescriptionInput) error {
	if err := need("keyId", in.KeyID); err != nil {
		return err
	}
	return s.kms.UpdateKeyDescription(ctx, c.Caller, kms.UpdateKeyDescriptionInput{Scope: scope(c), KeyID: in.KeyID, Description: in.Description})
}
