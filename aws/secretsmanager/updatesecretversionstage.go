package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type updateSecretVersionStageInput struct {
	secretInput
	VersionStage        string
	RemoveFromVersionID string `json:"RemoveFromVersionId"`
	MoveToVersionID     string `json:"MoveToVersionId"`
}

func (s service) updateSecretVersionStage(ctx context.Context, c *aws.Call, in *updateSecretVersionStageInput) (*namedAnswer, error) {
	if err := need("secretId", in.SecretID, "versionStage", in.VersionStage); err != nil {
		return nil, err
	}
	return newNamed(s.secrets.UpdateSecretVersionStage(ctx, c.Caller, secrets.UpdateSecretVersionStageInput{
		Region: c.Region, SecretID: in.SecretID, VersionStage: in.VersionStage,
		RemoveFromVersionID: in.RemoveFromVersionID, MoveToVersionID: in.MoveToVersionID,
	}))
}
