package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type listSecretVersionIDsInput struct {
	secretInput
	MaxResults        *int
	NextToken         string
	IncludeDeprecated bool
}

type listSecretVersionIDsOutput struct {
	ARN, Name string
	Versions  []versionEntry
	NextToken string `json:",omitempty"`
}

type versionEntry struct {
	VersionID        string   `json:"VersionId"`
	VersionStages    []string `json:",omitempty"`
	LastAccessedDate aws.Time `json:",omitzero"`
	CreatedDate      aws.Time
	KmsKeyIDs        []string `json:"KmsKeyIds"`
}

func (s service) listSecretVersionIDs(ctx context.Context, c *aws.Call, in *listSecretVersionIDsInput) (*listSecretVersionIDsOutput, error) {
	most, err := number("maxResults", in.MaxResults)
	if err := first(need("secretId", in.SecretID), err); err != nil {
		return nil, err
	}
	out, err := s.secrets.ListSecretVersionIDs(ctx, c.Caller, secrets.ListSecretVersionIDsInput{
		Region: c.Region, SecretID: in.SecretID, IncludeDeprecated: in.IncludeDeprecated, MaxResults: most, NextToken: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &listSecretVersionIDsOutput{out.ARN, out.Name, each(out.Versions, newVersionEntry), out.NextToken}, nil
}

func newVersionEntry(v secrets.VersionEntry) versionEntry {
	return versionEntry{v.VersionID, v.VersionStages, aws.Time{Time: v.LastAccessedDate}, aws.Time{Time: v.CreatedDate}, v.KmsKeyIDs}
}
