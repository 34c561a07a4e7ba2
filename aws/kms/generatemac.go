package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type macInput struct {
	use
	Message      []byte
	MacAlgorithm string
}

// of reads what both operations of MACs ask for.
func (in *macInput) of(c *aws.Call) (kms.GenerateMacInput, error) {
	u, err := in.use.of(c)
	return kms.GenerateMacInput{Use: u, Message: in.Message, MacAlgorithm: in.MacAlgorithm}, err
}

type generateMacOutput struct {
	Mac          []byte
	MacAlgorithm string
	KeyID        string `json:"KeyId"`
}

func (s service) generateMac(ctx context.Context, c *aws.Call, in *macInput) (*generateMacOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.GenerateMac(ctx, c.Caller, ask)
	if err != nil {
		return nil, err
	}
	return &generateMacOutput{out.Mac, out.MacAlgorithm, out.KeyARN}, nil
}
