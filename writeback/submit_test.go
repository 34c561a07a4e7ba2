package writeback_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/writeback"
)

func TestSubmitWritesOneRow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"discount": "10", "note": "first try"})
		got := w.table("select quote_id, cust, bgc, skilledtrades, shift, state, jobdutydescription, cost, price, discount, note, status, created_by, receipt_id from tbquote")
		want := []string{r.Record.ID + "|Acme|Yes|Welder|Night|TX|Pipe welding|100|112.5|10|first try|generated|ana|" + r.ID}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if r.Record.Status != "generated" || !strings.HasPrefix(r.Record.ID, "Q-") || r.Who.Name != "ana" || len(r.Before) != 0 {
			t.Errorf("receipt %+v", r)
		}
		again := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
		if again.Record.ID != r.Record.ID || again.Record.Status != "in review" || again.Record.PreviousStatus != "generated" || !again.At.After(r.At) {
			t.Errorf("second quote %+v after %+v", again.Record, r.Record)
		}
		if c := <-w.changes; c.Table != "tbquote" || c.Receipt != r.ID || c.By != "ana" {
			t.Errorf("change %+v", c)
		}
		if diff := cmp.Diff([]string{"attempt writeback:Submit ana ", "outcome writeback:Submit ana ok"}, w.lastEvents(2)); diff != "" {
			t.Error(diff)
		}
		w.wantSound()
	})
}

func TestNullsMakeACombination(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("NY"), nil)
		second := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("NY"), nil)
		if first.Record.ID != second.Record.ID || second.Record.Status != "in review" {
			t.Errorf("%+v then %+v", first.Record, second.Record)
		}
		if got := w.table("select bgc, jobdutydescription from tbquote limit 1"); got[0] != `NULL|It's "special"; DROP TABLE tbquote; --` {
			t.Errorf("got %q", got)
		}
	})
}

func TestReplayShowsTheFirstReceipt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("TX")
		_, first, err := w.submit(w.ana, "generate-quote", token, map[string]any{"discount": 5})
		if err != nil {
			t.Fatal(err)
		}
		for name, inputs := range map[string]map[string]any{"the same": {"discount": 5}, "other inputs": {"discount": 30}, "bad inputs": {"discount": "x"}} {
			_, again, err := w.submit(w.ana, "generate-quote", token, inputs)
			if err != nil || !again.Replayed || string(again.Receipt) != string(first.Receipt) {
				t.Errorf("%s: %+v, %v", name, again, err)
			}
		}
		w.clock.move(48 * time.Hour)
		if _, again, err := w.submit(w.ana, "generate-quote", token, nil); err != nil || !again.Replayed {
			t.Errorf("after its time: %v", err)
		}
		if got := w.table("select count(*) from tbquote"); got[0] != "1" {
			t.Errorf("%s rows", got[0])
		}
		w.wantSound()
	})
}

func TestPriceIsComputedAtThatMoment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("TX")
		f, err := w.engine.Form(w.ctx, w.ana, "generate-quote", token)
		if err != nil || f.Computed[0].Value.String() != "125" || f.Record.Next != "generated" {
			t.Fatalf("form %+v, %v", f, err)
		}
		p, err := w.engine.Preview(w.ctx, w.ana, "generate-quote", token, map[string]any{"discount": 30})
		if err != nil || p.Computed[0].Value.String() != "87.5" {
			t.Fatalf("preview %+v, %v", p, err)
		}
		w.exec("update local_pricing set rate = 2 where state = 'TX'")
		r := w.mustSubmit(w.ana, "generate-quote", token, map[string]any{"discount": 30})
		if got := r.Computed[0].Value; got.String() != "140" {
			t.Errorf("price %v", got)
		}
		w.exec("delete from local_pricing where state = 'TX'")
		_, _, err = w.submit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
		w.wantCode(err, fault.ComputedEmpty)
	})
}

func TestInputsMayHaveAnyName(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := generateQuote()
		d.Inputs = []writeback.Input{{Name: "ord", Column: "discount", Type: value.Decimal, Default: 5}, {Name: "n", Column: "note", Type: value.Text}}
		d.Computed[0].SQL = "select cast(:ord as decimal(12,2)) + length(:n)"
		w.load(d)
		if r := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"n": "four"}); r.Computed[0].Value.String() != "9" {
			t.Errorf("price %v", r.Computed[0].Value)
		}
	})
}

func TestInputsAreChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.quoteTicket("CA")
		for _, c := range []struct {
			inputs map[string]any
			field  string
			want   string
		}{
			{map[string]any{"discount": 31}, "discount", "Must be between 0 and 30 %."},
			{map[string]any{"discount": -0.01}, "discount", "Must be between 0 and 30 %."},
			{map[string]any{"discount": "lots"}, "discount", `"lots" is not a number.`},
			{map[string]any{"discount": 25}, "discount", "More than 20 % only in Texas."},
			{map[string]any{"note": strings.Repeat("é", 501)}, "note", "Has 501 characters: at most 500 are allowed."},
			{map[string]any{"note": "a\x00b"}, "note", "Holds bytes that are not text."},
			{map[string]any{"note": 3.0}, "note", "3 is not a text."},
			{map[string]any{"price": 1}, "price", "Is not an input of this action."},
			{map[string]any{"status": "accepted"}, "status", "Is not an input of this action."},
		} {
			_, _, err := w.submit(w.ana, "generate-quote", token, c.inputs)
			f, ok := err.(*fault.Error)
			if !ok || f.Code != fault.InvalidInput || len(f.Fields) != 1 || f.Fields[0] != (fault.Field{Field: c.field, Message: c.want}) {
				t.Errorf("%v: got %v %+v", c.inputs, err, f)
			}
		}
		w.wantNothing()
		if r := w.mustSubmit(w.ana, "generate-quote", token, map[string]any{"discount": 20, "note": strings.Repeat("é", 500)}); r.Computed[0].Value.String() != "108.6" {
			t.Errorf("price %v", r.Computed[0].Value)
		}
	})
}

func TestTransition(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		quote := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"discount": 10, "note": "hello"})
		accept := w.tickets(w.ben, "accept-quote", "quote-history", nil)
		reject := w.tickets(w.ben, "reject-quote", "quote-history", nil)
		if len(accept) != 1 || len(reject) != 1 {
			t.Fatalf("%d and %d tickets", len(accept), len(reject))
		}
		r := w.mustSubmit(w.ben, "accept-quote", accept[0], map[string]any{"note": "ok"})
		if r.Record.ID != quote.Record.ID || r.Record.Status != "accepted" || r.Record.PreviousStatus != "generated" || len(r.Before) == 0 {
			t.Errorf("receipt %+v", r.Record)
		}
		got := w.table("select quote_id, cust, price, discount, note, status, created_by from tbquote order by created_at")
		want := []string{quote.Record.ID + "|Acme|112.5|10|hello|generated|ana", quote.Record.ID + "|Acme|112.5|10|ok|accepted|ben"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		_, _, err := w.submit(w.ben, "reject-quote", reject[0], nil)
		w.wantCode(err, fault.StatusConflict)
		if !strings.Contains(err.Error(), "already accepted, by ben") {
			t.Errorf("got %v", err)
		}
		if more := w.tickets(w.ben, "accept-quote", "quote-history", nil); len(more) != 0 {
			t.Errorf("%d offers for a closed quote", len(more))
		}
		w.wantSound()
	})
}

func TestTransitionOfAnOldRowIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
		old := w.tickets(w.ben, "accept-quote", "quote-history", nil)[0]
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), nil)
		_, _, err := w.submit(w.ben, "accept-quote", old, nil)
		w.wantCode(err, fault.RowChanged)
		if got := w.table("select count(*) from tbquote"); got[0] != "2" {
			t.Errorf("%s rows", got[0])
		}
	})
}

