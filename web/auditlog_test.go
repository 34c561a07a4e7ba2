package web_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"signet/audit"
	"signet/policy"
)

type auditLine struct {
	Index                                          int64
	ID, Phase, Action, Resource, Ending, RequestID string
	Time                                           time.Time
	Who                                            struct{ Type, Name string }
	ReadOnly                                       bool
	Detail                                         map[string]string
	Trail                                          *struct{ RequestParameters map[string]any }
}

type auditLines struct {
	Items []auditLine
	Next  string
}

func (l auditLines) actions() []string {
	var all []string
	for _, i := range l.Items {
		all = append(all, i.Action)
	}
	return all
}

// events looks the log up, all pages.
func (c *client) events(filter url.Values) auditLines {
	c.w.t.Helper()
	var all auditLines
	for {
		var page auditLines
		c.read("/api/v1/audit/events?"+filter.Encode(), &page)
		all.Items = append(all.Items, page.Items...)
		if page.Next == "" {
			return all
		}
		filter.Set("after", page.Next)
	}
}

// denials waits until the log has n denials of a user: they are written behind the answer.
func (c *client) denials(user string, n int) auditLines {
	c.w.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; {
		found := c.events(url.Values{"ending": {"denied"}, "who": {user}})
		if len(found.Items) == n {
			return found
		}
		if time.Now().After(end) {
			c.w.t.Fatalf("denials of %s: %+v, want %d", user, found, n)
		}
	}
}

func TestAuditEvents(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	ana := w.signedIn("ana", policy.Author)
	if a := ana.do("GET", "/api/v1/audit/events", nil); a.status != 403 || a.code() != "denied" || !strings.Contains(a.body, "cloudtrail:LookupEvents") {
		t.Errorf("ana looks: %d %s", a.status, a.body)
	}
	c.denials("ana", 1)
	for what, f := range map[string]struct {
		filter url.Values
		fits   func(auditLine) bool
	}{
		"all":       {url.Values{}, func(auditLine) bool { return true }},
		"who":       {url.Values{"who": {"ana"}}, func(l auditLine) bool { return l.Who.Name == "ana" }},
		"source":    {url.Values{"source": {"identity"}}, func(l auditLine) bool { return strings.HasPrefix(l.Action, "identity:") }},
		"name":      {url.Values{"name": {"SignIn"}, "source": {"identity"}}, func(l auditLine) bool { return l.Action == "identity:SignIn" }},
		"resource":  {url.Values{"resource": {"user/ana"}}, func(l auditLine) bool { return l.Resource == "user/ana" }},
		"reads":     {url.Values{"does": {"reads"}}, func(l auditLine) bool { return l.ReadOnly }},
		"changes":   {url.Values{"does": {"changes"}}, func(l auditLine) bool { return !l.ReadOnly }},
		"denied":    {url.Values{"ending": {"denied"}}, func(l auditLine) bool { return l.Ending == "denied" && l.Who.Name == "ana" }},
		"went well": {url.Values{"ending": {"ok"}}, func(l auditLine) bool { return l.Ending == "ok" }},
		"time": {url.Values{"from": {time.Now().Add(-time.Hour).Format(time.RFC3339)}, "to": {time.Now().Add(time.Hour).Format(time.RFC3339)}},
			func(auditLine) bool { return true }},
	} {
		f.filter.Set("limit", "3")
		found := c.events(f.filter)
		if len(found.Items) == 0 {
			t.Errorf("%s: nothing", what)
		}
		last := int64(1 << 60)
		for _, l := range found.Items {
			if !f.fits(l) || l.Index >= last || l.Phase == "attempt" {
				t.Errorf("%s: found %+v after %d", what, l, last)
			}
			last = l.Index
		}
	}
	if found := c.events(url.Values{"from": {"2030-01-01T00:00:00Z"}}); len(found.Items) != 0 {
		t.Errorf("in the future: %v", found.actions())
	}
	if found := c.events(url.Values{"ending": {"failed"}}); len(found.Items) != 0 {
		t.Errorf("nothing failed: %v", found.actions())
	}
	// Who looked is in the log too, with what they looked for.
	looking := url.Values{"name": {"LookupEvents"}, "who": {"root"}, "ending": {"ok"}}
	looks := c.events(looking)
	for end := time.Now().Add(10 * time.Second); len(looks.Items) < 10 && time.Now().Before(end); { // a read does not wait for the disk
		looks = c.events(looking)
	}
	if len(looks.Items) < 10 || looks.Items[0].Action != "cloudtrail:LookupEvents" {
		t.Errorf("looking is not recorded: %v", looks.actions())
	}
}

