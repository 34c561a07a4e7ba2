package writeback_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/policy"
	"signet/writeback"
)

// TestS3OldOffersEnd: an offer ends with its time, and with the row that it was made for.
func TestS3OldOffersEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token, other := w.quoteTicket("TX"), w.quoteTicket("CA")
		w.exec("update billing_input_tbl set cost = 120 where state = 'TX'", "delete from billing_input_tbl where state = 'CA'")
		_, _, err := w.submit(w.ana, "generate-quote", token, nil)
		w.wantCode(err, fault.RowChanged)
		want := []fault.Change{{Field: "cost", Label: "cost", Was: decimal(t, "100"), Now: decimal(t, "120")}}
		if f, ok := err.(*fault.Error); !ok || !cmp.Equal(want, f.Changes, cmp.Comparer(value.Value.Equal)) {
			t.Errorf("changes %+v", f)
		}
		_, _, err = w.submit(w.ana, "generate-quote", other, nil)
		w.wantCode(err, fault.RowGone)
		_, err = w.engine.Form(w.ctx, w.ana, "generate-quote", token)
		w.wantCode(err, fault.RowChanged)

		fresh := w.quoteTicket("TX")
		w.clock.move(31 * time.Minute)
		_, _, err = w.submit(w.ana, "generate-quote", fresh, nil)
		w.wantCode(err, fault.TicketExpired)
		_, err = w.engine.Form(w.ctx, w.ana, "generate-quote", fresh)
		w.wantCode(err, fault.TicketExpired)
		w.wantNothing()
		if got := strings.Join(w.lastEvents(3), "\n"); !strings.Contains(got, "outcome writeback:Submit ana ticket_expired") {
			t.Errorf("no event of the refusal: %v", got)
		}
	})
}

func decimal(t *testing.T, s string) value.Value {
	v, err := value.OfDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestS4OffersArePersonal: a ticket is worth nothing to another user, for another action, on
// another server, or after the action changed.
func TestS4OffersArePersonal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("TX")
		_, _, err := w.submit(caller("u-cleo", "cleo", policy.Author), "generate-quote", token, nil)
		w.wantCode(err, fault.TicketForeign)
		_, _, err = w.submit(caller("u-cleo", "ana", policy.Author), "generate-quote", token, nil)
		w.wantCode(err, fault.TicketForeign) // the same name is not the same user
		_, _, err = w.submit(w.ben, "generate-quote", token, nil)
		w.wantCode(err, fault.Denied) // may not run the action at all
		_, _, err = w.submit(policy.Caller{}, "generate-quote", token, nil)
		w.wantCode(err, fault.Denied)

		w.mustSubmit(w.ana, "generate-quote", token, nil)
		accept := w.tickets(w.ben, "accept-quote", "quote-history", nil)[0]
		_, _, err = w.submit(w.ben, "reject-quote", accept, nil)
		w.wantCode(err, fault.TicketForeign)
		_, _, err = w.submit(w.ben, "no-such-action", accept, nil)
		w.wantCode(err, fault.NotFound)

		fresh := w.quoteTicket("CA")
		other := w.newEngine("instance-2")
		p, _ := other.Prepare(w.ctx, []writeback.Definition{generateQuote()}, w.catalogue())
		other.Swap(p)
		_, err = other.Submit(w.ctx, w.ana, "generate-quote", fresh, nil)
		w.wantCode(err, fault.TicketForeign)

		changed := generateQuote()
		changed.Inputs[0].Max = 50
		w.load(changed)
		_, _, err = w.submit(w.ana, "generate-quote", fresh, nil)
		w.wantCode(err, fault.ActionChanged)
		if got := w.table("select count(*) from tbquote"); got[0] != "1" {
			t.Errorf("%s rows", got[0])
		}
		w.wantSound()
	})
}

// TestS6ValuesAreBound: what stands in rows and inputs never becomes SQL.
func TestS6ValuesAreBound(t *testing.T) {
	nasty := []string{`'`, `''; DROP TABLE tbquote; --`, `" OR 1=1`, `\`, `\'; select 1`, `$1`, `:state`, `:price`, `{{x}}`, `%s%n`, `${jndi:x}`, "a\nb\tc", "\u202eltr", "NULL", `x', 'y`, `/*`, `--`, `\x27`, `'||pg_sleep(0)||'`, strings.Repeat("'", 400)}
	each(t, func(t *testing.T, w *world) {
		for i, s := range nasty {
			w.exec("delete from billing_input_tbl")
			w.exec(fmt.Sprintf("insert into billing_input_tbl values ('%s', 'Yes', 'S%d', 'Day', 'TX', '%s', 1)", strings.ReplaceAll(s, "'", "''"), i, strings.ReplaceAll(s, "'", "''")))
			r := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"note": s})
			got := w.table(fmt.Sprintf("select cust, jobdutydescription, note, status from tbquote where receipt_id = '%s'", r.ID))
			if want := s + "|" + s + "|" + s + "|generated"; len(got) != 1 || got[0] != want {
				t.Errorf("%q came back as %q", want, got)
			}
		}
		if got := w.table("select count(*) from tbquote"); got[0] != fmt.Sprint(len(nasty)) {
			t.Errorf("%s rows of %d", got[0], len(nasty))
		}
	})
}

