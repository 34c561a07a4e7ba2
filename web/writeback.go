package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"signet/internal/fault"
	"signet/writeback"
)

// POST /actions/{id}/form
func (s *Server) form(w http.ResponseWriter, r *http.Request) {
	in, err := decodeTicket(r)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	out, err := s.cfg.Engine.Form(r.Context(), signedIn(r.Context()).caller, r.PathValue("id"), in.Ticket)
	answer(w, r, http.StatusOK, out, err)
}

// POST /actions/{id}/preview
func (s *Server) preview(w http.ResponseWriter, r *http.Request) {
	in, err := decodeTicket(r)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	out, err := s.cfg.Engine.Preview(r.Context(), signedIn(r.Context()).caller, r.PathValue("id"), in.Ticket, in.Inputs)
	answer(w, r, http.StatusOK, out, err)
}

// POST /actions/{id}/submissions: 201 for a new receipt, 200 for the first one of a used ticket.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	in, err := decodeTicket(r)
	var out *writeback.Submission
	if err == nil {
		out, err = s.cfg.Engine.Submit(r.Context(), signedIn(r.Context()).caller, r.PathValue("id"), in.Ticket, in.Inputs)
	}
	s.metrics.submitted(out, err)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	// The receipt is JSON already: put together by hand, it is not parsed again.
	status, tail := http.StatusCreated, `,"replayed":false}`+"\n"
	if out.Replayed {
		status, tail = http.StatusOK, `,"replayed":true}`+"\n"
	}
	b := make([]byte, 0, len(`{"receipt":`)+len(out.Receipt)+len(tail))
	writeJSON(w, status, append(append(append(b, `{"receipt":`...), out.Receipt...), tail...))
}

// writeJSON sends an answer that is whole. With its length it travels unchunked, in one piece.
func writeJSON(w http.ResponseWriter, status int, b []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// GET /receipts/{id}
func (s *Server) receipt(w http.ResponseWriter, r *http.Request) {
	out, err := s.cfg.Engine.Receipt(r.Context(), signedIn(r.Context()).caller, r.PathValue("id"))
	answer(w, r, http.StatusOK, out, err)
}

// GET /receipts/{id}/file
func (s *Server) receiptFile(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	out, err := s.cfg.Engine.ReceiptFile(r.Context(), signedIn(r.Context()).caller, id)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	// A receipt was found under the id, so it is one of ours and fit for a file name.
	w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+id+`.json"`)
	writeJSON(w, http.StatusOK, out)
}

// answer encodes what a domain call gave.
func answer(w http.ResponseWriter, r *http.Request, status int, out any, err error) {
	var b []byte
	if err == nil {
		b, err = json.Marshal(out)
	}
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	writeJSON(w, status, append(b, '\n'))
}

// submitted counts a submission by its result.
func (m *metrics) submitted(out *writeback.Submission, err error) {
	result := string(fault.CodeOf(err))
	switch {
	case err == nil && out.Replayed:
		result = "replayed"
	case err == nil:
		result = "ok"
	}
	m.writebacks.WithLabelValues(result).Inc()
}
