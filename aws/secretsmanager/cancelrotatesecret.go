package secretsmanager

import (
	"context"

	"signet/aws"
)

func (s service) cancelRotateSecret(ctx context.Context, c *aws.Call, in *secretInput) (*versionAnswer, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	return newVersion(s.secrets.CancelRotateSecret(ctx, c.Caller, of))
}
