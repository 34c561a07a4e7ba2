package sts

import (
	"context"

	"signet/aws"
)

type sessionToken struct {
	Credentials credentials `xml:"Credentials"`
}

func (s service) getSessionToken(ctx context.Context, c *aws.Call, in *aws.Input) (*sessionToken, error) {
	seconds := in.Int("DurationSeconds", 0, 1<<30)
	if in.Has("SerialNumber") || in.Has("TokenCode") {
		return nil, &aws.Error{Code: "AccessDenied", Message: "MultiFactorAuthentication failed: users of this server have no MFA devices.", Status: 403}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	made, err := s.iam.GetSessionToken(ctx, c.Caller, seconds)
	if err != nil {
		return nil, err
	}
	return &sessionToken{newCredentials(made)}, nil
}
