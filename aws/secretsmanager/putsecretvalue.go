package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

// putSecretValueInput is without RotationToken: it vouches for the rotation functions of other accounts,
// and here each caller is vouched for by its signature.
type putSecretValueInput struct {
	secretInput
	valueIn
	ClientRequestToken string
	VersionStages      []string
}

func (s service) putSecretValue(ctx context.Context, c *aws.Call, in *putSecretValueInput) (*versionAnswer, error) {
	value, wrong := in.value()
	if err := first(need("secretId", in.SecretID), wrong); err != nil {
		return nil, err
	}
	return newVersion(s.secrets.PutSecretValue(ctx, c.Caller, secrets.PutSecretValueInput{
		Region: c.Region, SecretID: in.SecretID, ClientRequestToken: in.ClientRequestToken, Value: value, VersionStages: in.VersionStages,
	}))
}
