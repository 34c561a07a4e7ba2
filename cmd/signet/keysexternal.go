package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"signet/kms"
)

func (t *terminal) connectKeyCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "connect NAME URL",
		Short: "Make a KMS key whose material lives at AWS KMS, Google, Azure or Vault",
		Long: `Make a KMS key, with the alias NAME, whose material lives at a provider outside. Whatever names a KMS key may
name it. Each use asks the provider, so that a key that is disabled there is of no use here with the next request.

The provider's credentials are its own environment variables or files, of the server and of this command: AWS_ACCESS_KEY_ID and
the like, GOOGLE_APPLICATION_CREDENTIALS, AZURE_CLIENT_ID and the like, VAULT_ADDR and VAULT_TOKEN.`,
		Example: "  signet keys connect payroll 'awskms:///alias/payroll?region=eu-west-1' --data /var/lib/signet\n" +
			"  VAULT_ADDR=https://vault.example.com VAULT_TOKEN=... signet keys connect payroll hashivault://payroll --data /var/lib/signet",
		Args: cobra.ExactArgs(2),
	}, trustSettings, t.keysConnect)
}

func (t *terminal) keysConnect(ctx context.Context, cfg *config, args []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		k, err := tr.kms.ConnectKey(ctx, operator, kms.ConnectKeyInput{Scope: kms.Scope{Region: cfg.region}, Alias: "alias/" + args[0], URL: args[1]})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "alias/%s is %s, which lives at %s.\n", args[0], k.ARN, args[1])
		return err
	})
}
