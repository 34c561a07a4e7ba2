package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type generateRandomInput struct {
	NumberOfBytes    *int
	CustomKeyStoreID string `json:"CustomKeyStoreId"`
	Recipient        recipient
}

type generateRandomOutput struct{ Plaintext []byte }

// Wipe overwrites the bytes.
func (out *generateRandomOutput) Wipe() { clear(out.Plaintext) }

func (s service) generateRandom(ctx context.Context, c *aws.Call, in *generateRandomInput) (*generateRandomOutput, error) {
	n, err := number("numberOfBytes", in.NumberOfBytes)
	if err != nil {
		return nil, err
	}
	random, err := s.kms.GenerateRandom(ctx, c.Caller, kms.GenerateRandomInput{
		Scope: scope(c), NumberOfBytes: n, CustomKeyStoreID: in.CustomKeyStoreID, Recipient: in.Recipient.named(),
	})
	if err != nil {
		return nil, err
	}
	return &generateRandomOutput{random.Reveal()}, nil
}
