package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// receipt is what a submission answers.
type receipt struct {
	ID       string
	Record   struct{ ID, Status, PreviousStatus string }
	Who      struct{ Name string }
	Computed []struct {
		Name  string
		Value any
	}
}

type submitted struct {
	Receipt  json.RawMessage
	Replayed bool
}

func (b *browser) submit(status int, action, ticket string, inputs object) (receipt, submitted) {
	b.t.Helper()
	var s submitted
	var r receipt
	b.want(status, "POST", "/api/v1/actions/"+action+"/submissions", object{"ticket": ticket, "inputs": inputs}, &s)
	if err := json.Unmarshal(s.Receipt, &r); err != nil {
		b.t.Fatal(err)
	}
	return r, s
}

var texas = object{"filters": []object{{"id": "state", "values": []string{"TX"}}}, "totals": true}

// TestStory walks the main job through the real program: from a row's ticket to a receipt that is
// checked offline, with a second person looking on.
func TestStory(t *testing.T) {
	p := start(t, "Stop with", "demo", "--no-open", "--listen", "127.0.0.1:0")
	story(t, p)
	if err := p.stop(); err != nil {
		t.Errorf("the server ended with %v: %s", err, p.stderr)
	}
	if _, err := os.Stat(p.data); !os.IsNotExist(err) {
		t.Errorf("the demo left its folder %s: %v", p.data, err)
	}
}

func story(t *testing.T, p *process) {
	ana, ben, vera := p.browser("ana"), p.browser("ben"), p.browser("vera")
	ana.refused("link_used", "POST", "/api/v1/session/link", object{"token": p.links["ana"]})

	var boards struct{ Items []struct{ ID string } }
	ana.want(200, "GET", "/api/v1/dashboards", nil, &boards)
	if len(boards.Items) != 2 {
		t.Fatalf("ana sees %v", boards)
	}
	lines := ana.query("quote-generation", "lines", texas)
	if states := slices.Compact(lines.column("state")); len(states) != 1 || states[0] != "TX" || lines.Totals.Count == 0 {
		t.Fatalf("filtered to Texas: %v, %v", states, lines.Totals)
	}
	watching := ben.events()
	await(t, watching, "event: hello", 5*time.Second)

	ticket := lines.ticket(t, 0, "generate-quote")
	price := form(t, ana, ticket)
	r, first := ana.submit(201, "generate-quote", ticket, object{"discount": "10", "note": "as agreed"})
	if r.Record.Status != "generated" || r.Who.Name != "ana" || !strings.HasPrefix(r.Record.ID, "Q-") || len(r.Computed) != 1 || r.Computed[0].Value != price {
		t.Errorf("the receipt is %s; previewed price %v", first.Receipt, price)
	}
	if e := await(t, watching, "event: change", time.Second); !strings.Contains(e, r.ID) || !strings.Contains(e, "quote-history") {
		t.Errorf("ben's dashboard was told %s", e)
	}
	_, again := ana.submit(200, "generate-quote", ticket, object{"discount": "10", "note": "as agreed"})
	if !again.Replayed || string(again.Receipt) != string(first.Receipt) {
		t.Errorf("the replay gave %s", again.Receipt)
	}
	second := ana.query("quote-generation", "lines", texas).ticket(t, 0, "generate-quote")
	if r2, _ := ana.submit(201, "generate-quote", second, object{"discount": 0}); r2.Record.Status != "in review" || r2.Record.ID != r.Record.ID {
		t.Errorf("the second quote is %+v", r2.Record)
	}
	accept(t, ben, r.Record.ID)
	looksOn(t, vera)
	checkProofs(t, p, ana, vera, r.ID)
	keys(t, p, ana)
}

// form opens the form, tries inputs, and returns the price that the preview promises.
func form(t *testing.T, ana *browser, ticket string) any {
	t.Helper()
	var f struct {
		Signed []struct{ Name string }
		Inputs []struct{ Name string }
		Record struct{ Next string }
	}
	ana.want(200, "POST", "/api/v1/actions/generate-quote/form", object{"ticket": ticket}, &f)
	if len(f.Signed) != 7 || len(f.Inputs) != 2 || f.Record.Next != "generated" {
		t.Errorf("the form is %+v", f)
	}
	type preview struct {
		Computed []struct {
			Name  string
			Value any
		}
		Errors []struct{ Field string }
	}
	var bad, good preview
	ana.want(200, "POST", "/api/v1/actions/generate-quote/preview", object{"ticket": ticket, "inputs": object{"discount": "45"}}, &bad)
	if len(bad.Errors) != 1 || bad.Errors[0].Field != "discount" {
		t.Errorf("a discount of 45 %%: %+v", bad)
	}
	ana.refused("invalid_input", "POST", "/api/v1/actions/generate-quote/submissions", object{"ticket": ticket, "inputs": object{"discount": "45"}})
	ana.want(200, "POST", "/api/v1/actions/generate-quote/preview", object{"ticket": ticket, "inputs": object{"discount": "10"}}, &good)
	if len(good.Computed) != 1 || good.Computed[0].Value == nil || len(good.Errors) != 0 {
		t.Fatalf("the preview is %+v", good)
	}
	return good.Computed[0].Value
}

