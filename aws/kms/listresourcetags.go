package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type listResourceTagsOutput struct {
	Tags []tag
	more
}

func (s service) listResourceTags(ctx context.Context, c *aws.Call, in *pageOfKey) (*listResourceTagsOutput, error) {
	list, err := in.of(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListResourceTags(ctx, c.Caller, list)
	if err != nil {
		return nil, err
	}
	return &listResourceTagsOutput{each(p.Items, func(t kms.Tag) tag { return tag{t.Key, t.Value} }), rest(p)}, nil
}
