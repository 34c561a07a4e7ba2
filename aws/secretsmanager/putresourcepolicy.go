package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type putResourcePolicyInput struct {
	secretInput
	ResourcePolicy    string
	BlockPublicPolicy bool
}

func (s service) putResourcePolicy(ctx context.Context, c *aws.Call, in *putResourcePolicyInput) (*namedAnswer, error) {
	if err := need("secretId", in.SecretID, "resourcePolicy", in.ResourcePolicy); err != nil {
		return nil, err
	}
	return newNamed(s.secrets.PutResourcePolicy(ctx, c.Caller, secrets.PutResourcePolicyInput{
		Region: c.Region, SecretID: in.SecretID, ResourcePolicy: in.ResourcePolicy, BlockPublicPolicy: in.BlockPublicPolicy,
	}))
}