// accept moves the quote on, as somebody who may.
func accept(t *testing.T, ben *browser, quote string) {
	t.Helper()
	steps := ben.query("quote-history", "steps", object{})
	if got := steps.column("quote_id"); len(got) < 2 || got[0] != quote || got[1] != quote || len(steps.Keys) != len(got) {
		t.Fatalf("the history shows %v, keys %v", got, steps.Keys)
	}
	if got := list(steps.column("status")[:2]); got != "in review generated" {
		t.Errorf("the statuses are %s", got)
	}
	r, _ := ben.submit(201, "accept-quote", steps.ticket(t, 0, "accept-quote"), object{"note": "go ahead"})
	if r.Record.Status != "accepted" || r.Record.PreviousStatus != "in review" || r.Record.ID != quote {
		t.Errorf("accepting gave %+v", r.Record)
	}
	var h struct {
		Items []struct{ Status, ReceiptID string }
	}
	ben.want(200, "GET", "/api/v1/dashboards/quote-history/visuals/steps/history?key="+steps.Keys[0], nil, &h)
	if len(h.Items) != 3 || h.Items[0].Status != "accepted" || h.Items[0].ReceiptID != r.ID {
		t.Errorf("the record's history is %+v", h)
	}
	rate := ben.query("quote-history", "acceptance", object{})
	if share, ok := rate.Rows[0][0].(float64); len(rate.Rows) != 1 || !ok || share <= 0 || share > 1 {
		t.Errorf("the acceptance rate is %v", rate.Rows)
	}
}

// looksOn is what a viewer of one state may and may not.
func looksOn(t *testing.T, vera *browser) {
	t.Helper()
	lines := vera.query("quote-generation", "lines", object{})
	if states := slices.Compact(lines.column("state")); len(states) != 1 || states[0] != "TX" {
		t.Errorf("vera sees the states %v", states)
	}
	for _, row := range lines.Offers {
		if len(row) > 0 {
			t.Errorf("vera is offered %v", row)
		}
	}
	vera.refused("denied", "GET", "/api/v1/project", nil)
}

var keyLine = regexp.MustCompile(`key +(\S+)`)

// checkProofs verifies the receipt and the log with the commands, while the server runs.
func checkProofs(t *testing.T, p *process, ana, vera *browser, id string) {
	t.Helper()
	var proven struct {
		Audit    struct{ Status, Log string }
		Verified bool
	}
	ana.want(200, "GET", "/api/v1/receipts/"+id, nil, &proven)
	if !proven.Verified || proven.Audit.Status != "recorded" || proven.Audit.Log == "" {
		t.Errorf("the receipt's proof is %+v", proven)
	}
	vera.want(200, "GET", "/api/v1/receipts/"+id, nil, nil) // Texas is hers
	text := ana.want(200, "GET", "/api/v1/receipts/"+id+"/file", nil, nil)
	out, code := signet(t, p.with("audit", "verify")...)
	m := keyLine.FindStringSubmatch(out)
	if code != 0 || m == nil {
		t.Fatalf("audit verify: %d %s", code, out)
	}
	file := filepath.Join(t.TempDir(), "receipt.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := signet(t, "receipt", "verify", file, "--key", m[1]); code != 0 || !strings.Contains(out, id) {
		t.Errorf("receipt verify: %d %s", code, out)
	}
	proofs(t, text, m[1])
	for _, change := range [][2]string{{"as agreed", "as  agreed"}, {`"ana"`, `"ben"`}, {id, strings.Repeat("0", len(id))}} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the receipt file has no %s: %s", change[0], text)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, change[0], change[1])), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := signet(t, "receipt", "verify", file, "--key", m[1]); code != 1 {
			t.Errorf("a receipt with %s for %s: %d %s", change[1], change[0], code, out)
		}
	}
}

// proofs checks the proof of one record by itself: the receipt file holds one.
func proofs(t *testing.T, receiptFile, key string) {
	t.Helper()
	var f struct{ Proof json.RawMessage }
	if err := json.Unmarshal([]byte(receiptFile), &f); err != nil {
		t.Fatal(err)
	}
	file, text := filepath.Join(t.TempDir(), "audit-record.json"), string(f.Proof)
	for _, c := range []struct {
		text string
		code int
		says string
	}{{text, 0, "writeback:Submit"}, {strings.Replace(text, `"index": `, `"index": 1`, 1), 1, "does not hold"}, {"{}", 1, "is no proof"}} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := signet(t, "audit", "verify", file, "--key", key); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("audit verify of a proof: %d %s, want %d %s", code, out, c.code, c.says)
		}
	}
}

// keys rotates and revokes the ticket key from another process, under a ticket that is open.
func keys(t *testing.T, p *process, ana *browser) {
	t.Helper()
	lines := ana.query("quote-generation", "lines", texas)
	if out, code := signet(t, p.with("ticket-key", "rotate")...); code != 0 {
		t.Fatalf("ticket-key rotate: %d %s", code, out)
	}
	ana.submit(201, "generate-quote", lines.ticket(t, 1, "generate-quote"), object{})
	out, code := signet(t, p.with("ticket-key", "list")...)
	versions := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(versions) != 2 {
		t.Fatalf("ticket-key list: %d %s", code, out)
	}
	old, _, _ := strings.Cut(versions[1], " ")
	if out, code := signet(t, p.with("ticket-key", "revoke", old)...); code != 0 {
		t.Fatalf("ticket-key revoke: %d %s", code, out)
	}
	deadline := time.Now().Add(2 * time.Second)
	for ticket := lines.ticket(t, 2, "generate-quote"); ; {
		var problem struct{ Code string }
		status, text := ana.call("POST", "/api/v1/actions/generate-quote/form", object{"ticket": ticket}, &problem)
		if problem.Code == "ticket_key_retired" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a revoked key still verifies: %d %s", status, text)
		}
	}
	p.link("ben")
	p.browser("ben")
}
