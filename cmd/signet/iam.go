package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (t *terminal) accessKeyCommand() *cobra.Command {
	return group("access-key", "Look after access keys for AWS clients", t.command(&cobra.Command{
		Use:     "create USER",
		Short:   "Make an access key for a user; its secret is shown once",
		Example: "  signet access-key create ana --data /var/lib/signet",
		Args:    cobra.ExactArgs(1),
	}, trustSettings, t.accessKeyCreate))
}

func (t *terminal) accessKeyCreate(ctx context.Context, cfg *config, args []string) error {
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		k, secret, err := tr.identity.IAM().CreateAccessKey(ctx, operator, args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n", k.ID, secret.Reveal())
		return err
	})
}

// envLife is how long the credentials of aws-env live: a working day.
const envLife = 12 * time.Hour

func (t *terminal) awsEnvCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "aws-env [USER]",
		Short: "Print the variables that make the aws command talk to this server",
		Long: `Print the variables that make the aws command and the AWS SDKs talk to this server, with temporary credentials
of a user (admin when none is named) that live for twelve hours. An aws command before 2.13 does not read
AWS_ENDPOINT_URL, and would call AWS itself: add --endpoint-url "$AWS_ENDPOINT_URL" to each command of it.`,
		Example: `  eval "$(signet aws-env --data /var/lib/signet)" && aws sts get-caller-identity`,
		Args:    cobra.MaximumNArgs(1),
	}, append([]string{"url", "listen"}, trustSettings...), t.awsEnv)
}

func (t *terminal) awsEnv(ctx context.Context, cfg *config, args []string) error {
	user := "admin"
	if len(args) > 0 {
		user = args[0]
	}
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		c, err := tr.identity.IAM().CredentialsFor(ctx, operator, user, envLife)
		if err != nil {
			return err
		}
		base := cfg.url
		if base == "" {
			base = "http://" + cfg.listen
		}
		for _, kv := range [][2]string{
			{"AWS_ENDPOINT_URL", base}, {"AWS_REGION", cfg.region}, {"AWS_DEFAULT_REGION", cfg.region}, {"AWS_ACCESS_KEY_ID", c.ID},
			{"AWS_SECRET_ACCESS_KEY", string(c.Secret.Reveal())}, {"AWS_SESSION_TOKEN", string(c.Token.Reveal())},
		} {
			if _, err := fmt.Fprintf(t.out, "export %s='%s'\n", kv[0], strings.ReplaceAll(kv[1], "'", `'\''`)); err != nil {
				return err
			}
		}
		return nil
	})
}
