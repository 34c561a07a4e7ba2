package kms

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"time"

	"signet/internal/opaque"
	"signet/policy"
)

// Sizes of what Encrypt and Decrypt take.
const (
	maxPlaintext  = 4096
	maxCiphertext = 6144
)

// use is do for the operations that use a key for a message. The act of a dry run is done, and its
// result kept back.
func (s *Service) use(ctx context.Context, c policy.Caller, u Use, r request, act func(ctx context.Context, k *known, detail map[string]string) error) error {
	r.Scope, r.byAlias, r.readOnly, r.params["dryRun"] = u.Scope, true, true, u.DryRun
	if r.key == "" {
		r.key = u.KeyID
	}
	return s.do(ctx, c, r, func(ctx context.Context, k *known) (map[string]string, error) {
		detail := map[string]string{}
		if err := s.checkGrantTokens(u.GrantTokens); err != nil {
			return detail, err
		}
		if err := act(ctx, k, detail); err != nil {
			return detail, err
		}
		if u.DryRun {
			return detail, dryRun()
		}
		return detail, nil
	})
}

// ready checks that the key can be used for an operation now.
func (k *known) ready(now time.Time, operation, usage, algorithm string) error {
	if err := k.in(now, Enabled); err != nil {
		return err
	}
	return k.serves(operation, usage, algorithm)
}

// encryption is what a request of the symmetric operations says, and how it is judged and recorded.
func encryption(action, algorithm string, pairs map[string]string) request {
	return request{
		action:     action,
		params:     params{"encryptionContext": pairs, "encryptionAlgorithm": algorithm},
		conditions: join(contextConditions(pairs), condition("kms:EncryptionAlgorithm", algorithm)),
		detail:     contextDetail(map[string]string{"algorithm": algorithm}, pairs),
	}
}

// EncryptInput holds what is to be encrypted.
type EncryptInput struct {
	Use
	Plaintext           opaque.Bytes
	EncryptionContext   map[string]string
	EncryptionAlgorithm string // "" for SYMMETRIC_DEFAULT
}

// EncryptOutput holds the ciphertext.
type EncryptOutput struct {
	CiphertextBlob      []byte
	KeyARN              string
	EncryptionAlgorithm string
}

// Encrypt encrypts up to 4,096 bytes.
func (s *Service) Encrypt(ctx context.Context, c policy.Caller, in EncryptInput) (EncryptOutput, error) {
	out := EncryptOutput{}
	algorithm, err := encryptionAlgorithm("encryptionAlgorithm", in.EncryptionAlgorithm, in.EncryptionContext)
	if err == nil {
		err = bytesWithin("plaintext", in.Plaintext.Len(), 1, maxPlaintext)
	}
	if err != nil {
		return out, err
	}
	err = s.use(ctx, c, in.Use, encryption("Encrypt", algorithm, in.EncryptionContext), func(ctx context.Context, k *known, detail map[string]string) error {
		blob, err := s.encrypt(ctx, k, detail, "Encrypt", algorithm, in.EncryptionContext, in.Plaintext.Reveal())
		out = EncryptOutput{CiphertextBlob: blob, KeyARN: k.arn, EncryptionAlgorithm: algorithm}
		return err
	})
	if err != nil {
		return EncryptOutput{}, err
	}
	return out, nil
}

func encryptionAlgorithm(field, name string, pairs map[string]string) (string, error) {
	name, err := oneOf(field, name, SymmetricDefault, append([]string{SymmetricDefault}, rsaEncryption...)...)
	if err != nil {
		return "", err
	}
	if name != SymmetricDefault && len(pairs) > 0 {
		return "", invalid("An encryption context can only be used with symmetric encryption keys.")
	}
	return name, checkContext(pairs)
}

// encrypt encrypts a message under the key's current material.
func (s *Service) encrypt(ctx context.Context, k *known, detail map[string]string, operation, algorithm string, pairs map[string]string, message []byte) ([]byte, error) {
	if err := k.ready(s.clock(), operation, EncryptDecrypt, algorithm); err != nil {
		return nil, err
	}
	if k.origin == ExternalKeyStore {
		return s.encryptOutside(ctx, k, detail, pairs, message)
	}
	m := k.inState(current)
	o, err := s.open(k, m)
	if err != nil {
		return nil, err
	}
	if algorithm != SymmetricDefault {
		return encryptRSA(k, o, algorithm, message)
	}
	detail["material"] = m.id
	h, err := headerOf(k, m)
	if err != nil {
		return nil, err
	}
	return seal(o.secret, h, k.arn, pairs, message)
}

func encryptRSA(k *known, o *opened, algorithm string, message []byte) ([]byte, error) {
	key, ok := o.private.key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("kms: the material of %s is no RSA key", k.arn)
	}
	hash := hashOf(algorithm)
	if limit := key.Size() - 2*hash.Size() - 2; len(message) > limit {
		return nil, invalid("Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", algorithm, k.spec, limit)
	}
	return rsa.EncryptOAEP(hash.New(), rand.Reader, &key.PublicKey, message, nil)
}

