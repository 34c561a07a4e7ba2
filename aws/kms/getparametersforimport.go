package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type getParametersForImportInput struct {
	KeyID             string `json:"KeyId"`
	WrappingAlgorithm string
	WrappingKeySpec   string
}

type getParametersForImportOutput struct {
	KeyID             string `json:"KeyId"`
	ImportToken       []byte
	PublicKey         []byte
	ParametersValidTo aws.Time
}

func (s service) getParametersForImport(ctx context.Context, c *aws.Call, in *getParametersForImportInput) (*getParametersForImportOutput, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	out, err := s.kms.GetParametersForImport(ctx, c.Caller, kms.GetParametersForImportInput{
		Scope: scope(c), KeyID: in.KeyID, WrappingAlgorithm: in.WrappingAlgorithm, WrappingKeySpec: in.WrappingKeySpec,
	})
	if err != nil {
		return nil, err
	}
	return &getParametersForImportOutput{out.KeyARN, out.ImportToken, out.PublicKey, aws.Time{Time: out.ParametersValidTo}}, nil
}
