package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type generateDataKeyInput struct {
	use
	EncryptionContext map[string]string
	KeySpec           string
	NumberOfBytes     *int
	Recipient         recipient
}

// of reads what both operations of data keys ask for.
func (in *generateDataKeyInput) of(c *aws.Call) (kms.GenerateDataKeyInput, error) {
	u, err := in.use.of(c)
	if err != nil {
		return kms.GenerateDataKeyInput{}, err
	}
	n, err := number("numberOfBytes", in.NumberOfBytes)
	return kms.GenerateDataKeyInput{Use: u, EncryptionContext: in.EncryptionContext, KeySpec: in.KeySpec, NumberOfBytes: n, Recipient: in.Recipient.named()}, err
}

type generateDataKeyOutput struct {
	CiphertextBlob []byte
	Plaintext      []byte
	KeyID          string `json:"KeyId"`
	KeyMaterialID  string `json:"KeyMaterialId,omitempty"`
}

// Wipe overwrites the data key.
func (out *generateDataKeyOutput) Wipe() { clear(out.Plaintext) }

func (s service) generateDataKey(ctx context.Context, c *aws.Call, in *generateDataKeyInput) (*generateDataKeyOutput, error) {
	ask, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.GenerateDataKey(ctx, c.Caller, ask)
	if err != nil {
		return nil, err
	}
	return &generateDataKeyOutput{out.CiphertextBlob, out.Plaintext.Reveal(), out.KeyARN, out.KeyMaterialID}, nil
}
