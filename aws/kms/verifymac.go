package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type verifyMacInput struct {
	macInput
	Mac []byte
}

type verifyMacOutput struct {
	KeyID        string `json:"KeyId"`
	MacValid     bool   // always: a wrong one is an error
	MacAlgorithm string
}

func (s service) verifyMac(ctx context.Context, c *aws.Call, in *verifyMacInput) (*verifyMacOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.VerifyMac(ctx, c.Caller, kms.VerifyMacInput{GenerateMacInput: ask, Mac: in.Mac})
	if err != nil {
		return nil, err
	}
	return &verifyMacOutput{out.KeyARN, true, out.MacAlgorithm}, nil
}
