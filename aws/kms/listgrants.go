package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type listGrantsInput struct {
	page
	KeyID                   string `json:"KeyId"`
	GrantID                 string `json:"GrantId"`
	GranteePrincipal        string
	GranteeServicePrincipal string
}

type listGrantsOutput struct {
	Grants []grant
	more
}

func (s service) listGrants(ctx context.Context, c *aws.Call, in *listGrantsInput) (*listGrantsOutput, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	if in.GranteePrincipal != "" && in.GranteeServicePrincipal != "" {
		return nil, aws.Errorf(kms.ValidationException, "Name a principal or a service, not both.")
	}
	list, err := in.list(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListGrants(ctx, c.Caller, kms.ListGrantsInput{
		ListOfKeyInput: kms.ListOfKeyInput{ListInput: list, KeyID: in.KeyID}, GrantID: in.GrantID,
		GranteePrincipal: in.GranteePrincipal + in.GranteeServicePrincipal,
	})
	if err != nil {
		return nil, err
	}
	return &listGrantsOutput{each(p.Items, newGrant), rest(p)}, nil
}
