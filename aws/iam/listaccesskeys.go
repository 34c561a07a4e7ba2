package iam

import (
	"context"

	"signet/aws"
)

type accessKeys struct {
	Keys aws.Members[accessKey] `xml:"AccessKeyMetadata"`
	more
}

func (s service) listAccessKeys(ctx context.Context, c *aws.Call, in *aws.Input) (*accessKeys, error) {
	name := in.Text("UserName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, err := s.iam.ListAccessKeys(ctx, c.Caller, name)
	if err != nil {
		return nil, err
	}
	return &accessKeys{Keys: each(all, newAccessKey)}, nil
}
