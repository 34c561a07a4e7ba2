package web

import (
	"context"
	"time"

	"github.com/google/uuid"

	"signet/policy"
	"signet/secrets"
)

// secretRotation is how and when a secret is rotated, and how the last try went.
type secretRotation struct {
	On        bool       `json:"on"`
	Rotator   string     `json:"rotator" doc:"the built-in rotator's name"`
	Schedule  string     `json:"schedule,omitempty" doc:"rate(...) or cron(...), in UTC; empty for never"`
	Window    string     `json:"window,omitempty" doc:"its length, such as 3h"`
	OpensAt   *time.Time `json:"opensAt,omitempty" doc:"the next window"`
	ClosesAt  *time.Time `json:"closesAt,omitempty"`
	RotatedAt *time.Time `json:"rotatedAt,omitempty"`
	Pending   string     `json:"pending,omitempty" doc:"version that a rotation is making"`
	Failures  int64      `json:"failures" doc:"tries of the rotation under way that failed"`
	RetryAt   *time.Time `json:"retryAt,omitempty"`
}

type rotationStep struct {
	At      time.Time `json:"at"`
	Step    string    `json:"step" enum:"createSecret,setSecret,testSecret,finishSecret"`
	Version string    `json:"version"`
	Result  string    `json:"result" doc:"ok, or the code of an error"`
	Reason  string    `json:"reason,omitempty" doc:"why it failed"`
}

type rotationSteps struct {
	Items []rotationStep `json:"items" nullable:"false" doc:"newest first"`
}

type rotationPlan struct {
	SecretName
	Body struct {
		Rotator  string `json:"rotator" enum:"SignetPostgreSQLSingleUser,SignetPostgreSQLMultiUser,SignetMySQLSingleUser,SignetMySQLMultiUser"`
		Schedule string `json:"schedule" minLength:"1" maxLength:"256" doc:"rate(30 days), or cron(0 3 ? * SUN *) in UTC"`
		Window   string `json:"window,omitempty" maxLength:"3" doc:"hours, such as 3h; empty until the end of the day"`
		Now      bool   `json:"now,omitempty" doc:"also rotate now"`
	}
}

type scheduleRequest struct {
	SecretName
	Schedule string `query:"schedule" required:"true" maxLength:"256"`
	Window   string `query:"window" maxLength:"3"`
}

type nextWindow struct {
	OpensAt  *time.Time `json:"opensAt,omitempty" doc:"missing when there is none"`
	ClosesAt *time.Time `json:"closesAt,omitempty"`
}

// PUT /secret/rotation
func (s *Server) planRotation(ctx context.Context, caller policy.Caller, in *rotationPlan) (*body[secretView], error) {
	_, err := s.cfg.Secrets.RotateSecret(ctx, caller, secrets.RotateSecretInput{
		Region: s.home().Region, SecretID: in.Name, ClientRequestToken: uuid.NewString(),
		RotationLambdaARN: s.cfg.Secrets.RotatorARN(s.home().Region, in.Body.Rotator),
		RotationRules:     secrets.RotationRules{ScheduleExpression: in.Body.Schedule, Duration: in.Body.Window}, OnSchedule: !in.Body.Now,
	})
	return s.secretAfter(ctx, caller, in.Name, err)
}

// DELETE /secret/rotation
func (s *Server) endRotation(ctx context.Context, caller policy.Caller, in *SecretName) (*body[secretView], error) {
	_, err := s.cfg.Secrets.CancelRotateSecret(ctx, caller, s.secretNamed(in.Name))
	return s.secretAfter(ctx, caller, in.Name, err)
}

// POST /secret/rotations: one that failed is tried again with the version that it was making.
func (s *Server) rotateSecret(ctx context.Context, caller policy.Caller, in *SecretName) (*body[secretView], error) {
	o, err := s.cfg.Secrets.Outline(ctx, caller, s.secretNamed(in.Name))
	if err != nil {
		return nil, err
	}
	token := o.Pending
	if token == "" {
		token = uuid.NewString()
	}
	_, err = s.cfg.Secrets.RotateSecret(ctx, caller, secrets.RotateSecretInput{Region: s.home().Region, SecretID: in.Name, ClientRequestToken: token})
	return s.secretAfter(ctx, caller, in.Name, err)
}

// GET /secret/rotations
func (s *Server) rotationSteps(ctx context.Context, caller policy.Caller, in *SecretName) (*body[rotationSteps], error) {
	taken, err := s.cfg.Secrets.StepsTaken(ctx, caller, s.secretNamed(in.Name), 8)
	return wrap(rotationSteps{list(taken, func(t secrets.StepTaken) rotationStep { return rotationStep(t) })}, err)
}

// GET /secret/schedule
func (s *Server) nextRotation(ctx context.Context, caller policy.Caller, in *scheduleRequest) (*body[nextWindow], error) {
	opens, closes, _, err := s.cfg.Secrets.NextRotation(ctx, caller, s.secretNamed(in.Name),
		secrets.RotationRules{ScheduleExpression: in.Schedule, Duration: in.Window})
	return wrap(nextWindow{maybe(opens), maybe(closes)}, err)
}

func rotationOf(o secrets.Outline) *secretRotation {
	if o.Rotator == "" {
		return nil
	}
	r := &secretRotation{
		On: o.RotationEnabled, Rotator: o.Rotator, Schedule: o.RotationRules.Expression(), Window: o.RotationRules.Duration,
		OpensAt: maybe(o.OpensAt), ClosesAt: maybe(o.NextRotationDate), RotatedAt: maybe(o.LastRotatedDate),
		Pending: o.Pending, Failures: o.Failures, RetryAt: maybe(o.RetryAt),
	}
	return r
}
