// Package aws is the door for AWS clients: the command line and the SDKs drive Signet's services
// through it. It guarantees that an operation runs only for a caller whom identity vouches for, with
// a body that was signed, in a region that this server has; that the service of the credential scope
// and nothing else chooses where a request goes; and that every answer, an error too, has the form
// that the service's clients expect, with a Date and a request id.
//
// Each service is a folder and each operation a file in it. A service is a Service with its table of
// operations; JSON (json.go) and Query (query.go) make operations of a function from input to output.
package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"signet/audit"
	"signet/identity"
	"signet/internal/fault"
	"signet/policy"
	"signet/sigv4"
)

// Call is one request, after its signature was verified.
type Call struct {
	Caller policy.Caller
	Region string // of the credential scope: where resources live and what their ARNs carry
	ID     string // of the request
	body   []byte
	form   url.Values // of query protocols

	service *Service
}

// Operation does one operation: it returns the body of the answer.
type Operation func(context.Context, *Call) ([]byte, error)

// Service is one AWS service.
type Service struct {
	Name       string // in the credential scope
	Protocol   Protocol
	Target     string // right before the operation in X-Amz-Target, as "TrentService."; of JSON protocols
	Version    string // of the API; of query protocols
	Namespace  string // of XML answers
	MaxBody    int64  // bytes; 1 MiB when 0
	Operations map[string]Operation
	Errors     map[fault.Code]string                       // what the service calls an error that says no name of its own
	Named      func(error) (code, message string, ok bool) // reads the errors of a package that has AWS's names itself; may be nil
	Statuses   map[string]int                              // of errors that are not 400
}

// Protocol is how a service writes requests, answers and errors.
type Protocol struct {
	contentType string
	// errors common to all services of the protocol, by what went wrong
	common map[reason]shape
	// unknown is the error for an operation that the service does not have
	unknown shape
	find    func(s *Service, r *http.Request, c *Call) (operation string, err error)
	write   func(s *Service, c *Call, e *Error) []byte
}

// Error is an error as a client of the service sees it.
type Error struct {
	Code    string
	Message string
	Status  int
}

// Error returns code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an error of status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fault.New("", format, args...).Detail, Status: http.StatusBadRequest}
}

// Config is what a Handler needs.
type Config struct {
	Identity *identity.Service
	Gate     *audit.Gate // puts on record what fails before it gets to a service's own gate
	Services []Service
	Home     string                                       // region
	Regions  []string                                     // that are served besides; "*" is every one
	Origin   func(*http.Request) (ip string, secure bool) // who asks, as the listener knows it
	Logger   *slog.Logger
}

// Handler serves the AWS services.
type Handler struct {
	cfg      Config
	services map[string]*Service
	failures failures
}

// New makes a handler.
func New(cfg Config) *Handler {
	h := &Handler{cfg: cfg, services: map[string]*Service{}}
	if h.cfg.Logger == nil {
		h.cfg.Logger = slog.Default()
	}
	for i := range cfg.Services {
		h.services[cfg.Services[i].Name] = &cfg.Services[i]
	}
	return h
}

// Claims reports whether a request is one of an AWS client: whether it has a signature, in the header
// or in the query. Nothing of it is believed yet.
func Claims(r *http.Request) bool {
	if strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") {
		return true
	}
	return strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm=") || strings.Contains(r.URL.RawQuery, "X-Amz-Signature=")
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &Call{ID: uuid.NewString()}
	s, body, err := h.serve(r, c)
	status := http.StatusOK
	if err != nil {
		e := h.translate(s, c, r, err)
		status, body = e.Status, s.Protocol.write(s, c, e)
		if s.Protocol.contentType != xmlType {
			w.Header()["x-amzn-ErrorType"] = []string{e.Code}
		}
	}
	header := w.Header()
	header.Set("Content-Type", s.Protocol.contentType)
	header["x-amzn-RequestId"] = []string{c.ID} // as AWS spells it
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody is left to tell
	clear(body)          // it may hold a key
	clear(c.body)
}

