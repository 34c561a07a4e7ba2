package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// Policy is a managed policy.
type Policy struct {
	ID          string
	ARN         string
	Name        string
	Path        string
	Description string
	Default     int64 // the version that counts
	Attached    int   // to how many
	CreatedAt   time.Time
	UpdatedAt   time.Time

	last int64
}

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	Number    int64
	Document  string
	Default   bool
	CreatedAt time.Time
}

// Limits of IAM.
const (
	maxVersions     = 5
	maxManagedBytes = 6144
	maxAttached     = 10
)

// VersionID is how the wire writes a version's number.
func VersionID(n int64) string { return "v" + strconv.FormatInt(n, 10) }

func parseVersionID(id string) (int64, error) {
	number, ok := strings.CutPrefix(id, "v")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || n < 1 || VersionID(n) != id {
		return 0, refused(validation, "The specified value for versionId is invalid. It must be v and a number, such as v1")
	}
	return n, nil
}

// parsePolicy checks a document before it is kept.
func parsePolicy(kind policy.Kind, text string, most int) error {
	_, err := policy.ParseDocument([]byte(text), policy.Options{Kind: kind, MaxBytes: most})
	if e, ok := errors.AsType[*fault.Error](err); ok {
		named := *e
		named.Name = malformed
		if e.Code == fault.TooLarge {
			named.Name = limitExceeded
		}
		return &named
	}
	return err
}

const (
	policyColumns = `SELECT p.id, p.arn, p.name, p.path, p.description, p.default_version, p.last_version, p.created_at, p.updated_at,
		(SELECT COUNT(*) FROM iam_attached a WHERE a.arn = p.arn) FROM iam_policies p`
)

func scanPolicy(row scanner) (Policy, error) {
	var p Policy
	var created, updated int64
	err := row.Scan(&p.ID, &p.ARN, &p.Name, &p.Path, &p.Description, &p.Default, &p.last, &created, &updated, &p.Attached)
	p.CreatedAt, p.UpdatedAt = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
	return p, err
}

// builtinSince is when the built-in policies are said to be made; they change with the program only.
var builtinSince = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// policyOf returns a managed policy that must be there.
func policyOf(ctx context.Context, db queries, arn string) (Policy, error) {
	if _, ok := builtin(arn); ok {
		return builtinPolicy(ctx, db, strings.TrimPrefix(arn, builtinPrefix))
	}
	p, err := scanPolicy(db.QueryRow(ctx, policyColumns+" WHERE p.arn = ?", arn))
	if store.IsNoRows(err) {
		return Policy{}, missing("Policy %s does not exist or is not attachable.", arn)
	}
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy %s: %w", arn, err)
	}
	return p, nil
}

func builtinPolicy(ctx context.Context, db queries, name string) (Policy, error) {
	p := Policy{ID: builtinID(name), ARN: builtinPrefix + name, Name: name, Path: "/", Default: 1, last: 1, CreatedAt: builtinSince, UpdatedAt: builtinSince}
	err := db.QueryRow(ctx, "SELECT COUNT(*) FROM iam_attached WHERE arn = ?", p.ARN).Scan(&p.Attached)
	return p, err
}

