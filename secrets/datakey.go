package secrets

import (
	"context"
	"errors"

	"signet/internal/opaque"
	"signet/kms"
	"signet/policy"
)

// serviceName is what KMS knows Secrets Manager by; serviceKey is its own key, for secrets that name none.
const (
	serviceName = "secretsmanager"
	serviceKey  = "alias/aws/" + serviceName
)

// keyring has KMS make and open the data keys of versions, on behalf of the caller. It keeps none of
// them, so a key that was disabled opens nothing more.
type keyring struct{ kms *kms.Service }

// use is a request to KMS for a place.
func (p place) use() (kms.Use, map[string]string) {
	return kms.Use{Scope: kms.Scope{Region: p.region, Via: serviceName, SourceArn: p.arn}},
		map[string]string{"SecretARN": p.arn, "SecretVersionId": p.version}
}

// make returns a new data key for a place, in the clear and encrypted.
func (k keyring) make(ctx context.Context, c policy.Caller, p place) (opaque.Bytes, []byte, error) {
	use, about := p.use()
	use.KeyID = p.key
	if p.key == "" {
		use.KeyID = serviceKey
	}
	out, err := k.kms.GenerateDataKey(ctx, c, kms.GenerateDataKeyInput{Use: use, EncryptionContext: about, KeySpec: "AES_256"})
	if err != nil {
		return opaque.Bytes{}, nil, ofKMS(err, EncryptionFailure, "encrypt")
	}
	return out.Plaintext, out.CiphertextBlob, nil
}

// open decrypts the data key of a place.
func (k keyring) open(ctx context.Context, c policy.Caller, p place, wrapped []byte) (opaque.Bytes, error) {
	use, about := p.use()
	out, err := k.kms.Decrypt(ctx, c, kms.DecryptInput{Use: use, CiphertextBlob: wrapped, EncryptionContext: about})
	if err != nil {
		return opaque.Bytes{}, ofKMS(err, DecryptionFailure, "decrypt")
	}
	return out.Plaintext, nil
}

// ofKMS turns an answer of KMS into one of Secrets Manager. What is no answer, such as a log that stands
// still, passes.
func ofKMS(err error, code, verb string) error {
	e, ok := errors.AsType[*kms.Error](err)
	if !ok {
		return err
	}
	if e.Code == kms.AccessDeniedException {
		return &Error{Code: AccessDeniedException, Message: "Access to KMS is not allowed", err: err}
	}
	out := fail(code, "Secrets Manager can't %s the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.", verb)
	out.err = err
	return out
}

// EnsureKeys makes the service's own keys in regions that have none. The server's start calls it, with
// a job as the caller: those who make secrets need not be allowed to make keys.
func (s *Service) EnsureKeys(ctx context.Context, c policy.Caller, regions ...string) error {
	for _, region := range regions {
		if _, err := s.seal.keys.kms.EnsureServiceKey(ctx, c, region, serviceName); err != nil {
			return err
		}
	}
	return nil
}
