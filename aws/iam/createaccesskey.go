package iam

import (
	"context"

	"signet/aws"
)

type newKeyAnswer struct {
	Key accessKey `xml:"AccessKey"`
}

func (s service) createAccessKey(ctx context.Context, c *aws.Call, in *aws.Input) (*newKeyAnswer, error) {
	name := in.Text("UserName")
	if err := in.Err(); err != nil {
		return nil, err
	}
	k, secret, err := s.iam.CreateAccessKey(ctx, c.Caller, name)
	if err != nil {
		return nil, err
	}
	out := newAccessKey(k)
	out.Secret = string(secret.Reveal()) // shown once
	return &newKeyAnswer{out}, nil
}
