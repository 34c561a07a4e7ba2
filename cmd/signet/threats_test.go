package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestS5GetsWriteNothing follows a ticket as a link previewer, a prefetch, a proxy or a form of
// another site would: only the page's own POST writes.
func TestS5GetsWriteNothing(t *testing.T) {
	p := start(t, "Stop with", "demo", "--no-open", "--listen", "127.0.0.1:0")
	ana := p.browser("ana")
	quotes := func() int {
		return ana.query("quote-history", "steps", object{"totals": true}).Totals.Count
	}
	before := quotes()
	ticket := ana.query("quote-generation", "lines", texas).ticket(t, 0, "generate-quote")
	submissions := ana.base + "/api/v1/actions/generate-quote/submissions"
	body := `{"ticket":"` + ticket + `","inputs":{}}`
	for _, c := range []struct{ method, query, body, kind, origin, purpose string }{
		{"GET", "?ticket=" + url.QueryEscape(ticket), "", "", "", ""},
		{"GET", "?ticket=" + url.QueryEscape(ticket), "", "", ana.base, "prefetch"},
		{"HEAD", "?ticket=" + url.QueryEscape(ticket), "", "", "", ""},
		{"GET", "", body, "application/json", ana.base, ""},
		{"PUT", "", body, "application/json", ana.base, ""},
		{"OPTIONS", "", body, "application/json", ana.base, ""},
		{"POST", "", body, "application/json", "http://evil.example", ""},
		{"POST", "", body, "text/plain", "http://evil.example", ""},
		{"POST", "?ticket=" + url.QueryEscape(ticket), "", "application/x-www-form-urlencoded", ana.base, ""},
		{"POST", "", url.Values{"ticket": {ticket}}.Encode(), "application/x-www-form-urlencoded", ana.base, ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, submissions+c.query, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]string{"Content-Type": c.kind, "Origin": c.origin, "Sec-Purpose": c.purpose} {
			if v != "" {
				r.Header.Set(name, v)
			}
		}
		resp, err := ana.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%+v: %d", c, resp.StatusCode)
		}
	}
	if got := quotes(); got != before {
		t.Fatalf("%d rows, %d before", got, before)
	}
	ana.submit(201, "generate-quote", ticket, object{})
	if got := quotes(); got != before+1 {
		t.Errorf("%d rows after the real click, %d before", got, before)
	}
}
