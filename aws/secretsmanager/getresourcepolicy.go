package secretsmanager

import (
	"context"

	"signet/aws"
)

type getResourcePolicyOutput struct {
	ARN, Name      string
	ResourcePolicy string `json:",omitempty"`
}

func (s service) getResourcePolicy(ctx context.Context, c *aws.Call, in *secretInput) (*getResourcePolicyOutput, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.secrets.GetResourcePolicy(ctx, c.Caller, of)
	if err != nil {
		return nil, err
	}
	return &getResourcePolicyOutput{out.ARN, out.Name, out.ResourcePolicy}, nil
}
