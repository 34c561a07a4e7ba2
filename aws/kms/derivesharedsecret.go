package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type deriveSharedSecretInput struct {
	use
	KeyAgreementAlgorithm string
	PublicKey             []byte
	Recipient             recipient
}

type deriveSharedSecretOutput struct {
	KeyID                 string `json:"KeyId"`
	SharedSecret          []byte
	KeyAgreementAlgorithm string
	KeyOrigin             string
}

// Wipe overwrites the secret.
func (out *deriveSharedSecretOutput) Wipe() { clear(out.SharedSecret) }

func (s service) deriveSharedSecret(ctx context.Context, c *aws.Call, in *deriveSharedSecretInput) (*deriveSharedSecretOutput, error) {
	u, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.DeriveSharedSecret(ctx, c.Caller, kms.DeriveSharedSecretInput{
		Use: u, KeyAgreementAlgorithm: in.KeyAgreementAlgorithm, PublicKey: in.PublicKey, Recipient: in.Recipient.named(),
	})
	if err != nil {
		return nil, err
	}
	return &deriveSharedSecretOutput{out.KeyARN, out.SharedSecret.Reveal(), out.KeyAgreementAlgorithm, out.KeyOrigin}, nil
}
