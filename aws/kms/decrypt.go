package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type decryptInput struct {
	use
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	Recipient           recipient
	DryRunModifiers     []string
}

type decryptOutput struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte
	EncryptionAlgorithm string
	KeyMaterialID       string `json:"KeyMaterialId,omitempty"`
}

// Wipe overwrites the plaintext.
func (out *decryptOutput) Wipe() { clear(out.Plaintext) }

func (s service) decrypt(ctx context.Context, c *aws.Call, in *decryptInput) (*decryptOutput, error) {
	if len(in.DryRunModifiers) > 0 {
		return nil, kms.NotSupported("A modifier of dry runs")
	}
	out, err := s.kms.Decrypt(ctx, c.Caller, kms.DecryptInput{
		Use: in.maybe(c), CiphertextBlob: in.CiphertextBlob, EncryptionContext: in.EncryptionContext,
		EncryptionAlgorithm: in.EncryptionAlgorithm, Recipient: in.Recipient.named(),
	})
	if err != nil {
		return nil, err
	}
	return &decryptOutput{out.KeyARN, out.Plaintext.Reveal(), out.EncryptionAlgorithm, out.KeyMaterialID}, nil
}
