package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type getRandomPasswordInput struct {
	PasswordLength          *int
	ExcludeCharacters       string
	ExcludeNumbers          bool
	ExcludePunctuation      bool
	ExcludeUppercase        bool
	ExcludeLowercase        bool
	IncludeSpace            bool
	RequireEachIncludedType *bool // true when left out
}

type getRandomPasswordOutput struct{ RandomPassword text }

// Wipe overwrites the password.
func (out *getRandomPasswordOutput) Wipe() { clear(out.RandomPassword) }

func (s service) getRandomPassword(ctx context.Context, c *aws.Call, in *getRandomPasswordInput) (*getRandomPasswordOutput, error) {
	length, err := number("passwordLength", in.PasswordLength)
	if err != nil {
		return nil, err
	}
	password, err := s.secrets.GetRandomPassword(ctx, c.Caller, secrets.GetRandomPasswordInput{
		Region: c.Region, PasswordLength: length, ExcludeCharacters: in.ExcludeCharacters, ExcludeNumbers: in.ExcludeNumbers,
		ExcludePunctuation: in.ExcludePunctuation, ExcludeUppercase: in.ExcludeUppercase, ExcludeLowercase: in.ExcludeLowercase,
		IncludeSpace: in.IncludeSpace, AnyTypes: in.RequireEachIncludedType != nil && !*in.RequireEachIncludedType,
	})
	if err != nil {
		return nil, err
	}
	return &getRandomPasswordOutput{password.Reveal()}, nil
}