// TestS7OneTicketAHundredTimes, also A20: 100 submissions of one ticket at once give one row and 100 equal receipts.
func TestS7OneTicketAHundredTimes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("TX")
		second := w.newEngine("instance-1") // another process of the same fleet
		p, _ := second.Prepare(w.ctx, []writeback.Definition{generateQuote()}, w.catalogue())
		second.Swap(p)
		receipts := make([]string, 100)
		var fresh int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range receipts {
			wg.Go(func() {
				engine := []*writeback.Engine{w.engine, second}[i%2]
				s, err := engine.Submit(w.ctx, w.ana, "generate-quote", token, map[string]any{"discount": i % 5})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				receipts[i] = string(s.Receipt)
				if !s.Replayed {
					fresh++
				}
			})
		}
		wg.Wait()
		for i, r := range receipts {
			if r != receipts[0] || r == "" {
				t.Fatalf("receipt %d differs:\n%s\n%s", i, r, receipts[0])
			}
		}
		if fresh != 1 {
			t.Errorf("%d submissions were told that they wrote", fresh)
		}
		if got := w.table("select count(*) from tbquote"); got[0] != "1" {
			t.Errorf("%s rows", got[0])
		}
		if len(w.changes) != 1 {
			t.Errorf("%d changes were announced", len(w.changes))
		}
		w.wantSound()
	})
}

// TestA20OneCombinationAtOnce, also S7: 64 tickets for one combination give one quote: one generated, 63 in review.
func TestA20OneCombinationAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second := w.newEngine("instance-1")
		p, _ := second.Prepare(w.ctx, []writeback.Definition{generateQuote()}, w.catalogue())
		second.Swap(p)
		var wg sync.WaitGroup
		for i := range 64 {
			token := w.quoteTicket("NY")
			wg.Go(func() {
				if _, err := []*writeback.Engine{w.engine, second}[i%2].Submit(w.ctx, w.ana, "generate-quote", token, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := w.table("select count(distinct quote_id), sum(case when status = 'generated' then 1 else 0 end), sum(case when status = 'in review' then 1 else 0 end), count(distinct created_at) from tbquote")
		if got[0] != "1|1|63|64" {
			t.Errorf("quotes, generated, in review, times: %s", got[0])
		}
		if got := w.table("select status from tbquote order by created_at, receipt_id limit 1"); got[0] != "generated" {
			t.Errorf("the first row is %s", got[0])
		}
		w.wantSound()
	})
}

// TestS8WritableColumnsAreSigned: an action that could write or match an unsigned value is refused.
func TestS8WritableColumnsAreSigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			change func(*writeback.Definition)
			field  string
		}{
			"matches an unsigned field":           {func(d *writeback.Definition) { d.Record.Match = append(d.Record.Match, "note") }, "record.match[6]"},
			"matches what the digest left out":    {func(d *writeback.Definition) { d.Signed = d.Signed[:5] }, "record.match[5]"},
			"an input over a signed column":       {func(d *writeback.Definition) { d.Inputs[1].Column = "cust" }, "inputs[1].column"},
			"an input over a signed column, case": {func(d *writeback.Definition) { d.Inputs[1].Column = "CUST" }, "inputs[1].column"},
			"an input over the price":             {func(d *writeback.Definition) { d.Inputs[1].Column = "price" }, "computed[0].column"},
			"an input over the status":            {func(d *writeback.Definition) { d.Inputs[1].Column = "status" }, "inputs[1].column"},
			"an input over who":                   {func(d *writeback.Definition) { d.Inputs[1].Column = "created_by" }, "inputs[1].column"},
			"an input named as a signed field":    {func(d *writeback.Definition) { d.Inputs[1].Name = "cost"; d.Inputs[1].Column = "note" }, "inputs[1].name"},
			"a column that is not there":          {func(d *writeback.Definition) { d.Signed[0].Column = "customer" }, "signed[0].column"},
			"a field that is not there":           {func(d *writeback.Definition) { d.Signed[0].Field = "nobody" }, "record.match[0]"},
			"computed from what is not bound":     {func(d *writeback.Definition) { d.Computed[0].SQL = "select :rate" }, "computed[0].sql"},
			"two statements":                      {func(d *writeback.Definition) { d.Computed[0].SQL = "select 1; delete from tbquote" }, "computed[0].sql"},
			"nobody may":                          {func(d *writeback.Definition) { d.Allow = policy.Grant{} }, "allow"},
			"text into a number":                  {func(d *writeback.Definition) { d.Inputs[1].Column = "discount"; d.Inputs[0].Column = "note" }, "inputs[0].column"},
			"no such table":                       {func(d *writeback.Definition) { d.Target = `tbquote"; --` }, "target"},
			"no such dataset":                     {func(d *writeback.Definition) { d.Dataset = "x" }, "dataset"},
			"a rule that does not compile":        {func(d *writeback.Definition) { d.Inputs[0].Rule = "value <" }, "inputs[0].rule"},
		} {
			d := generateQuote()
			c.change(&d)
			_, problems := w.engine.Prepare(w.ctx, []writeback.Definition{d}, w.catalogue())
			var fields []string
			for _, p := range problems {
				fields = append(fields, p.Field.Field)
			}
			if !strings.Contains(strings.Join(fields, " "), c.field) {
				t.Errorf("%s: problems %+v; want one of %s", name, problems, c.field)
			}
		}
		d := decide("accept-quote", "accepted")
		d.Record.Field = "status"
		if _, problems := w.engine.Prepare(w.ctx, []writeback.Definition{d}, w.catalogue()); len(problems) != 1 || problems[0].Field.Field != "record.field" {
			t.Errorf("a record that is not signed: %+v", problems)
		}
	})
}

