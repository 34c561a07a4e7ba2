package secrets

import (
	"errors"
	"fmt"
	"strings"

	"signet/audit"
	"signet/internal/fault"
	"signet/policy"
)

// Error is a failure as Secrets Manager names it: the code goes over the wire, and the message is for
// people. Each also is a fault, so that the log and callers inside Signet need not know AWS's names.
type Error struct {
	Code    string
	Message string
	err     error // the fault behind it, of a denial or of KMS
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Unwrap returns the failure as a fault, with the name that the trail has for it.
func (e *Error) Unwrap() error {
	code, ok := faults[e.Code]
	switch {
	case e.err != nil:
		code = fault.CodeOf(e.err)
	case !ok:
		code = fault.InvalidInput
	}
	name := e.Code
	if name == AccessDeniedException {
		name = "AccessDenied"
	}
	return &fault.Error{Code: code, Name: name, Detail: e.Message, Err: e.err}
}

// The codes. Three of them have no "Exception" at the end.
const (
	AccessDeniedException            = "AccessDeniedException"
	DecryptionFailure                = "DecryptionFailure"
	EncryptionFailure                = "EncryptionFailure"
	InternalServiceError             = "InternalServiceError"
	InvalidNextTokenException        = "InvalidNextTokenException"
	InvalidParameterException        = "InvalidParameterException"
	InvalidRequestException          = "InvalidRequestException"
	LimitExceededException           = "LimitExceededException"
	MalformedPolicyDocumentException = "MalformedPolicyDocumentException"
	PublicPolicyException            = "PublicPolicyException"
	ResourceExistsException          = "ResourceExistsException"
	ResourceNotFoundException        = "ResourceNotFoundException"
	UnsupportedOperationException    = "UnsupportedOperationException"
	ValidationException              = "ValidationException"
)

// faults are the codes that are not invalid input.
var faults = map[string]fault.Code{
	AccessDeniedException:     fault.Denied,
	InternalServiceError:      fault.Internal,
	InvalidRequestException:   fault.StatusConflict,
	ResourceExistsException:   fault.StatusConflict,
	ResourceNotFoundException: fault.NotFound,
}

func fail(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func invalidParameter(format string, args ...any) *Error {
	return fail(InvalidParameterException, format, args...)
}

func invalidRequest(format string, args ...any) *Error {
	return fail(InvalidRequestException, format, args...)
}

func notFound() *Error {
	return fail(ResourceNotFoundException, "Secrets Manager can't find the specified secret.")
}

// constraint is how AWS words a value that breaks a rule of the model.
func constraint(field, format string, args ...any) *Error {
	return fail(ValidationException, "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must %s",
		field, fmt.Sprintf(format, args...))
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

// refused turns the gate's denial into AWS's. Other errors pass. The message repeats the secret as
// the caller named it and gives no reason: both would tell whether the secret is there.
func refused(c policy.Caller, op policy.Operation, named string, err error) error {
	if _, is := errors.AsType[*Error](err); err == nil || is || string(fault.CodeOf(err)) != audit.ResultDenied {
		return err
	}
	who := c.Principal().AWS.Requester.ARN
	if who == "" {
		who = c.Principal().Name
	}
	e := fail(AccessDeniedException, "User: %s is not authorized to perform: %s on resource: %s", who, op.Action, clip(named))
	e.err = err
	return e
}
