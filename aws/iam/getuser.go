package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) getUser(ctx context.Context, c *aws.Call, in *aws.Input) (*userAnswer, error) {
	name := in.Text("UserName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	u, err := s.iam.Get(ctx, c.Caller, identity.AUser, name)
	if err != nil {
		return nil, err
	}
	return &userAnswer{newUser(u)}, nil
}
