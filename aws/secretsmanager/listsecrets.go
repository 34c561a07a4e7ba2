package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type listSecretsInput struct {
	IncludePlannedDeletion bool
	MaxResults             *int
	NextToken              string
	Filters                []filter
	SortOrder, SortBy      string
}

type listSecretsOutput struct {
	SecretList []secretEntry
	NextToken  string `json:",omitempty"`
}

type secretEntry struct {
	description
	SecretVersionsToStages map[string][]string `json:",omitempty"`
}

func (s service) listSecrets(ctx context.Context, c *aws.Call, in *listSecretsInput) (*listSecretsOutput, error) {
	most, err := number("maxResults", in.MaxResults)
	if err != nil {
		return nil, err
	}
	out, err := s.secrets.ListSecrets(ctx, c.Caller, secrets.ListSecretsInput{
		Region: c.Region, Filters: filters(in.Filters), IncludePlannedDeletion: in.IncludePlannedDeletion, SortOrder: in.SortOrder,
		SortBy: in.SortBy, MaxResults: most, NextToken: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &listSecretsOutput{each(out.Secrets, newEntry), out.NextToken}, nil
}

func newEntry(d secrets.Description) secretEntry {
	return secretEntry{newDescription(d), d.VersionIDsToStages}
}
