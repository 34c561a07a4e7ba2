package web

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"signet/internal/fault"
)

// Change tells open dashboards that rows were written. It carries ids only: what a caller may see
// of the rows is decided when the dashboard asks again.
type Change struct {
	Datasets  []string  `json:"datasets"`
	Action    string    `json:"action"`
	ReceiptID string    `json:"receiptId"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
}

const (
	streamsPerSession = 8
	streamQueue       = 64   // events that a slow client may be behind
	rememberReceipts  = 4096 // changes known by both the engine and the log are told once
)

// event is one message of the stream, ready to be sent.
type event []byte

func newEvent(name string, data any) event {
	body, err := json.Marshal(data)
	if err != nil {
		panic("web: internal error: event " + name + ": " + err.Error()) // our own types only
	}
	return event("event: " + name + "\ndata: " + string(body) + "\n\n")
}

// hub hands events to the open streams. It never waits for a client: one that is too far behind
// loses what is queued for it and is told to fetch everything anew.
type hub struct {
	mu      sync.Mutex // guards all below
	streams map[*stream]struct{}
	open    map[string]int      // streams by session
	told    map[string]struct{} // receipts that were told
	order   []string            // of told, oldest first
	closed  bool
}

// stream is one client's side of the hub.
type stream struct {
	session string
	events  chan event
	behind  chan struct{} // holds one token when events were dropped
	closed  chan struct{} // closed when the server ends
}

func newHub() *hub {
	return &hub{streams: map[*stream]struct{}{}, open: map[string]int{}, told: map[string]struct{}{}}
}

func (h *hub) join(session string) (*stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, &fault.Error{Code: fault.RateLimited, Detail: "the server is being stopped: try again", RetryAfter: 2}
	case h.open[session] >= streamsPerSession:
		return nil, &fault.Error{Code: fault.RateLimited, Detail: fmt.Sprintf("this session already listens in %d places: close one", streamsPerSession), RetryAfter: 5}
	}
	s := &stream{session: session, events: make(chan event, streamQueue), behind: make(chan struct{}, 1), closed: make(chan struct{})}
	h.streams[s] = struct{}{}
	h.open[session]++
	return s, nil
}

func (h *hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	if h.open[s.session]--; h.open[s.session] <= 0 {
		delete(h.open, s.session)
	}
}

// change tells of a written row, once for each receipt.
func (h *hub) change(c Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.told[c.ReceiptID]; known {
		return
	}
	if len(h.order) >= rememberReceipts {
		delete(h.told, h.order[0])
		h.order = h.order[1:]
	}
	h.told[c.ReceiptID] = struct{}{}
	h.order = append(h.order, c.ReceiptID)
	if len(h.streams) > 0 {
		h.send(newEvent("change", c))
	}
}

func (h *hub) publish(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.send(e)
}

// send must be called with mu held.
func (h *hub) send(e event) {
	for s := range h.streams {
		select {
		case s.events <- e:
		default:
			s.fallBehind()
		}
	}
}

// fallBehind drops what is queued; the client fetches everything anew instead.
func (s *stream) fallBehind() {
	for {
		select {
		case <-s.events:
			continue
		default:
		}
		break
	}
	select {
	case s.behind <- struct{}{}:
	default:
	}
}

// close ends all streams; later ones are refused.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for s := range h.streams {
		close(s.closed)
	}
}

func (h *hub) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams)
}

// Changed tells the open dashboards of a write. It does not wait.
func (s *Server) Changed(c Change) { s.hub.change(c) }

// ProjectChanged tells them that the project was loaded anew, or that a change of it was refused.
func (s *Server) ProjectChanged(version string) {
	s.hub.publish(newEvent("project", struct {
		Version string `json:"version"`
	}{version}))
}