func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("TX"), map[string]any{"discount": 10, "note": "hello"})
		w.mustSubmit(w.ben, "reject-quote", w.tickets(w.ben, "reject-quote", "quote-history", nil)[0], map[string]any{"note": "too much"})
		w.exec("insert into tbquote (quote_id, cust, state, status, created_by, created_at, receipt_id) values ('Q-old', 'X', 'CA', 'generated', 'import', timestamp '2020-01-01 00:00:00', 'r1')")
		ds := w.datasets["quote-history"]
		actions := []string{"accept-quote", "reject-quote"}
		rows := w.rows("quote-history", nil)
		keys := w.engine.RowKeys(ds, actions, rows)
		for i, row := range rows {
			h, err := w.engine.History(w.ctx, w.ana, ds, actions, keys[i], "")
			if err != nil {
				t.Fatal(err)
			}
			var steps []string
			for _, e := range h.Items {
				steps = append(steps, e.Status+" "+e.Who.Name+" "+e.Action.ID)
			}
			want := []string{"rejected ben reject-quote", "generated ana generate-quote"}
			if row[0].String() == "Q-old" {
				want = []string{"generated import "}
				if v, err := w.engine.History(w.ctx, w.vera, ds, actions, keys[i], ""); err != nil || len(v.Items) != 0 {
					t.Errorf("vera sees California: %+v, %v", v, err)
				}
			} else if v, err := w.engine.History(w.ctx, w.vera, ds, actions, keys[i], ""); err != nil || len(v.Items) != 2 {
				t.Errorf("vera does not see Texas: %+v, %v", v, err)
			}
			if diff := cmp.Diff(want, steps); diff != "" {
				t.Error(diff)
			}
		}
		gen := w.datasets["quote-generation"]
		key := w.engine.RowKeys(gen, []string{"generate-quote"}, w.rows("quote-generation", inState("TX")))[0]
		if h, err := w.engine.History(w.ctx, w.ana, gen, []string{"generate-quote"}, key, ""); err != nil || len(h.Items) != 2 || len(h.Items[1].Inputs) != 2 || h.Items[0].Before == nil {
			t.Errorf("by combination: %+v, %v", h, err)
		}
		for _, bad := range []string{"", "x", key[:len(key)-3], key + "AA", "accept-quote." + strings.TrimPrefix(key, "generate-quote.")} {
			if _, err := w.engine.History(w.ctx, w.ana, gen, []string{"generate-quote"}, bad, ""); err == nil {
				t.Errorf("key %q was taken", bad)
			}
		}
	})
}

func TestReceiptProvesItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.mustSubmit(w.ana, "generate-quote", w.quoteTicket("CA"), nil)
		p, err := w.engine.Receipt(w.ctx, w.ana, r.ID)
		if err != nil || !p.Verified || p.Audit.Status != "recorded" || p.Audit.Index <= r.Attempt || p.Audit.Size <= p.Audit.Index {
			t.Fatalf("%+v, %v", p, err)
		}
		if _, err := w.engine.Receipt(w.ctx, w.ben, r.ID); err != nil {
			t.Errorf("an approver: %v", err)
		}
		_, err = w.engine.Receipt(w.ctx, w.vera, r.ID)
		w.wantCode(err, fault.NotFound)
		file, err := w.engine.ReceiptFile(w.ctx, w.ana, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		v, err := writeback.VerifyReceiptFile(file, w.verifier)
		if err != nil || v.Receipt.ID != r.ID || v.Event.Who.Name != "ana" {
			t.Fatalf("%+v, %v", v, err)
		}
		for i := range file {
			changed := append([]byte(nil), file...)
			changed[i] ^= 1
			if same(t, file, changed) {
				continue // white space between the parts
			}
			if _, err := writeback.VerifyReceiptFile(changed, w.verifier); err == nil {
				t.Fatalf("byte %d (%q) flipped: it still verifies\n%s", i, file[i], changed[max(0, i-40):min(len(changed), i+40)])
			}
		}
	})
}

// same reports whether two files say the same, with other white space.
func same(t *testing.T, a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return cmp.Equal(x, y)
}

func TestReceiptValuesKeepTheirTypes(t *testing.T) {
	dec, _ := value.OfDecimal("1.10")
	b, err := json.Marshal(writeback.Field{Name: "a", Type: value.Decimal, Value: dec})
	if err != nil || string(b) != `{"name":"a","label":"","type":"decimal","value":"1.1"}` {
		t.Errorf("%s, %v", b, err)
	}
}
