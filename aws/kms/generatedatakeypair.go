package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type generateDataKeyPairInput struct {
	use
	EncryptionContext map[string]string
	KeyPairSpec       string
	Recipient         recipient
}

// of reads what both operations of key pairs ask for.
func (in *generateDataKeyPairInput) of(c *aws.Call) (kms.GenerateDataKeyPairInput, error) {
	u, err := in.use.of(c)
	return kms.GenerateDataKeyPairInput{Use: u, EncryptionContext: in.EncryptionContext, KeyPairSpec: in.KeyPairSpec, Recipient: in.Recipient.named()}, err
}

type generateDataKeyPairOutput struct {
	PrivateKeyCiphertextBlob []byte
	PrivateKeyPlaintext      []byte
	PublicKey                []byte
	KeyID                    string `json:"KeyId"`
	KeyPairSpec              string
	KeyMaterialID            string `json:"KeyMaterialId,omitempty"`
}

// Wipe overwrites the private key.
func (out *generateDataKeyPairOutput) Wipe() { clear(out.PrivateKeyPlaintext) }

func (s service) generateDataKeyPair(ctx context.Context, c *aws.Call, in *generateDataKeyPairInput) (*generateDataKeyPairOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.GenerateDataKeyPair(ctx, c.Caller, ask)
	if err != nil {
		return nil, err
	}
	return &generateDataKeyPairOutput{
		out.PrivateKeyCiphertextBlob, out.PrivateKeyPlaintext.Reveal(), out.PublicKey, out.KeyARN, out.KeyPairSpec, out.KeyMaterialID,
	}, nil
}
