package identity

import (
	"context"
	"fmt"
	"strings"

	"signet/internal/fault"
	"signet/policy"
)

// Explain says whether a user, or the role of an ARN, may do an action on a resource, and in plain
// words which policy decides. It adds the policies of the principal to the rules that are asked about.
func (s *Service) Explain(ctx context.Context, c policy.Caller, who string, asked policy.Operation) (allowed bool, why string, err error) {
	return s.ExplainDraft(ctx, c, who, "", asked)
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
