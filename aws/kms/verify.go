package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type verifyInput struct {
	signInput
	Signature []byte
}

type verifyOutput struct {
	KeyID            string `json:"KeyId"`
	SignatureValid   bool   // always: a wrong one is an error
	SigningAlgorithm string
}

func (s service) verify(ctx context.Context, c *aws.Call, in *verifyInput) (*verifyOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.Verify(ctx, c.Caller, kms.VerifyInput{SignInput: ask, Signature: in.Signature})
	if err != nil {
		return nil, err
	}
	return &verifyOutput{out.KeyARN, true, out.SigningAlgorithm}, nil
}
