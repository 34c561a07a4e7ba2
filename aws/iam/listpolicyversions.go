package iam

import (
	"context"

	"signet/aws"
)

type versions struct {
	Versions aws.Members[version] `xml:"Versions"`
	more
}

func (s service) listPolicyVersions(ctx context.Context, c *aws.Call, in *aws.Input) (*versions, error) {
	arn := in.Need("PolicyArn")
	if err := in.Err(); err != nil {
		return nil, err
	}
	all, err := s.iam.ListPolicyVersions(ctx, c.Caller, arn)
	if err != nil {
		return nil, err
	}
	return &versions{Versions: each(all, newVersion)}, nil
}
