package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type rotateSecretInput struct {
	secretInput
	ClientRequestToken             string
	RotationLambdaARN              string
	RotationRules                  rotationRules
	RotateImmediately              *bool // true when left out
	ExternalSecretRotationMetadata present
	ExternalSecretRotationRoleARN  present `json:"ExternalSecretRotationRoleArn"`
}

func (s service) rotateSecret(ctx context.Context, c *aws.Call, in *rotateSecretInput) (*versionAnswer, error) {
	rules, wrong := in.RotationRules.of()
	external := bool(in.ExternalSecretRotationMetadata || in.ExternalSecretRotationRoleARN)
	if err := first(need("secretId", in.SecretID), refuse(external, managedSecret), wrong); err != nil {
		return nil, err
	}
	return newVersion(s.secrets.RotateSecret(ctx, c.Caller, secrets.RotateSecretInput{
		Region: c.Region, SecretID: in.SecretID, ClientRequestToken: in.ClientRequestToken, RotationLambdaARN: in.RotationLambdaARN,
		RotationRules: rules, OnSchedule: in.RotateImmediately != nil && !*in.RotateImmediately,
	}))
}
