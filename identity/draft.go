package identity

import (
	"context"
	"slices"
	"strings"

	"signet/policy"
)

// ExplainDraft is Explain as if the principal had one more policy, which is not kept. Without a
// principal it is about a user who has nothing else.
func (s *Service) ExplainDraft(ctx context.Context, c policy.Caller, who, draft string, asked policy.Operation) (allowed bool, why string, err error) {
	op := policy.Operation{Action: "identity:ExplainPolicy", Resource: "principal/" + clip(who), ReadOnly: true, Allow: keepers}
	if err := s.gate.View(ctx, c, op); err != nil {
		return false, "", err
	}
	p := s.somebody()
	if who != "" {
		if p, err = s.principalOf(ctx, who); err != nil {
			return false, "", err
		}
	}
	if draft != "" {
		if err := parsePolicy(policy.IdentityPolicy, draft, maxManagedBytes); err != nil {
			return false, "", err
		}
		doc, err := policy.ParseDocument([]byte(draft), policy.Options{Kind: policy.IdentityPolicy, Name: "the draft"})
		if err != nil {
			return false, "", err
		}
		p.AWS.Policies = append(slices.Clone(p.AWS.Policies), doc)
	}
	caller := as(p, Origin{IP: "127.0.0.1"}, s.clock())
	return policy.Ask(caller, asked).Allowed(), policy.Why(caller, asked), nil
}

// somebody is a user of the account who has no policies.
func (s *Service) somebody() policy.Principal {
	return policy.Principal{Name: "somebody", AWS: policy.Identity{Region: s.region, Requester: policy.Requester{
		Type: policy.User, Account: s.account, Name: "somebody", ARN: s.IAM().arn("user", "/", "somebody"),
	}}}
}

// Question prepares the question whether somebody may do an operation on what an ARN names. Of a role
// that is to be assumed, its trust policy decides too, for those who may read it.
func (m IAM) Question(ctx context.Context, c policy.Caller, action, arn string) (policy.Operation, error) {
	op := policy.Operation{Action: action, Resource: arn, Rules: &policy.Rules{Resource: arn, Owner: m.s.account}}
	if action != "sts:AssumeRole" {
		return op, nil
	}
	role, err := m.Get(ctx, c, ARole, arn[strings.LastIndexByte(arn, '/')+1:])
	if err == nil && role.ARN != arn {
		err = missing("There is no role %s in this account.", arn)
	}
	if err != nil {
		return op, err
	}
	op.Rules.Policy, err = m.s.documents.parse(policy.TrustPolicy, role.Name, role.Trust)
	return op, err
}
