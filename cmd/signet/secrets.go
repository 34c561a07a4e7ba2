package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sort"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/secrets/aws"
	"signet/secrets/file"
	"signet/secrets/local"
	"signet/secrets/reference"
	"signet/secrets/vault"
	"signet/source"
)

// secretReader reads what the references of a project name. It is the one place that knows the providers.
type secretReader struct {
	*reference.Resolver
	vault *vault.Provider
}

func openSecrets(cfg *config, t *trust, logger *slog.Logger) *secretReader {
	v := cfg.vault
	v.Setting = settingOf("secrets-vault").env()
	r := &secretReader{vault: vault.New(v)}
	r.Resolver = reference.New(reference.Config{
		Providers: map[reference.Kind]reference.Provider{
			reference.Local:         local.New(t.secrets, t.identity.IAM().Region()),
			reference.AWS:           aws.New(aws.Config{Allowed: cfg.secretsAWS, Setting: settingOf("secrets-aws").env(), Region: cfg.secretsAWSRegion, RegionSetting: settingOf("secrets-aws-region").env()}),
			reference.Vault:         r.vault,
			reference.VaultDatabase: r.vault,
			reference.File:          file.New(cfg.secretsFiles, settingOf("secrets-files").env()),
			reference.Env:           cfg.secretsEnv,
		},
		Life: cfg.secretsLife, Gate: t.gate, Keeper: identity.System("secrets"), Logger: logger,
	})
	return r
}

// checkVault wants what a login to Vault needs, once Vault is switched on.
func checkVault(v vault.Config) error {
	if len(v.Allowed) == 0 {
		return nil
	}
	setting := func(name string) string { return "--" + name + " (" + settingOf(name).env() + ")" }
	if u, err := url.Parse(v.Address); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return usage("%s: %q is no address such as https://vault.example.com:8200", setting("secrets-vault-address"), v.Address)
	}
	if appRole := v.RoleID != "" && v.SecretIDFile != ""; appRole == (v.TokenFile != "") {
		return usage("want one login to Vault: %s, or %s and %s", setting("secrets-vault-token-file"), setting("secrets-vault-role-id"), setting("secrets-vault-secret-id-file"))
	}
	return nil
}

// Close gives leases back first: for that the session with Vault is needed.
func (r *secretReader) Close() {
	r.Resolver.Close()
	r.vault.Close()
}

// logins reads the logins of sources, as the server.
func (t *trust) logins() *source.Logins {
	if t == nil {
		return nil // what could not be opened reads nothing
	}
	return source.NewLogins(t.references.Resolver, starter)
}

// resolves reads each reference of a definition once and says what became of it. What was leased for it is
// given back.
func (e *examination) resolves(ctx context.Context, t *trust, d source.Definition) bool {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	all := d.References()
	fields := make([]string, 0, len(all))
	for field := range all {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	well := true
	for _, field := range fields {
		text := all[field]
		if err := t.resolve(ctx, string(text)); err != nil {
			well = false
			e.ill("secret", fmt.Errorf("%s, %s: %w", d.ID, field, err), mendSecret(err))
			continue
		}
		e.well("secret", "%s, %s: %s can be read", d.ID, field, text)
	}
	return well
}

func (t *trust) resolve(ctx context.Context, text string) error {
	ref, err := reference.Parse(text)
	if err != nil {
		return err
	}
	secret, err := t.references.Use(ref)
	if err != nil {
		return err
	}
	defer secret.Close()
	v, err := secret.Read(ctx, starter, time.Time{})
	v.Text.Wipe()
	if err != nil { // the operator reads the cause
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Err != nil {
			return fmt.Errorf("%s: %w", text, f.Err)
		}
	}
	return err
}

// mendSecret is for the operator.
func mendSecret(err error) string {
	if r, ok := errors.AsType[*reference.Refusal](err); ok {
		return r.Mend
	}
	return "make the secret, or let the server's own account or token read it; docs/secrets.md has the forms"
}
