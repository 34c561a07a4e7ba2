package secretsmanager

import (
	"context"

	"signet/aws"
)

func (s service) restoreSecret(ctx context.Context, c *aws.Call, in *secretInput) (*namedAnswer, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	return newNamed(s.secrets.RestoreSecret(ctx, c.Caller, of))
}
