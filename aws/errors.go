package aws

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"signet/identity"
	"signet/internal/fault"
	"signet/sigv4"
)

// reason is what can go wrong with any request.
type reason string

const (
	noSignature  reason = "no signature"
	incomplete   reason = "incomplete"
	badSignature reason = "bad signature"
	noKey        reason = "no key"
	expiredToken reason = "expired token"
	expired      reason = "expired"
	denied       reason = "denied"
	throttled    reason = "throttled"
	tooLarge     reason = "too large"
	internal     reason = "internal"
	unavailable  reason = "unavailable"
)

type shape struct {
	code   string
	status int
}

const tokenMessage = "The security token included in the request is invalid."

var reasons = map[sigv4.Kind]reason{
	sigv4.Missing: noSignature, sigv4.Incomplete: incomplete, sigv4.Malformed: incomplete, sigv4.Unsupported: incomplete,
	sigv4.OverLimit: tooLarge, sigv4.UnsignedHeader: badSignature, sigv4.BadScope: badSignature, sigv4.Mismatch: badSignature,
	sigv4.Expired: expired, sigv4.PresignedExpired: expired, sigv4.NotYetCurrent: expired,
	sigv4.BodyTooLarge: tooLarge, sigv4.BodyMismatch: badSignature,
}

// translate gives an error the form of the service. What is nobody's business but the operator's goes
// to the log, and the client gets the request id to ask with.
func (h *Handler) translate(s *Service, c *Call, r *http.Request, err error) *Error {
	if e := s.answer(err); e != nil {
		return e
	}
	h.cfg.Logger.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelError, "aws", slog.String("request", c.ID), slog.String("service", s.Name), slog.Any("error", err))
	e := s.common(internal, "The request processing has failed because of an unknown error, exception or failure. The request id is "+c.ID+".")
	if name := s.Errors[fault.Internal]; name != "" {
		e.Code = name
	}
	return e
}

// answer is what a client sees of an error; nil for one of the server's own.
func (s *Service) answer(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if s.Named != nil {
		if code, message, ok := s.Named(err); ok {
			return s.error(code, message)
		}
	}
	if e, ok := errors.AsType[*sigv4.Error](err); ok {
		return s.common(reasons[e.Kind], e.Message)
	}
	switch {
	case errors.Is(err, errThrottled):
		return s.common(throttled, "Rate exceeded")
	case errors.Is(err, identity.ErrNoKey), errors.Is(err, identity.ErrToken):
		return s.common(noKey, tokenMessage)
	case errors.Is(err, identity.ErrExpired):
		return s.common(expiredToken, "The security token included in the request is expired")
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return s.named(e)
	}
	return nil
}

// named is a fault that the client may see; nil for one of the server's own.
func (s *Service) named(e *fault.Error) *Error {
	name := e.Name
	if name == "" {
		name = s.Errors[e.Code]
	}
	switch {
	case e.Code == fault.Denied && name == "":
		return s.common(denied, e.Detail)
	case e.Code == fault.RateLimited:
		return s.common(throttled, e.Detail)
	case e.Code == fault.LogUnavailable:
		return s.common(unavailable, "The audit log cannot be written, so nothing is done.")
	case name == "" || e.Code == fault.Internal:
		return nil
	}
	return s.error(name, e.Detail)
}

// error is an error that the service has a name for.
func (s *Service) error(name, message string) *Error {
	status, ok := s.Statuses[name]
	if !ok {
		status = http.StatusBadRequest
	}
	return &Error{Code: name, Message: message, Status: status}
}

func (s *Service) common(why reason, message string) *Error {
	sh := s.Protocol.common[why]
	if sh.code == "" {
		sh = s.Protocol.common[internal]
	}
	return &Error{Code: sh.code, Message: message, Status: sh.status}
}

// failures bounds what one address can put on record by failing: fifty at once, then one a second.
type failures struct {
	mu sync.Mutex
	of map[string]*rate.Limiter // guarded by mu
}

const maxAddresses = 10_000

func (f *failures) allow(ip string, now time.Time) bool {
	if a, err := netip.ParseAddr(ip); err == nil && a.Is6() && !a.Is4In6() {
		p, _ := a.Prefix(64) // what one person holds; 64 is in range
		ip = p.String()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of == nil || len(f.of) >= maxAddresses {
		f.of = map[string]*rate.Limiter{}
	}
	l := f.of[ip]
	if l == nil {
		l = rate.NewLimiter(1, 50)
		f.of[ip] = l
	}
	return l.AllowN(now, 1)
}
