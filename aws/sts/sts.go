// Package sts serves the operations of the Security Token Service that temporary credentials need. It
// guarantees that a secret and a token leave the server once, in the answer that makes them.
package sts

import (
	"signet/aws"
	"signet/identity"
	"signet/internal/fault"
)

type service struct{ iam identity.IAM }

// New returns the service over the identities of a server.
func New(people *identity.Service) aws.Service {
	s := service{people.IAM()}
	return aws.Service{
		Name: "sts", Protocol: aws.Query, Version: "2011-06-15", Namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
		Operations: map[string]aws.Operation{
			"AssumeRole":        aws.Form("AssumeRole", s.assumeRole),
			"GetCallerIdentity": aws.Form("GetCallerIdentity", s.getCallerIdentity),
			"GetSessionToken":   aws.Form("GetSessionToken", s.getSessionToken),
		},
		Errors:   map[fault.Code]string{fault.NotFound: "ValidationError", fault.InvalidInput: "ValidationError", fault.TooLarge: "ValidationError"},
		Statuses: map[string]int{"AccessDenied": 403, "NoSuchEntity": 404, "ConcurrentModification": 409},
	}
}

// credentials are temporary ones in an answer.
type credentials struct {
	AccessKeyID     string    `xml:"AccessKeyId"`
	SecretAccessKey string    `xml:"SecretAccessKey"`
	SessionToken    string    `xml:"SessionToken"`
	Expiration      aws.Stamp `xml:"Expiration"`
}

func newCredentials(c identity.Credentials) credentials {
	return credentials{c.ID, string(c.Secret.Reveal()), string(c.Token.Reveal()), aws.Stamp{Time: c.ExpiresAt}}
}
