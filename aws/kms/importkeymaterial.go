package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type importKeyMaterialInput struct {
	KeyID                             string `json:"KeyId"`
	ImportToken, EncryptedKeyMaterial []byte
	ExpirationModel                   string
	ValidTo                           aws.Time
	ImportType                        string
	KeyMaterialDescription            string
	KeyMaterialID                     string `json:"KeyMaterialId"`
}

// materialAnswer names a material of a key.
type materialAnswer struct {
	KeyID         string `json:"KeyId"`
	KeyMaterialID string `json:"KeyMaterialId,omitempty"`
}

func (s service) importKeyMaterial(ctx context.Context, c *aws.Call, in *importKeyMaterialInput) (*materialAnswer, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	out, err := s.kms.ImportKeyMaterial(ctx, c.Caller, kms.ImportKeyMaterialInput{
		Scope: scope(c), KeyID: in.KeyID, ImportToken: in.ImportToken, EncryptedKeyMaterial: in.EncryptedKeyMaterial,
		ExpirationModel: in.ExpirationModel, ValidTo: in.ValidTo.Time, ImportType: in.ImportType,
		KeyMaterialDescription: in.KeyMaterialDescription, KeyMaterialID: in.KeyMaterialID,
	})
	if err != nil {
		return nil, err
	}
	return &materialAnswer{out.KeyARN, out.KeyMaterialID}, nil
}
