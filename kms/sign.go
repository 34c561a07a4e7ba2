package kms

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // of RSAES_OAEP_SHA_1
	_ "crypto/sha512"
	"fmt"
	"slices"
	"strings"

	"signet/policy"
)

// Types of messages.
const (
	rawMessage = "RAW"    // is hashed here
	digest     = "DIGEST" // was hashed before
)

var signingAlgorithms = append(slices.Clone(rsaSigning),
	"ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512", "ED25519_SHA_512", "ED25519_PH_SHA_512")

// SignInput holds a message, or its digest.
type SignInput struct {
	Use
	Message          []byte
	MessageType      string // RAW or DIGEST; "" for RAW
	SigningAlgorithm string
}

// SignOutput holds a signature, or tells which key verified it.
type SignOutput struct {
	Signature        []byte // empty of Verify
	KeyARN           string
	SigningAlgorithm string
}

// Sign signs a message.
func (s *Service) Sign(ctx context.Context, c policy.Caller, in SignInput) (SignOutput, error) {
	out := SignOutput{SigningAlgorithm: in.SigningAlgorithm}
	err := s.signing(ctx, c, in, "Sign", func(k *known, key crypto.Signer, m message) (err error) {
		out.KeyARN = k.arn
		out.Signature, err = m.sign(key)
		return err
	})
	if err != nil {
		return SignOutput{}, err
	}
	return out, nil
}

// VerifyInput holds a message and its signature.
type VerifyInput struct {
	SignInput
	Signature []byte
}

// Verify checks a signature. A wrong one is an error, never an answer.
func (s *Service) Verify(ctx context.Context, c policy.Caller, in VerifyInput) (SignOutput, error) {
	if err := bytesWithin("signature", len(in.Signature), 1, 6144); err != nil {
		return SignOutput{}, err
	}
	out := SignOutput{SigningAlgorithm: in.SigningAlgorithm}
	err := s.signing(ctx, c, in.SignInput, "Verify", func(k *known, key crypto.Signer, m message) error {
		out.KeyARN = k.arn
		if !m.verify(key.Public(), in.Signature) {
			return &Error{Code: KMSInvalidSignatureException}
		}
		return nil
	})
	if err != nil {
		return SignOutput{}, err
	}
	return out, nil
}

func (s *Service) signing(ctx context.Context, c policy.Caller, in SignInput, action string, act func(*known, crypto.Signer, message) error) error {
	m, err := in.message()
	if err != nil {
		return err
	}
	r := request{action: action, params: params{"signingAlgorithm": m.algorithm, "messageType": m.kind}, detail: map[string]string{"algorithm": m.algorithm, "message_type": m.kind},
		conditions: join(condition("kms:SigningAlgorithm", m.algorithm), condition("kms:MessageType", m.kind))}
	return s.use(ctx, c, in.Use, r, func(_ context.Context, k *known, _ map[string]string) error {
		if err := k.ready(s.clock(), action, SignVerify, m.algorithm); err != nil {
			return err
		}
		o, err := s.open(k, k.inState(current))
		if err != nil {
			return err
		}
		key, ok := o.private.key.(crypto.Signer)
		if !ok {
			return fmt.Errorf("kms: the material of %s cannot sign", k.arn)
		}
		return act(k, key, m)
	})
}

// message is what is signed, with how.
type message struct {
	algorithm string
	kind      string
	hash      crypto.Hash
	bytes     []byte // hashed already, but for ED25519_SHA_512
}

// message checks the message. ED25519_SHA_512 hashes on its own way, so it takes no digest; its
// prehashed sister takes nothing else.
func (in SignInput) message() (message, error) {
	m := message{kind: in.MessageType, bytes: in.Message}
	var err error
	if m.algorithm, err = oneOf("signingAlgorithm", in.SigningAlgorithm, "", signingAlgorithms...); err != nil {
		return m, err
	}
	if m.kind, err = oneOf("messageType", in.MessageType, rawMessage, rawMessage, digest); err != nil {
		return m, err
	}
	if err := bytesWithin("message", len(in.Message), 1, maxMessage); err != nil {
		return m, err
	}
	m.hash = hashOf(m.algorithm)
	switch {
	case m.algorithm == "ED25519_SHA_512" && m.kind == digest, m.algorithm == "ED25519_PH_SHA_512" && m.kind == rawMessage:
		return m, invalid("Algorithm %s cannot be used with message type %s.", m.algorithm, m.kind)
	case m.kind == digest && len(m.bytes) != m.hash.Size():
		return m, invalid("Digest is invalid length for algorithm %s.", m.algorithm)
	case m.kind == rawMessage && m.algorithm != "ED25519_SHA_512":
		h := m.hash.New()
		_, _ = h.Write(in.Message) // hashes never fail
		m.bytes = h.Sum(nil)
	}
	return m, nil
}

func (m message) sign(key crypto.Signer) ([]byte, error) {
	var options crypto.SignerOpts = m.hash
	switch {
	case strings.HasPrefix(m.algorithm, "RSASSA_PSS"):
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: m.hash}
	case m.algorithm == "ED25519_SHA_512":
		options = crypto.Hash(0)
	}
	return key.Sign(rand.Reader, m.bytes, options)
}

func (m message) verify(key crypto.PublicKey, signature []byte) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(m.algorithm, "RSASSA_PSS") {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(key, m.hash, m.bytes, signature, options) == nil
		}
		return rsa.VerifyPKCS1v15(key, m.hash, m.bytes, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, m.bytes, signature)
	case ed25519.PublicKey:
		options := &ed25519.Options{}
		if m.algorithm == "ED25519_PH_SHA_512" {
			options.Hash = m.hash
		}
		return ed25519.VerifyWithOptions(key, m.bytes, signature, options) == nil
	}
	return false
}
