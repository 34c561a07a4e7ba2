// Package secretsmanager serves the operations of AWS Secrets Manager. It guarantees that an answer
// holds what package secrets gave out and nothing more, that a request without a secret's name reaches
// no secret, and that no error repeats a value: errors come from package secrets, which never has one
// in a message, or name a member. The values that it decoded and wrote are overwritten once the answer
// was sent.
//
// Each operation is a file: what comes in, the call of package secrets, what goes out.
package secretsmanager

import (
	"errors"
	"net/http"

	"signet/aws"
	"signet/internal/fault"
	"signet/secrets"
)

type service struct{ secrets *secrets.Service }

// New returns the service over the secrets of a server.
func New(vault *secrets.Service) aws.Service {
	s := service{vault}
	return aws.Service{
		Name: "secretsmanager", Protocol: aws.JSON11, Target: "secretsmanager.", Operations: s.operations(), Named: named,
		Errors:   map[fault.Code]string{fault.Internal: secrets.InternalServiceError},
		Statuses: map[string]int{secrets.InternalServiceError: http.StatusInternalServerError},
	}
}

func (s service) operations() map[string]aws.Operation {
	return map[string]aws.Operation{
		"BatchGetSecretValue":          aws.JSON(s.batchGetSecretValue),
		"CancelRotateSecret":           aws.JSON(s.cancelRotateSecret),
		"CreateSecret":                 aws.JSON(s.createSecret),
		"DeleteResourcePolicy":         aws.JSON(s.deleteResourcePolicy),
		"DeleteSecret":                 aws.JSON(s.deleteSecret),
		"DescribeSecret":               aws.JSON(s.describeSecret),
		"GetRandomPassword":            aws.JSON(s.getRandomPassword),
		"GetResourcePolicy":            aws.JSON(s.getResourcePolicy),
		"GetSecretValue":               aws.JSON(s.getSecretValue),
		"ListSecretVersionIds":         aws.JSON(s.listSecretVersionIDs),
		"ListSecrets":                  aws.JSON(s.listSecrets),
		"PutResourcePolicy":            aws.JSON(s.putResourcePolicy),
		"PutSecretValue":               aws.JSON(s.putSecretValue),
		"RemoveRegionsFromReplication": aws.JSON(s.removeRegionsFromReplication),
		"ReplicateSecretToRegions":     aws.JSON(s.replicateSecretToRegions),
		"RestoreSecret":                aws.JSON(s.restoreSecret),
		"RotateSecret":                 aws.JSON(s.rotateSecret),
		"StopReplicationToReplica":     aws.JSON(s.stopReplicationToReplica),
		"TagResource":                  aws.JSON(s.tagResource),
		"UntagResource":                aws.JSON(s.untagResource),
		"UpdateSecret":                 aws.JSON(s.updateSecret),
		"UpdateSecretVersionStage":     aws.JSON(s.updateSecretVersionStage),
		"ValidateResourcePolicy":       aws.JSON(s.validateResourcePolicy),
	}
}

// named reads the errors of package secrets, which has AWS's names.
func named(err error) (code, message string, ok bool) {
	e, ok := errors.AsType[*secrets.Error](err)
	if !ok {
		return "", "", false
	}
	return e.Code, e.Message, true
}