// TestS10RotationKeepsOffers: tickets of an older key version open until they expire or the version is revoked.
func TestS10RotationKeepsOffers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, token, other := w.keys.current, w.quoteTicket("TX"), w.quoteTicket("CA")
		w.keys.rotate()
		w.mustSubmit(w.ana, "generate-quote", token, nil)
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("NY"), nil)
		w.keys.revoke(first)
		_, _, err := w.submit(w.ana, "generate-quote", other, nil)
		w.wantCode(err, fault.TicketKeyRetired)
		if got := w.table("select state from tbquote order by created_at"); !cmp.Equal(got, []string{"TX", "NY"}) {
			t.Errorf("rows %v", got)
		}
	})
}

// TestS11EveryRowHasAJournal: the ledger says in the same transaction who wrote what, and what was there before.
func TestS11EveryRowHasAJournal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
		r := w.mustSubmit(w.ben, "accept-quote", w.tickets(w.ben, "accept-quote", "quote-history", nil)[0], nil)
		before := map[string]string{}
		for _, f := range r.Before {
			before[f.Name] = f.Value.String()
		}
		if before["status"] != "generated" || before["created_by"] != "ana" || before["price"] != "125" {
			t.Errorf("before image %v", before)
		}
		got := w.table("select case when l.ticket_id = q.receipt_id and l.record_id = q.quote_id and l.status = q.status and l.written_at = q.created_at then 'same' end, l.who_id, l.who_name, l.action, l.target from signet_ledger l join tbquote q on q.receipt_id = l.ticket_id order by l.written_at")
		want := []string{"same|u-ana|ana|generate-quote|tbquote", "same|u-ben|ben|accept-quote|tbquote"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestA18PolicyHoldsForWrites: a row that the caller may not see cannot be written through, even
// with a ticket from a time when they might.
func TestA18PolicyHoldsForWrites(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tx := w.tickets(w.vera, "generate-quote", "quote-generation", inState("TX"))[0]
		// Offers are made for the rows of a page; a server bug that showed a row too many must not be enough.
		ca := w.tickets(w.vera, "generate-quote", "quote-generation", inState("CA"))[0]
		w.mustSubmit(w.vera, "generate-quote", tx, nil)
		_, _, err := w.submit(w.vera, "generate-quote", ca, nil)
		w.wantCode(err, fault.RowGone)
		_, err = w.engine.Form(w.ctx, w.vera, "generate-quote", ca)
		w.wantCode(err, fault.RowGone)
		if got := w.table("select state from tbquote"); !cmp.Equal(got, []string{"TX"}) {
			t.Errorf("rows %v", got)
		}
	})
}

