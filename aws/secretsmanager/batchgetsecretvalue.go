package secretsmanager

import (
	"context"

	"signet/aws"
	"signet/secrets"
)

type batchGetSecretValueInput struct {
	SecretIDList []string `json:"SecretIdList"`
	Filters      []filter
	MaxResults   *int
	NextToken    string
}

type batchGetSecretValueOutput struct {
	SecretValues []valueAnswer
	Errors       []apiError
	NextToken    string `json:",omitempty"`
}

type apiError struct {
	SecretID  string `json:"SecretId"`
	ErrorCode string
	Message   string
}

// Wipe overwrites the values.
func (out *batchGetSecretValueOutput) Wipe() {
	for i := range out.SecretValues {
		out.SecretValues[i].Wipe()
	}
}

func (s service) batchGetSecretValue(ctx context.Context, c *aws.Call, in *batchGetSecretValueInput) (*batchGetSecretValueOutput, error) {
	most, err := number("maxResults", in.MaxResults)
	if err != nil {
		return nil, err
	}
	for _, id := range in.SecretIDList {
		if err := need("secretIdList", id); err != nil {
			return nil, err
		}
	}
	out, err := s.secrets.BatchGetSecretValue(ctx, c.Caller, secrets.BatchGetSecretValueInput{
		Region: c.Region, SecretIDs: in.SecretIDList, Filters: filters(in.Filters), MaxResults: most, NextToken: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &batchGetSecretValueOutput{
		each(out.SecretValues, newValue), each(out.Errors, func(e secrets.BatchError) apiError { return apiError(e) }), out.NextToken,
	}, nil
}
