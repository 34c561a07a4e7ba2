package iam

import (
	"context"

	"signet/aws"
	"signet/identity"
)

func (s service) listUserTags(ctx context.Context, c *aws.Call, in *aws.Input) (*tagList, error) {
	name := in.Need("UserName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	tags, err := s.iam.Tags(ctx, c.Caller, identity.AUser, name)
	if err != nil {
		return nil, err
	}
	return &tagList{Tags: newTags(tags)}, nil
}
