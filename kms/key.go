package kms

import (
	"context"
	"slices"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// Managers of keys.
const (
	customer = "CUSTOMER"
	managed  = "AWS" // by one of Signet's services, see service.go
)

// KeyMetadata describes a key.
type KeyMetadata struct {
	AccountID, KeyID, ARN   string
	CreationDate            time.Time
	Enabled                 bool
	Description             string
	KeyUsage, KeyState      string
	DeletionDate            time.Time // zero unless one is planned
	ValidTo                 time.Time // zero unless imported material expires
	Origin, ExpirationModel string
	KeyManager, KeySpec     string
	EncryptionAlgorithms    []string
	SigningAlgorithms       []string
	KeyAgreementAlgorithms  []string
	MacAlgorithms           []string
	CurrentKeyMaterialID    string // of symmetric encryption keys
}

// metadata describes the key at a time.
func (s *Service) metadata(k *known, now time.Time) KeyMetadata {
	m := KeyMetadata{
		AccountID: s.account, KeyID: k.id, ARN: k.arn, CreationDate: time.UnixMicro(k.createdAt).UTC(),
		Description: k.description, KeyUsage: k.usage, KeyState: k.stateAt(now), DeletionDate: timeOf(k.deleteAt),
		Origin: k.origin, KeyManager: k.manager, KeySpec: k.spec,
	}
	m.Enabled = m.KeyState == Enabled
	algorithms := slices.Clone(specs[k.spec].algorithms(k.usage))
	switch k.usage {
	case EncryptDecrypt:
		m.EncryptionAlgorithms = algorithms
	case SignVerify:
		m.SigningAlgorithms = algorithms
	case KeyAgreement:
		m.KeyAgreementAlgorithms = algorithms
	default:
		m.MacAlgorithms = algorithms
	}
	if now := k.inState(current); now != nil {
		if k.spec == SymmetricDefault {
			m.CurrentKeyMaterialID = now.id
		}
		if k.origin == External && len(now.sealed) > 0 {
			m.ValidTo, m.ExpirationModel = timeOf(now.expiresAt), expirationModel(now)
		}
	}
	return m
}

// CreateKeyInput describes a new key.
type CreateKeyInput struct {
	Scope
	KeySpec                        string // "" for SYMMETRIC_DEFAULT
	KeyUsage                       string // "" for the one of symmetric encryption keys
	Origin                         string // "" for AWS_KMS
	Description                    string
	Policy                         string // "" for the default policy
	BypassPolicyLockoutSafetyCheck bool
	Tags                           []Tag
	MultiRegion                    bool
	CustomKeyStoreID, XksKeyID     string
}

// CreateKey makes a key.
func (s *Service) CreateKey(ctx context.Context, c policy.Caller, in CreateKeyInput) (KeyMetadata, error) {
	return s.makeKey(ctx, c, in, "")
}

// CreateNamedKey makes a key with an alias, or neither. The caller needs the permissions for the key
// and, when there is an alias, for the alias.
func (s *Service) CreateNamedKey(ctx context.Context, c policy.Caller, in CreateKeyInput, alias string) (m KeyMetadata, err error) {
	if alias == "" {
		return s.CreateKey(ctx, c, in)
	}
	err = s.onAlias(ctx, c, AliasInput{Scope: in.Scope, AliasName: alias}, "CreateAlias", func(ctx context.Context) error {
		m, err = s.makeKey(ctx, c, in, alias)
		return err
	})
	return m, err
}

func (s *Service) makeKey(ctx context.Context, c policy.Caller, in CreateKeyInput, alias string) (KeyMetadata, error) {
	k, err := s.draft(in)
	if err != nil {
		return KeyMetadata{}, err
	}
	rec := &policy.Record{}
	r := request{Scope: in.Scope, action: "CreateKey", keyless: true, params: in.params(), record: rec, conditions: join(
		condition("kms:KeySpec", k.spec), condition("kms:KeyUsage", k.usage), condition("kms:KeyOrigin", k.origin),
		flag("kms:MultiRegion", false), flag("kms:BypassPolicyLockoutSafetyCheck", in.BypassPolicyLockoutSafetyCheck),
		tagConditions(in.Tags))}
	err = s.do(ctx, c, r, func(ctx context.Context, _ *known) (detail map[string]string, err error) {
		if k.policy, err = s.newPolicy(c, k, k.policyText, in.BypassPolicyLockoutSafetyCheck); err != nil {
			return nil, err
		}
		if err := s.create(ctx, k, alias); err != nil {
			return nil, err
		}
		s.made(rec, k)
		return map[string]string{"key": k.arn, "spec": k.spec, "usage": k.usage, "origin": k.origin}, nil
	})
	if err != nil {
		return KeyMetadata{}, err
	}
	return s.metadata(k, s.clock()), nil
}

// draft checks the form of a new key's description. Its policy is read behind the gate.
func (s *Service) draft(in CreateKeyInput) (*known, error) {
	switch {
	case in.MultiRegion:
		return nil, NotSupported("A multi-Region key")
	case in.CustomKeyStoreID != "" || in.XksKeyID != "":
		return nil, NotSupported("A custom key store")
	case !regionForm.MatchString(in.Region):
		return nil, invalid("there is no region %q", clip(in.Region))
	}
	if in.Origin == "AWS_CLOUDHSM" || in.Origin == ExternalKeyStore {
		return nil, NotSupported("The origin " + in.Origin)
	}
	origin, err := oneOf("origin", in.Origin, FromKMS, FromKMS, External)
	if err != nil {
		return nil, err
	}
	specName, usage, err := specAndUsage(in.KeySpec, in.KeyUsage)
	if err != nil {
		return nil, err
	}
	if err := text("description", in.Description, 8192); err != nil {
		return nil, err
	}
	tags, err := addTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	k := &known{row: row{
		id: newKeyID(), region: in.Region, manager: customer, state: Enabled, spec: specName, usage: usage, origin: origin,
		description: in.Description, policyText: in.Policy, tags: tags, createdAt: s.clock().UnixMicro(),
	}}
	k.arn = s.keyARN(k.region, k.id)
	if k.policyText == "" {
		k.policyText = s.defaultPolicy()
	}
	return k, nil
}

func specAndUsage(name, usage string) (string, string, error) {
	if name == "" {
		name = SymmetricDefault
	}
	sp, err := findSpec("keySpec", name)
	if err != nil {
		return "", "", err
	}
	if usage == "" && name != SymmetricDefault {
		return "", "", invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	}
	usage, err = oneOf("keyUsage", usage, EncryptDecrypt, usages...)
	if err != nil {
		return "", "", err
	}
	if !slices.Contains(sp.usages, usage) {
		return "", "", invalid("KeyUsage %s is not compatible with KeySpec %s", usage, name)
	}
	return name, usage, nil
}

// create makes the key's material and writes the key, with an alias of its own when there is one to have.
func (s *Service) create(ctx context.Context, k *known, alias string) error {
	if k.origin == FromKMS {
		bytes, err := generate(specs[k.spec])
		if err != nil {
			return err
		}
		defer clear(bytes)
		m, err := s.newMaterial(k, bytes, current)
		if err != nil {
			return err
		}
		k.materials = []material{m}
	}
	return s.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		if err := insertRow(ctx, tx, k.row); err != nil {
			return err
		}
		for _, m := range k.materials {
			if err := s.insertMaterial(ctx, tx, k, m); err != nil {
				return err
			}
		}
		if alias != "" {
			if err := insertAlias(ctx, tx, k, alias, s.clock()); err != nil {
				return err
			}
		}
		return touch(ctx, tx, k.id)
	})
}

