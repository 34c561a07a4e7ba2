package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type listKeysOutput struct {
	Keys []keyEntry
	more
}

type keyEntry struct {
	KeyID  string `json:"KeyId"`
	KeyARN string `json:"KeyArn"`
}

func (s service) listKeys(ctx context.Context, c *aws.Call, in *page) (*listKeysOutput, error) {
	list, err := in.list(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListKeys(ctx, c.Caller, list)
	if err != nil {
		return nil, err
	}
	return &listKeysOutput{each(p.Items, func(k kms.KeyEntry) keyEntry { return keyEntry(k) }), rest(p)}, nil
}
