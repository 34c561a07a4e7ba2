package writeback_test

import (
	"strings"
	"testing"

	"signet/dataset"
	"signet/internal/fault"
	"signet/internal/value"
	"signet/writeback"
)

// calculating is the price list with fields that formulas calculate, one of them from the time of day.
func calculating(t testing.TB, rules ...dataset.Rule) *dataset.Dataset {
	if rules == nil {
		rules = texasOnly
	}
	return newDataset(t, dataset.Definition{
		ID: "quote-generation", Source: "warehouse", Table: "billing_input_tbl", RowPolicy: rules,
		Key: []string{"customername", "bgc", "skill", "shift", "state", "duty"},
		Fields: []dataset.Field{{Name: "net", Formula: "{cost} * 0.5"}, field("customername", value.Text), field("bgc", value.Text), field("skill", value.Text),
			{Name: "total", Formula: "sum({net})"}, field("shift", value.Text), field("state", value.Text), field("duty", value.Text), field("cost", value.Decimal),
			{Name: "seen", Formula: "toString(now())"}},
	})
}

// TestCalculatedFieldsInTheClick: an action may depend on what is calculated, as it stands at the moment of
// writing; but a field that changes with the time of day does not make a row another.
func TestCalculatedFieldsInTheClick(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.datasets["quote-generation"] = calculating(t)
		d := generateQuote()
		d.When = map[string][]any{"net": {50}}
		w.load(d)
		tokens := w.tickets(w.ana, "generate-quote", "quote-generation", inState("TX"))
		if len(tokens) != 1 {
			t.Fatalf("%d tickets; want one for the row whose half cost is 50", len(tokens))
		}
		w.mustSubmit(w.ana, "generate-quote", tokens[0], nil)
		tokens = w.tickets(w.ana, "generate-quote", "quote-generation", inState("TX"))
		w.exec("update billing_input_tbl set cost = 101 where state = 'TX'")
		_, _, err := w.submit(w.ana, "generate-quote", tokens[0], nil)
		w.wantCode(err, fault.RowChanged)
		if left := w.tickets(w.ana, "generate-quote", "quote-generation", inState("TX")); len(left) != 0 {
			t.Errorf("%d tickets for a row whose half cost is not 50 any more", len(left))
		}
	})
}

// TestCalculatedFieldsAreNotSigned: what a ticket signs is what the target stores, or says of itself.
func TestCalculatedFieldsAreNotSigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		prepare := func(ds *dataset.Dataset, change func(d *writeback.Definition)) []writeback.Problem {
			w.datasets["quote-generation"] = ds
			d := generateQuote()
			change(&d)
			_, problems := w.engine.Prepare(w.ctx, []writeback.Definition{d}, w.catalogue())
			return problems
		}
		want := func(got []writeback.Problem, field, message string) {
			t.Helper()
			if len(got) == 0 || got[0].Field.Field != field || !strings.Contains(got[0].Message, message) {
				t.Errorf("got %+v; want %s: ... %s", got, field, message)
			}
		}
		signing := func(name string) func(d *writeback.Definition) {
			return func(d *writeback.Definition) {
				d.Signed = append(d.Signed, writeback.Signed{Field: name, Column: "price"})
				d.Computed = nil
			}
		}
		want(prepare(calculating(t), signing("net")), "signed[7].field", "a ticket signs columns")
		want(prepare(calculating(t), signing("seen")), "signed[7].field", "a ticket signs columns")
		want(prepare(calculating(t), signing("total")), "signed[7].field", "has no field")
		about := dataset.Rule{Groups: []string{"sales"}, Where: map[string][]any{"net": {50}}}
		want(prepare(calculating(t, about), func(*writeback.Definition) {}), "dataset", "is calculated")
	})
}
