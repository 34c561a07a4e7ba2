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

// Finding is what is known of one user or role about a question.
type Finding struct {
	Kind      Kind // AUser or ARole
	Name, ARN string
	Allowed   bool
	Why       string // in plain words: what allows it, or what is missing
}

// explained is how many users, and how many roles, ExplainEach looks at.
const explained = 300

// ExplainEach is Explain for the users that are not disabled and for the roles, by name: whether each may
// do all that is asked. more says that there are others, who were not asked about.
func (s *Service) ExplainEach(ctx context.Context, c policy.Caller, asked ...policy.Operation) (all []Finding, more bool, err error) {
	op := policy.Operation{Action: "identity:ExplainPolicy", Resource: "principal/*", ReadOnly: true, Allow: keepers}
	if err := s.gate.View(ctx, c, op); err != nil {
		return nil, false, err
	}
	for _, kind := range []Kind{AUser, ARole} {
		query, column := kind.from()
		found, err := s.IAM().entities(ctx, query+" ORDER BY "+column+" LIMIT ?", explained+1)
		if err != nil {
			return nil, false, err
		}
		if len(found) > explained {
			found, more = found[:explained], true
		}
		for _, e := range found {
			one, err := s.findingOf(ctx, kind, e, asked)
			if code := fault.CodeOf(err); code == fault.NotFound || code == fault.InvalidInput {
				continue // gone meanwhile, or disabled
			}
			if err != nil {
				return nil, false, err
			}
			all = append(all, one)
		}
	}
	return all, more, nil
}

func (s *Service) findingOf(ctx context.Context, kind Kind, e Entity, asked []policy.Operation) (Finding, error) {
	who := e.Name
	if kind == ARole {
		who = e.ARN
	}
	p, err := s.principalOf(ctx, who)
	if err != nil {
		return Finding{}, err
	}
	out := Finding{Kind: kind, Name: e.Name, ARN: e.ARN, Allowed: true}
	caller := as(p, Origin{IP: "127.0.0.1"}, s.clock())
	for _, op := range asked {
		if !policy.Ask(caller, op).Allowed() {
			out.Allowed, out.Why = false, policy.Why(caller, op)
			return out, nil
		}
		if out.Why == "" {
			out.Why = policy.Why(caller, op)
		}
	}
	return out, nil
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