// TestA19EveryByte: no ticket with a changed byte writes anything.
func TestA19EveryByte(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("TX")
		var wg sync.WaitGroup
		parts := strings.Split(token, ".") // the prefix, the page's head, the row
		for part := 1; part < len(parts); part++ {
			raw, err := base64.RawURLEncoding.DecodeString(parts[part])
			if err != nil {
				t.Fatal(err)
			}
			for i := range raw {
				bytes := slices.Clone(raw)
				bytes[i] ^= 1 << (i % 8)
				changed := slices.Clone(parts)
				changed[part] = base64.RawURLEncoding.EncodeToString(bytes)
				wg.Go(func() {
					_, err := w.engine.Submit(w.ctx, w.ana, "generate-quote", strings.Join(changed, "."), nil)
					switch fault.CodeOf(err) {
					case fault.TicketMalformed, fault.TicketForged, fault.TicketKeyRetired:
					default:
						t.Errorf("byte %d of part %d: %v", i, part, err)
					}
				})
			}
		}
		wg.Wait()
		for n := 0; n < len(token); n += 7 {
			_, _, err := w.submit(w.ana, "generate-quote", token[:n], nil)
			w.wantCode(err, fault.TicketMalformed)
		}
		w.wantNothing()
		report := w.wantSound()
		if report.Open != 0 {
			t.Errorf("%d attempts without an outcome", report.Open)
		}
	})
}

// hostile texts end strings, comments and statements of several databases, or look like templates.
var hostile = []string{`'`, `x' || (select 1) || '`, `1); delete from tbquote; --`, `:state`, `$1`, `{{ .State }}`, `#{1+1}`, `\' or 1=1 --`, `*/ drop table tbquote /*`, "\n--\n; select 1"}

// TestA11ParametersAreValues: a parameter of a computed value is bound wherever it stands, and what
// only looks like one, inside quotes and comments, stays text.
func TestA11ParametersAreValues(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := generateQuote()
		d.Signed = append(d.Signed[:1:1], d.Signed[2:]...) // bgc is left to the computed value
		d.Record.Match = []string{"customername", "skill", "shift", "state", "duty"}
		d.Computed = append(d.Computed, writeback.Computed{Name: "echo", Column: "bgc", Type: value.Text, Nullable: true,
			SQL: "select ':note' || cast(:note as text) || \"n\" from (select ':state' as \"n\") as x -- :note ' \n where :note = cast(:note as text)"})
		if w.src.Dialect().Name() == "mysql" {
			d.Computed[1].SQL = "select concat(':note', :note, `n`) from (select ':state' as `n`) as x -- :note ' \n where :note = cast(:note as char)"
		}
		w.load(d)
		for _, s := range hostile {
			r := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"note": s})
			if got := w.table("select bgc from tbquote where receipt_id = '" + r.ID + "'"); got[0] != ":note"+s+":state" {
				t.Errorf("%q came back as %q", s, got[0])
			}
		}
	})
}

// TestA12NothingButATicketWrites: an action cannot be run with values of one's own, whatever they hold.
func TestA12NothingButATicketWrites(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, s := range append(hostile, "", "sgt1.", "sgt1.AAAA", `{"customername":"Acme"}`, "customername=Acme&cost=1") {
			_, _, err := w.submit(w.ana, "generate-quote", s, map[string]any{"note": s})
			w.wantCode(err, fault.TicketMalformed)
			_, _, err = w.submit(w.ana, s, w.quoteTicket("TX"), nil)
			w.wantCode(err, fault.NotFound)
			_, _, err = w.submit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{s: s})
			w.wantCode(err, fault.InvalidInput)
		}
		w.wantNothing()
	})
}

// TestA22NoActionIsPublic: there is no way to let strangers run an action.
func TestA22NoActionIsPublic(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, role := range []policy.Role{"public", "anonymous", "guest", "*", "", policy.System} {
			d := generateQuote()
			d.Allow.Roles = []policy.Role{role}
			if _, problems := w.engine.Prepare(w.ctx, []writeback.Definition{d}, w.catalogue()); len(problems) == 0 {
				t.Errorf("an action for the role %q was taken", role)
			}
		}
		offers, err := w.engine.Offers(w.ctx, policy.Caller{}, w.datasets["quote-generation"], []string{"generate-quote"}, w.rows("quote-generation", nil))
		if err != nil || len(offers.Rows[0]) != 0 {
			t.Errorf("a stranger was offered %v, %v", offers, err)
		}
		_, _, err = w.submit(policy.Caller{}, "generate-quote", w.quoteTicket("TX"), nil)
		w.wantCode(err, fault.Denied)
		_, err = w.engine.Form(w.ctx, policy.Caller{}, "generate-quote", w.quoteTicket("TX"))
		w.wantCode(err, fault.Denied)
		w.wantNothing()
	})
}
