package secrets

import (
	"context"
	"time"

	"signet/policy"
)

// SecretInput names one secret.
type SecretInput struct {
	Region   string
	SecretID string
}

// Description is what is known of a secret, but for its values. Times are zero for never.
type Description struct {
	ARN, Name, Description, KmsKeyID string
	RotationEnabled                  bool
	RotationLambdaARN                string
	RotationRules                    RotationRules // zero for none
	LastRotatedDate                  time.Time
	NextRotationDate                 time.Time // the end of the next window
	CreatedDate, LastChangedDate     time.Time
	LastAccessedDate                 time.Time // a day
	DeletedDate                      time.Time // when a planned deletion comes true
	Tags                             []Tag
	VersionIDsToStages               map[string][]string
	OwningService                    string
	PrimaryRegion                    string
}

// DescribeSecret describes a secret, also one that waits for its deletion.
func (s *Service) DescribeSecret(ctx context.Context, c policy.Caller, in SecretInput) (Description, error) {
	t, err := s.look(ctx, c, request{region: in.Region, action: "DescribeSecret", secret: in.SecretID})
	if err != nil {
		return Description{}, err
	}
	return s.describe(t.record), nil
}

func (s *Service) describe(r *record) Description {
	d := Description{
		ARN: s.arn(r.region, r.name, r.suffix), Name: r.name, Description: r.description, KmsKeyID: r.kmsKey,
		RotationEnabled: r.rotationOn, RotationLambdaARN: r.rotator, RotationRules: r.rules,
		LastRotatedDate: timeOf(r.rotated), CreatedDate: time.UnixMicro(r.created).UTC(), LastChangedDate: time.UnixMicro(r.changed).UTC(),
		LastAccessedDate: dayOf(r.accessed), DeletedDate: timeOf(r.deleteAt), Tags: listTags(r.tags),
		VersionIDsToStages: r.on.byVersion(), OwningService: r.owner, PrimaryRegion: r.region,
	}
	if r.rotationOn {
		d.NextRotationDate = timeOf(r.rotateBy)
	}
	return d
}

// ListSecretVersionIDsInput asks for one page of a secret's versions.
type ListSecretVersionIDsInput struct {
	Region            string
	SecretID          string
	IncludeDeprecated bool // versions without a label too
	MaxResults        int  // 0 for 100
	NextToken         string
}

// VersionEntry is a version in a list.
type VersionEntry struct {
	VersionID        string
	VersionStages    []string
	CreatedDate      time.Time
	LastAccessedDate time.Time // a day, or zero
	KmsKeyIDs        []string
}

// ListSecretVersionIDsOutput is one page of versions. NextToken asks for the next; it is "" on the last.
type ListSecretVersionIDsOutput struct {
	ARN, Name string
	Versions  []VersionEntry
	NextToken string
}

// ListSecretVersionIDs lists the versions of a secret, oldest first.
func (s *Service) ListSecretVersionIDs(ctx context.Context, c policy.Caller, in ListSecretVersionIDsInput) (ListSecretVersionIDsOutput, error) {
	most, err := limit(in.MaxResults, 100, 100)
	if err != nil {
		return ListSecretVersionIDsOutput{}, err
	}
	t, err := s.look(ctx, c, request{region: in.Region, action: "ListSecretVersionIds", secret: in.SecretID,
		params: params{"includeDeprecated": in.IncludeDeprecated, "maxResults": in.MaxResults, "nextToken": in.NextToken}})
	if err != nil {
		return ListSecretVersionIDsOutput{}, err
	}
	list := cursorOf("ListSecretVersionIds", in.Region, t.record.id, flagText(in.IncludeDeprecated))
	after, err := list.open(in.NextToken)
	if err != nil {
		return ListSecretVersionIDsOutput{}, err
	}
	versions, err := s.versionsAfter(ctx, t.record.id, after)
	if err != nil {
		return ListSecretVersionIDsOutput{}, err
	}
	out := ListSecretVersionIDsOutput{ARN: t.arn, Name: t.record.name}
	labels := t.record.on.byVersion()
	var last *versionRow
	for _, v := range versions {
		if len(labels[v.id]) == 0 && !in.IncludeDeprecated {
			continue
		}
		if len(out.Versions) == most {
			out.NextToken = list.close(position{last.created, last.id})
			break
		}
		out.Versions, last = append(out.Versions, entryOf(v, labels[v.id])), v
	}
	return out, nil
}

func entryOf(v *versionRow, labels []string) VersionEntry {
	key := v.kmsKey
	if key == "" {
		key = "DefaultEncryptionKey"
	}
	return VersionEntry{VersionID: v.id, VersionStages: labels, CreatedDate: time.UnixMicro(v.created).UTC(),
		LastAccessedDate: dayOf(v.accessed), KmsKeyIDs: []string{key}}
}

// versionsAfter reads the versions behind a position: they are few, about a hundred at most.
func (s *Service) versionsAfter(ctx context.Context, secret string, after position) ([]*versionRow, error) {
	rows, err := s.db.Query(ctx, `SELECT version_id, kind, NULL, kms_key, created_at, accessed_at FROM sm_versions
		WHERE secret_id = ? AND (created_at > ? OR created_at = ? AND version_id > ?) ORDER BY created_at, version_id`,
		secret, after.at, after.at, after.id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*versionRow
	for rows.Next() {
		v, err := scanVersion(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
