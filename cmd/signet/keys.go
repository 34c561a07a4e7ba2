package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"signet/writeback"
)

// trustSettings are those of the commands that open the store: the account and the region name what is in it.
var trustSettings = []string{"data", "store", "root-key-file", "account-id", "region", "log-level", "log-format"}

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

func (t *terminal) keysCommand() *cobra.Command {
	g := group("keys", "Look after the key that signs tickets",
		t.command(&cobra.Command{
			Use: "list", Short: "List the versions of the ticket key", Example: "  signet keys list --data /var/lib/signet",
		}, trustSettings, t.keysList),
		t.command(&cobra.Command{
			Use: "rotate", Short: "Sign new tickets with a new ticket key; live tickets stay valid", Example: "  signet keys rotate --data /var/lib/signet",
		}, trustSettings, t.keysRotate),
		t.command(&cobra.Command{
			Use: "revoke KID", Short: "Refuse every ticket that a ticket key signed, from now on", Args: cobra.ExactArgs(1),
			Long: "Refuse every ticket that a key signed, from now on, on every server within a second. When it is the\n" +
				"current one, a new key takes its place.",
			Example: "  signet keys list --data /var/lib/signet\n  signet keys revoke k3f9a2 --data /var/lib/signet",
		}, trustSettings, t.keysRevoke),
	)
	g.Long = "Look after the key that signs tickets. The keys of the KMS are another thing: look after them with\n" +
		"an AWS client, such as aws kms list-keys --endpoint-url URL. Access keys are IAM's: aws iam."
	return g
}

func (t *terminal) keysList(ctx context.Context, cfg *config, _ []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		versions, err := tr.vault.Versions(writeback.TicketKey)
		if err != nil {
			return err
		}
		for _, v := range versions {
			state := "current"
			switch {
			case !v.RevokedAt.IsZero():
				state = "revoked " + v.RevokedAt.UTC().Format("2006-01-02 15:04:05Z")
			case !v.RetiredAt.IsZero():
				state = "verifies old tickets"
			}
			fmt.Fprintf(t.out, "%s  version %d  made %s  %s\n", v.KeyID, v.Number, v.CreatedAt.UTC().Format("2006-01-02 15:04:05Z"), state)
		}
		return nil
	})
}

func (t *terminal) keysRotate(ctx context.Context, cfg *config, _ []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		kid, err := tr.vault.Rotate(ctx, operator, writeback.TicketKey)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "New tickets are signed with %s. Older ones stay valid until they expire.\n", kid)
		return err
	})
}

func (t *terminal) keysRevoke(ctx context.Context, cfg *config, args []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		if err := tr.vault.Revoke(ctx, operator, writeback.TicketKey, args[0]); err != nil {
			return err
		}
		_, err := fmt.Fprintf(t.out, "Tickets signed with %s are refused from now on.\n", args[0])
		return err
	})
}
