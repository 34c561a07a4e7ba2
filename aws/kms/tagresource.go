package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type tagResourceInput struct {
	KeyID string `json:"KeyId"`
	Tags  []tag
}

func (s service) tagResource(ctx context.Context, c *aws.Call, in *tagResourceInput) error {
	if err := need("keyId", in.KeyID); err != nil {
		return err
	}
	if in.Tags == nil {
		return missing("tags")
	}
	return s.kms.TagResource(ctx, c.Caller, kms.TagResourceInput{Scope: scope(c), KeyID: in.KeyID, Tags: tags(in.Tags)})
}
