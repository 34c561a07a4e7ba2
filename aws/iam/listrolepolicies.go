package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) listRolePolicies(ctx context.Context, c *aws.Call, in *aws.Input) (*policyNames, error) {
	name, p := in.Need("RoleName"), page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.ListInline(ctx, c.Caller, identity.ARole, name, p)
	if err != nil {
		return nil, err
	}
	return &policyNames{aws.Members[string]{Member: all}, rest(next)}, nil
}
