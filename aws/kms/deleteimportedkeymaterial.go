package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type deleteImportedKeyMaterialInput struct {
	KeyID         string `json:"KeyId"`
	KeyMaterialID string `json:"KeyMaterialId"`
}

func (s service) deleteImportedKeyMaterial(ctx context.Context, c *aws.Call, in *deleteImportedKeyMaterialInput) (*materialAnswer, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	out, err := s.kms.DeleteImportedKeyMaterial(ctx, c.Caller, kms.DeleteImportedKeyMaterialInput{
		Scope: scope(c), KeyID: in.KeyID, KeyMaterialID: in.KeyMaterialID,
	})
	if err != nil {
		return nil, err
	}
	return &materialAnswer{out.KeyARN, out.KeyMaterialID}, nil
}
