package secrets

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"signet/policy"
)

// BatchGetSecretValueInput names secrets, or filters them.
type BatchGetSecretValueInput struct {
	Region     string
	SecretIDs  []string
	Filters    []Filter
	MaxResults int // with filters; 0 for 20
	NextToken  string
}

// BatchError says why one secret of a batch has no value.
type BatchError struct{ SecretID, ErrorCode, Message string }

// BatchGetSecretValueOutput has the values that there are. NextToken asks for the next.
type BatchGetSecretValueOutput struct {
	SecretValues []GetSecretValueOutput
	Errors       []BatchError
	NextToken    string
}

const maxBatch = 20

// BatchGetSecretValue returns the current values of several secrets. Each is asked for and recorded as by
// GetSecretValue; those that the caller may not read are among the errors.
func (s *Service) BatchGetSecretValue(ctx context.Context, c policy.Caller, in BatchGetSecretValueInput) (BatchGetSecretValueOutput, error) {
	asked := in.params()
	if err := in.check(); err != nil {
		return BatchGetSecretValueOutput{}, err
	}
	if _, err := s.look(ctx, c, request{region: in.Region, action: "BatchGetSecretValue", params: asked}); err != nil {
		return BatchGetSecretValueOutput{}, err
	}
	ids, next := in.SecretIDs, ""
	if len(in.Filters) > 0 {
		page, err := s.ListSecrets(ctx, c, ListSecretsInput{Region: in.Region, Filters: in.Filters, MaxResults: in.MaxResults, NextToken: in.NextToken})
		if err != nil {
			return BatchGetSecretValueOutput{}, err
		}
		next = page.NextToken
		for _, d := range page.Secrets {
			ids = append(ids, d.ARN)
		}
	}
	out, err := s.getEach(ctx, c, in.Region, ids)
	out.NextToken = next
	return out, err
}

func (in *BatchGetSecretValueInput) check() error {
	switch {
	case (len(in.SecretIDs) == 0) == (len(in.Filters) == 0):
		return invalidParameter("You must include either SecretIdList or Filters, but not both.")
	case len(in.SecretIDs) > maxBatch:
		return constraint("secretIdList", "have length less than or equal to %d", maxBatch)
	case len(in.SecretIDs) > 0 && (in.MaxResults != 0 || in.NextToken != ""):
		return invalidParameter("MaxResults and NextToken can only be used with Filters.")
	}
	var err error
	in.MaxResults, err = limit(in.MaxResults, maxBatch, maxBatch)
	return err
}

func (in BatchGetSecretValueInput) params() params {
	return params{"secretIdList": in.SecretIDs, "filters": filterParams(in.Filters), "maxResults": in.MaxResults, "nextToken": in.NextToken}
}

// getEach reads secrets side by side, so that their events share their way to the disk.
func (s *Service) getEach(ctx context.Context, c policy.Caller, region string, ids []string) (BatchGetSecretValueOutput, error) {
	values := make([]GetSecretValueOutput, len(ids))
	failed := make([]*Error, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	for i, id := range ids {
		g.Go(func() error {
			var err error
			values[i], err = s.GetSecretValue(ctx, c, GetSecretValueInput{Region: region, SecretID: id})
			if e, ok := errors.AsType[*Error](err); ok {
				failed[i] = e
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		for _, v := range values {
			v.Value.Wipe()
		}
		return BatchGetSecretValueOutput{}, err
	}
	out := BatchGetSecretValueOutput{}
	for i, e := range failed {
		if e != nil {
			out.Errors = append(out.Errors, BatchError{ids[i], e.Code, e.Message})
		} else {
			out.SecretValues = append(out.SecretValues, values[i])
		}
	}
	return out, nil
}
