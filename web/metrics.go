package web

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"signet/internal/fault"
)

// metrics counts what the server does.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	writebacks *prometheus.CounterVec
	handler    http.Handler
}

func newMetrics(reg *prometheus.Registry, s *Server) *metrics {
	m := &metrics{
		registry: reg,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_http_requests_total", Help: "Requests by route and class of status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "signet_http_request_seconds", Help: "Time to answer a request, by route.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route"}),
		writebacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "signet_writebacks_total", Help: "Submissions by their result: ok, replayed or the code of the error.",
		}, []string{"result"}),
	}
	reg.MustRegister(m.requests, m.seconds, m.writebacks, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge(reg, "signet_event_streams", "Open streams of events.", s.hub.size)
	gauge(reg, "signet_http_requests_running", "Requests that are being answered, streams included.", func() int { return int(s.running.Load()) })
	if log := s.cfg.Audit; log != nil {
		gauge(reg, "signet_audit_queue", "Audit events that wait for the disk.", log.Waiting)
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "signet_audit_events_total", Help: "Events in the audit log.",
		}, func() float64 { return float64(log.Size()) }))
	}
	m.handler = promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return m
}

func gauge(reg *prometheus.Registry, name, help string, value func() int) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) }))
}

// route holds the counters of one route, looked up once.
type route struct {
	pattern string
	stream  bool // open for as long as the client likes: its time says nothing
	classes [6]prometheus.Counter
	seconds prometheus.Observer
}

func (m *metrics) route(pattern string, stream bool) *route {
	r := &route{pattern: pattern, stream: stream, seconds: m.seconds.WithLabelValues(pattern)}
	for class, name := range []string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"} {
		r.classes[class] = m.requests.WithLabelValues(pattern, name)
	}
	return r
}

func (r *route) observe(status int, took time.Duration) {
	class := status / 100
	if class < 0 || class >= len(r.classes) {
		class = 0
	}
	r.classes[class].Inc()
	if !r.stream {
		r.seconds.Observe(took.Seconds())
	}
}

// serveMetrics is GET /metrics: for this machine, and from elsewhere with the token that was set.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if !s.mayMeasure(r) {
		writeProblem(w, r, fault.New(fault.Unauthenticated, "metrics are for this machine, or for a bearer token that SIGNET_METRICS_TOKEN sets"))
		return
	}
	s.metrics.handler.ServeHTTP(w, r)
}

func (s *Server) mayMeasure(r *http.Request) bool {
	token, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if given {
		want := s.cfg.MetricsToken.Reveal()
		return len(want) > 0 && subtle.ConstantTimeCompare([]byte(token), want) == 1
	}
	// A request that a proxy passed on comes from this machine only as far as we see.
	return peer(r).IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}
