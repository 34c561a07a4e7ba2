package web_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"signet/policy"
)

// listen opens the stream of events and sends each event's text; the channel closes with the stream.
func (c *client) listen() <-chan string {
	c.w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c.w.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", c.w.http.URL+"/api/v1/events", nil)
	if err != nil {
		c.w.t.Fatal(err)
	}
	open := &http.Client{Jar: c.http.Jar}
	resp, err := open.Do(r)
	if err != nil {
		c.w.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		c.w.t.Fatalf("the stream: %d %v", resp.StatusCode, resp.Header)
	}
	events := make(chan string, 100)
	go func() {
		defer close(events)
		defer resp.Body.Close()
		lines, event := bufio.NewScanner(resp.Body), ""
		for lines.Scan() {
			if lines.Text() != "" {
				event += lines.Text() + "\n"
				continue
			}
			events <- event
			event = ""
		}
	}()
	return events
}

// next waits for an event; within is how long it may take.
func next(t *testing.T, events <-chan string, within time.Duration) string {
	t.Helper()
	select {
	case e, open := <-events:
		if !open {
			return "closed"
		}
		return e
	case <-time.After(within):
		t.Fatalf("no event within %s", within)
		return ""
	}
}

func TestStream(t *testing.T) {
	w := newWorld(t)
	ana := w.signedIn("ana", policy.Author).listen()
	ben := w.signedIn("ben", policy.Reader).listen()
	for _, events := range []<-chan string{ana, ben} {
		if e := next(t, events, 5*time.Second); e != "event: hello\ndata: {\"version\":\"test\"}\n" {
			t.Errorf("got %q", e)
		}
	}
	w.server.Changed(change("r1"))
	w.server.ProjectChanged("v2")
	for _, events := range []<-chan string{ana, ben} {
		want := `event: change` + "\n" + `data: {"datasets":["quotes"],"action":"generate-quote","receiptId":"r1","by":"ana","at":"1970-01-01T00:00:00Z"}` + "\n"
		if e := next(t, events, time.Second); e != want {
			t.Errorf("got %q", e)
		}
		if e := next(t, events, time.Second); e != "event: project\ndata: {\"version\":\"v2\"}\n" {
			t.Errorf("got %q", e)
		}
	}
	w.server.Close()
	if e := next(t, ana, time.Second); e != "closed" {
		t.Errorf("after the server's end: %q", e)
	}
}

// TestA24 ends sessions in every way and wants their streams gone within a second.
func TestA24StreamsEndWithTheSession(t *testing.T) {
	w := newWorld(t)
	for name, end := range map[string]func(*client){
		"out":      func(c *client) { c.do("DELETE", "/api/v1/session", nil) },
		"disabled": func(*client) { _ = w.identity.Disable(t.Context(), system, "disabled") },
	} {
		c := w.signedIn(name, policy.Author)
		events := c.listen()
		next(t, events, 5*time.Second)
		end(c)
		if e := next(t, events, time.Second); !strings.HasPrefix(e, "event: signout\n") {
			t.Errorf("%s: got %q", name, e)
		}
		if e := next(t, events, time.Second); e != "closed" {
			t.Errorf("%s: the stream goes on: %q", name, e)
		}
	}
}