// serve does what a request asks for. The service is never nil: errors need its form.
func (h *Handler) serve(r *http.Request, c *Call) (s *Service, body []byte, err error) {
	s = h.guess(r)
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, fmt.Errorf("aws: panic: %v\n%s", p, debug.Stack())
		}
	}()
	sig, err := sigv4.Parse(r)
	if err != nil {
		return s, nil, h.failed(r, c, "", err)
	}
	known, ok := h.services[sig.Scope.Service]
	if !ok {
		return s, nil, h.failed(r, c, sig.AccessKeyID, &Error{Code: s.Protocol.unknown.code, Status: s.Protocol.unknown.status,
			Message: "This server has no service " + sig.Scope.Service + "."})
	}
	s, c.service = known, known
	if err := h.checkRegion(s, sig.Scope.Region); err != nil {
		return s, nil, h.failed(r, c, sig.AccessKeyID, err)
	}
	c.Region = sig.Scope.Region
	limit := s.MaxBody
	if limit == 0 {
		limit = 1 << 20
	}
	if c.Caller, c.body, err = h.cfg.Identity.Signed(r.Context(), sig, h.origin(r, c), limit); err != nil {
		return s, nil, h.failed(r, c, sig.AccessKeyID, err)
	}
	name, err := s.Protocol.find(s, r, c)
	if err != nil {
		return s, nil, err
	}
	op, ok := s.Operations[name]
	if !ok {
		return s, nil, &Error{Code: s.Protocol.unknown.code, Status: s.Protocol.unknown.status, Message: "The operation " + clip(name) + " is not one that " + s.Name + " has here."}
	}
	ctx, recorded := audit.Notice(r.Context())
	if body, err = op(ctx, c); err != nil && !recorded() {
		err = errors.Join(err, h.refused(ctx, s, c, name, err))
	}
	return s, body, err
}

// refused puts an operation on record that asks for what cannot be, and so got to no gate.
func (h *Handler) refused(ctx context.Context, s *Service, c *Call, name string, failure error) error {
	e := s.answer(failure)
	if e == nil {
		e = &Error{Code: string(fault.Internal)} // what it was, the server's own log has
	}
	op := policy.Operation{Action: s.Name + ":" + name, Resource: "*", ReadOnly: reads(name), Record: &policy.Record{}}
	// The message may repeat what the client sent, and people paste secrets into the wrong field.
	return h.cfg.Gate.Refuse(ctx, c.Caller, op, &fault.Error{Code: fault.InvalidInput, Name: e.Code})
}

// reads tells from its name whether an operation changes nothing, as CloudTrail has it.
func reads(name string) bool {
	return slices.ContainsFunc([]string{
		"Get", "List", "Describe", "BatchGet", "Lookup", "Validate", "Encrypt", "Decrypt", "ReEncrypt", "Generate", "Sign", "Verify", "Derive", "Assume",
	}, func(verb string) bool { return strings.HasPrefix(name, verb) })
}

// guess finds the service for the form of an error, before anything is known for sure.
func (h *Handler) guess(r *http.Request) *Service {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		for _, s := range h.services {
			if _, ok := s.targeted(target); ok {
				return s
			}
		}
		return &Service{Protocol: JSON11}
	}
	return &Service{Protocol: Query}
}

// checkRegion names the home region to who signed for another. STS and IAM are everywhere.
func (h *Handler) checkRegion(s *Service, region string) error {
	if region == h.cfg.Home || slices.Contains(h.cfg.Regions, region) || slices.Contains(h.cfg.Regions, "*") && validRegion(region) {
		return nil
	}
	if s.Name == "iam" && region == "us-east-1" {
		return nil // IAM has one region, and its clients sign for it wherever they are
	}
	return &Error{Code: s.Protocol.common[badSignature].code, Status: http.StatusForbidden,
		Message: "Credential should be scoped to a valid Region, not " + region + ". This server's home region is " + h.cfg.Home + "; set SIGNET_REGIONS to serve others."}
}

func validRegion(region string) bool {
	return len(region) <= 32 && strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && strings.Contains(region, "-")
}

func (h *Handler) origin(r *http.Request, c *Call) identity.Origin {
	ip, secure := h.cfg.Origin(r)
	return identity.Origin{IP: ip, UserAgent: r.UserAgent(), RequestID: c.ID, Secure: secure, Region: c.Region}
}

// failed puts a request on record that was not authenticated. One address is recorded so often and
// then told to wait: the log must not be something that strangers can fill.
func (h *Handler) failed(r *http.Request, c *Call, key string, err error) error {
	o := h.origin(r, c)
	if !h.failures.allow(o.IP, time.Now()) {
		return errThrottled
	}
	refused := h.cfg.Identity.RefuseSignature(r.Context(), key, explain(err), o)
	if fault.CodeOf(refused) == fault.LogUnavailable {
		return errors.Join(err, refused)
	}
	return err
}

var errThrottled = errors.New("aws: too many failed requests from one address")

// explain is why a request was refused, for the audit log: the kind, never what the client sent.
func explain(err error) string {
	if kind := sigv4.KindOf(err); kind != "" {
		return string(kind)
	}
	for _, known := range []error{identity.ErrNoKey, identity.ErrToken, identity.ErrExpired} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal"
}

// clip keeps what a client sent short in messages.
func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 128)], "") }
