package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"signet/internal/fault"
)

// ticketRequest is the body of the write-back routes, read by decodeTicket.
type ticketRequest struct {
	Ticket string         `json:"ticket"`
	Inputs map[string]any `json:"inputs,omitempty" doc:"a scalar for each input that is set"`
}

// decodeTicket reads a write-back's body strictly, in one pass: known members, each once, inputs
// that are scalars, and nothing after. Numbers keep the digits that were sent.
func decodeTicket(r *http.Request) (ticketRequest, error) {
	var in ticketRequest
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return in, fault.New(fault.BadRequest, "the body must be application/json")
	}
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	err := decodeObject(d, func(key string) error {
		switch key {
		case "ticket":
			return decodeText(d, &in.Ticket)
		case "inputs":
			in.Inputs = map[string]any{}
			return decodeObject(d, func(name string) (err error) {
				in.Inputs[name], err = decodeScalar(d, name)
				return err
			})
		}
		return fault.New(fault.BadRequest, "the body has an unknown member %.80q", key)
	})
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return in, nil
		} else if err == nil {
			err = errNoJSON
		}
	}
	return ticketRequest{}, asRefusal(err)
}

var errNoJSON = fault.New(fault.BadRequest, "the body is no JSON object of the expected form")

// asRefusal keeps our own refusals and the limit's; the decoder's messages are about our code.
func asRefusal(err error) error {
	var tooLarge *http.MaxBytesError
	if _, ours := errors.AsType[*fault.Error](err); ours || errors.As(err, &tooLarge) {
		return err
	}
	return errNoJSON
}

// decodeObject reads one object and calls member for each of its keys, to read the value.
func decodeObject(d *json.Decoder, member func(string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(err, errNoJSON)
	}
	seen := map[string]struct{}{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if _, twice := seen[key]; twice {
			return fault.New(fault.BadRequest, "the body has the member %.80q twice", key)
		}
		seen[key] = struct{}{}
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func decodeText(d *json.Decoder, into *string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	s, ok := t.(string)
	if !ok {
		return errNoJSON
	}
	*into = s
	return nil
}

func decodeScalar(d *json.Decoder, name string) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if _, nested := t.(json.Delim); nested {
		return nil, fault.New(fault.BadRequest, "the input %.80q must be a text, a number, true, false or null", name)
	}
	return t, nil
}
