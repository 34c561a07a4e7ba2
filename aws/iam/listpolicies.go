package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

type policies struct {
	Policies aws.Members[policy] `xml:"Policies"`
	more
}

func (s service) listPolicies(ctx context.Context, c *aws.Call, in *aws.Input) (*policies, error) {
	scope := in.Choice("Scope", identity.ScopeAll, identity.ScopeAWS, identity.ScopeLocal)
	only, p := in.Bool("OnlyAttached"), page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.ListPolicies(ctx, c.Caller, scope, only, p)
	if err != nil {
		return nil, err
	}
	return &policies{each(all, newPolicy), rest(next)}, nil
}
