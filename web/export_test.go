package web

import (
	"io/fs"
	"net/http"
)

// Seams for the tests of parts that stand alone.
var (
	DecodeTicket = decodeTicket
	WriteProblem = writeProblem
)

// NewStatic serves a build as the server does.
func NewStatic(fsys fs.FS) (http.Handler, error) {
	s, err := New(Config{UI: fsys})
	return s, err
}

// Stream is a client of the hub.
type Stream struct{ s *stream }

// Join opens a stream of a session.
func (s *Server) Join(session string) (*Stream, error) {
	st, err := s.hub.join(session)
	return &Stream{st}, err
}

// Leave closes it.
func (s *Server) Leave(st *Stream) { s.hub.leave(st.s) }

// Events empties the queue; behind tells whether events were dropped.
func (st *Stream) Events() (events []string, behind bool) {
	for {
		select {
		case e := <-st.s.events:
			events = append(events, string(e))
		case <-st.s.behind:
			behind = true
		default:
			return events, behind
		}
	}
}
