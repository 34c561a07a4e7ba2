package kms

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"slices"
	"time"

	"signet/internal/opaque"
	"signet/internal/store"
	"signet/policy"
)

// Models of expiration, and types of import.
const (
	expires      = "KEY_MATERIAL_EXPIRES"
	doesNot      = "KEY_MATERIAL_DOES_NOT_EXPIRE"
	newImport    = "NEW_KEY_MATERIAL"
	repeatImport = "EXISTING_KEY_MATERIAL"
)

func expirationModel(m *material) string {
	if m.expiresAt.Valid {
		return expires
	}
	return doesNot
}

// tokenLife is how long a wrapping key can be used.
const tokenLife = 24 * time.Hour

// GetParametersForImportInput asks for a key to wrap key material with.
type GetParametersForImportInput struct {
	Scope
	KeyID, WrappingAlgorithm, WrappingKeySpec string
}

// GetParametersForImportOutput holds the wrapping key as SubjectPublicKeyInfo in DER. The token
// comes back with the wrapped material.
type GetParametersForImportOutput struct {
	KeyARN                 string
	ImportToken, PublicKey []byte
	ParametersValidTo      time.Time
}

// GetParametersForImport makes a wrapping key. Its private half is in the token, sealed, so that any
// process can take the import and nothing has to be kept.
func (s *Service) GetParametersForImport(ctx context.Context, c policy.Caller, in GetParametersForImportInput) (GetParametersForImportOutput, error) {
	var out GetParametersForImportOutput
	if in.WrappingAlgorithm == "RSAES_PKCS1_V1_5" || in.WrappingAlgorithm == "SM2PKE" || in.WrappingKeySpec == "SM2" {
		return out, NotSupported("The wrapping algorithm " + clip(in.WrappingAlgorithm))
	}
	_, err := oneOf("wrappingAlgorithm", in.WrappingAlgorithm, "", slices.Concat(oaepWrapping, aesWrapping)...)
	if err == nil {
		_, err = oneOf("wrappingKeySpec", in.WrappingKeySpec, "", wrappingKeys...)
	}
	if err != nil {
		return out, err
	}
	r := request{Scope: in.Scope, action: "GetParametersForImport", key: in.KeyID, readOnly: true,
		params: params{"wrappingAlgorithm": in.WrappingAlgorithm, "wrappingKeySpec": in.WrappingKeySpec}, conditions: join(
			condition("kms:WrappingAlgorithm", in.WrappingAlgorithm), condition("kms:WrappingKeySpec", in.WrappingKeySpec))}
	err = s.do(ctx, c, r, func(_ context.Context, k *known) (map[string]string, error) {
		if err := k.importable(s.clock(), r.action); err != nil {
			return nil, err
		}
		if specs[k.spec].family == rsaKey && !slices.Contains(aesWrapping, in.WrappingAlgorithm) {
			return nil, invalid("RSA key material is too long for %s: use one of %v.", in.WrappingAlgorithm, aesWrapping)
		}
		out, err = s.parameters(k, in)
		return nil, err
	})
	return out, err
}

// importable checks that the key takes material from outside.
func (k *known) importable(now time.Time, operation string) error {
	if k.origin != External {
		return fail(UnsupportedOperationException, "%s origin is %s which is not valid for this operation.", k.arn, k.origin)
	}
	return k.changeable(now, operation)
}

func (s *Service) parameters(k *known, in GetParametersForImportInput) (out GetParametersForImportOutput, err error) {
	key, err := rsa.GenerateKey(rand.Reader, specs[in.WrappingKeySpec].size)
	if err != nil {
		return out, err
	}
	out.KeyARN, out.ParametersValidTo = k.arn, s.clock().UTC().Add(tokenLife).Truncate(time.Second)
	if out.PublicKey, err = publicDER(key.Public()); err != nil {
		return out, err
	}
	out.ImportToken, err = s.importToken(k, wrapping{algorithm: in.WrappingAlgorithm, until: out.ParametersValidTo, key: private{key: key}})
	return out, err
}

// fits checks that imported bytes are what the key's spec says.
func (sp spec) fits(bytes []byte) bool {
	if sp.family == symmetric || sp.family == hmacKey {
		return len(bytes) == sp.size
	}
	key, err := x509.ParsePKCS8PrivateKey(bytes)
	if err != nil {
		return false
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return sp.family == rsaKey && key.N.BitLen() == sp.size && key.Validate() == nil
	case *ecdsa.PrivateKey:
		return sp.family == eccKey && key.Curve == sp.curve
	case ed25519.PrivateKey:
		return sp.family == edwards
	}
	return false
}

// ImportKeyMaterialInput holds wrapped key material.
type ImportKeyMaterialInput struct {
	Scope
	KeyID                             string
	ImportToken, EncryptedKeyMaterial []byte
	ExpirationModel                   string // "" for KEY_MATERIAL_EXPIRES
	ValidTo                           time.Time
	ImportType                        string // "" for EXISTING_KEY_MATERIAL
	KeyMaterialDescription            string
	KeyMaterialID                     string // when given, the material must be this one
}

