// Package kms serves the operations of the Key Management Service. It guarantees that an answer holds
// what package kms gave out and nothing more, that a request without a key's name reaches no key, and
// that what it decoded and wrote of plaintexts and keys is overwritten once it was sent.
//
// Each operation is a file: what comes in, the call of package kms, what goes out. What no key store
// of Signet's can do is in refused.go.
package kms

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"signet/aws"
	"signet/internal/fault"
	"signet/kms"
)

type service struct{ kms *kms.Service }

// New returns the service over the keys of a server.
func New(keys *kms.Service) aws.Service {
	s := service{keys}
	operations := s.operations()
	maps.Copy(operations, refusals())
	return aws.Service{
		Name: "kms", Protocol: aws.JSON11, Target: "TrentService.", Operations: operations, Named: named,
		Errors: map[fault.Code]string{fault.Internal: "KMSInternalException"},
		Statuses: map[string]int{
			"DependencyTimeoutException": http.StatusInternalServerError, "KMSInternalException": http.StatusInternalServerError,
			"KeyUnavailableException": http.StatusInternalServerError,
		},
	}
}

func (s service) operations() map[string]aws.Operation {
	return map[string]aws.Operation{
		"CancelKeyDeletion":                   aws.JSON(s.cancelKeyDeletion),
		"CreateAlias":                         act(s.createAlias),
		"CreateGrant":                         aws.JSON(s.createGrant),
		"CreateKey":                           aws.JSON(s.createKey),
		"Decrypt":                             aws.JSON(s.decrypt),
		"DeleteAlias":                         act(s.deleteAlias),
		"DeleteImportedKeyMaterial":           aws.JSON(s.deleteImportedKeyMaterial),
		"DeriveSharedSecret":                  aws.JSON(s.deriveSharedSecret),
		"DescribeKey":                         aws.JSON(s.describeKey),
		"DisableKey":                          act(s.disableKey),
		"DisableKeyRotation":                  act(s.disableKeyRotation),
		"EnableKey":                           act(s.enableKey),
		"EnableKeyRotation":                   act(s.enableKeyRotation),
		"Encrypt":                             aws.JSON(s.encrypt),
		"GenerateDataKey":                     aws.JSON(s.generateDataKey),
		"GenerateDataKeyPair":                 aws.JSON(s.generateDataKeyPair),
		"GenerateDataKeyPairWithoutPlaintext": aws.JSON(s.generateDataKeyPairWithoutPlaintext),
		"GenerateDataKeyWithoutPlaintext":     aws.JSON(s.generateDataKeyWithoutPlaintext),
		"GenerateMac":                         aws.JSON(s.generateMac),
		"GenerateRandom":                      aws.JSON(s.generateRandom),
		"GetKeyPolicy":                        aws.JSON(s.getKeyPolicy),
		"GetKeyRotationStatus":                aws.JSON(s.getKeyRotationStatus),
		"GetParametersForImport":              aws.JSON(s.getParametersForImport),
		"GetPublicKey":                        aws.JSON(s.getPublicKey),
		"ImportKeyMaterial":                   aws.JSON(s.importKeyMaterial),
		"ListAliases":                         aws.JSON(s.listAliases),
		"ListGrants":                          aws.JSON(s.listGrants),
		"ListKeyPolicies":                     aws.JSON(s.listKeyPolicies),
		"ListKeyRotations":                    aws.JSON(s.listKeyRotations),
		"ListKeys":                            aws.JSON(s.listKeys),
		"ListResourceTags":                    aws.JSON(s.listResourceTags),
		"ListRetirableGrants":                 aws.JSON(s.listRetirableGrants),
		"PutKeyPolicy":                        act(s.putKeyPolicy),
		"ReEncrypt":                           aws.JSON(s.reEncrypt),
		"RetireGrant":                         act(s.retireGrant),
		"RevokeGrant":                         act(s.revokeGrant),
		"RotateKeyOnDemand":                   aws.JSON(s.rotateKeyOnDemand),
		"ScheduleKeyDeletion":                 aws.JSON(s.scheduleKeyDeletion),
		"Sign":                                aws.JSON(s.sign),
		"TagResource":                         act(s.tagResource),
		"UntagResource":                       act(s.untagResource),
		"UpdateAlias":                         act(s.updateAlias),
		"UpdateKeyDescription":                act(s.updateKeyDescription),
		"Verify":                              aws.JSON(s.verify),
		"VerifyMac":                           aws.JSON(s.verifyMac),
	}
}

// act makes an operation of a function without an answer.
func act[In any](do func(context.Context, *aws.Call, *In) error) aws.Operation {
	return aws.JSON(func(ctx context.Context, c *aws.Call, in *In) (*struct{}, error) { return nil, do(ctx, c, in) })
}

// named reads the errors of package kms, which has AWS's names.
func named(err error) (code, message string, ok bool) {
	e, ok := errors.AsType[*kms.Error](err)
	if !ok {
		return "", "", false
	}
	return e.Code, e.Message, true
}
