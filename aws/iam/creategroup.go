package iam

import (
	"context"

	"signet/aws"
)

type groupAnswer struct {
	Group group `xml:"Group"`
}

func (s service) createGroup(ctx context.Context, c *aws.Call, in *aws.Input) (*groupAnswer, error) {
	name, path := in.Need("GroupName"), in.Text("Path")
	if err := in.Err(); err != nil {
		return nil, err
	}
	g, err := s.iam.CreateGroup(ctx, c.Caller, name, path)
	if err != nil {
		return nil, err
	}
	return &groupAnswer{newGroup(g)}, nil
}
