package secretsmanager

import (
	"context"

	"signet/aws"
)

type describeSecretOutput struct {
	description
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages,omitempty"`
}

func (s service) describeSecret(ctx context.Context, c *aws.Call, in *secretInput) (*describeSecretOutput, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	d, err := s.secrets.DescribeSecret(ctx, c.Caller, of)
	if err != nil {
		return nil, err
	}
	return &describeSecretOutput{newDescription(d), d.VersionIDsToStages}, nil
}
