package secrets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"signet/internal/store"
	"signet/policy"
)

// CreateSecretInput describes a new secret. Without a value it has no version yet.
type CreateSecretInput struct {
	Region             string
	Name, Description  string
	ClientRequestToken string // becomes the id of the version
	KmsKeyID           string // id, ARN or alias; "" for the service's own key
	Value              Value
	Tags               []Tag
	AddReplicaRegions  bool // replicas are asked for
}

// VersionOutput is what the operations answer that make or move a version.
type VersionOutput struct {
	ARN, Name, VersionID string
	VersionStages        []string
}

// CreateSecret makes a secret. The same request again gives the same answer.
func (s *Service) CreateSecret(ctx context.Context, c policy.Caller, in CreateSecretInput) (VersionOutput, error) {
	tags, err := in.check()
	if err != nil {
		return VersionOutput{}, err
	}
	rec := &policy.Record{}
	r := request{region: in.Region, action: "CreateSecret", secret: in.Name, create: true, record: rec,
		params:     params{"description": in.Description, "kmsKeyId": in.KmsKeyID, "clientRequestToken": in.ClientRequestToken, "tags": tagParams(in.Tags)},
		conditions: given{}.text("Name", in.Name).text("Description", in.Description).text("KmsKeyId", in.KmsKeyID).tags(in.Tags)}
	var out VersionOutput
	err = s.do(ctx, c, r, func(ctx context.Context, _ target) (map[string]string, error) {
		out, err = s.create(ctx, c, in, tags)
		if err != nil {
			return nil, err
		}
		rec.Resources, rec.Response = touched(out.ARN), answered(out.ARN, "")
		return map[string]string{"arn": out.ARN, "version": out.VersionID}, nil
	})
	if err != nil {
		return VersionOutput{}, err
	}
	return out, nil
}

func (in CreateSecretInput) check() (map[string]string, error) {
	if in.AddReplicaRegions {
		return nil, notSupported("Replication to other Regions")
	}
	if !nameForm.MatchString(in.Name) {
		return nil, badName()
	}
	if err := checkText("description", in.Description, 0, maxDescription); err != nil {
		return nil, err
	}
	if err := checkText("kmsKeyId", in.KmsKeyID, 0, 2048); err != nil {
		return nil, err
	}
	if !in.Value.IsZero() {
		if err := firstWrong(checkToken(in.ClientRequestToken), in.Value.check()); err != nil {
			return nil, err
		}
	}
	return addTags(nil, in.Tags)
}

func (s *Service) create(ctx context.Context, c policy.Caller, in CreateSecretInput, tags map[string]string) (VersionOutput, error) {
	for range maxAgain {
		now := s.clock()
		before, err := readRecord(ctx, s.db, in.Region, in.Name, now)
		if err != nil {
			return VersionOutput{}, err
		}
		if before != nil {
			return s.createAgain(ctx, c, in, before)
		}
		r := &record{id: rand.Text(), region: in.Region, name: in.Name, suffix: newSuffix(), description: in.Description,
			kmsKey: in.KmsKeyID, tags: tags, revision: 1, created: now.UnixMicro(), changed: now.UnixMicro()}
		v, err := s.firstVersion(ctx, c, in, r)
		if err != nil {
			return VersionOutput{}, err
		}
		if err := s.insert(ctx, r, v); !errors.Is(err, errAgain) {
			return s.created(r, v), err
		}
	}
	return VersionOutput{}, fail(InternalServiceError, "The secret changes too often at the moment. Try again.")
}

// firstVersion seals the value of a new secret; nil when there is none. The key is tried even then, so
// that a secret is not made whose key cannot be used.
func (s *Service) firstVersion(ctx context.Context, c policy.Caller, in CreateSecretInput, r *record) (*versionRow, error) {
	t := s.targetOf(r)
	if in.Value.IsZero() {
		return nil, s.tryKey(ctx, c, t)
	}
	return s.newVersion(ctx, c, t, in.ClientRequestToken, in.Value)
}

// newVersion seals a value as a version of a secret.
func (s *Service) newVersion(ctx context.Context, c policy.Caller, t target, id string, value Value) (*versionRow, error) {
	v := &versionRow{id: id, kind: value.kind, kmsKey: t.record.kmsKey, created: s.clock().UnixMicro()}
	sealed, err := s.seal.seal(ctx, c, t.place(v), value)
	if err != nil {
		return nil, fmt.Errorf("sealing a value of %s: %w", t.arn, err)
	}
	v.sealed = sealed
	return v, nil
}

// tryKey finds out whether a key that was named can be used for a secret.
func (s *Service) tryKey(ctx context.Context, c policy.Caller, t target) error {
	if t.record.kmsKey == "" {
		return nil
	}
	key, _, err := s.seal.keys.make(ctx, c, t.place(&versionRow{id: "RequestToValidateKeyAccess", kmsKey: t.record.kmsKey}))
	key.Wipe()
	return err
}

// insert writes a new secret, unless one of its name has come meanwhile. One whose end has come is removed.
func (s *Service) insert(ctx context.Context, r *record, v *versionRow) error {
	return s.db.TxOn(ctx, smTopic, func(tx *store.Tx) error {
		var id string
		err := tx.QueryRow(ctx, "SELECT id FROM sm_secrets WHERE region = ? AND name = ?", r.region, r.name).Scan(&id)
		if err == nil {
			before, err := readByID(ctx, tx, id, s.clock())
			if err != nil {
				return err
			}
			if before != nil {
				return errAgain
			}
			if err := erase(ctx, tx, id); err != nil {
				return err
			}
		} else if !store.IsNoRows(err) {
			return err
		}
		if v != nil {
			r.on = stages{Current: v.id}
		}
		if err := insertRecord(ctx, tx, r); err != nil || v == nil {
			return err
		}
		return writeVersion(ctx, tx, r.id, v)
	})
}

func (s *Service) created(r *record, v *versionRow) VersionOutput {
	out := VersionOutput{ARN: s.arn(r.region, r.name, r.suffix), Name: r.name}
	if v != nil {
		out.VersionID = v.id
	}
	return out
}

// createAgain answers for a name that is taken: the same request again is no error.
func (s *Service) createAgain(ctx context.Context, c policy.Caller, in CreateSecretInput, r *record) (VersionOutput, error) {
	if r.deleteAt.Valid {
		return VersionOutput{}, invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	if !in.Value.IsZero() {
		v, err := readVersion(ctx, s.db, r.id, in.ClientRequestToken)
		if err != nil {
			return VersionOutput{}, err
		}
		same, err := s.holds(ctx, c, s.targetOf(r), v, in.Value)
		if err != nil || same {
			return s.created(r, v), err
		}
	}
	return VersionOutput{}, fail(ResourceExistsException, "The operation failed because the secret %s already exists.", in.Name)
}

// holds reports whether a version has a value, and no other.
func (s *Service) holds(ctx context.Context, c policy.Caller, t target, v *versionRow, value Value) (bool, error) {
	if v == nil || v.kind == emptyValue {
		return false, nil
	}
	held, err := s.seal.open(ctx, c, t.place(v), v.kind, v.sealed)
	if err != nil {
		return false, err
	}
	defer held.Wipe()
	return held.Equal(value), nil
}
