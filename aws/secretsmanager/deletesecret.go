package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type deleteSecretInput struct {
	secretInput
	RecoveryWindowInDays       *int
	ForceDeleteWithoutRecovery bool
}

type deleteSecretOutput struct {
	ARN, Name    string
	DeletionDate aws.Time
}

func (s service) deleteSecret(ctx context.Context, c *aws.Call, in *deleteSecretInput) (*deleteSecretOutput, error) {
	days, err := number("recoveryWindowInDays", in.RecoveryWindowInDays)
	if err := first(need("secretId", in.SecretID), err); err != nil {
		return nil, err
	}
	out, err := s.secrets.DeleteSecret(ctx, c.Caller, secrets.DeleteSecretInput{
		Region: c.Region, SecretID: in.SecretID, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: in.ForceDeleteWithoutRecovery,
	})
	if err != nil {
		return nil, err
	}
	return &deleteSecretOutput{out.ARN, out.Name, aws.Time{Time: out.DeletionDate}}, nil
}
