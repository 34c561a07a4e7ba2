package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type updateSecretInput struct {
	secretInput
	valueIn
	ClientRequestToken string
	Description        *string
	KmsKeyID           *string `json:"KmsKeyId"`
	Type               present
}

func (s service) updateSecret(ctx context.Context, c *aws.Call, in *updateSecretInput) (*versionAnswer, error) {
	value, wrong := in.value()
	if err := first(need("secretId", in.SecretID), refuse(bool(in.Type), managedSecret), wrong); err != nil {
		return nil, err
	}
	return newVersion(s.secrets.UpdateSecret(ctx, c.Caller, secrets.UpdateSecretInput{
		Region: c.Region, SecretID: in.SecretID, ClientRequestToken: in.ClientRequestToken, Description: in.Description,
		KmsKeyID: in.KmsKeyID, Value: value,
	}))
}
