// Package local reads the secrets that references name without saying where: those of Signet's own Secrets
// Manager. It guarantees that the caller's policies decide, as for everybody else.
package local

import (
	"context"

	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets"
	"signet/secrets/reference"
)

// Provider reads from a Secrets Manager.
type Provider struct {
	secrets *secrets.Service
	region  string
}

var _ reference.Provider = (*Provider)(nil)

// New returns a provider; a name without an ARN is one of the home region.
func New(s *secrets.Service, home string) *Provider { return &Provider{s, home} }

// Fetch implements reference.Provider.
func (p *Provider) Fetch(ctx context.Context, c policy.Caller, r reference.Reference) (reference.Fetched, error) {
	region := r.Region()
	if region == "" {
		region = p.region
	}
	out, err := p.secrets.GetSecretValue(ctx, c, secrets.GetSecretValueInput{Region: region, SecretID: r.Name})
	if err != nil {
		return reference.Fetched{}, err
	}
	return reference.Fetched{Value: opaque.New(out.Value.Reveal())}, nil
}
