package secrets

import (
	"context"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// GetSecretValueInput names a secret and a version of it: by id, by label, or AWSCURRENT.
type GetSecretValueInput struct {
	Region                            string
	SecretID, VersionID, VersionStage string
}

// GetSecretValueOutput is a version with its value.
type GetSecretValueOutput struct {
	ARN, Name, VersionID string
	Value                Value
	VersionStages        []string
	CreatedDate          time.Time
}

// GetSecretValue returns a version's value. Each call is on the log.
func (s *Service) GetSecretValue(ctx context.Context, c policy.Caller, in GetSecretValueInput) (GetSecretValueOutput, error) {
	if err := checkVersionID(in.VersionID); err != nil {
		return GetSecretValueOutput{}, err
	}
	if in.VersionStage != "" {
		if err := checkLabel(in.VersionStage); err != nil {
			return GetSecretValueOutput{}, err
		}
	}
	stage := in.VersionStage
	if stage == "" && in.VersionID == "" {
		stage = Current
	}
	r := request{region: in.Region, action: "GetSecretValue", secret: in.SecretID, readOnly: true,
		params:     params{"versionId": in.VersionID, "versionStage": in.VersionStage},
		conditions: given{}.text("VersionId", in.VersionID).text("VersionStage", stage)}
	var out GetSecretValueOutput
	err := s.do(ctx, c, r, func(ctx context.Context, t target) (_ map[string]string, err error) {
		if out, err = s.get(ctx, c, t, in); err != nil {
			return nil, err
		}
		return map[string]string{"version": out.VersionID}, nil
	})
	if err != nil {
		out.Value.Wipe()
		return GetSecretValueOutput{}, err
	}
	return out, nil
}

// get reads and opens a version.
func (s *Service) get(ctx context.Context, c policy.Caller, t target, in GetSecretValueInput) (GetSecretValueOutput, error) {
	v, labels, err := s.pick(ctx, t, in.VersionID, in.VersionStage)
	if err != nil {
		return GetSecretValueOutput{}, err
	}
	value, err := s.seal.open(ctx, c, t.place(v), v.kind, v.sealed)
	if err != nil {
		return GetSecretValueOutput{}, err
	}
	out := GetSecretValueOutput{ARN: t.arn, Name: t.record.name, VersionID: v.id, Value: value, VersionStages: labels,
		CreatedDate: time.UnixMicro(v.created).UTC()}
	return out, s.accessed(ctx, t.record, v)
}

// pick finds the version that a request means, and its labels.
func (s *Service) pick(ctx context.Context, t target, id, label string) (*versionRow, []string, error) {
	if t.record == nil {
		return nil, nil, notFound()
	}
	if err := t.record.living(); err != nil {
		return nil, nil, err
	}
	on := t.record.on
	what := "VersionId: " + id
	if id == "" {
		if label == "" {
			label = Current
		}
		id, what = on[label], "staging label: "+label
	}
	v, err := readVersion(ctx, s.db, t.record.id, id)
	switch {
	case err != nil:
		return nil, nil, err
	case v == nil || v.kind == emptyValue:
		return nil, nil, fail(ResourceNotFoundException, "Secrets Manager can't find the specified secret value for %s", clip(what))
	case label != "" && on[label] != v.id:
		return nil, nil, invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
	}
	return v, on.of(v.id), nil
}

// place is where the value of a version lies.
func (t target) place(v *versionRow) place {
	return place{region: t.record.region, arn: t.arn, version: v.id, key: v.kmsKey}
}

// accessed notes the day on which a secret was last read: one write a day, not one a reading.
func (s *Service) accessed(ctx context.Context, r *record, v *versionRow) error {
	today := s.clock().UTC().Truncate(24 * time.Hour).UnixMicro()
	if r.accessed >= today && v.accessed >= today {
		return nil
	}
	return s.db.TxOn(ctx, smTopic, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE sm_secrets SET accessed_at = ? WHERE id = ?", today, r.id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE sm_versions SET accessed_at = ? WHERE secret_id = ? AND version_id = ?", today, r.id, v.id)
		return err
	})
}
