package testenv

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"testing"
)

// Person is somebody who is signed in to a Signet; the session outlives its restarts.
type Person struct {
	signet *Signet
	cookie string
}

var linkToken = regexp.MustCompile(`/signin#(\S+)`)

// SignIn signs a user in by a one-time link.
func (s *Signet) SignIn(t testing.TB, name string) *Person {
	t.Helper()
	out, err := s.Run(t, "user", "link", name)
	found := linkToken.FindStringSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("making a link for %s: %v\n%s", name, err, out)
	}
	body, err := json.Marshal(map[string]string{"token": found[1]})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address+"/api/v1/session/link", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://"+s.Address)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("signing %s in: %v", name, err)
	}
	defer func() { _ = answer.Body.Close() }()
	for _, c := range answer.Cookies() {
		if c.Name == "signet_session" {
			return &Person{signet: s, cookie: c.Name + "=" + c.Value}
		}
	}
	t.Fatalf("signing %s in: %s", name, answer.Status)
	return nil
}

// Dial opens a connection of the person's own.
func (p *Person) Dial() (*Conn, error) { return dial(p.signet.Address, p.cookie) }

// Page is one page of a table.
type Page struct {
	Rows    [][]any    `json:"rows"`
	Offered []Offered  `json:"offered"`
	Offers  [][]string `json:"offers"` // a row's own part of each ticket, "" for none
	Next    string     `json:"next"`
}

// Offered is what the tickets of one action on a page have in common.
type Offered struct {
	Action string `json:"action"`
	Head   string `json:"head"`
}

// Page asks for a page of a table behind a cursor, "" for the first.
func (p *Person) Page(t testing.TB, c *Conn, dashboard, visual, after string, limit int) Page {
	t.Helper()
	body, err := json.Marshal(map[string]any{"filters": []any{}, "after": after, "limit": limit})
	if err != nil {
		t.Fatal(err)
	}
	status, answer, err := c.Do(http.MethodPost, "/api/v1/dashboards/"+dashboard+"/visuals/"+visual+"/query", body)
	if err != nil || status != http.StatusOK {
		t.Fatalf("asking for %s of %s: status %d, %v: %.500s", visual, dashboard, status, err, answer)
	}
	var page Page
	if err := json.Unmarshal(answer, &page); err != nil {
		t.Fatalf("reading %s of %s: %v", visual, dashboard, err)
	}
	return page
}

// Tickets pages through a table until it has n tickets for its rows, beginning anew at the end: the
// same rows then get further tickets.
func (p *Person) Tickets(t testing.TB, dashboard, visual string, limit, n int) []string {
	t.Helper()
	c, err := p.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	tickets, after := make([]string, 0, n), ""
	for len(tickets) < n {
		before := len(tickets)
		page := p.Page(t, c, dashboard, visual, after, limit)
		for _, offers := range page.Offers {
			for i, part := range offers {
				if part != "" {
					tickets = append(tickets, page.Offered[i].Head+"."+part)
				}
			}
		}
		if after = page.Next; len(tickets) == before && after == "" {
			t.Fatalf("%s of %s offers no tickets", visual, dashboard)
		}
	}
	return tickets[:n]
}
