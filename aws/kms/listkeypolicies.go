package kms

import (
	"context"

	"signet/aws"
)

type listKeyPoliciesOutput struct {
	PolicyNames []string
	more
}

func (s service) listKeyPolicies(ctx context.Context, c *aws.Call, in *pageOfKey) (*listKeyPoliciesOutput, error) {
	list, err := in.of(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListKeyPolicies(ctx, c.Caller, list)
	if err != nil {
		return nil, err
	}
	return &listKeyPoliciesOutput{each(p.Items, func(name string) string { return name }), rest(p)}, nil
}
