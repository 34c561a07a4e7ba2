package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"signet/internal/fault"
	"signet/web"
)

func TestProblem(t *testing.T) {
	changed := &fault.Error{Code: fault.RowChanged, Detail: "look again", Changes: []fault.Change{{Field: "cost", Label: "Cost", Was: 1, Now: 2}}}
	limited := &fault.Error{Code: fault.RateLimited, Detail: "wait", RetryAfter: 7}
	for _, c := range []struct {
		name   string
		err    error
		status int
		code   string
		want   string // in the body
	}{
		{"a fault says what it says", fault.New(fault.RowGone, "the row is gone"), 409, "row_gone", "the row is gone"},
		{"wrapped, still a fault", fmt.Errorf("x: %w", fault.New(fault.TicketExpired, "expired")), 410, "ticket_expired", "expired"},
		{"changes", changed, 409, "row_changed", `"was":1,"now":2`},
		{"retry", limited, 429, "rate_limited", `"retryAfter":7`},
		{"anything else is internal", errors.New("dial tcp 10.0.0.7: password hunter2"), 500, "internal", "request id"},
		{"the cause is for the log", fault.Wrap(errors.New("hunter2"), fault.TargetUnavailable, "the database is down"), 503, "target_unavailable", "is down"},
		{"the body was too large", &http.MaxBytesError{Limit: 10}, 413, "too_large", "10 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			web.WriteProblem(w, httptest.NewRequest("GET", "/", nil), c.err)
			var p struct {
				Status int
				Code   string
				Title  string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if w.Code != c.status || p.Status != c.status || p.Code != c.code || p.Title == "" || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("the body is %s", w.Body)
			}
		})
	}
	w := httptest.NewRecorder()
	web.WriteProblem(w, httptest.NewRequest("GET", "/", nil), limited)
	if w.Header().Get("Retry-After") != "7" {
		t.Error("Retry-After is missing")
	}
}

func TestDecodeTicket(t *testing.T) {
	for _, c := range []struct {
		body string
		ok   bool
	}{
		{`{"ticket":"t","inputs":{"a":1.50,"b":"x","c":null,"d":true}}`, true},
		{`{"ticket":"t"}`, true},
		{` {"inputs":{},"ticket":""} `, true},
		{`{"ticket":"t","other":1}`, false},
		{`{"ticket":"t","ticket":"u"}`, false},
		{`{"ticket":"t","inputs":{"a":1,"a":2}}`, false},
		{`{"ticket":"t","inputs":{"a":[1]}}`, false},
		{`{"ticket":"t","inputs":{"a":{"b":1}}}`, false},
		{`{"ticket":7}`, false},
		{`{"ticket":"t"} {}`, false},
		{`{"ticket":"t"}x`, false},
		{`{"ticket":"t"`, false},
		{`["ticket"]`, false},
		{`null`, false},
		{``, false},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		in, err := web.DecodeTicket(r)
		if (err == nil) != c.ok || err != nil && fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%s: %v", c.body, err)
		}
		if a, ok := in.Inputs["a"]; ok && a != json.Number("1.50") {
			t.Errorf("%s: a is %#v: the digits are lost", c.body, a)
		}
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"ticket":"t"}`))
	r.Header.Set("Content-Type", "text/plain")
	if _, err := web.DecodeTicket(r); fault.CodeOf(err) != fault.BadRequest {
		t.Errorf("a form's content type was taken: %v", err)
	}
	r = httptest.NewRequest("POST", "/", strings.NewReader(`{"ticket":"tttttttttt"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 4)
	if _, err := web.DecodeTicket(r); err == nil || fault.CodeOf(err) == fault.BadRequest {
		t.Errorf("the limit's error became %v", err)
	}
}

// FuzzDecodeTicket holds the scanner to what the library reads: whatever it takes is JSON that says the same.
func FuzzDecodeTicket(f *testing.F) {
	for _, body := range []string{
		`{"ticket":"t","inputs":{"a":1}}`, `{"ticket":"t","inputs":{"a":[]}}`, ` { "ticket" : "t\u00e9\"\\" , "inputs":{"a":-1.5e3,"b":null,"c":true}} `,
		`{"ticket":"\ud800"}`, `{"ticket":"é\x01"}`, `{"inputs":{"a":01}}`, `{"inputs":{"a":"x\"}}`, `{}`, `{"ticket":"t",}`, "{\"ticket\":\"\xff\"}",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		in, err := web.DecodeTicket(r)
		if err != nil {
			return
		}
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		want := in
		want.Ticket, want.Inputs = "", nil
		if err := d.Decode(&want); err != nil || d.More() || want.Ticket != in.Ticket || !maps.Equal(want.Inputs, in.Inputs) {
			t.Errorf("%q was taken as %+v, the library says %+v, %v", body, in, want, err)
		}
	})
}
