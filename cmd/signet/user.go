package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// trustSettings are those of the commands that open the store: the account and the region name what is in it.
var trustSettings = []string{"data", "store", "root-key-file", "root-key-url", "account-id", "region", "log-level", "log-format"}

// secretSettings are those of the commands that open a project's sources: from where secrets may be read.
var secretSettings = []string{"secrets-life", "secrets-files", "secrets-aws", "secrets-aws-region", "secrets-vault", "secrets-vault-address", "secrets-vault-ca",
	"secrets-vault-namespace", "secrets-vault-token-file", "secrets-vault-role-id", "secrets-vault-secret-id-file", "secrets-vault-approle"}

func (t *terminal) userCommand() *cobra.Command {
	names := append([]string{"url", "listen"}, trustSettings...)
	return group("user", "Look after users", t.command(&cobra.Command{
		Use:     "link NAME",
		Short:   "Make a link that signs a user in once, within a day",
		Long:    "Make a link that signs a user in once, within a day. A user without a password can set one then.",
		Example: "  signet user link ana --data /var/lib/signet --url https://signet.example.com",
		Args:    cobra.ExactArgs(1),
	}, names, t.userLink))
}

func (t *terminal) userLink(ctx context.Context, cfg *config, args []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		token, err := tr.identity.MakeLink(ctx, operator, args[0], 0)
		if err != nil {
			return err
		}
		base := cfg.url
		if base == "" {
			base = "http://" + cfg.listen
		}
		_, err = fmt.Fprintf(t.out, "%s/signin#%s\n", base, token.Reveal())
		return err
	})
}
