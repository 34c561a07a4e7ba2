package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

	"signet/internal/fault"
)

// ticketRequest is the body of the write-back routes, read by decodeTicket.
type ticketRequest struct {
	Ticket string         `json:"ticket"`
	Inputs map[string]any `json:"inputs,omitempty" doc:"a scalar for each input that is set"`
}

// decodeTicket reads a write-back's body strictly, in one pass: known members, each once, inputs
// that are scalars, and nothing after. Numbers keep the digits that were sent. It scans by hand: the
// library's decoder takes ten times as long, and each submission passes here.
func decodeTicket(r *http.Request) (ticketRequest, error) {
	var in ticketRequest
	if !isJSON(r.Header.Get("Content-Type")) {
		return in, fault.New(fault.BadRequest, "the body must be application/json")
	}
	body, err := readBody(r)
	if err != nil {
		return in, err
	}
	s := scanner{rest: body}
	err = s.object(func(key string) (err error) {
		switch key {
		case "ticket":
			in.Ticket, err = s.text()
			return err
		case "inputs":
			in.Inputs = map[string]any{}
			return s.object(func(name string) (err error) {
				in.Inputs[name], err = s.scalar(name)
				return err
			})
		}
		return fault.New(fault.BadRequest, "the body has an unknown member %.80q", key)
	})
	if err == nil && s.next() != 0 {
		err = errNoJSON
	}
	if err != nil {
		return ticketRequest{}, err
	}
	return in, nil
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

// readBody reads a body that the route has limited.
func readBody(r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= submitBytes {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, asRefusal(err)
	}
	body, err := io.ReadAll(r.Body)
	return body, asRefusal(err)
}

var errNoJSON = fault.New(fault.BadRequest, "the body is no JSON object of the expected form")

// asRefusal keeps the limit's own error; what else goes wrong while reading is the client's.
func asRefusal(err error) error {
	if err == nil || errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	return errNoJSON
}

// scanner reads JSON from the front of rest.
type scanner struct{ rest []byte }

// next skips white space and returns the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for i, c := range s.rest {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			s.rest = s.rest[i:]
			return c
		}
	}
	s.rest = nil
	return 0
}

// skip takes one punctuation mark.
func (s *scanner) skip(mark byte) bool {
	if s.next() != mark {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// object reads one object and calls member for each of its keys, to read the value.
func (s *scanner) object(member func(string) error) error {
	if !s.skip('{') {
		return errNoJSON
	}
	if s.skip('}') {
		return nil
	}
	seen := make([]string, 0, 8)
	for {
		key, err := s.text()
		if err != nil {
			return err
		}
		if slices.Contains(seen, key) {
			return fault.New(fault.BadRequest, "the body has the member %.80q twice", key)
		}
		if seen = append(seen, key); len(seen) > maxMembers || !s.skip(':') {
			return errNoJSON
		}
		if err := member(key); err != nil {
			return err
		}
		if s.skip('}') {
			return nil
		}
		if !s.skip(',') {
			return errNoJSON
		}
	}
}

// maxMembers is more than an action has inputs.
const maxMembers = 256

// text reads a string. Only a plain one is copied as it is; the library reads all others.
func (s *scanner) text() (string, error) {
	if s.next() != '"' {
		return "", errNoJSON
	}
	plain, end := true, 1
	for ; end < len(s.rest) && s.rest[end] != '"'; end++ {
		if c := s.rest[end]; c < ' ' || c > '~' || c == '\\' {
			plain = false
			if c == '\\' {
				end++
			}
		}
	}
	if end >= len(s.rest) {
		return "", errNoJSON
	}
	literal := s.rest[:end+1]
	s.rest = s.rest[end+1:]
	if plain {
		return string(literal[1:end]), nil
	}
	var text string
	if json.Unmarshal(literal, &text) != nil {
		return "", errNoJSON
	}
	return text, nil
}

// scalar reads a text, a number, true, false or null.
func (s *scanner) scalar(name string) (any, error) {
	switch s.next() {
	case '"':
		return s.text()
	case '{', '[':
		return nil, fault.New(fault.BadRequest, "the input %.80q must be a text, a number, true, false or null", name)
	}
	end := bytes.IndexAny(s.rest, ",} \n\t\r")
	if end < 0 {
		return nil, errNoJSON
	}
	literal := s.rest[:end]
	s.rest = s.rest[end:]
	switch string(literal) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	if !json.Valid(literal) { // what is left and valid is a number
		return nil, errNoJSON
	}
	return json.Number(literal), nil
}
