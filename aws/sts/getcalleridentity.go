package sts

import (
	"context"

	"signet/aws"
)

type callerIdentity struct {
	ARN     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string `xml:"Account"`
}

func (s service) getCallerIdentity(ctx context.Context, c *aws.Call, _ *aws.Input) (*callerIdentity, error) {
	who, err := s.iam.WhoAmI(ctx, c.Caller)
	if err != nil {
		return nil, err
	}
	return &callerIdentity{ARN: who.ARN, UserID: who.ID, Account: who.Account}, nil
}
