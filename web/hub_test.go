package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"signet/internal/fault"
	"signet/web"
)

func change(id string) web.Change {
	return web.Change{Datasets: []string{"quotes"}, Action: "generate-quote", ReceiptID: id, By: "ana", At: time.Unix(0, 0).UTC()}
}

func newServer(t *testing.T) *web.Server {
	t.Helper()
	s, err := web.New(web.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChangesAreToldOnce(t *testing.T) {
	s := newServer(t)
	a, _ := s.Join("1")
	b, _ := s.Join("2")
	s.Changed(change("r1"))
	s.Changed(change("r1")) // the engine and the log both know it
	s.Changed(change("r2"))
	for _, st := range []*web.Stream{a, b} {
		events, behind := st.Events()
		if len(events) != 2 || behind || !strings.Contains(events[0], `"receiptId":"r1"`) || !strings.Contains(events[1], `"receiptId":"r2"`) {
			t.Errorf("got %q, %t", events, behind)
		}
	}
	s.Leave(b)
	s.Changed(change("r3"))
	if events, _ := b.Events(); len(events) != 0 {
		t.Errorf("a stream that left got %q", events)
	}
}

func TestSlowClientIsToldToFetchAnew(t *testing.T) {
	s := newServer(t)
	slow, _ := s.Join("1")
	for i := range 1000 {
		s.Changed(change(fmt.Sprint(i))) // must not wait
	}
	events, behind := slow.Events()
	if !behind || len(events) > 64 {
		t.Errorf("%d events, behind %t", len(events), behind)
	}
	s.Changed(change("later"))
	if events, behind = slow.Events(); len(events) != 1 || behind {
		t.Errorf("after catching up: %q, %t", events, behind)
	}
}

func TestStreamsPerSession(t *testing.T) {
	s := newServer(t)
	var last *web.Stream
	for range 8 {
		st, err := s.Join("1")
		if err != nil {
			t.Fatal(err)
		}
		last = st
	}
	if _, err := s.Join("1"); fault.CodeOf(err) != fault.RateLimited {
		t.Errorf("the ninth stream: %v", err)
	}
	if _, err := s.Join("2"); err != nil {
		t.Errorf("another session: %v", err)
	}
	s.Leave(last)
	if _, err := s.Join("1"); err != nil {
		t.Errorf("after one left: %v", err)
	}
	s.Close()
	if _, err := s.Join("3"); err == nil {
		t.Error("a stream was opened while the server stops")
	}
}
