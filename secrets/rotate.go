package secrets

import (
	"context"
	"database/sql"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// RotateSecretInput says how and when a secret is rotated. What is left out stays as it is.
type RotateSecretInput struct {
	Region             string
	SecretID           string
	ClientRequestToken string // becomes the id of the new version
	RotationLambdaARN  string // of a built-in rotator
	RotationRules      RotationRules
	OnSchedule         bool // RotateImmediately is false
}

// RotateSecret configures the rotation of a secret and starts one. RotateDue does the work.
func (s *Service) RotateSecret(ctx context.Context, c policy.Caller, in RotateSecretInput) (VersionOutput, error) {
	if err := in.check(s.account); err != nil {
		return VersionOutput{}, err
	}
	rec := &policy.Record{}
	r := request{region: in.Region, action: "RotateSecret", secret: in.SecretID, record: rec, params: in.params(),
		conditions: given{}.text("RotationLambdaARN", in.RotationLambdaARN).flag("RotateImmediately", !in.OnSchedule).flag("ModifyRotationRules", !in.RotationRules.IsZero()),
		detail:     map[string]string{"version": in.ClientRequestToken, "rotator": in.RotationLambdaARN}}
	t, err := s.change(ctx, c, r, func(ctx context.Context, tx *store.Tx, r *record) (map[string]string, error) {
		answer := answered(s.targetOf(r).arn, r.name)
		if !in.OnSchedule {
			answer["versionId"] = in.ClientRequestToken
		}
		rec.Response = answer
		return nil, s.startRotation(ctx, tx, r, in)
	})
	if err != nil {
		return VersionOutput{}, err
	}
	s.wake()
	out := VersionOutput{ARN: t.arn, Name: t.record.name}
	if !in.OnSchedule {
		out.VersionID = in.ClientRequestToken
	}
	return out, nil
}

func (in RotateSecretInput) params() params {
	p := params{"clientRequestToken": in.ClientRequestToken, "rotationLambdaARN": in.RotationLambdaARN, "rotationRules": in.RotationRules.params()}
	if in.OnSchedule {
		p["rotateImmediately"] = new(false)
	}
	return p
}

func (in RotateSecretInput) check(account string) error {
	if err := checkToken(in.ClientRequestToken); err != nil {
		return err
	}
	if !in.RotationRules.IsZero() {
		if _, err := in.RotationRules.parse(); err != nil {
			return err
		}
	}
	if in.RotationLambdaARN == "" {
		return nil
	}
	_, err := parseRotator(in.Region, account, in.RotationLambdaARN)
	return err
}

func (s *Service) startRotation(ctx context.Context, tx *store.Tx, r *record, in RotateSecretInput) error {
	if err := r.living(); err != nil {
		return err
	}
	if in.RotationLambdaARN != "" {
		r.rotator = in.RotationLambdaARN
	}
	if r.rotator == "" {
		return invalidRequest("No Lambda rotation function ARN is associated with this secret.")
	}
	if !in.RotationRules.IsZero() {
		r.rules = in.RotationRules
	}
	r.rotationOn = true
	if !in.OnSchedule {
		if err := s.begin(ctx, tx, r, in.ClientRequestToken); err != nil {
			return err
		}
	}
	return r.plan(s.clock())
}

// begin makes the empty version of a rotation. It is labelled before any step runs, so that whoever comes
// after a crash finds it.
func (s *Service) begin(ctx context.Context, tx *store.Tx, r *record, token string) error {
	v, err := readVersion(ctx, tx, r.id, token)
	if err != nil {
		return err
	}
	switch pending := r.on.rotating(); {
	case r.on[Current] == "":
		return invalidRequest("The secret has no current value that could be rotated.")
	case v != nil && r.on[Current] == token:
		return nil // the same request again, after its end
	case pending == token:
		r.token = token // the same request again
		return nil
	case pending != "":
		return invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
	case v != nil:
		return taken(token, s.targetOf(r).arn)
	}
	r.token = token
	if err := writeVersion(ctx, tx, r.id, &versionRow{id: token, kmsKey: r.kmsKey, created: s.clock().UnixMicro()}); err != nil {
		return err
	}
	return r.on.putAll([]string{Pending}, token)
}

// plan sets when the secret is rotated next: now when a rotation is under way, else by its rules.
func (r *record) plan(now time.Time) error {
	r.rotateAt, r.rotateBy = sql.NullInt64{}, sql.NullInt64{}
	if !r.rotationOn || r.deleteAt.Valid {
		return nil
	}
	if !r.rules.IsZero() {
		rules, err := r.rules.parse()
		if err != nil {
			return err
		}
		last := now
		if r.rotated.Valid {
			last = timeOf(r.rotated)
		}
		if opens, closes, ok := rules.next(last, now); ok {
			r.rotateAt, r.rotateBy = at(opens), at(closes)
		}
	}
	if r.token != "" {
		r.rotateAt = at(now)
	}
	return nil
}

// CancelRotateSecret turns a secret's rotation off. One that is under way stops before its next step; the
// version that it was making keeps AWSPENDING, and its id is in the answer.
func (s *Service) CancelRotateSecret(ctx context.Context, c policy.Caller, in SecretInput) (VersionOutput, error) {
	var pending string
	rec := &policy.Record{}
	r := request{region: in.Region, action: "CancelRotateSecret", secret: in.SecretID, record: rec}
	t, err := s.change(ctx, c, r, func(ctx context.Context, tx *store.Tx, r *record) (map[string]string, error) {
		if err := r.living(); err != nil {
			return nil, err
		}
		pending = r.on.rotating()
		rec.Response = params{"arn": s.targetOf(r).arn, "name": r.name, "versionId": pending}.Tidy()
		r.rotationOn, r.token, r.failures = false, "", 0
		return nil, r.plan(s.clock())
	})
	if err != nil {
		return VersionOutput{}, err
	}
	return VersionOutput{ARN: t.arn, Name: t.record.name, VersionID: pending}, nil
}

// Due receives when there may be work for RotateDue before its time.
func (s *Service) Due() <-chan struct{} { return s.due }

func (s *Service) wake() {
	select {
	case s.due <- struct{}{}:
	default: // somebody has been woken already
	}
}
