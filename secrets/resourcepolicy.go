package secrets

import (
	"context"
	"errors"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

const maxPolicy = 20480

// GetResourcePolicyOutput holds a secret's policy, "" for none.
type GetResourcePolicyOutput struct{ ARN, Name, ResourcePolicy string }

// GetResourcePolicy returns the policy of a secret.
func (s *Service) GetResourcePolicy(ctx context.Context, c policy.Caller, in SecretInput) (GetResourcePolicyOutput, error) {
	t, err := s.look(ctx, c, request{region: in.Region, action: "GetResourcePolicy", secret: in.SecretID})
	if err != nil {
		return GetResourcePolicyOutput{}, err
	}
	return GetResourcePolicyOutput{t.arn, t.record.name, t.record.policy}, nil
}

// PutResourcePolicyInput holds a policy for a secret.
type PutResourcePolicyInput struct {
	Region            string
	SecretID          string
	ResourcePolicy    string
	BlockPublicPolicy bool
}

// PutResourcePolicy gives a secret a policy. One that would keep the caller from changing it again is
// refused.
func (s *Service) PutResourcePolicy(ctx context.Context, c policy.Caller, in PutResourcePolicyInput) (NamedOutput, error) {
	document, err := readPolicy(in.ResourcePolicy)
	if err != nil {
		return NamedOutput{}, err
	}
	r := request{region: in.Region, action: "PutResourcePolicy", secret: in.SecretID, conditions: given{}.flag("BlockPublicPolicy", in.BlockPublicPolicy),
		params: params{"resourcePolicy": in.ResourcePolicy, "blockPublicPolicy": in.BlockPublicPolicy}}
	t, err := s.change(ctx, c, r, func(_ context.Context, _ *store.Tx, rec *record) (map[string]string, error) {
		if err := rec.living(); err != nil {
			return nil, err
		}
		if in.BlockPublicPolicy && len(document.Public()) > 0 {
			return nil, publicPolicy()
		}
		if s.lockedOut(c, r, s.targetOf(rec), document) {
			return nil, lockout()
		}
		rec.policy = in.ResourcePolicy
		return nil, nil
	})
	if err != nil {
		return NamedOutput{}, err
	}
	return NamedOutput{t.arn, t.record.name}, nil
}

// readPolicy reads a policy of a request.
func readPolicy(text string) (*policy.Document, error) {
	document, err := parsePolicy(text)
	if err == nil {
		return document, nil
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return nil, err
	}
	return nil, fail(MalformedPolicyDocumentException, "This resource policy contains a syntax error or an invalid principal: %s", clip(e.Detail))
}

func publicPolicy() *Error {
	return fail(PublicPolicyException, "This resource policy grants broad access to the secret: a statement allows everybody. Name principals, or block no public policy.")
}

func lockout() *Error {
	return invalidParameter("This resource policy will not allow you to manage this secret in the future.")
}

// lockedOut reports whether a policy would keep the caller from replacing it.
func (s *Service) lockedOut(c policy.Caller, r request, t target, document *policy.Document) bool {
	op := policy.Operation{Action: "secretsmanager:PutResourcePolicy", Resource: t.arn, Allow: jobs,
		Rules: &policy.Rules{Resource: t.arn, Owner: s.account, Context: s.contextOf(r, t), Policy: document}}
	return !policy.Decide(c, op)
}

// DeleteResourcePolicy takes the policy from a secret.
func (s *Service) DeleteResourcePolicy(ctx context.Context, c policy.Caller, in SecretInput) (NamedOutput, error) {
	r := request{region: in.Region, action: "DeleteResourcePolicy", secret: in.SecretID}
	t, err := s.change(ctx, c, r, func(_ context.Context, _ *store.Tx, rec *record) (map[string]string, error) {
		if err := rec.living(); err != nil {
			return nil, err
		}
		rec.policy = ""
		return nil, nil
	})
	if err != nil {
		return NamedOutput{}, err
	}
	return NamedOutput{t.arn, t.record.name}, nil
}

// ValidateResourcePolicyInput holds a policy to look at, and the secret that it is for, if any.
type ValidateResourcePolicyInput struct {
	Region         string
	SecretID       string
	ResourcePolicy string
}

// PolicyProblem is one thing that is wrong with a policy.
type PolicyProblem struct{ CheckName, ErrorMessage string }

// ValidateResourcePolicyOutput says what is wrong with a policy.
type ValidateResourcePolicyOutput struct {
	PolicyValidationPassed bool
	ValidationErrors       []PolicyProblem
}

// ValidateResourcePolicy looks at a policy as PutResourcePolicy does, and changes nothing.
func (s *Service) ValidateResourcePolicy(ctx context.Context, c policy.Caller, in ValidateResourcePolicyInput) (ValidateResourcePolicyOutput, error) {
	r := request{region: in.Region, action: "ValidateResourcePolicy", secret: in.SecretID, params: params{"resourcePolicy": in.ResourcePolicy}}
	t, err := s.look(ctx, c, r)
	if err != nil {
		return ValidateResourcePolicyOutput{}, err
	}
	out := ValidateResourcePolicyOutput{}
	note := func(check string, e *Error) {
		out.ValidationErrors = append(out.ValidationErrors, PolicyProblem{check, e.Message})
	}
	document, err := readPolicy(in.ResourcePolicy)
	if e, ok := errors.AsType[*Error](err); ok {
		note("POLICY_SYNTAX", e)
		return out, nil
	}
	if err != nil {
		return out, err
	}
	if len(document.Public()) > 0 {
		note("PUBLIC_POLICY", publicPolicy())
	}
	if t.record != nil && s.lockedOut(c, r, t, document) {
		note("LOCKOUT", lockout())
	}
	out.PolicyValidationPassed = len(out.ValidationErrors) == 0
	return out, nil
}