// ImportKeyMaterialOutput names what was imported.
type ImportKeyMaterialOutput struct{ KeyARN, KeyMaterialID string }

// maxValidity is how far ahead imported material may expire.
const maxValidity = 365 * 24 * time.Hour

// ImportKeyMaterial takes a key's material from outside. What was imported once can only be replaced by
// itself, so that ciphertexts stay readable; new material waits for a rotation.
func (s *Service) ImportKeyMaterial(ctx context.Context, c policy.Caller, in ImportKeyMaterialInput) (out ImportKeyMaterialOutput, err error) {
	asked := params{
		"expirationModel": in.ExpirationModel, "validTo": policy.Timestamp(in.ValidTo), "importType": in.ImportType,
		"keyMaterialDescription": in.KeyMaterialDescription, "keyMaterialId": in.KeyMaterialID,
	}
	if err := s.checkImport(&in); err != nil {
		return out, err
	}
	conditions := condition("kms:ExpirationModel", in.ExpirationModel)
	if in.ExpirationModel == expires {
		conditions = join(conditions, condition("kms:ValidTo", in.ValidTo.UTC().Format(time.RFC3339)))
	}
	rec := &policy.Record{}
	r := request{Scope: in.Scope, action: "ImportKeyMaterial", key: in.KeyID, conditions: conditions, record: rec, params: asked}
	err = s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.importable(s.clock(), r.action); err != nil {
			return nil, err
		}
		bytes, err := s.unwrapFor(k, in)
		if err != nil {
			return nil, err
		}
		defer bytes.Wipe()
		id, err := s.store(ctx, tx, k, in, bytes.Reveal())
		if err != nil {
			return nil, err
		}
		out = ImportKeyMaterialOutput{KeyARN: k.arn, KeyMaterialID: id}
		rec.Response = params{"keyId": k.arn, "keyMaterialId": id}
		return map[string]string{"material": id, "expiration_model": in.ExpirationModel}, nil
	})
	return out, err
}

func (s *Service) checkImport(in *ImportKeyMaterialInput) (err error) {
	if in.ExpirationModel, err = oneOf("expirationModel", in.ExpirationModel, expires, expires, doesNot); err != nil {
		return err
	}
	if in.ImportType, err = oneOf("importType", in.ImportType, repeatImport, repeatImport, newImport); err != nil {
		return err
	}
	if err := text("keyMaterialDescription", in.KeyMaterialDescription, 256); err != nil {
		return err
	}
	if err := bytesWithin("importToken", len(in.ImportToken), 1, 6144); err != nil {
		return err
	}
	if err := bytesWithin("encryptedKeyMaterial", len(in.EncryptedKeyMaterial), 1, 6144); err != nil {
		return err
	}
	now := s.clock()
	switch {
	case in.ExpirationModel == doesNot && !in.ValidTo.IsZero():
		return invalid("A validTo date must not be set if key material does not expire")
	case in.ExpirationModel == expires && in.ValidTo.IsZero():
		return invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	case in.ExpirationModel == expires && (!in.ValidTo.After(now) || in.ValidTo.After(now.Add(maxValidity))):
		return invalid("The validTo date must be in the future, and within 365 days.")
	}
	return nil
}

// unwrapFor checks the token and returns the material that the key's spec asks for.
func (s *Service) unwrapFor(k *known, in ImportKeyMaterialInput) (opaque.Bytes, error) {
	w, ok := s.readImportToken(k.arn, in.ImportToken)
	if !ok {
		return opaque.Bytes{}, fail(InvalidImportTokenException, "The import token is not valid for %s.", k.arn)
	}
	if s.clock().After(w.until) {
		return opaque.Bytes{}, fail(ExpiredImportTokenException, "The import token has expired. Call GetParametersForImport again.")
	}
	bytes, err := w.unwrap(in.EncryptedKeyMaterial)
	if err != nil {
		return opaque.Bytes{}, err
	}
	if !specs[k.spec].fits(bytes.Reveal()) {
		bytes.Wipe()
		return opaque.Bytes{}, fail(IncorrectKeyMaterialException, "The key material is not that of key spec %s.", k.spec)
	}
	return bytes, nil
}

