package secrets

import (
	"context"
	"slices"

	"signet/internal/store"
	"signet/policy"
)

// PutSecretValueInput holds a new version.
type PutSecretValueInput struct {
	Region             string
	SecretID           string
	ClientRequestToken string // becomes the id of the version
	Value              Value
	VersionStages      []string // none for AWSCURRENT
}

// PutSecretValue makes a version and gives it labels. With the token of a version that has the same
// value it does nothing.
func (s *Service) PutSecretValue(ctx context.Context, c policy.Caller, in PutSecretValueInput) (VersionOutput, error) {
	labels, err := checkLabels(in.VersionStages, Current)
	if err == nil {
		err = firstWrong(checkToken(in.ClientRequestToken), in.checkValue())
	}
	if err != nil {
		return VersionOutput{}, err
	}
	var out VersionOutput
	r := request{region: in.Region, action: "PutSecretValue", secret: in.SecretID,
		params:     params{"clientRequestToken": in.ClientRequestToken, "versionStages": in.VersionStages},
		conditions: given{}.text("VersionId", in.ClientRequestToken)}
	err = s.do(ctx, c, r, func(ctx context.Context, t target) (map[string]string, error) {
		out, err = s.put(ctx, c, t, in.ClientRequestToken, in.Value, labels)
		return map[string]string{"version": in.ClientRequestToken}, err
	})
	if err != nil {
		return VersionOutput{}, err
	}
	return out, nil
}

func (in PutSecretValueInput) checkValue() error {
	if in.Value.IsZero() {
		return invalidRequest("You must provide either SecretString or SecretBinary.")
	}
	return in.Value.check()
}

// put makes a version of a secret, or fills an empty one.
func (s *Service) put(ctx context.Context, c policy.Caller, t target, id string, value Value, labels []string) (VersionOutput, error) {
	out := VersionOutput{VersionID: id}
	t, err := s.revise(ctx, t, func(r *record) (apply, error) {
		if err := r.living(); err != nil {
			return nil, err
		}
		seen := s.targetOf(r)
		before, err := readVersion(ctx, s.db, r.id, id)
		if err != nil {
			return nil, err
		}
		if before != nil && before.kind != emptyValue {
			out.VersionStages = r.on.of(id)
			return nil, s.sameOrTaken(ctx, c, seen, before, value)
		}
		v, err := s.newVersion(ctx, c, seen, id, value)
		if err != nil {
			return nil, err
		}
		return func(tx *store.Tx, r *record) error {
			out.VersionStages, err = s.add(ctx, tx, r, v, labels)
			return err
		}, nil
	})
	if err != nil {
		return VersionOutput{}, err
	}
	out.ARN, out.Name = t.arn, t.record.name
	return out, nil
}

// sameOrTaken is for a token that is used already: nil when the version has the same value.
func (s *Service) sameOrTaken(ctx context.Context, c policy.Caller, t target, v *versionRow, value Value) error {
	same, err := s.holds(ctx, c, t, v, value)
	if err != nil || same {
		return err
	}
	return taken(v.id, t.arn)
}

func taken(token, arn string) *Error {
	return fail(ResourceExistsException, "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", token, arn)
}

// add writes a version with its labels. The first version of a secret is the current one, whatever was
// asked for.
func (s *Service) add(ctx context.Context, tx *store.Tx, r *record, v *versionRow, labels []string) ([]string, error) {
	if err := writeVersion(ctx, tx, r.id, v); err != nil {
		return nil, err
	}
	if r.on[Current] == "" && !slices.Contains(labels, Current) {
		labels = append(slices.Clone(labels), Current)
	}
	if err := r.on.putAll(labels, v.id); err != nil {
		return nil, err
	}
	return r.on.of(v.id), prune(ctx, tx, r, s.clock())
}
