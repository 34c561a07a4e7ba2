package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type reEncryptInput struct {
	CiphertextBlob                                            []byte
	SourceKeyID                                               string `json:"SourceKeyId"`
	DestinationKeyID                                          string `json:"DestinationKeyId"`
	SourceEncryptionContext, DestinationEncryptionContext     map[string]string
	SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
	GrantTokens                                               []string
	DryRun                                                    bool
	DryRunModifiers                                           []string
}

type reEncryptOutput struct {
	CiphertextBlob                                            []byte
	SourceKeyID                                               string `json:"SourceKeyId"`
	KeyID                                                     string `json:"KeyId"`
	SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
	SourceKeyMaterialID                                       string `json:"SourceKeyMaterialId,omitempty"`
	DestinationKeyMaterialID                                  string `json:"DestinationKeyMaterialId,omitempty"`
}

func (s service) reEncrypt(ctx context.Context, c *aws.Call, in *reEncryptInput) (*reEncryptOutput, error) {
	if err := need("destinationKeyId", in.DestinationKeyID); err != nil {
		return nil, err
	}
	if len(in.DryRunModifiers) > 0 {
		return nil, kms.NotSupported("A modifier of dry runs")
	}
	out, err := s.kms.ReEncrypt(ctx, c.Caller, kms.ReEncryptInput{
		Scope: scope(c), CiphertextBlob: in.CiphertextBlob, SourceKeyID: in.SourceKeyID, DestinationKeyID: in.DestinationKeyID,
		SourceEncryptionContext: in.SourceEncryptionContext, DestinationEncryptionContext: in.DestinationEncryptionContext,
		SourceEncryptionAlgorithm: in.SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm: in.DestinationEncryptionAlgorithm,
		GrantTokens: in.GrantTokens, DryRun: in.DryRun,
	})
	if err != nil {
		return nil, err
	}
	return &reEncryptOutput{
		CiphertextBlob: out.CiphertextBlob, SourceKeyID: out.SourceKeyARN, KeyID: out.KeyARN,
		SourceEncryptionAlgorithm: out.SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm: out.DestinationEncryptionAlgorithm,
		SourceKeyMaterialID: out.SourceKeyMaterialID, DestinationKeyMaterialID: out.DestinationKeyMaterialID,
	}, nil
}