func TestAuditEventsRefuseBadInput(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	for filter, field := range map[string]string{
		"from=yesterday": "from", "does=harm": "does", "ending=well": "ending", "limit=201": "limit", "limit=0": "limit",
		"who=" + strings.Repeat("a", 1025): "who", "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z": "to", "after=%21": "token",
	} {
		if a := c.do("GET", "/api/v1/audit/events?"+filter, nil); a.status != 422 || a.code() != "invalid_input" || !strings.Contains(a.body, field) {
			t.Errorf("%.40s: %d %s", filter, a.status, a.body)
		}
	}
	for path, status := range map[string]int{
		"99999999": 404, "-1": 422, "first": 422, "99999999/proof": 404, "-1/proof": 404, "first/proof": 404,
	} {
		if a := c.do("GET", "/api/v1/audit/events/"+path, nil); a.status != status || a.code() == "" {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.body, status)
		}
	}
}

func TestAuditEvent(t *testing.T) {
	w := newWorld(t)
	c := w.signedIn("root", policy.Admin)
	ana := w.signedIn("ana", policy.Author)
	signIn := c.events(url.Values{"name": {"SignIn"}, "resource": {"user/ana"}}).Items[0]
	at := "/api/v1/audit/events/" + strconv.FormatInt(signIn.Index, 10)
	var sheet struct {
		Event            auditLine
		Attempt, Outcome *auditLine
		Place            struct {
			Log, Root, Checkpoint string
			Index, Size           int64
		}
	}
	c.read(at, &sheet)
	if sheet.Event.ID != signIn.ID || sheet.Attempt == nil || sheet.Attempt.Phase != "attempt" || sheet.Outcome != nil {
		t.Errorf("the sign-in: %+v", sheet)
	}
	p := sheet.Place
	if p.Index != signIn.Index || p.Size <= p.Index || !strings.Contains(p.Checkpoint, p.Root) || !strings.HasPrefix(p.Checkpoint, p.Log) {
		t.Errorf("its place: %+v", p)
	}
	attempt := *sheet.Attempt
	sheet.Attempt = nil
	c.read("/api/v1/audit/events/"+strconv.FormatInt(attempt.Index, 10), &sheet)
	if sheet.Outcome == nil || sheet.Outcome.Index != signIn.Index || sheet.Event.Ending != "" {
		t.Errorf("its attempt: %+v", sheet)
	}
	var proof audit.Proof
	a := c.want(200, "GET", at+"/proof", nil, &proof)
	if proof.Index != signIn.Index || !strings.Contains(a.header.Get("Content-Disposition"), "audit-record-"+strconv.FormatInt(signIn.Index, 10)+".json") {
		t.Errorf("the proof: %+v %v", proof, a.header)
	}
	for _, path := range []string{at, at + "/proof"} {
		if a := ana.do("GET", path, nil); a.status != 403 || a.code() != "denied" || strings.Contains(a.body, signIn.ID) {
			t.Errorf("ana looks at %s: %d %s", path, a.status, a.body)
		}
	}
	denied := c.denials("ana", 2)
	c.read("/api/v1/audit/events/"+strconv.FormatInt(denied.Items[0].Index, 10), &sheet)
	if sheet.Event.Trail == nil || sheet.Event.Trail.RequestParameters["record"] != float64(signIn.Index) {
		t.Errorf("what ana asked for: %+v", sheet.Event.Trail)
	}
}
