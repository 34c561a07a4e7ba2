package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type createGrantInput struct {
	use
	Name                                              string
	GranteePrincipal, RetiringPrincipal               string
	GranteeServicePrincipal, RetiringServicePrincipal string
	Operations                                        []string
	Constraints                                       constraints
}

type createGrantOutput struct {
	GrantToken string
	GrantID    string `json:"GrantId"`
}

func (s service) createGrant(ctx context.Context, c *aws.Call, in *createGrantInput) (*createGrantOutput, error) {
	u, err := in.of(c)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.CreateGrant(ctx, c.Caller, kms.CreateGrantInput{
		Scope: u.Scope, KeyID: u.KeyID, GrantTokens: u.GrantTokens, DryRun: u.DryRun, Name: in.Name,
		GranteePrincipal: in.GranteePrincipal, RetiringPrincipal: in.RetiringPrincipal,
		GranteeServicePrincipal: in.GranteeServicePrincipal, RetiringServicePrincipal: in.RetiringServicePrincipal,
		Operations: in.Operations, GrantSourceArn: in.Constraints.SourceARN,
		EncryptionContextEquals: in.Constraints.EncryptionContextEquals, EncryptionContextSubset: in.Constraints.EncryptionContextSubset,
	})
	if err != nil {
		return nil, err
	}
	return &createGrantOutput{out.GrantToken, out.GrantID}, nil
}
