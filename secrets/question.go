package secrets

import (
	"context"

	"signet/policy"
)

// QuestionInput asks whether an operation on a secret is allowed, by its policy or by one that it might get.
type QuestionInput struct {
	SecretInput
	Operation string // without "secretsmanager:"
	Policy    string // "" for the one that the secret has
}

// Question prepares the question whether somebody may do an operation on a secret, for those who may read
// its policy. identity, which knows everybody's own policies, answers it. To read the value of a secret
// with a key of its own needs the key too, which is a question to KMS.
func (s *Service) Question(ctx context.Context, c policy.Caller, in QuestionInput) (policy.Operation, error) {
	if _, err := s.look(ctx, c, request{region: in.Region, action: "GetResourcePolicy", secret: in.SecretID}); err != nil {
		return policy.Operation{}, err
	}
	r := request{region: in.Region, action: in.Operation, secret: in.SecretID}
	if in.Operation == "GetSecretValue" {
		r.conditions = given{}.text("VersionStage", Current)
	}
	op, _, err := s.prepare(ctx, r)
	if err != nil || in.Policy == "" {
		return op, err
	}
	op.Rules.Policy, err = readPolicy(in.Policy)
	return op, err
}
