package kms

import (
	"context"
	"crypto/hmac"

	"signet/policy"
)

// maxMessage is the most bytes of a message that is signed or authenticated.
const maxMessage = 4096

var macAlgorithms = []string{"HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"}

// GenerateMacInput holds a message.
type GenerateMacInput struct {
	Use
	Message      []byte
	MacAlgorithm string
}

// MacOutput holds a message's MAC, or tells which key verified it.
type MacOutput struct {
	Mac          []byte // empty of VerifyMac
	KeyARN       string
	MacAlgorithm string
}

// GenerateMac authenticates a message.
func (s *Service) GenerateMac(ctx context.Context, c policy.Caller, in GenerateMacInput) (MacOutput, error) {
	out := MacOutput{MacAlgorithm: in.MacAlgorithm}
	err := s.mac(ctx, c, in, "GenerateMac", func(k *known, sum []byte) error {
		out.Mac, out.KeyARN = sum, k.arn
		return nil
	})
	if err != nil {
		return MacOutput{}, err
	}
	return out, nil
}

// VerifyMacInput holds a message and its MAC.
type VerifyMacInput struct {
	GenerateMacInput
	Mac []byte
}

// VerifyMac checks a message's MAC. A wrong one is an error, never an answer.
func (s *Service) VerifyMac(ctx context.Context, c policy.Caller, in VerifyMacInput) (MacOutput, error) {
	if err := bytesWithin("mac", len(in.Mac), 1, 6144); err != nil {
		return MacOutput{}, err
	}
	out := MacOutput{MacAlgorithm: in.MacAlgorithm}
	err := s.mac(ctx, c, in.GenerateMacInput, "VerifyMac", func(k *known, sum []byte) error {
		out.KeyARN = k.arn
		if !hmac.Equal(sum, in.Mac) {
			return &Error{Code: KMSInvalidMacException}
		}
		return nil
	})
	if err != nil {
		return MacOutput{}, err
	}
	return out, nil
}

func (s *Service) mac(ctx context.Context, c policy.Caller, in GenerateMacInput, action string, act func(k *known, sum []byte) error) error {
	algorithm, err := oneOf("macAlgorithm", in.MacAlgorithm, "", macAlgorithms...)
	if err == nil {
		err = bytesWithin("message", len(in.Message), 1, maxMessage)
	}
	if err != nil {
		return err
	}
	r := request{action: action, conditions: condition("kms:MacAlgorithm", algorithm), params: params{"macAlgorithm": algorithm}, detail: map[string]string{"algorithm": algorithm}}
	return s.use(ctx, c, in.Use, r, func(_ context.Context, k *known, _ map[string]string) error {
		if err := k.ready(s.clock(), action, GenerateVerifyMac, algorithm); err != nil {
			return err
		}
		o, err := s.open(k, k.inState(current))
		if err != nil {
			return err
		}
		return act(k, macOf(algorithm, o.secret.Reveal(), in.Message))
	})
}

func macOf(algorithm string, key, message []byte) []byte {
	h := hmac.New(hashOf(algorithm).New, key)
	_, _ = h.Write(message) // hashes never fail
	return h.Sum(nil)
}
