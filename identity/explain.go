package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"signet/internal/fault"
	"signet/policy"
)

// Explain says whether a user, the role of an ARN, or the session of an access key may do an action on a
// resource, and in plain words which policy decides. It adds to the rules that are asked about the
// policies of the principal, with its boundary and those of its session, and the trust policy of a role
// that is to be assumed.
func (s *Service) Explain(ctx context.Context, c policy.Caller, who string, asked policy.Operation) (policy.Explanation, error) {
	op := policy.Operation{Action: "identity:ExplainPolicy", Resource: "principal/" + who, ReadOnly: true, Allow: keepers}
	if err := s.gate.View(ctx, c, op); err != nil {
		return policy.Explanation{}, err
	}
	p, err := s.principalOf(ctx, who)
	if err != nil {
		return policy.Explanation{}, err
	}
	if asked.Action == "sts:AssumeRole" && asked.Rules.Policy == nil {
		if asked.Rules.Policy, err = s.trustOf(ctx, asked.Rules.Resource); err != nil {
			return policy.Explanation{}, err
		}
	}
	return policy.Why(as(p, Origin{IP: "127.0.0.1"}, s.clock()), asked), nil
}

// trustOf is the trust policy of a role; nil when there is no such role.
func (s *Service) trustOf(ctx context.Context, arn string) (*policy.Document, error) {
	role, err := s.IAM().roleByARN(ctx, s.db, arn)
	if err != nil || role.Trust == "" {
		return nil, err
	}
	return s.documents.parse(policy.TrustPolicy, role.Name, role.Trust)
}

func (s *Service) principalOf(ctx context.Context, who string) (policy.Principal, error) {
	if isKeyID(who) {
		now, err := s.watch.Current(ctx)
		if err != nil {
			return policy.Principal{}, err
		}
		signer, err := s.loadSigner(ctx, who, now)
		if errors.Is(err, ErrNoKey) {
			return policy.Principal{}, fault.New(fault.NotFound, "there is no access key %s that may be used", who)
		}
		if err != nil {
			return policy.Principal{}, err
		}
		return signer.principal, nil
	}
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
