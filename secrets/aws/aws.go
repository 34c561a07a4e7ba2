// Package aws reads secrets from an AWS Secrets Manager, or from what speaks like one. It guarantees that only
// names are asked for that the operator allows, and that no key of AWS is in a setting of Signet: they come
// from where AWS's own clients look for them.
package aws

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets/reference"
)

// Config is what the operator says.
type Config struct {
	Allowed       []string // beginnings of names, or *; none switches the kind off
	Setting       string   // what Allowed is set by
	Region        string   // of names without an ARN; "" for that of AWS's own configuration
	RegionSetting string
}

// Provider reads secrets; it connects with the first one.
type Provider struct {
	cfg Config

	mu     sync.Mutex
	loaded *aws.Config // guarded by mu; nil before the first secret
}

var _ reference.Provider = (*Provider)(nil)

// New returns a provider.
func New(c Config) *Provider { return &Provider{cfg: c} }

// Fetch implements reference.Provider.
func (p *Provider) Fetch(ctx context.Context, _ policy.Caller, r reference.Reference) (reference.Fetched, error) {
	if err := reference.Allowed(p.cfg.Allowed, r, p.cfg.Setting); err != nil {
		return reference.Fetched{}, err
	}
	client, err := p.client(ctx, r)
	if err != nil {
		return reference.Fetched{}, err
	}
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &r.Name})
	if err != nil {
		return reference.Fetched{}, err
	}
	value := out.SecretBinary
	if out.SecretString != nil {
		value = []byte(*out.SecretString)
	}
	return reference.Fetched{Value: opaque.New(value)}, nil
}

// client returns one for the region of a secret. Credentials and connections are shared by all.
func (p *Provider) client(ctx context.Context, r reference.Reference) (*secretsmanager.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loaded == nil {
		loaded, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the configuration of AWS: %w", err)
		}
		if p.cfg.Region != "" {
			loaded.Region = p.cfg.Region
		}
		p.loaded = &loaded
	}
	region := r.Region()
	if region == "" {
		region = p.loaded.Region
	}
	if region == "" {
		return nil, errors.New("in which region is not known: set " + p.cfg.RegionSetting + " or AWS_REGION, or write the ARN")
	}
	return secretsmanager.NewFromConfig(*p.loaded, func(o *secretsmanager.Options) { o.Region = region }), nil
}
