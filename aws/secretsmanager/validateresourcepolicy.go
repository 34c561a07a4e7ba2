package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type validateResourcePolicyInput struct {
	SecretID       string `json:"SecretId"` // "" for a policy that is for none yet
	ResourcePolicy string
}

type validateResourcePolicyOutput struct {
	PolicyValidationPassed bool
	ValidationErrors       []validationError
}

type validationError struct{ CheckName, ErrorMessage string }

func (s service) validateResourcePolicy(ctx context.Context, c *aws.Call, in *validateResourcePolicyInput) (*validateResourcePolicyOutput, error) {
	if err := need("resourcePolicy", in.ResourcePolicy); err != nil {
		return nil, err
	}
	out, err := s.secrets.ValidateResourcePolicy(ctx, c.Caller, secrets.ValidateResourcePolicyInput{
		Region: c.Region, SecretID: in.SecretID, ResourcePolicy: in.ResourcePolicy,
	})
	if err != nil {
		return nil, err
	}
	return &validateResourcePolicyOutput{
		out.PolicyValidationPassed, each(out.ValidationErrors, func(p secrets.PolicyProblem) validationError { return validationError(p) }),
	}, nil
}
