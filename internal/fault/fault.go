// Package fault is the closed set of errors that a client may see. A domain package returns a
// *fault.Error when it knows what went wrong and how to mend it; every other error reaches the
// client as "internal" and only the log has its chain.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Code names one kind of failure; it is part of the API.
type Code string

// The codes and, in status, what each is over HTTP.
const (
	BadRequest        Code = "bad_request"
	TicketMalformed   Code = "ticket_malformed"
	TicketForged      Code = "ticket_forged"
	Unauthenticated   Code = "unauthenticated"
	BadCredentials    Code = "bad_credentials"
	Denied            Code = "denied"
	TicketForeign     Code = "ticket_foreign"
	NotFound          Code = "not_found"
	RowChanged        Code = "row_changed"
	RowGone           Code = "row_gone"
	StatusConflict    Code = "status_conflict"
	ActionChanged     Code = "action_changed"
	TicketExpired     Code = "ticket_expired"
	TicketKeyRetired  Code = "ticket_key_retired"
	LinkUsed          Code = "link_used"
	TooLarge          Code = "too_large"
	InvalidInput      Code = "invalid_input"
	ComputedEmpty     Code = "computed_empty"
	RowLimit          Code = "row_limit"
	RateLimited       Code = "rate_limited"
	Internal          Code = "internal"
	TargetSchema      Code = "target_schema"
	TargetUnavailable Code = "target_unavailable"
	TargetReadOnly    Code = "target_read_only"
	LogUnavailable    Code = "log_unavailable"
	TargetFull        Code = "target_full"
)

var status = map[Code]int{
	BadRequest:        http.StatusBadRequest,
	TicketMalformed:   http.StatusBadRequest,
	TicketForged:      http.StatusBadRequest,
	Unauthenticated:   http.StatusUnauthorized,
	BadCredentials:    http.StatusUnauthorized,
	Denied:            http.StatusForbidden,
	TicketForeign:     http.StatusForbidden,
	NotFound:          http.StatusNotFound,
	RowChanged:        http.StatusConflict,
	RowGone:           http.StatusConflict,
	StatusConflict:    http.StatusConflict,
	ActionChanged:     http.StatusConflict,
	TicketExpired:     http.StatusGone,
	TicketKeyRetired:  http.StatusGone,
	LinkUsed:          http.StatusGone,
	TooLarge:          http.StatusRequestEntityTooLarge,
	InvalidInput:      http.StatusUnprocessableEntity,
	ComputedEmpty:     http.StatusUnprocessableEntity,
	RowLimit:          http.StatusUnprocessableEntity,
	RateLimited:       http.StatusTooManyRequests,
	Internal:          http.StatusInternalServerError,
	TargetSchema:      http.StatusInternalServerError,
	TargetUnavailable: http.StatusServiceUnavailable,
	TargetReadOnly:    http.StatusServiceUnavailable,
	LogUnavailable:    http.StatusServiceUnavailable,
	TargetFull:        http.StatusInsufficientStorage,
}

// Status returns the HTTP status of a code; 500 for an unknown one.
func (c Code) Status() int {
	if s, ok := status[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Field is what is wrong with one named part of the input.
type Field struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Change is one value of a row that differs from what was shown.
type Change struct {
	Field string `json:"field"`
	Label string `json:"label"`
	Was   any    `json:"was"`
	Now   any    `json:"now"`
}

// Error is a failure that the client may read: Detail says what, where and how to mend it.
type Error struct {
	Code       Code
	Name       string // what the AWS side calls it, e.g. EntityAlreadyExists; "" for what it calls the code
	Detail     string
	Fields     []Field
	Changes    []Change
	RetryAfter int   // seconds, with RateLimited
	Err        error // the cause, for the log only
}

// Error returns the code, the detail and the cause; it is for the log.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Detail)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error with a code and a formatted detail.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with a code, a detail for the client and a cause for the log.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...), Err: err}
}

// CodeOf returns the code of err: "" for nil, Internal for an error that is not a *Error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
