package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"
)

// browser talks to a server as the screens do.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (p *process) browser(user string) *browser {
	p.t.Helper()
	b := &browser{t: p.t, base: p.base, http: newClient(p.t)}
	b.want(200, "POST", "/api/v1/session/link", object{"token": p.links[user]}, nil)
	return b
}

// newClient keeps cookies.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

type object map[string]any

// try sends a request as the screens do.
func (b *browser) try(method, path string, body any) (status int, text string, err error) {
	var in io.Reader
	if body != nil {
		j, err := json.Marshal(body)
		if err != nil {
			return 0, "", err
		}
		in = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, in)
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Origin", b.base)
	r.Header.Set("Content-Type", "application/json")
	resp, err := b.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

// call is try for a server that must answer; it reads the JSON answer into out.
func (b *browser) call(method, path string, body, out any) (status int, text string) {
	b.t.Helper()
	status, text, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			b.t.Fatalf("%s %s: %d %s: %v", method, path, status, text, err)
		}
	}
	return status, text
}

// want is call for an answer that must have a status.
func (b *browser) want(status int, method, path string, body, out any) string {
	b.t.Helper()
	got, text := b.call(method, path, body, nil)
	if got != status {
		b.t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, text)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			b.t.Fatalf("%s %s: %s: %v", method, path, text, err)
		}
	}
	return text
}

// refused is call for an answer that must be a problem of a kind.
func (b *browser) refused(code, method, path string, body any) {
	b.t.Helper()
	var p struct{ Code, RequestID string }
	if status, text := b.call(method, path, body, &p); status < 400 || p.Code != code || p.RequestID == "" {
		b.t.Errorf("%s %s: %d %s, want %s", method, path, status, text, code)
	}
}

// table is a visual's data.
type table struct {
	Columns []struct{ Name string }
	Rows    [][]any
	Keys    []string
	Offered []struct{ Action, Head string }
	Offers  [][]string
	Totals  *struct {
		Count int
		Sums  map[string]any
	}
	Next string
}

func (b *browser) query(dashboard, visual string, body any) table {
	b.t.Helper()
	var data table
	b.want(200, "POST", "/api/v1/dashboards/"+dashboard+"/visuals/"+visual+"/query", body, &data)
	return data
}

// column returns a column's values.
func (d table) column(name string) []any {
	var out []any
	for i, c := range d.Columns {
		if c.Name != name {
			continue
		}
		for _, row := range d.Rows {
			out = append(out, row[i])
		}
	}
	return out
}

// ticket returns the ticket for an action on a row.
func (d table) ticket(t *testing.T, row int, action string) string {
	t.Helper()
	if row < len(d.Offers) {
		for i, part := range d.Offers[row] {
			if of := d.Offered[i]; of.Action == action && part != "" {
				return of.Head + "." + part
			}
		}
	}
	t.Fatalf("row %d has no offer of %s: %v", row, action, d.Offers)
	return ""
}

// events opens the stream; each event is its text.
func (b *browser) events() <-chan string {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", b.base+"/api/v1/events", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := b.http.Do(r)
	if err != nil || resp.StatusCode != 200 {
		b.t.Fatalf("the stream: %v %v", resp, err)
	}
	events := make(chan string, 100)
	go func() {
		defer close(events)
		defer resp.Body.Close()
		scan, text := bufio.NewScanner(resp.Body), ""
		for scan.Scan() {
			if scan.Text() != "" {
				text += scan.Text() + "\n"
				continue
			}
			events <- text
			text = ""
		}
	}()
	return events
}

// await returns the first event that holds a text, or fails.
func await(t *testing.T, events <-chan string, text string, within time.Duration) string {
	t.Helper()
	tooLong := time.After(within)
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended before %q", text)
			}
			if strings.Contains(e, text) {
				return e
			}
		case <-tooLong:
			t.Fatalf("no %q within %s", text, within)
		}
	}
}

func list(values []any) string { return strings.Trim(fmt.Sprint(values), "[]") }
