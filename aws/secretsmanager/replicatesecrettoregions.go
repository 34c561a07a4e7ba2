package secretsmanager

import (
	"context"

	"signet/aws"
)

// replicateSecretToRegions is refused by package secrets, once the caller was let in.
func (s service) replicateSecretToRegions(ctx context.Context, c *aws.Call, in *secretInput) (*namedAnswer, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	return nil, s.secrets.ReplicateSecretToRegions(ctx, c.Caller, of)
}
