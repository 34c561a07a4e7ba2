package secrets

import (
	"context"

	"signet/policy"
)

// notSupported answers what Signet does not have: one server is one place, and its store is what to copy.
func notSupported(what string) *Error {
	return fail(UnsupportedOperationException, "%s is not supported here.", what)
}

// ReplicateSecretToRegions is not supported.
func (s *Service) ReplicateSecretToRegions(ctx context.Context, c policy.Caller, in SecretInput) error {
	return s.noReplicas(ctx, c, in, "ReplicateSecretToRegions")
}

// RemoveRegionsFromReplication is not supported.
func (s *Service) RemoveRegionsFromReplication(ctx context.Context, c policy.Caller, in SecretInput) error {
	return s.noReplicas(ctx, c, in, "RemoveRegionsFromReplication")
}

// StopReplicationToReplica is not supported.
func (s *Service) StopReplicationToReplica(ctx context.Context, c policy.Caller, in SecretInput) error {
	return s.noReplicas(ctx, c, in, "StopReplicationToReplica")
}

// noReplicas passes the gate like every operation, so that who may not ask learns nothing.
func (s *Service) noReplicas(ctx context.Context, c policy.Caller, in SecretInput, action string) error {
	return s.do(ctx, c, request{region: in.Region, action: action, secret: in.SecretID}, func(context.Context, target) (map[string]string, error) {
		return nil, notSupported("Replication to other Regions")
	})
}
