package web

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"signet/identity"
	"signet/internal/fault"
)

// request is what the outermost handler knows of one request; inner ones fill the rest in. It
// doubles as the ResponseWriter, so that a request costs one allocation and not four.
type request struct {
	http.ResponseWriter
	log     *slog.Logger
	id      string
	origin  identity.Origin
	secure  bool    // the client came over TLS
	route   *route  // nil until a route has taken the request
	visitor visitor // nobody until a route has asked
	status  int
	sent    bool
}

type requestKey struct{}

// requestOf returns the record of the request that ctx belongs to, nil outside of one.
func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

func requestID(ctx context.Context) string {
	if r := requestOf(ctx); r != nil {
		return r.id
	}
	return ""
}

func logOf(ctx context.Context) *slog.Logger {
	if r := requestOf(ctx); r != nil {
		return r.log
	}
	return slog.Default()
}

// WriteHeader remembers the status for the log.
func (r *request) WriteHeader(status int) {
	if !r.sent && status >= http.StatusOK {
		r.status, r.sent = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write sends 200 when nothing was sent before.
func (r *request) Write(b []byte) (int, error) {
	if !r.sent {
		r.status, r.sent = http.StatusOK, true
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the connection.
func (r *request) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// outermost names, times, counts and logs each request, and turns a panic into an answer.
func (s *Server) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		s.running.Add(1)
		id := newRequestID()
		rec := &request{
			ResponseWriter: w, log: s.log, id: id, secure: s.secure(r),
			origin: identity.Origin{IP: s.clientAddress(r), UserAgent: r.UserAgent(), RequestID: id},
		}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, rec))
		w.Header().Set("X-Request-Id", id)
		defer s.finish(rec, r, start)
		next.ServeHTTP(rec, r)
	})
}

// finish is deferred. It logs neither query nor body: tickets, links and passwords travel there.
func (s *Server) finish(rec *request, r *http.Request, start time.Time) {
	s.running.Add(-1)
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler { //nolint:errorlint // the standard library's own sentinel
			panic(p)
		}
		s.log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", rec.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		if rec.sent {
			panic(http.ErrAbortHandler) // too late for an answer: the client must see that it is cut off
		}
		writeProblem(rec, r, fault.Wrap(fmt.Errorf("panic: %v", p), fault.Internal, internalDetail))
	}
	took := time.Since(start)
	pattern := "none"
	if rec.route != nil {
		rec.route.observe(rec.status, took)
		pattern = rec.route.pattern
	}
	if !s.log.Enabled(r.Context(), slog.LevelDebug) {
		return
	}
	s.log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("request", rec.id), slog.String("route", pattern),
		slog.String("path", r.URL.Path), slog.Int("status", rec.status), slog.Duration("took", took),
		slog.String("user", rec.visitor.session.User.Name), slog.String("from", rec.origin.IP))
}

// newRequestID makes 16 hexadecimal digits. They tell requests apart and protect nothing.
func newRequestID() string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for n, i := rand.Uint64(), 0; i < len(b); n, i = n>>4, i+1 {
		b[i] = digits[n&15]
	}
	return string(b[:])
}
