package kms

import (
	"context"

	"signet/aws"
)

type getKeyRotationStatusOutput struct {
	KeyRotationEnabled   bool
	KeyID                string   `json:"KeyId"`
	RotationPeriodInDays int      `json:",omitempty"`
	NextRotationDate     aws.Time `json:",omitzero"`
}

func (s service) getKeyRotationStatus(ctx context.Context, c *aws.Call, in *keyInput) (*getKeyRotationStatusOutput, error) {
	k, err := in.key(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.GetKeyRotationStatus(ctx, c.Caller, k)
	if err != nil {
		return nil, err
	}
	return &getKeyRotationStatusOutput{out.KeyRotationEnabled, out.KeyARN, out.RotationPeriodInDays, aws.Time{Time: out.NextRotationDate}}, nil
}