// DescribeKeyInput names a key or an alias.
type DescribeKeyInput struct {
	Scope
	KeyID       string
	GrantTokens []string
}

// DescribeKey describes a key in any state.
func (s *Service) DescribeKey(ctx context.Context, c policy.Caller, in DescribeKeyInput) (KeyMetadata, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "DescribeKey", key: in.KeyID, byAlias: true})
	if err == nil {
		err = s.checkGrantTokens(in.GrantTokens)
	}
	if err != nil {
		return KeyMetadata{}, err
	}
	return s.metadata(k, s.clock()), nil
}

// UpdateKeyDescriptionInput holds a key's new description.
type UpdateKeyDescriptionInput struct {
	Scope
	KeyID, Description string
}

// UpdateKeyDescription replaces a key's description.
func (s *Service) UpdateKeyDescription(ctx context.Context, c policy.Caller, in UpdateKeyDescriptionInput) error {
	if err := text("description", in.Description, 8192); err != nil {
		return err
	}
	r := request{Scope: in.Scope, action: "UpdateKeyDescription", key: in.KeyID, params: params{"description": in.Description}}
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.changeable(s.clock(), r.action); err != nil {
			return nil, err
		}
		_, err := tx.Exec(ctx, "UPDATE kms_keys SET description = ? WHERE id = ?", in.Description, k.id)
		return nil, err
	})
}

// changeable refuses changes of keys that wait for their deletion, and of those of Signet's services.
func (k *known) changeable(now time.Time, operation string) error {
	if err := k.own(operation); err != nil {
		return err
	}
	return k.in(now, Enabled, Disabled, PendingImport)
}

// KeyEntry is a key in a list.
type KeyEntry struct{ KeyID, KeyARN string }

// ListKeys lists the keys of a region, by id.
func (s *Service) ListKeys(ctx context.Context, c policy.Caller, in ListInput) (Page[KeyEntry], error) {
	p, err := openPage("ListKeys", in, 100, 1000)
	if err != nil {
		return Page[KeyEntry]{}, err
	}
	if _, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListKeys", keyless: true, params: params{"limit": in.Limit}}); err != nil {
		return Page[KeyEntry]{}, err
	}
	ids, err := collect(scanText)(s.db.Query(ctx, `SELECT id FROM kms_keys WHERE region = ? AND id > ? AND (delete_at IS NULL OR delete_at > ?)
		ORDER BY id LIMIT ?`, in.Region, p.after, s.clock().UnixMicro(), p.limit+1))
	if err != nil {
		return Page[KeyEntry]{}, err
	}
	entries := make([]KeyEntry, len(ids))
	for i, id := range ids {
		entries[i] = KeyEntry{KeyID: id, KeyARN: s.keyARN(in.Region, id)}
	}
	return closePage(p, entries, func(e KeyEntry) string { return e.KeyID }), nil
}