// DecryptInput holds a ciphertext. KeyID is needed for asymmetric keys only; with it, another key's
// ciphertext is refused.
type DecryptInput struct {
	Use
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string // "" for SYMMETRIC_DEFAULT
	Recipient           bool   // an attested recipient is named
}

// DecryptOutput holds the plaintext.
type DecryptOutput struct {
	Plaintext           opaque.Bytes
	KeyARN              string
	EncryptionAlgorithm string
	KeyMaterialID       string // of symmetric keys
}

// Decrypt opens a ciphertext.
func (s *Service) Decrypt(ctx context.Context, c policy.Caller, in DecryptInput) (DecryptOutput, error) {
	out := DecryptOutput{}
	if in.Recipient {
		return out, NotSupported("An attested recipient")
	}
	algorithm, err := encryptionAlgorithm("encryptionAlgorithm", in.EncryptionAlgorithm, in.EncryptionContext)
	if err != nil {
		return out, err
	}
	r := encryption("Decrypt", algorithm, in.EncryptionContext)
	r.unnamed = in.KeyID == ""
	if r.key, err = keyOf(in.CiphertextBlob, algorithm, in.KeyID); err != nil {
		return out, err
	}
	err = s.use(ctx, c, in.Use, r, func(ctx context.Context, k *known, detail map[string]string) (err error) {
		out, err = s.decrypt(ctx, k, detail, "Decrypt", algorithm, in.EncryptionContext, in.CiphertextBlob)
		return err
	})
	if err != nil {
		out.Plaintext.Wipe()
		return DecryptOutput{}, err
	}
	return out, nil
}

// keyOf says which key a ciphertext is to be opened with: the named one, or the one that it names.
func keyOf(blob []byte, algorithm, named string) (string, error) {
	if err := bytesWithin("ciphertextBlob", len(blob), 1, maxCiphertext); err != nil {
		return "", err
	}
	if algorithm != SymmetricDefault {
		if named == "" {
			return "", invalid("The KeyId is required when the ciphertext was encrypted under an asymmetric key.")
		}
		return named, nil
	}
	if named != "" {
		return named, nil
	}
	if h, ok := parseHeader(blob); ok {
		return h.keyID(), nil
	}
	if h, ok := parseOutside(blob); ok {
		return formatKeyID(h.key), nil
	}
	return "", invalidCiphertext()
}

// decrypt opens a ciphertext with the material that it names.
func (s *Service) decrypt(ctx context.Context, k *known, detail map[string]string, operation, algorithm string, pairs map[string]string, blob []byte) (DecryptOutput, error) {
	if err := k.ready(s.clock(), operation, EncryptDecrypt, algorithm); err != nil {
		return DecryptOutput{}, err
	}
	out := DecryptOutput{KeyARN: k.arn, EncryptionAlgorithm: algorithm}
	if algorithm != SymmetricDefault {
		var err error
		out.Plaintext, err = s.decryptRSA(k, algorithm, blob)
		return out, err
	}
	if id, err := keyOf(blob, algorithm, ""); err != nil || id != k.id {
		if err == nil {
			err = fail(IncorrectKeyException, "The key ID in the request does not identify a CMK that can perform this operation.")
		}
		return out, err
	}
	if k.origin == ExternalKeyStore {
		var err error
		out.Plaintext, err = s.decryptOutside(ctx, k, detail, pairs, blob)
		return out, err
	}
	h, ok := parseHeader(blob)
	if !ok {
		return out, invalidCiphertext()
	}
	m := k.named(h)
	if m == nil {
		return out, invalidCiphertext()
	}
	detail["material"] = m.id
	o, err := s.open(k, m)
	if err != nil {
		return out, err
	}
	if out.Plaintext, err = unseal(o.secret, blob, k.arn, pairs); err != nil {
		return out, invalidCiphertext()
	}
	out.KeyMaterialID = m.id
	return out, nil
}

// named returns the material that a header names, or nil. Material that never was current has
// encrypted nothing.
func (k *known) named(h header) *material {
	for i := range k.materials {
		m := &k.materials[i]
		if m.version == int64(h.version) && m.id == h.materialID() && m.state != pendingRotation {
			return m
		}
	}
	return nil
}

func (s *Service) decryptRSA(k *known, algorithm string, blob []byte) (opaque.Bytes, error) {
	o, err := s.open(k, k.inState(current))
	if err != nil {
		return opaque.Bytes{}, err
	}
	key, ok := o.private.key.(*rsa.PrivateKey)
	if !ok {
		return opaque.Bytes{}, fmt.Errorf("kms: the material of %s is no RSA key", k.arn)
	}
	message, err := rsa.DecryptOAEP(hashOf(algorithm).New(), nil, key, blob, nil)
	if err != nil {
		return opaque.Bytes{}, invalidCiphertext()
	}
	return opaque.New(message), nil
}

// ReEncryptInput holds a ciphertext and the key that it shall be under.
type ReEncryptInput struct {
	Scope
	CiphertextBlob                                            []byte
	SourceKeyID, DestinationKeyID                             string
	SourceEncryptionContext, DestinationEncryptionContext     map[string]string
	SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string // "" for SYMMETRIC_DEFAULT
	GrantTokens                                               []string
	DryRun                                                    bool
}

