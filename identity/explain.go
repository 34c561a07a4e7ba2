package identity

import (
	"context"
	"fmt"
	"strings"

	"signet/internal/fault"
	"signet/policy"
)

// Explain says in plain words whether a user, or the role of an ARN, may do an action on a resource,
// and which policy decides. It knows the policies of the principal, not those of the resource.
func (s *Service) Explain(ctx context.Context, c policy.Caller, who string, asked policy.Operation) (string, error) {
	op := policy.Operation{Action: "identity:ExplainPolicy", Resource: "principal/" + who, ReadOnly: true, Allow: keepers}
	if err := s.gate.View(ctx, c, op); err != nil {
		return "", err
	}
	p, err := s.principalOf(ctx, who)
	if err != nil {
		return "", err
	}
	return policy.Why(as(p, Origin{IP: "127.0.0.1"}, s.clock()), asked), nil
}

func (s *Service) principalOf(ctx context.Context, who string) (policy.Principal, error) {
	if strings.HasPrefix(who, "arn:") {
		role, err := s.IAM().roleByARN(ctx, s.db, who)
		if err != nil {
			return policy.Principal{}, err
		}
		if role.owner == "" {
			return policy.Principal{}, fault.New(fault.NotFound, "there is no role %s", who)
		}
		return s.rolePrincipal(ctx, "", role.Name, "explain")
	}
	a, err := existing(ctx, s.db, who)
	if err != nil {
		return policy.Principal{}, err
	}
	if a.Disabled {
		return policy.Principal{}, fault.New(fault.InvalidInput, "%s is disabled, and may do nothing", a.Name)
	}
	p, err := s.principal(ctx, a.User, "")
	if err != nil {
		return policy.Principal{}, fmt.Errorf("reading the policies of %s: %w", who, err)
	}
	return p, nil
}
