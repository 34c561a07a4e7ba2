package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

const readyTime = 3 * time.Second

// GET /healthz: the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// GET /readyz: each part that the server needs answers. Which one does not is told, why is not:
// the log has that.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	parts, status := map[string]string{}, http.StatusOK
	for _, c := range s.cfg.Ready {
		parts[c.Name] = "ok"
		if err := c.Do(ctx); err != nil {
			parts[c.Name] = "failing"
			status = http.StatusServiceUnavailable
			s.log.Warn("not ready", "part", c.Name, "error", err)
		}
	}
	w.Header()["Content-Type"] = jsonType
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(parts)
}
