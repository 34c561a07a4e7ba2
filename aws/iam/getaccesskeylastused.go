package iam

import (
	"context"

	"signet/aws"
)

type lastUsed struct {
	User string `xml:"UserName"`
	Use  use    `xml:"AccessKeyLastUsed"`
}

type use struct {
	At      *aws.Stamp `xml:"LastUsedDate"`
	Service string     `xml:"ServiceName"`
	Region  string     `xml:"Region"`
}

func (s service) getAccessKeyLastUsed(ctx context.Context, c *aws.Call, in *aws.Input) (*lastUsed, error) {
	id := in.Need("AccessKeyId")
	if err := in.Err(); err != nil {
		return nil, err
	}
	k, err := s.iam.GetAccessKeyLastUsed(ctx, c.Caller, id)
	if err != nil {
		return nil, err
	}
	out := &lastUsed{User: k.User, Use: use{Service: "N/A", Region: "N/A"}}
	if !k.UsedAt.IsZero() {
		out.Use = use{At: &aws.Stamp{Time: k.UsedAt}, Service: k.UsedService, Region: k.UsedRegion}
	}
	return out, nil
}
