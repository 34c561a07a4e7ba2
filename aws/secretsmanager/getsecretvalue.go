package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type getSecretValueInput struct {
	secretInput
	VersionID    string `json:"VersionId"`
	VersionStage string
}

func (s service) getSecretValue(ctx context.Context, c *aws.Call, in *getSecretValueInput) (*valueAnswer, error) {
	if err := need("secretId", in.SecretID); err != nil {
		return nil, err
	}
	v, err := s.secrets.GetSecretValue(ctx, c.Caller, secrets.GetSecretValueInput{
		Region: c.Region, SecretID: in.SecretID, VersionID: in.VersionID, VersionStage: in.VersionStage,
	})
	if err != nil {
		return nil, err
	}
	out := newValue(v)
	return &out, nil
}
