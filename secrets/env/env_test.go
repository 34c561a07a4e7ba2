package env_test

import (
	"testing"

	"signet/policy"
	"signet/secrets/env"
	"signet/secrets/reference"
)

func TestOnlyVariablesForSecrets(t *testing.T) {
	p := env.New(map[string]string{"SIGNET_SECRET_DB": "pass\nword ", "SIGNET_SECRET_EMPTY": "", "HOME": "/", "SIGNET_ADMIN_PASSWORD": "x", "SIGNET_SECRETS_FILES": "/s"})
	for name, want := range map[string]string{"SIGNET_SECRET_DB": "pass\nword ", "SIGNET_SECRET_EMPTY": "", "SIGNET_SECRET_ABSENT": "-", "HOME": "-", "SIGNET_ADMIN_PASSWORD": "-", "SIGNET_SECRETS_FILES": "-"} {
		got, err := p.Fetch(t.Context(), policy.Caller{}, reference.Reference{Kind: reference.Env, Name: name})
		if (err != nil) != (want == "-") || err == nil && string(got.Value.Reveal()) != want {
			t.Errorf("%s: %q, %v", name, got.Value.Reveal(), err)
		}
	}
}
