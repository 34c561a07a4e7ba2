package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type getPublicKeyInput struct {
	KeyID       string `json:"KeyId"`
	GrantTokens []string
}

type getPublicKeyOutput struct {
	KeyID                  string `json:"KeyId"`
	PublicKey              []byte
	CustomerMasterKeySpec  string // the name of old of the next
	KeySpec, KeyUsage      string
	EncryptionAlgorithms   []string `json:",omitempty"`
	SigningAlgorithms      []string `json:",omitempty"`
	KeyAgreementAlgorithms []string `json:",omitempty"`
}

func (s service) getPublicKey(ctx context.Context, c *aws.Call, in *getPublicKeyInput) (*getPublicKeyOutput, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	out, err := s.kms.GetPublicKey(ctx, c.Caller, kms.GetPublicKeyInput{Scope: scope(c), KeyID: in.KeyID, GrantTokens: in.GrantTokens})
	if err != nil {
		return nil, err
	}
	return &getPublicKeyOutput{
		KeyID: out.KeyARN, PublicKey: out.PublicKey, CustomerMasterKeySpec: out.KeySpec, KeySpec: out.KeySpec, KeyUsage: out.KeyUsage,
		EncryptionAlgorithms: out.EncryptionAlgorithms, SigningAlgorithms: out.SigningAlgorithms, KeyAgreementAlgorithms: out.KeyAgreementAlgorithms,
	}, nil
}
