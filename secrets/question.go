package secrets

import (
	"context"

	"signet/policy"
)

// QuestionInput asks whether an operation on a secret is allowed.
type QuestionInput struct {
	SecretInput
	Operation string // without "secretsmanager:"
}

// Question prepares the question whether somebody may do an operation on a secret, for those who may read
// its policy. identity, which knows everybody's own policies, answers it.
func (s *Service) Question(ctx context.Context, c policy.Caller, in QuestionInput) (policy.Operation, error) {
	if _, err := s.look(ctx, c, request{region: in.Region, action: "GetResourcePolicy", secret: in.SecretID}); err != nil {
		return policy.Operation{}, err
	}
	op, _, err := s.prepare(ctx, request{region: in.Region, action: in.Operation, secret: in.SecretID})
	return op, err
}