// ReEncryptOutput holds the new ciphertext.
type ReEncryptOutput struct {
	CiphertextBlob                                            []byte
	SourceKeyARN, KeyARN                                      string
	SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
	SourceKeyMaterialID, DestinationKeyMaterialID             string
}

// ReEncrypt moves a ciphertext to another key or context; its plaintext stays inside. Both keys must let the
// caller pass, and the log has one event about both.
func (s *Service) ReEncrypt(ctx context.Context, c policy.Caller, in ReEncryptInput) (ReEncryptOutput, error) {
	m, err := s.moveOf(ctx, c, &in)
	if err != nil {
		return ReEncryptOutput{}, err
	}
	var out ReEncryptOutput
	err = s.gate.Use(ctx, c, m.op, func(ctx context.Context) (map[string]string, error) {
		detail := map[string]string{}
		if err := s.checkGrantTokens(in.GrantTokens); err != nil {
			return coded(detail, err), err
		}
		out, err = s.move(ctx, m, in, detail)
		if err == nil && in.DryRun {
			err = dryRun()
		}
		return coded(detail, err), err
	})
	if err != nil {
		return ReEncryptOutput{}, refused(c, m.op, err)
	}
	return out, nil
}

// move is the way of a ciphertext from one key to another.
type move struct {
	op       policy.Operation
	from, to target
}

// moveOf finds both keys and gathers what policy decides by. It writes the usual algorithms into the input.
func (s *Service) moveOf(ctx context.Context, c policy.Caller, in *ReEncryptInput) (m move, err error) {
	if in.SourceEncryptionAlgorithm, err = encryptionAlgorithm("sourceEncryptionAlgorithm", in.SourceEncryptionAlgorithm, in.SourceEncryptionContext); err != nil {
		return m, err
	}
	if in.DestinationEncryptionAlgorithm, err = encryptionAlgorithm("destinationEncryptionAlgorithm", in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext); err != nil {
		return m, err
	}
	from := encryption("ReEncryptFrom", in.SourceEncryptionAlgorithm, in.SourceEncryptionContext)
	from.Scope, from.byAlias, from.member, from.params, from.unnamed = in.Scope, true, "sourceKeyId", in.params(), in.SourceKeyID == ""
	if from.key, err = keyOf(in.CiphertextBlob, in.SourceEncryptionAlgorithm, in.SourceKeyID); err != nil {
		return m, err
	}
	source, err := s.find(ctx, from)
	if err != nil {
		return m, err
	}
	to := encryption("ReEncryptTo", in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext)
	to.Scope, to.byAlias, to.member, to.key, to.other = in.Scope, true, "destinationKeyId", in.DestinationKeyID, source.arn
	needsTo, destination, err := s.prepare(ctx, c, to)
	if err != nil {
		return m, err
	}
	from.other = destination.arn
	needsFrom, now, err := s.prepare(ctx, c, from)
	if err != nil {
		return m, err
	}
	if now.arn != source.arn { // the destination was judged for another source
		return m, fail(NotFoundException, "%s was changed or removed meanwhile.", clip(in.SourceKeyID))
	}
	rec := needsFrom.Record
	if destination.arn != source.arn {
		rec.Resources = append(rec.Resources, touched(destination.arn)...)
	}
	m.from, m.to = now, destination
	m.op = policy.Operation{
		Action: "kms:ReEncrypt", Resource: source.arn, ReadOnly: true, Needs: []policy.Operation{needsFrom, needsTo}, Record: rec,
		Detail: contextDetail(map[string]string{"algorithm": in.SourceEncryptionAlgorithm, "destination": destination.arn}, in.SourceEncryptionContext),
	}
	return m, nil
}

// move does it, once both keys let the caller pass.
func (s *Service) move(ctx context.Context, m move, in ReEncryptInput, detail map[string]string) (out ReEncryptOutput, err error) {
	if m.from.key == nil {
		return out, m.from.missing(in.SourceKeyID == "")
	}
	if m.to.key == nil {
		return out, m.to.missing(false)
	}
	old, err := s.decrypt(ctx, m.from.key, detail, "ReEncrypt", in.SourceEncryptionAlgorithm, in.SourceEncryptionContext, in.CiphertextBlob)
	if err != nil {
		return out, err
	}
	defer old.Plaintext.Wipe()
	if old.Plaintext.Len() > maxPlaintext {
		return out, invalidCiphertext()
	}
	under := map[string]string{}
	blob, err := s.encrypt(ctx, m.to.key, under, "ReEncrypt", in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext, old.Plaintext.Reveal())
	if err != nil {
		return out, err
	}
	if under["material"] != "" {
		detail["destination_material"] = under["material"]
	}
	return ReEncryptOutput{
		CiphertextBlob: blob, SourceKeyARN: m.from.arn, KeyARN: m.to.arn, SourceKeyMaterialID: old.KeyMaterialID, DestinationKeyMaterialID: under["material"],
		SourceEncryptionAlgorithm: in.SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm: in.DestinationEncryptionAlgorithm,
	}, nil
}
