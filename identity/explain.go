package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"signet/internal/fault"
	"signet/policy"
)

// Explain says whether a user, the role of an ARN, or the session of an access key may do an action on a
// resource, and in plain words which policy decides. It adds to the rules that are asked about the
// policies of the principal, with its boundary and those of its session, and the trust policy of a role
// that is to be assumed.
func (s *Service) Explain(ctx context.Context, c policy.Caller, who string, asked policy.Operation) (policy.Explanation, error) {
	return s.ExplainDraft(ctx, c, who, "", asked)
}

// ExplainDraft is Explain as if the principal had one more policy, which is not kept. Without a
// principal it is about a user who has nothing else.
func (s *Service) ExplainDraft(ctx context.Context, c policy.Caller, who, draft string, asked policy.Operation) (policy.Explanation, error) {
	op := policy.Operation{Action: "identity:ExplainPolicy", Resource: "principal/" + clip(who), ReadOnly: true, Allow: keepers}
	if err := s.gate.View(ctx, c, op); err != nil {
		return policy.Explanation{}, err
	}
	p, err := s.principalWith(ctx, who, draft)
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

// principalWith is who is asked about, with one more policy where draft is not empty.
func (s *Service) principalWith(ctx context.Context, who, draft string) (p policy.Principal, err error) {
	p = s.somebody()
	if who != "" {
		if p, err = s.principalOf(ctx, who); err != nil {
			return p, err
		}
	}
	if draft == "" {
		return p, nil
	}
	if err := parsePolicy(policy.IdentityPolicy, draft, maxManagedBytes); err != nil {
		return p, err
	}
	doc, err := policy.ParseDocument([]byte(draft), policy.Options{Kind: policy.IdentityPolicy, Name: "the draft"})
	p.AWS.Policies = append(slices.Clone(p.AWS.Policies), doc)
	return p, err
}

// somebody is a user of the account who has no policies.
func (s *Service) somebody() policy.Principal {
	return policy.Principal{Name: "somebody", AWS: policy.Identity{Region: s.region, Requester: policy.Requester{
		Type: policy.User, Account: s.account, Name: "somebody", ARN: s.IAM().arn("user", "/", "somebody"),
	}}}
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
		answer := policy.Why(caller, op)
		if out.Why == "" || !answer.Allowed {
			out.Allowed, out.Why = answer.Allowed, answer.Why
		}
		if !answer.Allowed {
			break
		}
	}
	return out, nil
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
