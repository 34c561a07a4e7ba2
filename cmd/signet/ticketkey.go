package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"signet/secrets"
	"signet/writeback"
)

func (t *terminal) ticketKeyCommand() *cobra.Command {
	g := group("ticket-key", "Look after the key that signs tickets",
		t.command(&cobra.Command{
			Use: "list", Short: "List the versions of the ticket key", Example: "  signet ticket-key list --data /var/lib/signet",
		}, trustSettings, t.ticketKeyList),
		t.command(&cobra.Command{
			Use: "rotate", Short: "Sign new tickets with a new version; live tickets stay valid", Example: "  signet ticket-key rotate --data /var/lib/signet",
		}, trustSettings, t.ticketKeyRotate),
		t.command(&cobra.Command{
			Use: "revoke KID", Short: "Refuse every ticket that a version signed, from now on", Args: cobra.ExactArgs(1),
			Long: "Refuse every ticket that a version signed, from now on, on every server within a second. When it is the\n" +
				"current one, a new version takes its place.",
			Example: "  signet ticket-key list --data /var/lib/signet\n  signet ticket-key revoke k3f9a2 --data /var/lib/signet",
		}, trustSettings, t.ticketKeyRevoke),
	)
	g.Long = "Look after the key that signs tickets. The keys of the KMS are another thing: signet keys."
	return g
}

func (t *terminal) ticketKeyList(ctx context.Context, cfg *config, _ []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		versions, err := tr.vault.Versions(writeback.TicketKey)
		if err != nil {
			return err
		}
		return printTicketKey(t.out, versions)
	})
}

func printTicketKey(w io.Writer, versions []secrets.Version) error {
	for _, v := range versions {
		state := "current"
		switch {
		case !v.RevokedAt.IsZero():
			state = "revoked " + v.RevokedAt.UTC().Format(minute)
		case !v.RetiredAt.IsZero():
			state = "verifies old tickets"
		}
		if _, err := fmt.Fprintf(w, "%s  version %d  made %s  %s\n", v.KeyID, v.Number, v.CreatedAt.UTC().Format(minute), state); err != nil {
			return err
		}
	}
	return nil
}

func (t *terminal) ticketKeyRotate(ctx context.Context, cfg *config, _ []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		kid, err := tr.vault.Rotate(ctx, operator, writeback.TicketKey)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "New tickets are signed with %s. Older ones stay valid until they expire.\n", kid)
		return err
	})
}

func (t *terminal) ticketKeyRevoke(ctx context.Context, cfg *config, args []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		if err := tr.vault.Revoke(ctx, operator, writeback.TicketKey, args[0]); err != nil {
			return err
		}
		_, err := fmt.Fprintf(t.out, "Tickets signed with %s are refused from now on.\n", args[0])
		return err
	})
}
