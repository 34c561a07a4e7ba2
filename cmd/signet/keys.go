package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"signet/kms"
	"signet/writeback"
)

// minute is how commands print times that people compare.
const minute = "2006-01-02 15:04:05Z"

func (t *terminal) keysCommand() *cobra.Command {
	g := group("keys", "Look after the keys of the KMS",
		t.keysListCommand(),
		t.keyCommand("show KEY", "Show one key: state, rotation, aliases, grants, last events", t.keysShow),
		t.keysCreateCommand(),
		t.keyCommand("enable KEY", "Let a disabled key be used again", t.keysEnable),
		t.keyCommand("disable KEY", "Refuse every use of a key from the next request on, until it is enabled", t.keysDisable),
		t.keyCommand("rotate KEY", "Encrypt under new material from now on; what is encrypted stays readable", t.keysRotate),
		t.keyCommand("grants KEY", "List the grants of a key", t.keysGrants),
		t.keysPolicyCommand(),
		t.keysDeleteCommand(),
		t.keyCommand("undelete KEY", "Take back the planned deletion of a key, which is disabled then", t.keysUndelete),
		t.connectKeyCommand(),
		t.rotateRootCommand(),
	)
	g.Long = `Look after the keys of the KMS in the home region (--region), as the operator of the server: key policies do not
bind who can read the data folder, but each command is on the audit log. KEY is an id, an ARN or alias/NAME.
And replace the root key, under which all of them are sealed. The key that signs tickets is another thing:
signet ticket-key. Access keys are IAM's: signet access-key.`
	return g
}

// keyCommand makes a command on one key.
func (t *terminal) keyCommand(use, short string, do func(context.Context, *trust, *config, kms.KeyMetadata) error) *cobra.Command {
	return t.command(&cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		Example: "  signet keys " + strings.Replace(use, "KEY", "alias/app", 1) + " --data /var/lib/signet",
	}, trustSettings, func(ctx context.Context, cfg *config, args []string) error { return t.onKey(ctx, cfg, args[0], do) })
}

// onKey finds a key by any of its names: the operations that change one want its id.
func (t *terminal) onKey(ctx context.Context, cfg *config, name string, do func(context.Context, *trust, *config, kms.KeyMetadata) error) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		key, err := tr.kms.DescribeKey(ctx, operator, kms.DescribeKeyInput{Scope: kms.Scope{Region: cfg.region}, KeyID: name})
		if err != nil {
			return err
		}
		return do(ctx, tr, cfg, key)
	})
}

func named(cfg *config, key kms.KeyMetadata) kms.KeyInput {
	return kms.KeyInput{Scope: kms.Scope{Region: cfg.region}, KeyID: key.KeyID}
}

func (t *terminal) keysListCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use: "list", Short: "List the keys of the KMS, and apart from them the key that signs tickets", Example: "  signet keys list --data /var/lib/signet",
	}, trustSettings, t.keysList)
}

func (t *terminal) keysList(ctx context.Context, cfg *config, _ []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		fmt.Fprintf(t.out, "Keys of the KMS in %s:\n", cfg.region)
		w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		found := 0
		in := kms.ListInput{Scope: kms.Scope{Region: cfg.region}, Limit: 100}
		for more := true; more; {
			page, err := tr.kms.Outlines(ctx, operator, in)
			if err != nil {
				return err
			}
			for _, k := range page.Items {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", k.KeyID, k.KeyState, k.KeySpec, strings.Join(k.Aliases, ","), k.Description)
			}
			found += len(page.Items)
			in.Marker, more = page.NextMarker, page.Truncated
		}
		if found == 0 {
			fmt.Fprintln(w, "  none yet: signet keys create makes one")
		}
		fmt.Fprintln(w, "The key that signs tickets (signet ticket-key):")
		if err := w.Flush(); err != nil {
			return err
		}
		versions, err := tr.vault.Versions(writeback.TicketKey)
		if err != nil {
			return err
		}
		return printTicketKey(&indented{w: t.out}, versions)
	})
}

// indented moves lines to the right. Each write is a line.
type indented struct{ w io.Writer }

func (i *indented) Write(b []byte) (int, error) { return fmt.Fprintf(i.w, "  %s", b) }

func (t *terminal) keysShow(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	o, err := tr.kms.Outline(ctx, operator, named(cfg, key))
	if err != nil {
		return err
	}
	events, err := tr.kms.Events(ctx, operator, named(cfg, key), 5)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	line("key", o.KeyID)
	line("arn", o.ARN)
	line("description", o.Description)
	line("state", o.KeyState)
	line("deletion", stamp(o.DeletionDate))
	line("spec", o.KeySpec+", "+o.KeyUsage)
	line("origin", o.Origin)
	line("manager", o.KeyManager)
	line("made", stamp(o.CreationDate))
	line("material", o.CurrentKeyMaterialID)
	line("expires", stamp(o.ValidTo))
	line("rotation", rotationText(o.Rotation))
	line("aliases", strings.Join(o.Aliases, ", "))
	for _, tag := range o.Tags {
		line("tag", tag.Key+"="+tag.Value)
	}
	line("grants", fmt.Sprint(o.Grants))
	for _, e := range events {
		line("event", strings.Join([]string{stamp(e.Time), e.Operation, "by " + e.Who, e.Result}, "  "))
	}
	return w.Flush()
}

func rotationText(r *kms.RotationStatus) string {
	switch {
	case r == nil:
		return "its kind is never rotated"
	case !r.KeyRotationEnabled:
		return "by hand only"
	}
	return fmt.Sprintf("every %d days, next %s", r.RotationPeriodInDays, stamp(r.NextRotationDate))
}

