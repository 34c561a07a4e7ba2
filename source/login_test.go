package source_test

import (
	"context"
	"strings"
	"testing"

	"signet/identity"
	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
	"signet/source"
)

// text is a provider of one secret.
type text string

func (s text) Fetch(context.Context, policy.Caller, reference.Reference) (reference.Fetched, error) {
	return reference.Fetched{Value: opaque.New([]byte(s))}, nil
}

func loginOf(t *testing.T, secret string, p source.Postgres) (string, error) {
	t.Helper()
	as := identity.System("test")
	r := secretstest.Resolver(t, as, map[reference.Kind]reference.Provider{reference.Vault: text(secret)})
	used, err := source.NewLogins(r, as).Open(p)
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	login, err := used.Get(t.Context())
	if err != nil {
		return "", err
	}
	return login.User + " " + string(login.Password.Reveal()), nil
}

func TestLoginsOfSecrets(t *testing.T) {
	for secret, want := range map[string]string{
		`{"username":"app","password":"p\"w"}`:                                    `app p"w`,
		`{"engine":"postgres","host":"elsewhere","username":"app","password":""}`: "app ",
		`{"username":"app","password":"x","USERNAME":"other","port":"5432"}`:      "app x",
		`{"Username":"app","password":"MARKED"}`:                                  "",
		`{"username":"","password":"MARKED"}`:                                     "",
		`{"username":null,"password":"MARKED"}`:                                   "",
		`{"username":"app","password":5}`:                                         "",
		`{"username":"MARKED"}`:                                                   "",
		`["MARKED"]`:                                                              "",
		`MARKED`:                                                                  "",
		``:                                                                        "",
	} {
		got, err := loginOf(t, secret, source.Postgres{Secret: "vault:secret/db"})
		if got != want {
			t.Errorf("%s: %q, %v", secret, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "MARKED") || !strings.Contains(err.Error(), "postgres.secret: the secret vault:secret/db is not a login")) {
			t.Errorf("%s: %v", secret, err)
		}
	}
}

func TestPasswordsOfSecrets(t *testing.T) {
	for ref, want := range map[reference.Text]string{
		"":                       "app ",
		"vault:secret/db":        `app {"p":"pass word","n":{"username":"in","password":"x"}}`,
		"vault:secret/db#p":      "app pass word",
		"vault:secret/db#absent": "",
	} {
		got, err := loginOf(t, `{"p":"pass word","n":{"username":"in","password":"x"}}`, source.Postgres{User: "app", Password: ref})
		if got != want || err != nil && !strings.Contains(err.Error(), "postgres.password: ") {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
	if got, err := loginOf(t, `{"n":{"username":"in","password":"x"}}`, source.Postgres{Secret: "vault:secret/db#n"}); got != "in x" {
		t.Errorf("%q, %v", got, err)
	}
}
