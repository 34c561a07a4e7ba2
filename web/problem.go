package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"signet/internal/fault"
	"signet/kms"
	"signet/secrets"
)

// problem is an RFC 9457 problem document: the only form in which a client meets an error.
type problem struct {
	Type       string         `json:"type" doc:"always about:blank; code tells the kind"`
	Title      string         `json:"title" doc:"the status in words"`
	Status     int            `json:"status" doc:"the HTTP status"`
	Detail     string         `json:"detail" doc:"what is wrong and how to mend it, for people"`
	Code       fault.Code     `json:"code" doc:"the kind of error, for programs"`
	RequestID  string         `json:"requestId" doc:"find it in the server's log"`
	Errors     []fault.Field  `json:"errors,omitempty" doc:"what is wrong with which input"`
	Changes    []fault.Change `json:"changes,omitempty" doc:"row_changed: what the row has become"`
	RetryAfter int            `json:"retryAfter,omitempty" doc:"rate_limited: seconds to wait"`
}

// Error, GetStatus, GetHeaders and ContentType let huma send the problem as it is.
func (p *problem) Error() string             { return string(p.Code) + ": " + p.Detail }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return problemType }

// GetHeaders returns the header that goes with a refusal that passes by itself.
func (p *problem) GetHeaders() http.Header {
	if p.RetryAfter == 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(p.RetryAfter)}}
}

const (
	problemType    = "application/problem+json"
	internalDetail = "something went wrong on the server; its log has the details under this request id"
)

func init() {
	// huma has no other hook for its own refusals: a body that is no JSON, a parameter out of range.
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return refusal(ctx.Context(), status, message, errs)
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return refusal(context.Background(), status, message, errs)
	}
}

// problemOf turns an error of the domain into what the client may know of it: a fault says what it
// says, everything else is "internal", and only the log has the chain.
func problemOf(ctx context.Context, err error) *problem {
	id := requestID(ctx)
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		f = internalFault(ctx, err)
	}
	if f.Code.Status() >= http.StatusInternalServerError {
		level := slog.LevelError
		if ctx.Err() != nil {
			level = slog.LevelDebug // the client went away, and what was under way for it was cut off
		}
		logOf(ctx).LogAttrs(ctx, level, "request failed", slog.String("request", id), slog.String("code", string(f.Code)), slog.Any("error", err))
	}
	p := newProblem(id, f.Code, f.Detail)
	if e, ok := errors.AsType[*kms.Error](err); ok && e.Message != "" {
		p.Detail = e.Message // without the name that AWS's programs look for
	}
	if e, ok := errors.AsType[*secrets.Error](err); ok && e.Message != "" {
		p.Detail = e.Message // as above
	}
	p.Errors, p.Changes, p.RetryAfter = f.Fields, f.Changes, f.RetryAfter
	return p
}

func internalFault(ctx context.Context, err error) *fault.Error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.TooLarge, "the request is larger than the %d bytes that are taken here", tooLarge.Limit)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return fault.New(fault.BadRequest, "the request was given up")
	}
	return fault.New(fault.Internal, internalDetail)
}

func newProblem(requestID string, code fault.Code, detail string) *problem {
	status := code.Status()
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code, RequestID: requestID}
}

// refusal gives huma's own refusals one of our codes.
func refusal(ctx context.Context, status int, message string, errs []error) *problem {
	code := fault.BadRequest
	switch {
	case status >= http.StatusInternalServerError:
		// huma found a handler's answer that cannot be sent; the cause is ours, not the client's.
		return problemOf(ctx, fmt.Errorf("%s: %w", message, errors.Join(errs...)))
	case status == http.StatusRequestEntityTooLarge:
		code = fault.TooLarge
	case status == http.StatusUnprocessableEntity:
		code = fault.InvalidInput
	}
	p := newProblem(requestID(ctx), code, message)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if !errors.As(err, &d) {
			continue
		}
		// The value itself stays out: it may be a password.
		detail := d.ErrorDetail()
		p.Errors = append(p.Errors, fault.Field{Field: fieldName(detail.Location), Message: detail.Message})
	}
	return p
}

// fieldName strips the part of the request from a location such as body.name.
func fieldName(location string) string {
	for _, part := range []string{"body.", "query.", "path."} {
		if rest, ok := strings.CutPrefix(location, part); ok {
			return rest
		}
	}
	return location
}

// writeProblem answers with the problem that err is, outside huma.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(r.Context(), err)
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	maps.Copy(h, p.GetHeaders())
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}