// builtinID is the same in every account, as AWS's are.
func builtinID(name string) string {
	sum := sha256.Sum256([]byte("signet built-in policy\x00" + name))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

func (m IAM) attachable(ctx context.Context, db queries, arn string) error {
	_, err := policyOf(ctx, db, arn)
	return err
}

// CreatePolicy makes a managed policy with its first version.
func (m IAM) CreatePolicy(ctx context.Context, c policy.Caller, p Policy, document string) (Policy, error) {
	if err := errors.Join(checkName("policyName", p.Name), checkPath(&p.Path)); err != nil {
		return Policy{}, first(err)
	}
	p.ARN = m.arn("policy", p.Path, p.Name)
	op := operation("iam:CreatePolicy", p.ARN, params{"policyName": p.Name, "path": p.Path, "description": p.Description, "policyDocument": document})
	err := m.change(ctx, c, op, func(tx *store.Tx) error {
		if err := parsePolicy(policy.IdentityPolicy, document, maxManagedBytes); err != nil {
			return err
		}
		var same int
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM iam_policies WHERE folded = ?", fold(p.Name)).Scan(&same); err != nil {
			return err
		}
		if same > 0 {
			return refused(alreadyExists, "A policy called %s already exists. Duplicate names are not allowed.", p.Name)
		}
		p.ID, p.Default, p.last, p.CreatedAt = iamID("ANPA"), 1, 1, m.s.clock().UTC()
		p.UpdatedAt = p.CreatedAt
		at := p.CreatedAt.UnixMicro()
		_, err := tx.Exec(ctx, `INSERT INTO iam_policies (id, arn, name, folded, path, description, default_version, last_version, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?, ?)`, p.ID, p.ARN, p.Name, fold(p.Name), p.Path, p.Description, at, at)
		if err != nil {
			return err
		}
		op.Record.Response = params{"policy": params{
			"arn": p.ARN, "policyId": p.ID, "policyName": p.Name, "path": p.Path, "defaultVersionId": "v1", "attachmentCount": 0, "isAttachable": true,
			"createDate": policy.Timestamp(p.CreatedAt), "updateDate": policy.Timestamp(p.CreatedAt),
		}}
		return insertPolicyVersion(ctx, tx, p.ID, 1, document, p.CreatedAt)
	})
	return p, err
}

func insertPolicyVersion(ctx context.Context, tx *store.Tx, id string, number int64, document string, at time.Time) error {
	_, err := tx.Exec(ctx, "INSERT INTO iam_policy_versions (policy_id, version, document, created_at) VALUES (?, ?, ?, ?)", id, number, document, at.UnixMicro())
	return err
}

// first is the first of joined errors: clients get one.
func first(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()[0]
	}
	return err
}

// GetPolicy describes a managed policy.
func (m IAM) GetPolicy(ctx context.Context, c policy.Caller, arn string) (Policy, error) {
	op := operation("iam:GetPolicy", arn, params{"policyArn": arn})
	return read(ctx, m, c, op, func() (Policy, error) { return policyOf(ctx, m.s.db, arn) })
}

// Scopes of ListPolicies.
const (
	ScopeAll   = "All"
	ScopeAWS   = "AWS"
	ScopeLocal = "Local"
)

// ListPolicies lists managed policies: the account's own by name, then the built-in ones.
func (m IAM) ListPolicies(ctx context.Context, c policy.Caller, scope string, onlyAttached bool, p Page) ([]Policy, string, error) {
	if err := m.view(ctx, c, operation("iam:ListPolicies", m.arn("policy", "/", ""), params{"scope": scope, "onlyAttached": onlyAttached})); err != nil {
		return nil, "", err
	}
	all, err := m.ownPolicies(ctx)
	if err != nil {
		return nil, "", err
	}
	if scope == ScopeAWS {
		all = nil
	}
	for _, name := range sortedKeys(builtins) {
		if scope == ScopeLocal {
			break
		}
		one, err := builtinPolicy(ctx, m.s.db, name)
		if err != nil {
			return nil, "", err
		}
		all = append(all, one)
	}
	var kept []Policy
	for _, one := range all {
		if one.ARN > p.After && (one.Attached > 0 || !onlyAttached) && strings.HasPrefix(one.Path, p.PathPrefix) {
			kept = append(kept, one)
		}
	}
	slices.SortFunc(kept, func(a, b Policy) int { return strings.Compare(a.ARN, b.ARN) })
	page, next := cut(kept, p, func(p Policy) string { return p.ARN })
	return page, next, nil
}

