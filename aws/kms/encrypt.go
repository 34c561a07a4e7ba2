package kms

import (
	"context"

	"signet/aws"
	"signet/internal/opaque"
	"signet/kms"
)

type encryptInput struct {
	use
	Plaintext           []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
}

// Wipe overwrites the plaintext.
func (in *encryptInput) Wipe() { clear(in.Plaintext) }

type encryptOutput struct {
	CiphertextBlob      []byte
	KeyID               string `json:"KeyId"`
	EncryptionAlgorithm string
}

func (s service) encrypt(ctx context.Context, c *aws.Call, in *encryptInput) (*encryptOutput, error) {
	u, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.Encrypt(ctx, c.Caller, kms.EncryptInput{
		Use: u, Plaintext: opaque.New(in.Plaintext), EncryptionContext: in.EncryptionContext, EncryptionAlgorithm: in.EncryptionAlgorithm,
	})
	if err != nil {
		return nil, err
	}
	return &encryptOutput{out.CiphertextBlob, out.KeyARN, out.EncryptionAlgorithm}, nil
}
