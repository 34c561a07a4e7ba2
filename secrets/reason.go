package secrets

import (
	"errors"

	"signet/kms"
)

// because adds to the details on the log why a step of a rotation failed. Only errors whose words are our
// own are told, and those say nothing of the secret; of all others the log of the server knows more.
func because(detail map[string]string, err error) map[string]string {
	reason := reasonOf(err)
	if reason == "" {
		return detail
	}
	if detail == nil {
		detail = map[string]string{}
	}
	detail["reason"] = reason
	return detail
}

func reasonOf(err error) string {
	if e, ok := errors.AsType[complaintOf](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	if e, ok := errors.AsType[*kms.Error](err); ok {
		return e.Message
	}
	return ""
}