func (m IAM) ownPolicies(ctx context.Context) ([]Policy, error) {
	rows, err := m.s.db.Query(ctx, policyColumns+"")
	if err != nil {
		return nil, fmt.Errorf("listing policies: %w", err)
	}
	defer rows.Close()
	var all []Policy
	for rows.Next() {
		one, err := scanPolicy(rows)
		if err != nil {
			return nil, fmt.Errorf("listing policies: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// alterPolicy changes a policy of the account.
func (m IAM) alterPolicy(ctx context.Context, c policy.Caller, action, arn string, more params, f func(*store.Tx, *policy.Record, Policy) error) error {
	request := params{"policyArn": arn}
	for k, v := range more {
		request[k] = v
	}
	op := operation("iam:"+action, arn, request)
	return m.change(ctx, c, op, func(tx *store.Tx) error {
		p, err := policyOf(ctx, tx, arn)
		if err != nil {
			return err
		}
		if strings.HasPrefix(arn, builtinPrefix) {
			return refused(unmodifiable, "Policy %s is built in and cannot be changed.", arn)
		}
		return f(tx, op.Record, p)
	})
}

// DeletePolicy removes a managed policy that is attached to nothing and has one version left.
func (m IAM) DeletePolicy(ctx context.Context, c policy.Caller, arn string) error {
	return m.alterPolicy(ctx, c, "DeletePolicy", arn, nil, func(tx *store.Tx, _ *policy.Record, p Policy) error {
		n, err := countVersions(ctx, tx, p)
		if err != nil {
			return err
		}
		bounds, err := boundBy(ctx, tx, arn)
		switch {
		case err != nil:
			return err
		case p.Attached > 0 || bounds > 0:
			return refused(deleteConflict, "Cannot delete a policy attached to entities.")
		case n > 1:
			return refused(deleteConflict, "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		return erasePolicy(ctx, tx, p)
	})
}

func erasePolicy(ctx context.Context, tx *store.Tx, p Policy) error {
	if _, err := tx.Exec(ctx, "DELETE FROM iam_policy_versions WHERE policy_id = ?", p.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM iam_policies WHERE id = ?", p.ID)
	return err
}

// boundBy counts those whose permissions boundary a policy is.
func boundBy(ctx context.Context, tx *store.Tx, arn string) (n int, err error) {
	err = tx.QueryRow(ctx, "SELECT (SELECT COUNT(*) FROM users WHERE boundary = ?) + (SELECT COUNT(*) FROM iam_roles WHERE boundary = ?)", arn, arn).Scan(&n)
	return n, err
}

func countVersions(ctx context.Context, tx *store.Tx, p Policy) (n int, err error) {
	err = tx.QueryRow(ctx, "SELECT COUNT(*) FROM iam_policy_versions WHERE policy_id = ?", p.ID).Scan(&n)
	return n, err
}

// CreatePolicyVersion adds a version, and makes it the one that counts when asked to.
func (m IAM) CreatePolicyVersion(ctx context.Context, c policy.Caller, arn, document string, setDefault bool) (PolicyVersion, error) {
	v := PolicyVersion{Default: setDefault, CreatedAt: m.s.clock().UTC()}
	err := m.alterPolicy(ctx, c, "CreatePolicyVersion", arn, params{"policyDocument": document, "setAsDefault": setDefault}, func(tx *store.Tx, rec *policy.Record, p Policy) error {
		if err := parsePolicy(policy.IdentityPolicy, document, maxManagedBytes); err != nil {
			return err
		}
		n, err := countVersions(ctx, tx, p)
		if err != nil {
			return err
		}
		if n >= maxVersions {
			return refused(limitExceeded, "A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		v.Number = p.last + 1
		rec.Response = params{"policyVersion": params{"versionId": VersionID(v.Number), "isDefaultVersion": setDefault, "createDate": policy.Timestamp(v.CreatedAt)}}
		if err := insertPolicyVersion(ctx, tx, p.ID, v.Number, document, v.CreatedAt); err != nil {
			return err
		}
		if !setDefault {
			_, err = tx.Exec(ctx, "UPDATE iam_policies SET last_version = ? WHERE id = ?", v.Number, p.ID)
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE iam_policies SET last_version = ?, default_version = ?, updated_at = ? WHERE id = ?", v.Number, v.Number, v.CreatedAt.UnixMicro(), p.ID)
		return err
	})
	return v, err
}

// SetDefaultPolicyVersion says which version counts.
func (m IAM) SetDefaultPolicyVersion(ctx context.Context, c policy.Caller, arn, id string) error {
	return m.alterPolicy(ctx, c, "SetDefaultPolicyVersion", arn, params{"versionId": id}, func(tx *store.Tx, _ *policy.Record, p Policy) error {
		v, err := versionOf(ctx, tx, p, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE iam_policies SET default_version = ?, updated_at = ? WHERE id = ?", v.Number, m.s.clock().UnixMicro(), p.ID)
		return err
	})
}

// DeletePolicyVersion removes a version that does not count.
func (m IAM) DeletePolicyVersion(ctx context.Context, c policy.Caller, arn, id string) error {
	return m.alterPolicy(ctx, c, "DeletePolicyVersion", arn, params{"versionId": id}, func(tx *store.Tx, _ *policy.Record, p Policy) error {
		v, err := versionOf(ctx, tx, p, id)
		if err != nil {
			return err
		}
		if v.Default {
			return refused(deleteConflict, "Cannot delete the default version of a policy.")
		}
		_, err = tx.Exec(ctx, "DELETE FROM iam_policy_versions WHERE policy_id = ? AND version = ?", p.ID, v.Number)
		return err
	})
}

// GetPolicyVersion returns one version with its document.
func (m IAM) GetPolicyVersion(ctx context.Context, c policy.Caller, arn, id string) (PolicyVersion, error) {
	op := operation("iam:GetPolicyVersion", arn, params{"policyArn": arn, "versionId": id})
	return read(ctx, m, c, op, func() (PolicyVersion, error) {
		p, err := policyOf(ctx, m.s.db, arn)
		if err != nil {
			return PolicyVersion{}, err
		}
		return versionOf(ctx, m.s.db, p, id)
	})
}

func versionOf(ctx context.Context, db queries, p Policy, id string) (PolicyVersion, error) {
	n, err := parseVersionID(id)
	if err != nil {
		return PolicyVersion{}, err
	}
	v := PolicyVersion{Number: n, Default: n == p.Default, CreatedAt: p.CreatedAt}
	if text, ok := builtin(p.ARN); ok && n == 1 {
		v.Document = text
		return v, nil
	}
	var created int64
	err = db.QueryRow(ctx, "SELECT document, created_at FROM iam_policy_versions WHERE policy_id = ? AND version = ?", p.ID, n).Scan(&v.Document, &created)
	if store.IsNoRows(err) {
		return PolicyVersion{}, missing("Policy %s version %s does not exist or is not attachable.", p.ARN, id)
	}
	v.CreatedAt = time.UnixMicro(created).UTC()
	return v, err
}

// ListPolicyVersions lists the versions, newest first, without their documents.
func (m IAM) ListPolicyVersions(ctx context.Context, c policy.Caller, arn string) ([]PolicyVersion, error) {
	op := operation("iam:ListPolicyVersions", arn, params{"policyArn": arn})
	p, err := read(ctx, m, c, op, func() (Policy, error) { return policyOf(ctx, m.s.db, arn) })
	if err != nil {
		return nil, err
	}
	if _, ok := builtin(arn); ok {
		return []PolicyVersion{{Number: 1, Default: true, CreatedAt: p.CreatedAt}}, nil
	}
	rows, err := m.s.db.Query(ctx, "SELECT version, created_at FROM iam_policy_versions WHERE policy_id = ? ORDER BY version DESC", p.ID)
	if err != nil {
		return nil, fmt.Errorf("listing versions: %w", err)
	}
	defer rows.Close()
	var all []PolicyVersion
	for rows.Next() {
		var v PolicyVersion
		var created int64
		if err := rows.Scan(&v.Number, &created); err != nil {
			return nil, fmt.Errorf("listing versions: %w", err)
		}
		v.Default, v.CreatedAt = v.Number == p.Default, time.UnixMicro(created).UTC()
		all = append(all, v)
	}
	return all, rows.Err()
}
