package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type listRetirableGrantsInput struct {
	page
	RetiringPrincipal        string
	RetiringServicePrincipal string
}

func (s service) listRetirableGrants(ctx context.Context, c *aws.Call, in *listRetirableGrantsInput) (*listGrantsOutput, error) {
	if in.RetiringServicePrincipal != "" {
		return nil, kms.NotSupported("A list of the grants that a service can retire")
	}
	if err := need("retiringPrincipal", in.RetiringPrincipal); err != nil {
		return nil, err
	}
	list, err := in.list(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListRetirableGrants(ctx, c.Caller, kms.ListRetirableGrantsInput{ListInput: list, RetiringPrincipal: in.RetiringPrincipal})
	if err != nil {
		return nil, err
	}
	return &listGrantsOutput{each(p.Items, newGrant), rest(p)}, nil
}
