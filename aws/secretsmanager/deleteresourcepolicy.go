package secretsmanager

import (
	"context"

	"signet/aws"
)

func (s service) deleteResourcePolicy(ctx context.Context, c *aws.Call, in *secretInput) (*namedAnswer, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	return newNamed(s.secrets.DeleteResourcePolicy(ctx, c.Caller, of))
}
