package secretsmanager

import (
	"context"

	"signet/aws"
)

// stopReplicationToReplica is refused by package secrets, once the caller was let in.
func (s service) stopReplicationToReplica(ctx context.Context, c *aws.Call, in *secretInput) (*namedAnswer, error) {
	of, err := in.of(c)
	if err != nil {
		return nil, err
	}
	return nil, s.secrets.StopReplicationToReplica(ctx, c.Caller, of)
}
