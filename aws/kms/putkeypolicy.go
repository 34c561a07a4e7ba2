package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type putKeyPolicyInput struct {
	KeyID                          string `json:"KeyId"`
	PolicyName                     string
	Policy                         string
	BypassPolicyLockoutSafetyCheck bool
}

func (s service) putKeyPolicy(ctx context.Context, c *aws.Call, in *putKeyPolicyInput) error {
	if err := need("keyId", in.KeyID, "policy", in.Policy); err != nil {
		return err
	}
	return s.kms.PutKeyPolicy(ctx, c.Caller, kms.PutKeyPolicyInput{
		KeyPolicyInput: kms.KeyPolicyInput{Scope: scope(c), KeyID: in.KeyID, PolicyName: in.PolicyName},
		Policy:         in.Policy, BypassPolicyLockoutSafetyCheck: in.BypassPolicyLockoutSafetyCheck,
	})
}
