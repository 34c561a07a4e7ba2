package kms

import (
	"context"
	"fmt"
	"strings"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// policyName is the only name that a key's policy can have.
const policyName = "default"

// defaultPolicy leaves the key to the account's identity policies.
func (s *Service) defaultPolicy() string {
	return fmt.Sprintf(`{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::%s:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`, s.account)
}

func parsePolicy(text string) (*policy.Document, error) {
	return policy.ParseDocument([]byte(text), policy.Options{Kind: policy.KeyPolicy})
}

// newPolicy reads a policy that somebody wants a key to have. Unless they insist, it must let them
// change it again, so that nobody locks a key by mistake.
func (s *Service) newPolicy(c policy.Caller, k *known, raw string, bypass bool) (*policy.Document, error) {
	doc, err := parsePolicy(raw)
	switch fault.CodeOf(err) {
	case "":
	case fault.TooLarge:
		return nil, fail(LimitExceededException, "The key policy has %d bytes; at most %d are allowed.", len(raw), policy.DefaultMaxBytes)
	case fault.InvalidInput:
		return nil, &Error{Code: MalformedPolicyDocumentException, Message: strings.TrimPrefix(err.Error(), string(fault.InvalidInput)+": "), err: err}
	default:
		return nil, err
	}
	if err := text("policy", raw, policy.DefaultMaxBytes); err != nil {
		return nil, err
	}
	if bypass || jobs.Allows(c) {
		return doc, nil
	}
	again := policy.Operation{Action: "kms:PutKeyPolicy", Resource: k.arn, Rules: &policy.Rules{
		Resource: k.arn, Owner: s.account, Policy: doc,
		Context: s.conditions(c, request{Scope: Scope{Region: k.region}}, target{arn: k.arn, key: k}),
	}}
	if !policy.Ask(c, again).Allowed() {
		return nil, fail(MalformedPolicyDocumentException, "The new key policy will not allow you to update the key policy in the future.")
	}
	return doc, nil
}

// KeyPolicyInput names a key and one of its policies: there is only "default".
type KeyPolicyInput struct {
	Scope
	KeyID      string
	PolicyName string // "" for default
}

// GetKeyPolicyOutput holds a policy as it was written.
type GetKeyPolicyOutput struct{ Policy, PolicyName string }

// GetKeyPolicy returns a key's policy.
func (s *Service) GetKeyPolicy(ctx context.Context, c policy.Caller, in KeyPolicyInput) (GetKeyPolicyOutput, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "GetKeyPolicy", key: in.KeyID, params: params{"policyName": in.PolicyName}})
	if err != nil {
		return GetKeyPolicyOutput{}, err
	}
	if err := in.check(); err != nil {
		return GetKeyPolicyOutput{}, err
	}
	return GetKeyPolicyOutput{Policy: k.policyText, PolicyName: policyName}, nil
}

func (in KeyPolicyInput) check() error {
	if in.PolicyName != "" && in.PolicyName != policyName {
		return fail(NotFoundException, "No such policy exists")
	}
	return nil
}

// PutKeyPolicyInput holds a key's new policy.
type PutKeyPolicyInput struct {
	KeyPolicyInput
	Policy                         string
	BypassPolicyLockoutSafetyCheck bool
}

// PutKeyPolicy replaces a key's policy, from the next request on.
func (s *Service) PutKeyPolicy(ctx context.Context, c policy.Caller, in PutKeyPolicyInput) error {
	r := request{Scope: in.Scope, action: "PutKeyPolicy", key: in.KeyID,
		params:     params{"policyName": in.PolicyName, "policy": in.Policy, "bypassPolicyLockoutSafetyCheck": in.BypassPolicyLockoutSafetyCheck},
		conditions: flag("kms:BypassPolicyLockoutSafetyCheck", in.BypassPolicyLockoutSafetyCheck)}
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.own(r.action); err != nil {
			return nil, err
		}
		if err := in.check(); err != nil {
			return nil, err
		}
		if _, err := s.newPolicy(c, k, in.Policy, in.BypassPolicyLockoutSafetyCheck); err != nil {
			return nil, err
		}
		_, err := tx.Exec(ctx, "UPDATE kms_keys SET policy = ? WHERE id = ?", in.Policy, k.id)
		return nil, err
	})
}

// ListKeyPolicies lists the names of a key's policies.
func (s *Service) ListKeyPolicies(ctx context.Context, c policy.Caller, in ListOfKeyInput) (Page[string], error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListKeyPolicies", key: in.KeyID, params: params{"limit": in.Limit}})
	if err != nil {
		return Page[string]{}, err
	}
	p, err := openPage("ListKeyPolicies", in.ListInput, 100, 1000, k.id)
	if err != nil {
		return Page[string]{}, err
	}
	return closePage(p, []string{policyName}, func(name string) string { return name }), nil
}
