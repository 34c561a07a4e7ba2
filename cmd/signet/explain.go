package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"signet/kms"
	"signet/policy"
	"signet/secrets"
)

func (t *terminal) policyCommand() *cobra.Command {
	return group("policy", "Look into IAM policies", t.command(&cobra.Command{
		Use:   "explain PRINCIPAL ACTION [RESOURCE [KEY=VALUE ...]]",
		Short: "Say whether somebody may do something, which statement decides, and what would be needed",
		Long: `Say whether a principal may do an action on a resource, which statement of which policy decides, and what would be needed
when it is denied. PRINCIPAL is a user's name, the ARN of a role, or the id of an access key, whose session policies
count then. All that counts for a request is looked at: policies of the user and its groups or of the role, the
boundary, the key policy and the grants of a key, the policy of a secret, the trust policy of a role that is assumed.
RESOURCE is an ARN; for kms: and secretsmanager: the name in the home region will do, as alias/app or db.
Condition keys follow as KEY=VALUE.`,
		Example: "  signet policy explain ana iam:ListUsers --data /var/lib/signet\n" +
			"  signet policy explain ana kms:Decrypt alias/app kms:EncryptionContext:app=quotes --data /var/lib/signet\n" +
			"  signet policy explain arn:aws:iam::123456789012:role/auditor secretsmanager:GetSecretValue db --data /var/lib/signet",
		Args: cobra.MinimumNArgs(2),
	}, trustSettings, t.policyExplain))
}

func (t *terminal) policyExplain(ctx context.Context, cfg *config, args []string) error {
	action, resource := args[1], "*"
	given := map[string][]string{}
	if len(args) > 2 {
		resource = args[2]
		for _, kv := range args[3:] {
			key, value, ok := strings.Cut(kv, "=")
			if !ok {
				return usage("%q is no condition key such as aws:SourceIp=192.0.2.7", kv)
			}
			given[key] = append(given[key], value)
		}
	}
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		asked, note, err := tr.question(ctx, cfg.region, action, resource)
		if err != nil {
			return err
		}
		for key, values := range given {
			asked.Rules.Context[key] = values
		}
		answer, err := tr.identity.Explain(ctx, operator, args[0], asked)
		if err != nil {
			return err
		}
		return t.printExplanation(answer, note)
	})
}

func (t *terminal) printExplanation(e policy.Explanation, note string) error {
	text := e.Why + ".\n"
	if e.Needed != "" {
		text += "It would need " + e.Needed + ".\n"
	}
	looked := "no policy at all"
	if len(e.Looked) > 0 {
		looked = strings.Join(e.Looked, ", ")
	}
	text += "Looked at: " + looked + ".\n"
	if note != "" {
		text += note + "\n"
	}
	_, err := fmt.Fprint(t.out, text)
	return err
}

// question gathers the rules of a resource. A resource that is not there has none, which the note says.
func (tr *trust) question(ctx context.Context, region, action, resource string) (asked policy.Operation, note string, err error) {
	service, operation, _ := strings.Cut(action, ":")
	if parts := strings.Split(resource, ":"); len(parts) > 5 && parts[3] != "" {
		region = parts[3]
	}
	plain := policy.Operation{Action: action, Rules: &policy.Rules{Resource: resource, Context: map[string][]string{}}}
	if resource == "*" {
		return plain, "", nil
	}
	switch service {
	case "kms":
		asked, err = tr.keyQuestion(ctx, kms.Scope{Region: region}, operation, resource)
	case "secretsmanager":
		asked, err = tr.secrets.Question(ctx, operator, secrets.QuestionInput{SecretInput: secrets.SecretInput{Region: region, SecretID: resource}, Operation: operation})
	default:
		return plain, "", nil
	}
	if k, ok := errors.AsType[*kms.Error](err); ok && k.Code == kms.NotFoundException {
		return plain, "There is no such key, so that no key policy and no grant was looked at.", nil
	}
	if e, ok := errors.AsType[*secrets.Error](err); ok && (e.Code == secrets.ResourceNotFoundException || e.Code == secrets.ValidationException) {
		return plain, "There is no such secret, so that no policy of it was looked at.", nil
	}
	return asked, "", err
}

// keyQuestion asks about a key by any of its names.
func (tr *trust) keyQuestion(ctx context.Context, scope kms.Scope, operation, name string) (policy.Operation, error) {
	key, err := tr.kms.DescribeKey(ctx, operator, kms.DescribeKeyInput{Scope: scope, KeyID: name})
	if err != nil {
		return policy.Operation{}, err
	}
	return tr.kms.Question(ctx, operator, kms.QuestionInput{KeyInput: kms.KeyInput{Scope: scope, KeyID: key.KeyID}, Operation: operation})
}