// store puts imported bytes where they belong, and returns the material's id.
func (s *Service) store(ctx context.Context, tx *store.Tx, k *known, in ImportKeyMaterialInput, bytes []byte) (string, error) {
	id := s.materialID(k, bytes)
	known := slices.IndexFunc(k.materials, func(m material) bool { return m.id == id })
	switch {
	case in.KeyMaterialID != "" && in.KeyMaterialID != id,
		in.ImportType == repeatImport && len(k.materials) > 0 && known < 0:
		return "", fail(IncorrectKeyMaterialException, "The key material is not the one that was imported into %s before.", k.arn)
	case known >= 0:
		return id, s.importAgain(ctx, tx, k, k.materials[known], in, bytes)
	}
	state := current
	if len(k.materials) > 0 {
		if err := k.rotates("ImportKeyMaterial with NEW_KEY_MATERIAL", External); err != nil {
			return "", err
		}
		if k.inState(pendingRotation) != nil {
			return "", fail(KMSInvalidStateException, "%s has key material already that waits for a rotation.", k.arn)
		}
		state = pendingRotation
	}
	m, err := s.newMaterial(k, bytes, state)
	if err != nil {
		return "", err
	}
	m.description, m.expiresAt = in.KeyMaterialDescription, in.expiry()
	return id, s.insertMaterial(ctx, tx, k, m)
}

func (in ImportKeyMaterialInput) expiry() sql.NullInt64 {
	if in.ExpirationModel == doesNot {
		return sql.NullInt64{}
	}
	return micros(in.ValidTo)
}

// importAgain brings bytes back that were deleted or had expired, or changes their expiry. The key is
// then usable, as after a first import.
func (s *Service) importAgain(ctx context.Context, tx *store.Tx, k *known, m material, in ImportKeyMaterialInput, bytes []byte) error {
	if err := s.sealMaterial(k, &m, bytes); err != nil {
		return err
	}
	if in.KeyMaterialDescription != "" {
		m.description = in.KeyMaterialDescription
	}
	root, sealed, err := s.materials.Settle(ctx, tx, k.place(&m), m.sealed)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE kms_materials SET root = ?, sealed = ?, description = ?, expires_at = ? WHERE key_id = ? AND version = ?",
		root, sealed, m.description, in.expiry(), k.id, m.version)
	if err != nil || k.stateAt(s.clock()) != PendingImport {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE kms_keys SET state = ? WHERE id = ?", Enabled, k.id)
	return err
}

// DeleteImportedKeyMaterialInput names material: of a key, or one of several.
type DeleteImportedKeyMaterialInput struct {
	Scope
	KeyID         string
	KeyMaterialID string // "" for the current one
}

// DeleteImportedKeyMaterial removes imported bytes. The key waits until they are imported again.
func (s *Service) DeleteImportedKeyMaterial(ctx context.Context, c policy.Caller, in DeleteImportedKeyMaterialInput) (out ImportKeyMaterialOutput, err error) {
	rec := &policy.Record{}
	r := request{Scope: in.Scope, action: "DeleteImportedKeyMaterial", key: in.KeyID, record: rec, params: params{"keyMaterialId": in.KeyMaterialID}}
	err = s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		out.KeyARN = k.arn
		if k.origin != External {
			return nil, fail(UnsupportedOperationException, "%s origin is %s which is not valid for this operation.", k.arn, k.origin)
		}
		for i := range k.materials {
			m := &k.materials[i]
			if in.KeyMaterialID == m.id || in.KeyMaterialID == "" && m.state == current {
				out.KeyMaterialID = m.id
				rec.Response = params{"keyId": k.arn, "keyMaterialId": m.id}
				return map[string]string{"material": m.id}, removeMaterial(ctx, tx, k.id, m.version)
			}
		}
		if in.KeyMaterialID != "" {
			return nil, fail(NotFoundException, "Key material %s is not found.", clip(in.KeyMaterialID))
		}
		return nil, nil
	})
	return out, err
}

func removeMaterial(ctx context.Context, tx *store.Tx, keyID string, version int64) error {
	_, err := tx.Exec(ctx, "UPDATE kms_materials SET sealed = NULL, root = NULL, expires_at = NULL WHERE key_id = ? AND version = ?", keyID, version)
	return err
}

// expireDue removes imported bytes whose time is over. Nothing can use them any more before that.
func (s *Service) expireDue(ctx context.Context, c policy.Caller) (int, error) {
	keys, err := s.due(s.db.Query(ctx, `SELECT k.region, k.id FROM kms_materials m JOIN kms_keys k ON k.id = m.key_id
		WHERE m.expires_at <= ? GROUP BY k.region, k.id`, s.clock().UnixMicro()))
	if err != nil {
		return 0, err
	}
	return forEach(ctx, "removing expired material of", keys, func(key KeyInput) (int, error) { return s.expireOne(ctx, c, key) })
}

func (s *Service) expireOne(ctx context.Context, c policy.Caller, key KeyInput) (n int, err error) {
	r := request{Scope: key.Scope, action: "DeleteExpiredKeyMaterial", key: key.KeyID, lookedUp: true, ended: true}
	err = s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		n = 0
		for i := range k.materials {
			if m := &k.materials[i]; len(m.sealed) > 0 && !m.there(s.clock()) {
				n++
				if err := removeMaterial(ctx, tx, k.id, m.version); err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	})
	return n, err
}