// stamp is "" for no time.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(minute)
}

func (t *terminal) keysCreateCommand() *cobra.Command {
	var in kms.CreateKeyInput
	var alias string
	c := t.command(&cobra.Command{
		Use:     "create",
		Short:   "Make a key and print its id",
		Example: "  signet keys create --alias alias/app --description 'what the app keeps' --data /var/lib/signet",
	}, trustSettings, func(ctx context.Context, cfg *config, _ []string) error {
		if alias != "" && !strings.HasPrefix(alias, "alias/") {
			return usage("--alias: %q does not begin with alias/", alias)
		}
		return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
			in.Scope = kms.Scope{Region: cfg.region}
			key, err := tr.kms.CreateNamedKey(ctx, operator, in, alias)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, key.KeyID)
			return err
		})
	})
	c.Flags().StringVar(&alias, "alias", "", "name of the key, as alias/app")
	c.Flags().StringVar(&in.Description, "description", "", "what it is for")
	c.Flags().StringVar(&in.KeySpec, "spec", "", "kind of the key, as RSA_2048, ECC_NIST_P256 or HMAC_256; SYMMETRIC_DEFAULT when left out")
	c.Flags().StringVar(&in.KeyUsage, "usage", "", "ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC or KEY_AGREEMENT")
	return c
}

func (t *terminal) keysEnable(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	if err := tr.kms.EnableKey(ctx, operator, named(cfg, key)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "%s can be used from the next request on.\n", key.KeyID)
	return err
}

func (t *terminal) keysDisable(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	if err := tr.kms.DisableKey(ctx, operator, named(cfg, key)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "%s is refused from the next request on, on every server. What it encrypted opens again after: signet keys enable %s\n", key.KeyID, key.KeyID)
	return err
}

func (t *terminal) keysRotate(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	if _, err := tr.kms.RotateKeyOnDemand(ctx, operator, named(cfg, key)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "%s has new material. What the old one encrypted stays readable.\n", key.KeyID)
	return err
}

func (t *terminal) keysGrants(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	in := kms.ListGrantsInput{ListOfKeyInput: kms.ListOfKeyInput{ListInput: kms.ListInput{Scope: kms.Scope{Region: cfg.region}, Limit: 100}, KeyID: key.KeyID}}
	for more := true; more; {
		page, err := tr.kms.ListGrants(ctx, operator, in)
		if err != nil {
			return err
		}
		for _, g := range page.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", g.GrantID, g.GranteePrincipal, strings.Join(g.Operations, ","), g.Name)
		}
		in.Marker, more = page.NextMarker, page.Truncated
	}
	return w.Flush()
}

func (t *terminal) keysPolicyCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:     "policy KEY [FILE]",
		Short:   "Print the policy of a key, or replace it by a file's",
		Long:    "Print the policy of a key, or replace it by that of FILE, which may be - for standard input.",
		Args:    cobra.RangeArgs(1, 2),
		Example: "  signet keys policy alias/app --data /var/lib/signet > policy.json\n  signet keys policy alias/app policy.json --data /var/lib/signet",
	}, trustSettings, func(ctx context.Context, cfg *config, args []string) error {
		if len(args) == 1 {
			return t.onKey(ctx, cfg, args[0], t.keysPolicy)
		}
		text, err := t.read(args[1])
		if err != nil {
			return err
		}
		return t.onKey(ctx, cfg, args[0], func(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
			in := kms.PutKeyPolicyInput{KeyPolicyInput: kms.KeyPolicyInput{Scope: kms.Scope{Region: cfg.region}, KeyID: key.KeyID}, Policy: string(text)}
			if err := tr.kms.PutKeyPolicy(ctx, operator, in); err != nil {
				return err
			}
			_, err := fmt.Fprintf(t.out, "%s has the policy from the next request on.\n", key.KeyID)
			return err
		})
	})
}

func (t *terminal) keysPolicy(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	out, err := tr.kms.GetKeyPolicy(ctx, operator, kms.KeyPolicyInput{Scope: kms.Scope{Region: cfg.region}, KeyID: key.KeyID})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, out.Policy)
	return err
}

func (t *terminal) keysDeleteCommand() *cobra.Command {
	var days int
	c := t.command(&cobra.Command{
		Use:   "delete KEY",
		Short: "Plan the deletion of a key, which refuses every use from then on",
		Long: `Plan the deletion of a key in 7 to 30 days. It refuses every use from then on; until the day, signet keys undelete
takes the deletion back. After it, what the key encrypted is lost for good.`,
		Args:    cobra.ExactArgs(1),
		Example: "  signet keys delete alias/app --days 14 --data /var/lib/signet",
	}, trustSettings, func(ctx context.Context, cfg *config, args []string) error {
		return t.onKey(ctx, cfg, args[0], func(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
			out, err := tr.kms.ScheduleKeyDeletion(ctx, operator, kms.ScheduleKeyDeletionInput{Scope: kms.Scope{Region: cfg.region}, KeyID: key.KeyID, PendingWindowInDays: days})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s is refused from now on and deleted on %s. Until then: signet keys undelete %s\n", key.KeyID, stamp(out.DeletionDate), key.KeyID)
			return err
		})
	})
	c.Flags().IntVar(&days, "days", 30, "until it is deleted: 7 to 30")
	return c
}

func (t *terminal) keysUndelete(ctx context.Context, tr *trust, cfg *config, key kms.KeyMetadata) error {
	if _, err := tr.kms.CancelKeyDeletion(ctx, operator, named(cfg, key)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "%s stays. It is disabled: signet keys enable %s\n", key.KeyID, key.KeyID)
	return err
}
