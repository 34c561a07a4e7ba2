package kms

import (
	"errors"
	"fmt"
	"strings"

	"signet/audit"
	"signet/internal/fault"
	"signet/policy"
)

// Error is a failure as AWS names it: the code goes over the wire, and the message is for people. Each
// also is a fault, so that the log and callers inside Signet need not know AWS's names.
type Error struct {
	Code    string
	Message string
	err     error // the fault behind it: the gate's, of a denial; with the fields, of a policy's mistakes
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the failure as a fault.
func (e *Error) Unwrap() error {
	if e.err != nil {
		return e.err
	}
	code, ok := faults[e.Code]
	if !ok {
		code = fault.InvalidInput
	}
	detail := e.Message
	if detail == "" {
		detail = e.Code
	}
	return &fault.Error{Code: code, Name: e.Code, Detail: detail}
}

// The codes.
const (
	AccessDeniedException            = "AccessDeniedException"
	AlreadyExistsException           = "AlreadyExistsException"
	DependencyTimeoutException       = "DependencyTimeoutException"
	DisabledException                = "DisabledException"
	DryRunOperationException         = "DryRunOperationException"
	ExpiredImportTokenException      = "ExpiredImportTokenException"
	IncorrectKeyException            = "IncorrectKeyException"
	IncorrectKeyMaterialException    = "IncorrectKeyMaterialException"
	InvalidArnException              = "InvalidArnException"
	InvalidCiphertextException       = "InvalidCiphertextException"
	InvalidGrantIDException          = "InvalidGrantIdException"
	InvalidGrantTokenException       = "InvalidGrantTokenException"
	InvalidImportTokenException      = "InvalidImportTokenException"
	InvalidKeyUsageException         = "InvalidKeyUsageException"
	KMSInvalidMacException           = "KMSInvalidMacException"
	InvalidMarkerException           = "InvalidMarkerException"
	KMSInvalidSignatureException     = "KMSInvalidSignatureException"
	KMSInvalidStateException         = "KMSInvalidStateException"
	LimitExceededException           = "LimitExceededException"
	NotAuthorizedException           = "NotAuthorizedException"
	MalformedPolicyDocumentException = "MalformedPolicyDocumentException"
	NotFoundException                = "NotFoundException"
	TagException                     = "TagException"
	UnsupportedOperationException    = "UnsupportedOperationException"
	ValidationException              = "ValidationException"
)

// faults are the codes that are not invalid input.
var faults = map[string]fault.Code{
	AccessDeniedException:      fault.Denied,
	AlreadyExistsException:     fault.StatusConflict,
	DependencyTimeoutException: fault.Internal,
	DisabledException:          fault.StatusConflict,
	DryRunOperationException:   fault.StatusConflict,
	KMSInvalidStateException:   fault.StatusConflict,
	NotFoundException:          fault.NotFound,
	InvalidGrantIDException:    fault.NotFound,
}

func fail(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// NotSupported answers an operation that Signet does not have: custom key stores, replicas in other
// regions, and attested recipients.
func NotSupported(what string) error {
	return fail(UnsupportedOperationException, "%s is not supported here.", what)
}

// dryRun ends a request that would have succeeded.
func dryRun() *Error {
	return fail(DryRunOperationException, "The request would have succeeded, but the DryRun option is set.")
}

// invalidCiphertext has no message, so that it tells nothing about what was wrong.
func invalidCiphertext() *Error { return &Error{Code: InvalidCiphertextException} }

func invalid(format string, args ...any) *Error { return fail(ValidationException, format, args...) }

// absent is how AWS words that a member is missing.
func absent(field string) *Error {
	return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", field)
}

// outOfRange is how AWS words a value outside its bounds.
func outOfRange(field string, low, high int) *Error {
	return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must be between %d and %d", field, low, high)
}

// notOneOf is how AWS words a value outside an enumeration.
func notOneOf(field, value string, of []string) *Error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
		clip(value), field, strings.Join(of, ", "))
}

// clip shortens what a message repeats of its request.
func clip(text string) string {
	const limit = 256
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// coded adds AWS's code of a failure to the details on the log, whose own results are fewer.
func coded(detail map[string]string, err error) map[string]string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return detail
	}
	if detail == nil {
		detail = map[string]string{}
	}
	detail["error"] = e.Code
	return detail
}

// refused turns the gate's denial into AWS's. Other errors pass.
func refused(c policy.Caller, op policy.Operation, err error) error {
	if _, named := errors.AsType[*Error](err); err == nil || named || string(fault.CodeOf(err)) != audit.ResultDenied {
		return err
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		named := *f // what the trail calls a denial inside of another operation
		named.Name = "AccessDenied"
		err = &named
	}
	return &Error{Code: AccessDeniedException, Message: policy.Refusal(c, op), err: err}
}
