package web

import (
	"net/http"

	"signet/internal/fault"
	"signet/writeback"
)

// routes is every path that the server answers.
func (s *Server) routes() {
	open(s, "signIn", "POST /session", "Sign in with name and password", 0, s.signIn)
	open(s, "signInByLink", "POST /session/link", "Sign in with a one-time link", 0, s.signInByLink)
	open(s, "setUp", "POST /setup", "Make the first administrator with the set-up link", http.StatusCreated, s.setUp)
	closed(s, "session", "GET /session", "Who is signed in", s.session)
	closed(s, "signOut", "DELETE /session", "Sign out", s.signOut)
	closed(s, "setPassword", "PUT /session/password", "Set one's own password", s.setPassword)

	closed(s, "dashboards", "GET /dashboards", "The dashboards that one may see", s.dashboards)
	closed(s, "dashboard", "GET /dashboards/{id}", "A dashboard without its data", s.dashboard)
	closed(s, "options", "GET /dashboards/{id}/filters/{filter}/options", "What a filter can be set to", s.options)
	closed(s, "query", "POST /dashboards/{id}/visuals/{visual}/query", "A visual's data, with the tickets for its rows", s.query)
	closed(s, "history", "GET /dashboards/{id}/visuals/{visual}/history", "The write-backs of one record", s.history)
	closed(s, "project", "GET /project", "The served project and the problems of its last load", s.project)

	plain[ticketRequest, writeback.Form](s, "form", "POST /actions/{id}/form", "What an action offers on a row", asJSON, s.form)
	plain[ticketRequest, writeback.Preview](s, "preview", "POST /actions/{id}/preview", "What would be written; writes nothing", asJSON, s.preview)
	plain[ticketRequest, writeback.Submission](s, "submit", "POST /actions/{id}/submissions", "Write, once", submission, s.submit)
	plain[emptyRequest, writeback.Proven](s, "receipt", "GET /receipts/{id}", "A receipt and its place in the audit log", asJSON, s.receipt)
	plain[emptyRequest, any](s, "receiptFile", "GET /receipts/{id}/file", "The file that 'signet receipt verify' checks", asJSON, s.receiptFile)
	plain[emptyRequest, string](s, "events", "GET /events", "What changes, as it changes", asEvents, s.events)

	s.outside("GET /api/openapi.json", s.openAPI)
	s.outside("/api/", noRoute)
	s.outside("GET /healthz", s.healthz)
	s.outside("GET /readyz", s.readyz)
	s.outside("GET /metrics", s.serveMetrics)
	for _, page := range pages {
		s.outside("GET "+page, s.static.page(http.StatusOK))
	}
	s.outside("GET /assets/", s.static.file)
	s.outside("/", s.static.rest)
}

func noRoute(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, fault.New(fault.NotFound, "there is no such route, or not with this method"))
}
