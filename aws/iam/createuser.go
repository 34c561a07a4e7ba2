package iam

import (
	"context"

	"signet/aws"
)

func (s service) createUser(ctx context.Context, c *aws.Call, in *aws.Input) (*userAnswer, error) {
	name, path, boundary, tags := in.Need("UserName"), in.Text("Path"), in.Text("PermissionsBoundary"), in.Tags("Tags")
	if err := in.Err(); err != nil {
		return nil, err
	}
	u, err := s.iam.CreateUser(ctx, c.Caller, name, path, boundary, tags)
	if err != nil {
		return nil, err
	}
	return &userAnswer{newUser(u)}, nil
}
