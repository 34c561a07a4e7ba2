package kms

import (
	"context"

	"signet/aws"
	"signet/kms"
)

type scheduleKeyDeletionInput struct {
	KeyID               string `json:"KeyId"`
	PendingWindowInDays *int
}

type scheduleKeyDeletionOutput struct {
	KeyID               string `json:"KeyId"`
	DeletionDate        aws.Time
	KeyState            string
	PendingWindowInDays int
}

func (s service) scheduleKeyDeletion(ctx context.Context, c *aws.Call, in *scheduleKeyDeletionInput) (*scheduleKeyDeletionOutput, error) {
	if err := need("keyId", in.KeyID); err != nil {
		return nil, err
	}
	days, err := number("pendingWindowInDays", in.PendingWindowInDays)
	if err != nil {
		return nil, err
	}
	out, err := s.kms.ScheduleKeyDeletion(ctx, c.Caller, kms.ScheduleKeyDeletionInput{Scope: scope(c), KeyID: in.KeyID, PendingWindowInDays: days})
	if err != nil {
		return nil, err
	}
	return &scheduleKeyDeletionOutput{out.KeyARN, aws.Time{Time: out.DeletionDate}, out.KeyState, out.PendingWindowInDays}, nil
}
