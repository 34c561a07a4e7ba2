package sts

import (
	"context"

	"signet/aws"
	"signet/identity"
)

type assumed struct {
	Credentials credentials `xml:"Credentials"`
	User        struct {
		ID  string `xml:"AssumedRoleId"`
		ARN string `xml:"Arn"`
	} `xml:"AssumedRoleUser"`
}

// unsupported are parameters that would change what the session may do: leaving them out in silence
// would give more than was asked for.
var unsupported = []string{"Tags.member.1.Key", "SourceIdentity", "SerialNumber", "TokenCode", "ProvidedContexts.member.1.ProviderArn"}

func (s service) assumeRole(ctx context.Context, c *aws.Call, in *aws.Input) (*assumed, error) {
	a := identity.Assumption{
		RoleARN: in.Need("RoleArn"), Session: in.Need("RoleSessionName"), Seconds: in.Int("DurationSeconds", 0, 1<<30),
		ExternalID: in.Text("ExternalId"), Policy: in.Text("Policy"), PolicyARNs: in.ListOf("PolicyArns", "arn"),
	}
	for _, name := range unsupported {
		if in.Has(name) {
			return nil, aws.Errorf("ValidationError", "%s is not supported by this server", name)
		}
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	made, err := s.iam.AssumeRole(ctx, c.Caller, a)
	if err != nil {
		return nil, err
	}
	out := &assumed{Credentials: newCredentials(made.Credentials)}
	out.User.ID, out.User.ARN = made.ID, made.ARN
	return out, nil
}
