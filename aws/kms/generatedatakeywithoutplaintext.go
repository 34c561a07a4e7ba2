package kms

import (
	"context"

	"signet/aws"
)

type generateDataKeyWithoutPlaintextOutput struct {
	CiphertextBlob []byte
	KeyID          string `json:"KeyId"`
	KeyMaterialID  string `json:"KeyMaterialId,omitempty"`
}

func (s service) generateDataKeyWithoutPlaintext(ctx context.Context, c *aws.Call, in *generateDataKeyInput) (*generateDataKeyWithoutPlaintextOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.GenerateDataKeyWithoutPlaintext(ctx, c.Caller, ask)
	if err != nil {
		return nil, err
	}
	return &generateDataKeyWithoutPlaintextOutput{out.CiphertextBlob, out.KeyARN, out.KeyMaterialID}, nil
}
