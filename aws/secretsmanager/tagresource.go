package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type tagResourceInput struct {
	secretInput
	Tags []tag
}

func (s service) tagResource(ctx context.Context, c *aws.Call, in *tagResourceInput) (*struct{}, error) {
	if err := need("secretId", in.SecretID); err != nil {
		return nil, err
	}
	if in.Tags == nil {
		return nil, missing("tags")
	}
	return nil, s.secrets.TagResource(ctx, c.Caller, secrets.TagResourceInput{Region: c.Region, SecretID: in.SecretID, Tags: tags(in.Tags)})
}
