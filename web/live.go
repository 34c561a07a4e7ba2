package web

import (
	"context"
	"net/http"
	"time"
)

const (
	heartbeat   = 15 * time.Second
	streamWrite = 10 * time.Second // a client that takes nothing for so long is gone
)

// GET /events: what changed, as it changes. The stream came through the same authentication as
// every request, and identity tells within a second when the session has ended (threats A23, A24).
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	who := signedIn(r.Context())
	if r.Method == http.MethodHead {
		return
	}
	stream, err := s.hub.join(who.session.ID)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	defer s.hub.leave(stream)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h["Cache-Control"] = noStore
	h.Set("X-Accel-Buffering", "no")
	out := eventWriter{w: w, control: http.NewResponseController(w)}
	out.send(newEvent("hello", struct {
		Version string `json:"version"`
	}{s.cfg.Version}))
	s.stream(r.Context(), stream, s.cfg.Identity.Ended(r.Context(), who.caller), &out)
}

// stream writes until the client, the session or the server ends.
func (s *Server) stream(ctx context.Context, stream *stream, ended <-chan struct{}, out *eventWriter) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for out.err == nil {
		select {
		case e := <-stream.events:
			out.send(e)
		case <-stream.behind:
			out.send(newEvent("resync", struct{}{}))
		case <-beat.C:
			out.send(event(": still here\n\n"))
		case <-ended:
			out.send(newEvent("signout", struct{}{}))
			return
		case <-stream.closed:
			return
		case <-ctx.Done():
			return
		}
	}
}

// eventWriter sends events until the first that the client does not take.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (e *eventWriter) send(what event) {
	if e.err != nil {
		return
	}
	if e.err = e.control.SetWriteDeadline(time.Now().Add(streamWrite)); e.err != nil {
		return
	}
	if _, e.err = e.w.Write(what); e.err == nil {
		e.err = e.control.Flush()
	}
}
