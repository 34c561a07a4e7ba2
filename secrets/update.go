package secrets

import (
	"context"

	"signet/internal/store"
	"signet/policy"
)

// UpdateSecretInput holds what is to change; nil and the zero Value leave things as they are.
type UpdateSecretInput struct {
	Region                string
	SecretID              string
	ClientRequestToken    string // becomes the id of the version of a new value
	Description, KmsKeyID *string
	Value                 Value
}

// UpdateSecret changes a secret's description, key and value. A new value becomes the current version;
// under a new key the current, previous and pending versions are sealed anew.
func (s *Service) UpdateSecret(ctx context.Context, c policy.Caller, in UpdateSecretInput) (VersionOutput, error) {
	if err := in.check(); err != nil {
		return VersionOutput{}, err
	}
	r := request{region: in.Region, action: "UpdateSecret", secret: in.SecretID, conditions: in.conditions(), params: in.params()}
	out := VersionOutput{}
	err := s.do(ctx, c, r, func(ctx context.Context, t target) (map[string]string, error) {
		t, err := s.revise(ctx, t, func(r *record) (apply, error) { return s.planUpdate(ctx, c, in, r) })
		if err != nil {
			return nil, err
		}
		out = VersionOutput{ARN: t.arn, Name: t.record.name}
		if !in.Value.IsZero() {
			out.VersionID = in.ClientRequestToken
			return map[string]string{"version": out.VersionID}, nil
		}
		return nil, nil
	})
	return out, err
}

func (in UpdateSecretInput) check() error {
	var wrong []error
	if in.Description != nil {
		wrong = append(wrong, checkText("description", *in.Description, 0, maxDescription))
	}
	if in.KmsKeyID != nil {
		wrong = append(wrong, checkText("kmsKeyId", *in.KmsKeyID, 0, 2048))
	}
	if !in.Value.IsZero() {
		wrong = append(wrong, checkToken(in.ClientRequestToken), in.Value.check())
	}
	return firstWrong(wrong...)
}

func (in UpdateSecretInput) conditions() given {
	g := given{}
	if in.Description != nil {
		g.text("Description", *in.Description)
	}
	if in.KmsKeyID != nil {
		g.text("KmsKeyId", *in.KmsKeyID)
	}
	return g
}

func (in UpdateSecretInput) params() params {
	p := params{}
	if in.Description != nil {
		p["description"] = *in.Description
	}
	if in.KmsKeyID != nil {
		p["kmsKeyId"] = *in.KmsKeyID
	}
	if !in.Value.IsZero() {
		p["clientRequestToken"] = in.ClientRequestToken
	}
	return p
}

// planUpdate seals what an update needs sealed.
func (s *Service) planUpdate(ctx context.Context, c policy.Caller, in UpdateSecretInput, r *record) (apply, error) {
	if err := r.living(); err != nil {
		return nil, err
	}
	t := s.targetOf(r)
	var resealed []*versionRow
	if in.KmsKeyID != nil && *in.KmsKeyID != r.kmsKey {
		r.kmsKey = *in.KmsKeyID
		if err := s.tryKey(ctx, c, t); err != nil {
			return nil, err
		}
		var err error
		if resealed, err = s.reseal(ctx, c, t); err != nil {
			return nil, err
		}
	}
	var added *versionRow
	if !in.Value.IsZero() {
		v, err := readVersion(ctx, s.db, r.id, in.ClientRequestToken)
		if err != nil {
			return nil, err
		}
		if v != nil {
			return nil, taken(v.id, t.arn)
		}
		if added, err = s.newVersion(ctx, c, t, in.ClientRequestToken, in.Value); err != nil {
			return nil, err
		}
	}
	return func(tx *store.Tx, now *record) error {
		if in.Description != nil {
			now.description = *in.Description
		}
		now.kmsKey = r.kmsKey
		for _, v := range resealed {
			if err := writeVersion(ctx, tx, now.id, v); err != nil {
				return err
			}
		}
		if added == nil {
			return nil
		}
		_, err := s.add(ctx, tx, now, added, []string{Current})
		return err
	}, nil
}

// reseal seals the versions that are in use under the secret's new key.
func (s *Service) reseal(ctx context.Context, c policy.Caller, t target) ([]*versionRow, error) {
	on := t.record.on
	done := map[string]bool{}
	var out []*versionRow
	for _, label := range []string{Current, Previous, Pending} {
		v, err := readVersion(ctx, s.db, t.record.id, on[label])
		if err != nil {
			return nil, err
		}
		if v == nil || v.kind == emptyValue || done[v.id] {
			continue
		}
		done[v.id] = true
		value, err := s.seal.open(ctx, c, t.place(v), v.kind, v.sealed)
		if err != nil {
			return nil, err
		}
		anew, err := s.newVersion(ctx, c, t, v.id, value)
		value.Wipe()
		if err != nil {
			return nil, err
		}
		anew.created = v.created
		out = append(out, anew)
	}
	return out, nil
}
