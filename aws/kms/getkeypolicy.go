package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type getKeyPolicyInput struct {
	KeyID      string `json:"KeyId"`
	PolicyName string
}

type getKeyPolicyOutput struct{ Policy, PolicyName string }

func (s service) getKeyPolicy(ctx context.Context, c *aws.Call, in *getKeyPolicyInput) (*getKeyPolicyOutput, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	out, err := s.kms.GetKeyPolicy(ctx, c.Caller, kms.KeyPolicyInput{Scope: scope(c), KeyID: in.KeyID, PolicyName: in.PolicyName})
	if err != nil {
		return nil, err
	}
	return &getKeyPolicyOutput{out.Policy, out.PolicyName}, nil
}
