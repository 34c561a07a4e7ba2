// Package web is the browser's door: the JSON API, its OpenAPI document, the stream of changes
// and the built screens, all on one listener. It guarantees that a route is closed to people who
// are not signed in unless the table of routes says otherwise, that no request of another site
// changes anything, that GET never writes, and that a client meets errors only as problem
// documents, with a code and a request id and nothing of the server's inside.
package web

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"signet/audit"
	"signet/dashboard"
	"signet/dataset"
	"signet/identity"
	"signet/internal/opaque"
	"signet/kms"
	"signet/project"
	"signet/secrets"
	"signet/writeback"
)

// Config is what a server is made of. Without UI it serves the API and a page that says so.
type Config struct {
	Identity   *identity.Service
	Keys       *kms.Service
	Secrets    *secrets.Service
	Dashboards *dashboard.Set
	Datasets   *dataset.Set
	Engine     *writeback.Engine
	Project    *project.Runtime
	Audit      *audit.Log
	Gate       *audit.Gate
	UI         fs.FS

	Version        string
	Demo           bool
	TrustedProxies []netip.Prefix
	MetricsToken   opaque.Bytes
	Ready          []Check // what must be well for /readyz
	Logger         *slog.Logger
}

// Check is one part of the server's readiness.
type Check struct {
	Name string
	Do   func(context.Context) error
}

// Server answers the browser.
type Server struct {
	cfg         Config
	log         *slog.Logger
	mux         *http.ServeMux
	api         huma.API
	hub         *hub
	static      *static
	crossOrigin http.CrossOriginProtection
	metrics     *metrics
	running     atomic.Int64 // requests
	handler     http.Handler
	document    func() ([]byte, error) // OpenAPI, made when it is first asked for
}

// New makes a server; Follow feeds its stream, Close ends it.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, log: cfg.Logger, mux: http.NewServeMux(), hub: newHub()}
	if s.log == nil {
		s.log = slog.Default()
	}
	var err error
	if s.static, err = newStatic(cfg.UI); err != nil {
		return nil, err
	}
	s.metrics = newMetrics(prometheus.NewRegistry(), s)
	s.api = newAPI(s, cfg.Version)
	s.routes()
	s.document = sync.OnceValues(s.OpenAPI)
	s.handler = s.outermost(s.hardened(s.sameSite(s.mux)))
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// The limits of a connection. A stream sets its own deadlines.
const (
	headerTime  = 5 * time.Second
	readTime    = 30 * time.Second
	writeTime   = 90 * time.Second
	idleTime    = 2 * time.Minute
	headerBytes = 32 << 10
	bodyBytes   = 1 << 20
	submitBytes = 64 << 10
)

// HTTP returns the server for a listener, with all its limits.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Close ends the open streams, so that a graceful shutdown need not wait for them.
func (s *Server) Close() { s.hub.close() }

// OpenAPI returns the document that describes the API. It is complete once New has returned.
func (s *Server) OpenAPI() ([]byte, error) {
	b, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	return b, nil
}

// GET /api/openapi.json
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	b, err := s.document()
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, b)
}

// Document returns the OpenAPI document without anything behind it.
func Document(version string) ([]byte, error) {
	s, err := New(Config{Version: version})
	if err != nil {
		return nil, err
	}
	return s.OpenAPI()
}
