package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type enableKeyRotationInput struct {
	KeyID                string `json:"KeyId"`
	RotationPeriodInDays *int
}

func (s service) enableKeyRotation(ctx context.Context, c *aws.Call, in *enableKeyRotationInput) error {
	if err := need("keyId", in.KeyID); err != nil {
		return err
	}
	days, err := number("rotationPeriodInDays", in.RotationPeriodInDays)
	if err != nil {
		return err
	}
	return s.kms.EnableKeyRotation(ctx, c.Caller, kms.EnableKeyRotationInput{Scope: scope(c), KeyID: in.KeyID, RotationPeriodInDays: days})
}
