package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type untagResourceInput struct {
	KeyID   string `json:"KeyId"`
	TagKeys []string
}

func (s service) untagResource(ctx context.Context, c *aws.Call, in *untagResourceInput) error {
	if err := need("keyId", in.KeyID); err != nil {
		return err
	}
	if in.TagKeys == nil {
		return missing("tagKeys")
	}
	return s.kms.UntagResource(ctx, c.Caller, kms.UntagResourceInput{Scope: scope(c), KeyID: in.KeyID, TagKeys: in.TagKeys})
}
