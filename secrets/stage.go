package secrets

import (
	"context"

	"signet/internal/store"
	"signet/policy"
)

// UpdateSecretVersionStageInput moves a label: from a version, to a version, or both.
type UpdateSecretVersionStageInput struct {
	Region                               string
	SecretID, VersionStage               string
	RemoveFromVersionID, MoveToVersionID string
}

// NamedOutput is what operations answer that say no more than which secret it was.
type NamedOutput struct{ ARN, Name string }

// UpdateSecretVersionStage moves a label between versions, or takes it away.
func (s *Service) UpdateSecretVersionStage(ctx context.Context, c policy.Caller, in UpdateSecretVersionStageInput) (NamedOutput, error) {
	if err := in.check(); err != nil {
		return NamedOutput{}, err
	}
	r := request{region: in.Region, action: "UpdateSecretVersionStage", secret: in.SecretID,
		params:     params{"versionStage": in.VersionStage, "removeFromVersionId": in.RemoveFromVersionID, "moveToVersionId": in.MoveToVersionID},
		conditions: given{}.text("VersionStage", in.VersionStage),
		detail:     map[string]string{"stage": in.VersionStage, "from": in.RemoveFromVersionID, "to": in.MoveToVersionID}}
	t, err := s.change(ctx, c, r, func(ctx context.Context, tx *store.Tx, r *record) (map[string]string, error) {
		if err := r.living(); err != nil {
			return nil, err
		}
		if err := wantVersion(ctx, tx, r.id, in.RemoveFromVersionID, in.MoveToVersionID); err != nil {
			return nil, err
		}
		return nil, in.move(r.on)
	})
	if err != nil {
		return NamedOutput{}, err
	}
	return NamedOutput{t.arn, t.record.name}, nil
}

func (in UpdateSecretVersionStageInput) check() error {
	if err := checkLabel(in.VersionStage); err != nil {
		return err
	}
	if err := checkVersionID(in.RemoveFromVersionID); err != nil {
		return err
	}
	if err := checkVersionID(in.MoveToVersionID); err != nil {
		return err
	}
	if in.RemoveFromVersionID == "" && in.MoveToVersionID == "" {
		return invalidParameter("You must specify RemoveFromVersionId, MoveToVersionId, or both.")
	}
	return nil
}

// wantVersion wants versions to be there; "" is none.
func wantVersion(ctx context.Context, db reads, secret string, ids ...string) error {
	for _, id := range ids {
		v, err := readVersion(ctx, db, secret, id)
		if err != nil {
			return err
		}
		if v == nil && id != "" {
			return fail(ResourceNotFoundException, "Secrets Manager can't find the specified secret value for VersionId: %s", id)
		}
	}
	return nil
}

// move moves the label. The version that has it must be named, so that nobody moves what somebody else
// has just moved.
func (in UpdateSecretVersionStageInput) move(on stages) error {
	from, to := in.RemoveFromVersionID, in.MoveToVersionID
	holder := on[in.VersionStage]
	switch {
	case from != "" && holder != from:
		return invalidParameter("The parameter RemoveFromVersionId can't be %s. Staging label %s is not attached to that version.", from, in.VersionStage)
	case from == "" && holder != "" && holder != to:
		return invalidParameter("The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached to version %s, so you must explicitly reference that version in RemoveFromVersionId.", in.VersionStage, holder)
	case to == "" && in.VersionStage == Current:
		return invalidParameter("You can't remove the staging label AWSCURRENT from a version without moving it to another version.")
	case to == "":
		delete(on, in.VersionStage)
		return nil
	}
	return on.putAll([]string{in.VersionStage}, to)
}
