package kms

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"

	"signet/internal/opaque"
	"signet/policy"
)

// GetPublicKeyInput names an asymmetric key.
type GetPublicKeyInput struct {
	Scope
	KeyID       string
	GrantTokens []string
}

// GetPublicKeyOutput holds the public key as SubjectPublicKeyInfo in DER, and what it is for.
type GetPublicKeyOutput struct {
	KeyARN, KeySpec, KeyUsage                                       string
	PublicKey                                                       []byte
	EncryptionAlgorithms, SigningAlgorithms, KeyAgreementAlgorithms []string
}

// GetPublicKey returns the public half of an asymmetric key.
func (s *Service) GetPublicKey(ctx context.Context, c policy.Caller, in GetPublicKeyInput) (GetPublicKeyOutput, error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "GetPublicKey", key: in.KeyID, byAlias: true})
	if err == nil {
		err = s.checkGrantTokens(in.GrantTokens)
	}
	if err != nil {
		return GetPublicKeyOutput{}, err
	}
	if err := k.in(s.clock(), Enabled); err != nil {
		return GetPublicKeyOutput{}, err
	}
	if f := specs[k.spec].family; f == symmetric || f == hmacKey {
		return GetPublicKeyOutput{}, fail(UnsupportedOperationException, "%s has key spec %s: GetPublicKey is for asymmetric keys.", k.arn, k.spec)
	}
	o, err := s.open(k, k.inState(current))
	if err != nil {
		return GetPublicKeyOutput{}, err
	}
	key, ok := o.private.key.(crypto.Signer)
	if !ok {
		return GetPublicKeyOutput{}, fmt.Errorf("kms: the material of %s is no private key", k.arn)
	}
	der, err := publicDER(key.Public())
	if err != nil {
		return GetPublicKeyOutput{}, err
	}
	m := s.metadata(k, s.clock())
	return GetPublicKeyOutput{
		KeyARN: k.arn, KeySpec: k.spec, KeyUsage: k.usage, PublicKey: der,
		EncryptionAlgorithms: m.EncryptionAlgorithms, SigningAlgorithms: m.SigningAlgorithms, KeyAgreementAlgorithms: m.KeyAgreementAlgorithms,
	}, nil
}

// DeriveSharedSecretInput holds the public key of the other side, as SubjectPublicKeyInfo in DER.
type DeriveSharedSecretInput struct {
	Use
	KeyAgreementAlgorithm string // ECDH
	PublicKey             []byte
	Recipient             bool // an attested recipient is named
}

// DeriveSharedSecretOutput holds the raw shared secret: derive keys from it, do not use it as one.
type DeriveSharedSecretOutput struct {
	SharedSecret          opaque.Bytes
	KeyARN                string
	KeyAgreementAlgorithm string
	KeyOrigin             string
}

// DeriveSharedSecret agrees on a secret with the owner of a public key.
func (s *Service) DeriveSharedSecret(ctx context.Context, c policy.Caller, in DeriveSharedSecretInput) (DeriveSharedSecretOutput, error) {
	out := DeriveSharedSecretOutput{KeyAgreementAlgorithm: agreement}
	if in.Recipient {
		return out, NotSupported("An attested recipient")
	}
	_, err := oneOf("keyAgreementAlgorithm", in.KeyAgreementAlgorithm, "", agreement)
	if err == nil {
		err = bytesWithin("publicKey", len(in.PublicKey), 1, 8192)
	}
	if err != nil {
		return out, err
	}
	r := request{action: "DeriveSharedSecret", conditions: condition("kms:KeyAgreementAlgorithm", agreement),
		params: params{"keyAgreementAlgorithm": agreement}, detail: map[string]string{"algorithm": agreement}}
	err = s.use(ctx, c, in.Use, r, func(_ context.Context, k *known, _ map[string]string) (err error) {
		if err := k.ready(s.clock(), r.action, KeyAgreement, agreement); err != nil {
			return err
		}
		out.KeyARN, out.KeyOrigin = k.arn, k.origin
		out.SharedSecret, err = s.agree(k, in.PublicKey)
		return err
	})
	if err != nil {
		out.SharedSecret.Wipe()
		return DeriveSharedSecretOutput{}, err
	}
	return out, nil
}

// agree does the work. A point that is not on the key's curve is refused by the standard library.
func (s *Service) agree(k *known, der []byte) (opaque.Bytes, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	theirs, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || theirs.Curve != specs[k.spec].curve {
		return opaque.Bytes{}, invalid("The public key is not one of the curve of key spec %s in DER.", k.spec)
	}
	o, err := s.open(k, k.inState(current))
	if err != nil {
		return opaque.Bytes{}, err
	}
	ours, ok := o.private.key.(*ecdsa.PrivateKey)
	if !ok {
		return opaque.Bytes{}, fmt.Errorf("kms: the material of %s is no key of a curve", k.arn)
	}
	private, err := ours.ECDH()
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("kms: the key of %s: %w", k.arn, err)
	}
	public, err := theirs.ECDH()
	if err != nil {
		return opaque.Bytes{}, invalid("The public key is not a point of its curve.")
	}
	secret, err := private.ECDH(public)
	if err != nil {
		return opaque.Bytes{}, invalid("The public key cannot be used.")
	}
	return opaque.New(secret), nil
}
