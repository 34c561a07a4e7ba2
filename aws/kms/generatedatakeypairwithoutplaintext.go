package kms

import (
	"context"

	"signet/aws"
)

type generateDataKeyPairWithoutPlaintextOutput struct {
	PrivateKeyCiphertextBlob []byte
	PublicKey                []byte
	KeyID                    string `json:"KeyId"`
	KeyPairSpec              string
	KeyMaterialID            string `json:"KeyMaterialId,omitempty"`
}

func (s service) generateDataKeyPairWithoutPlaintext(ctx context.Context, c *aws.Call, in *generateDataKeyPairInput) (*generateDataKeyPairWithoutPlaintextOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.GenerateDataKeyPairWithoutPlaintext(ctx, c.Caller, ask)
	if err != nil {
		return nil, err
	}
	return &generateDataKeyPairWithoutPlaintextOutput{out.PrivateKeyCiphertextBlob, out.PublicKey, out.KeyARN, out.KeyPairSpec, out.KeyMaterialID}, nil
}
