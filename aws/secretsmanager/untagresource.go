package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type untagResourceInput struct {
	secretInput
	TagKeys []string
}

func (s service) untagResource(ctx context.Context, c *aws.Call, in *untagResourceInput) (*struct{}, error) {
	if err := need("secretId", in.SecretID); err != nil {
		return nil, err
	}
	if in.TagKeys == nil {
		return nil, missing("tagKeys")
	}
	return nil, s.secrets.UntagResource(ctx, c.Caller, secrets.UntagResourceInput{Region: c.Region, SecretID: in.SecretID, TagKeys: in.TagKeys})
}
