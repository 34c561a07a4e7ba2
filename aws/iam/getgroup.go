package iam

import (
	"context"

	"signet/aws"
)

type groupUsers struct {
	Group group             `xml:"Group"`
	Users aws.Members[user] `xml:"Users"`
	more
}

func (s service) getGroup(ctx context.Context, c *aws.Call, in *aws.Input) (*groupUsers, error) {
	name, p := in.Need("GroupName"), page(in)
	if err := in.Err(); err != nil {
		return nil, err
	}
	g, all, next, err := s.iam.GetGroup(ctx, c.Caller, name, p)
	if err != nil {
		return nil, err
	}
	return &groupUsers{newGroup(g), each(all, newUser), rest(next)}, nil
}
