// Package cloudtrail serves the audit log in the form of AWS CloudTrail. It guarantees that each
// operation of a service is one record, which says how the operation ended; that records are never
// made up of anything but the log; and that only who may look into the log sees them.
package cloudtrail

import (
	"signet/audit"
	"signet/aws"
	"signet/internal/fault"
)

type service struct {
	gate    *audit.Gate
	account string
}

// New returns the service over a log.
func New(gate *audit.Gate, account string) aws.Service {
	s := service{gate, account}
	return aws.Service{
		Name: "cloudtrail", Protocol: aws.JSON11, Target: "CloudTrail_20131101.",
		Operations: map[string]aws.Operation{
			"LookupEvents": aws.JSON(s.lookupEvents),
		},
		Errors: map[fault.Code]string{fault.InvalidInput: "InvalidNextTokenException"},
	}
}
