package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type listAliasesInput struct {
	page
	KeyID string `json:"KeyId"` // "" for those of all keys
}

type listAliasesOutput struct {
	Aliases []alias
	more
}

type alias struct {
	AliasName       string
	AliasARN        string `json:"AliasArn"`
	TargetKeyID     string `json:"TargetKeyId"`
	CreationDate    aws.Time
	LastUpdatedDate aws.Time
}

func (s service) listAliases(ctx context.Context, c *aws.Call, in *listAliasesInput) (*listAliasesOutput, error) {
	list, err := in.list(c)
	if err != nil {
		return nil, err
	}
	p, err := s.kms.ListAliases(ctx, c.Caller, kms.ListOfKeyInput{ListInput: list, KeyID: in.KeyID})
	if err != nil {
		return nil, err
	}
	return &listAliasesOutput{each(p.Items, newAlias), rest(p)}, nil
}

func newAlias(a kms.Alias) alias {
	return alias{a.Name, a.ARN, a.TargetKeyID, aws.Time{Time: a.CreationDate}, aws.Time{Time: a.UpdatedAt}}
}
