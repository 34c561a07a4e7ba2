package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type signInput struct {
	use
	Message          []byte
	MessageType      string
	SigningAlgorithm string
}

// of reads what both operations of signatures ask for.
func (in *signInput) of(c *aws.Call) (kms.SignInput, error) {
	u, err := in.use.of(c)
	return kms.SignInput{Use: u, Message: in.Message, MessageType: in.MessageType, SigningAlgorithm: in.SigningAlgorithm}, err
}

type signOutput struct {
	KeyID            string `json:"KeyId"`
	Signature        []byte
	SigningAlgorithm string
}

func (s service) sign(ctx context.Context, c *aws.Call, in *signInput) (*signOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.Sign(ctx, c.Caller, ask)
	if err != nil {
		return nil, err
	}
	return &signOutput{out.KeyARN, out.Signature, out.SigningAlgorithm}, nil
}
