// Package env reads the secrets that are in variables of the server's environment. It guarantees that only
// those are read that the operator has named for it: the others hold what is nobody's business.
package env

import (
	"context"
	"fmt"
	"strings"

	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets/reference"
)

// Provider reads variables.
type Provider map[string]string

var _ reference.Provider = Provider(nil)

// New keeps those variables of an environment that are secrets for projects.
func New(environment map[string]string) Provider {
	p := Provider{}
	for name, v := range environment {
		if strings.HasPrefix(name, reference.EnvPrefix) {
			p[name] = v
		}
	}
	return p
}

// Fetch implements reference.Provider.
func (p Provider) Fetch(_ context.Context, _ policy.Caller, r reference.Reference) (reference.Fetched, error) {
	v, ok := p[r.Name]
	if !ok {
		return reference.Fetched{}, fmt.Errorf("the environment variable %s is not set", r.Name)
	}
	return reference.Fetched{Value: opaque.New([]byte(v))}, nil
}
