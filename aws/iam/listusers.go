package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

type users struct {
	Users aws.Members[user] `xml:"Users"`
	more
}

func (s service) listUsers(ctx context.Context, c *aws.Call, in *aws.Input) (*users, error) {
	p := page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, next, err := s.iam.List(ctx, c.Caller, identity.AUser, p)
	if err != nil {
		return nil, err
	}
	return &users{each(all, newUser), rest(next)}, nil
}
