package dashboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/dashboard"
	"signet/internal/fault"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/project"
	"signet/project/projecttest"
	"signet/writeback"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const example = "../examples/anycompany"

// both runs f on the example, on each database.
func both(t *testing.T, f func(t *testing.T, w *projecttest.World)) {
	projecttest.EachDatabase(t, example, "warehouse", func(t *testing.T, o project.Options) {
		f(t, projecttest.Serve(t, example, o))
	})
}

func query(t *testing.T, w *projecttest.World, c policy.Caller, id, visual string, r dashboard.QueryRequest) *dashboard.VisualData {
	t.Helper()
	data, err := w.Dashboards.Query(context.Background(), c, id, visual, r)
	if err != nil {
		t.Fatalf("%s/%s: %v", id, visual, err)
	}
	if len(data.Rows) > 0 && len(data.Rows[0]) != len(data.Columns) {
		t.Fatalf("%s/%s: %d columns and rows of %d", id, visual, len(data.Columns), len(data.Rows[0]))
	}
	return data
}

// at returns one column of the rows, as text.
func at(t *testing.T, data *dashboard.VisualData, column string) []string {
	t.Helper()
	i := slices.IndexFunc(data.Columns, func(c dashboard.Column) bool { return c.Name == column })
	if i < 0 {
		t.Fatalf("no column %s in %v", column, data.Columns)
	}
	var out []string
	for _, row := range data.Rows {
		out = append(out, row[i].String())
	}
	return out
}

func TestTablePages(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		ana := w.Caller(t, "ana")
		seen, after, pages := map[string]bool{}, "", 0
		for {
			data := query(t, w, ana, "quote-generation", "lines", dashboard.QueryRequest{After: after, Totals: true})
			if data.Totals == nil || data.Totals.Count != 240 {
				t.Fatalf("totals %+v, want 240 rows on every page", data.Totals)
			}
			if len(data.Offers) != len(data.Rows) {
				t.Fatalf("%d lists of offers for %d rows", len(data.Offers), len(data.Rows))
			}
			customers := at(t, data, "customername")
			if !slices.IsSorted(customers) {
				t.Error("not sorted by customer")
			}
			for i, row := range data.Rows {
				seen[fmt.Sprint(row)] = true
				if row := data.Offers[i]; len(row) != 1 || data.Offered[0].Action != "generate-quote" || row[0] == "" {
					t.Fatalf("row %d has offers %+v", i, row)
				}
			}
			if pages++; data.Next == "" {
				break
			}
			after = data.Next
		}
		if len(seen) != 240 || pages != 3 {
			t.Errorf("saw %d rows on %d pages, want 240 on 3", len(seen), pages)
		}
	})
}

// TestA18RowPolicy: vera's branch sees Texas in rows, numbers and choices, and gets no tickets.
func TestA18RowPolicy(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		vera := w.Caller(t, "vera")
		data := query(t, w, vera, "quote-generation", "lines", dashboard.QueryRequest{Totals: true, Limit: 500})
		states := slices.Compact(slices.Sorted(slices.Values(at(t, data, "state"))))
		if d := cmp.Diff([]string{"TX"}, states); d != "" || data.Totals.Count != 46 {
			t.Errorf("vera sees %v, %d rows", states, data.Totals.Count)
		}
		for _, o := range data.Offers {
			if len(o) > 0 {
				t.Fatal("vera got a ticket for an action that is not hers")
			}
		}
		none := query(t, w, vera, "quote-generation", "lines", dashboard.QueryRequest{Totals: true, Filters: []dashboard.FilterValue{{ID: "state", Values: []any{"CA"}}}})
		if len(none.Rows) != 0 || none.Totals.Count != 0 {
			t.Error("a filter widened what vera sees")
		}
		options, err := w.Dashboards.Options(context.Background(), vera, "quote-generation", "state", "")
		if err != nil || len(options.Values) != 1 || options.Values[0].Value.String() != "TX" || options.Values[0].Count != 46 {
			t.Errorf("choices %+v, %v", options, err)
		}
		bars := query(t, w, vera, "quote-history", "value-by-state", dashboard.QueryRequest{})
		if d := cmp.Diff([]string{"TX"}, at(t, bars, "state")); d != "" {
			t.Error(d)
		}
		view, err := w.Dashboards.Get(context.Background(), vera, "quote-generation")
		if err != nil || len(view.Rows[0].Visuals[0].Actions) != 0 {
			t.Errorf("vera is shown actions that are not hers: %+v, %v", view, err)
		}
	})
}

func TestNumbers(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		ben := w.Caller(t, "ben")
		status := query(t, w, ben, "quote-history", "by-status", dashboard.QueryRequest{})
		got := map[string]string{}
		for i, s := range at(t, status, "status") {
			got[s] = at(t, status, "quotes")[i]
		}
		if d := cmp.Diff(map[string]string{"accepted": "26", "rejected": "12", "generated": "10", "in review": "8"}, got); d != "" {
			t.Error(d)
		}
		if quotes := at(t, status, "quotes"); quotes[0] != "26" {
			t.Errorf("order %v, want the largest first", quotes)
		}
		rate := query(t, w, ben, "quote-history", "acceptance", dashboard.QueryRequest{})
		if r := rate.Rows[0][0]; r.Kind() != value.Float || r.Float() < 0.684 || r.Float() > 0.6843 {
			t.Errorf("acceptance rate %v, want 26 of 38", r)
		}
		money := query(t, w, ben, "quote-history", "value", dashboard.QueryRequest{})
		if d := cmp.Diff([]string{"138865.5"}, at(t, money, "value")); d != "" {
			t.Error(d)
		}
		steps, won, spent := query(t, w, ben, "quote-history", "steps", dashboard.QueryRequest{Limit: 500}), 0.0, 0.0
		for i, m := range at(t, steps, "margin") {
			price, cost := decimal(t, at(t, steps, "price")[i]), decimal(t, at(t, steps, "cost")[i])
			if got := decimal(t, m); math.Abs(got-(price-cost)) > 1e-9 {
				t.Errorf("row %d: a margin of %v from %v and %v", i, got, price, cost)
			}
			if newest, status := at(t, steps, "newest")[i], at(t, steps, "status")[i]; newest == "t" && status != "rejected" {
				won, spent = won+price-cost, spent+price
			}
		}
		margin := query(t, w, ben, "quote-history", "margin", dashboard.QueryRequest{})
		if r := margin.Rows[0][0]; r.Kind() != value.Float || math.Abs(r.Float()-won/spent) > 1e-9 || spent == 0 {
			t.Errorf("margin rate %v; want %v of %v", r, won, spent)
		}
		texas := query(t, w, ben, "quote-history", "value", dashboard.QueryRequest{Filters: []dashboard.FilterValue{{ID: "state", Values: []any{"TX", "CA"}}, {ID: "created"}}})
		if texas.Rows[0][0].Equal(money.Rows[0][0]) {
			t.Error("the filter did not reach the number")
		}
		for _, data := range []*dashboard.VisualData{status, rate, money, margin, steps} {
			for i, c := range data.Columns {
				if k := data.Rows[0][i].Kind(); k != c.Type {
					t.Errorf("column %s says %s, its value is %s", c.Name, c.Type, k)
				}
			}
		}
	})
}

func decimal(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestEmptyNumbers: filters that leave nothing give an empty ratio, not an error.
func TestEmptyNumbers(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		nothing := dashboard.QueryRequest{Filters: []dashboard.FilterValue{{ID: "state", Values: []any{"ZZ"}}}}
		for _, visual := range []string{"by-status", "acceptance", "value", "value-by-state", "by-day", "steps"} {
			data := query(t, w, w.Caller(t, "ben"), "quote-history", visual, nothing)
			b, err := json.Marshal(data)
			if err != nil || strings.Contains(string(b), `"rows":null`) {
				t.Errorf("%s: %s, %v", visual, b, err)
			}
		}
	})
}

func TestLineHasEveryDay(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		data := query(t, w, w.Caller(t, "ben"), "quote-history", "by-day", dashboard.QueryRequest{})
		zeros, last := 0, time.Time{}
		for _, row := range data.Rows {
			if row[0].Kind() != value.Date {
				t.Fatalf("day is %s", row[0].Kind())
			}
			day := row[0].Time()
			if !last.IsZero() && day.Sub(last) != 24*time.Hour {
				t.Errorf("%s follows %s", day, last)
			}
			if last = day; row[1].Int() == 0 {
				zeros++
			}
		}
		if len(data.Rows) < 30 || zeros == 0 {
			t.Errorf("%d days, %d without a quote", len(data.Rows), zeros)
		}
	})
}

func TestFilters(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		ana := w.Caller(t, "ana")
		count := func(id, visual string, f ...dashboard.FilterValue) int64 {
			t.Helper()
			return query(t, w, ana, id, visual, dashboard.QueryRequest{Filters: f, Totals: true}).Totals.Count
		}
		if n := count("quote-generation", "lines", dashboard.FilterValue{ID: "customer", Search: "cLiNiC"}); n == 0 || n == 240 {
			t.Errorf("search found %d rows", n)
		}
		if n := count("quote-generation", "lines", dashboard.FilterValue{ID: "customer", Search: "100%_'"}); n != 0 {
			t.Errorf("search for a pattern found %d rows", n)
		}
		if n := count("quote-generation", "lines", dashboard.FilterValue{ID: "state", Values: []any{}}, dashboard.FilterValue{ID: "customer", Search: "  "}); n != 240 {
			t.Errorf("open filters left %d rows", n)
		}
		all := count("quote-history", "steps")
		today := time.Now().UTC()
		day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
		before := count("quote-history", "steps", dashboard.FilterValue{ID: "created", To: day(-11)})
		after := count("quote-history", "steps", dashboard.FilterValue{ID: "created", From: day(-10), To: day(0)})
		if before == 0 || after == 0 || before+after != all {
			t.Errorf("%d rows until a day and %d from the next on, of %d", before, after, all)
		}
		if n := count("quote-history", "steps", dashboard.FilterValue{ID: "created", From: "", To: ""}); n != all {
			t.Errorf("an open range left %d rows of %d", n, all)
		}
		from := today.AddDate(0, 0, -10).Truncate(24 * time.Hour).Format(time.RFC3339)
		if n := count("quote-history", "steps", dashboard.FilterValue{ID: "created", From: from}); n != after {
			t.Errorf("a time gives %d rows, its day %d", n, after)
		}
	})
}

// TestA16Requests: a request can say nothing but ids and typed values, and is told which is wrong.
func TestA16Requests(t *testing.T) {
	w := projecttest.Serve(t, example, project.Options{})
	ana := w.Caller(t, "ana")
	many := make([]any, 201)
	for i := range many {
		many[i] = "TX"
	}
	filter := func(f ...dashboard.FilterValue) dashboard.QueryRequest { return dashboard.QueryRequest{Filters: f} }
	sort := func(column string) dashboard.QueryRequest {
		return dashboard.QueryRequest{Sort: []dashboard.Sort{{Column: column}}}
	}
	for name, c := range map[string]struct {
		request dashboard.QueryRequest
		field   string
	}{
		"unknown filter":      {filter(dashboard.FilterValue{ID: "state; drop table tbquote", Values: []any{"TX"}}), "filters"},
		"field for a filter":  {filter(dashboard.FilterValue{ID: "price", Values: []any{"1"}}), "filters"},
		"filter twice":        {filter(dashboard.FilterValue{ID: "state", Values: []any{"TX"}}, dashboard.FilterValue{ID: "state", Values: []any{"CA"}}), "state"},
		"wrong type":          {filter(dashboard.FilterValue{ID: "state", Values: []any{7.5}}), "state"},
		"list for a value":    {filter(dashboard.FilterValue{ID: "state", Values: []any{[]any{"TX"}}}), "state"},
		"null":                {filter(dashboard.FilterValue{ID: "state", Values: []any{nil}}), "state"},
		"too many values":     {filter(dashboard.FilterValue{ID: "state", Values: many}), "state"},
		"search in a select":  {filter(dashboard.FilterValue{ID: "state", Search: "T"}), "state"},
		"range of no date":    {filter(dashboard.FilterValue{ID: "created", From: "yesterday"}), "created"},
		"range backwards":     {filter(dashboard.FilterValue{ID: "created", From: "2026-02-01", To: "2026-01-01"}), "created"},
		"values in a range":   {filter(dashboard.FilterValue{ID: "created", Values: []any{"2026-02-01"}}), "created"},
		"sort by hidden":      {sort("receipt_id"), "sort"},
		"sort by unlisted":    {sort("bgc"), "sort"},
		"sort by SQL":         {sort("price desc, (select 1)"), "sort"},
		"negative limit":      {dashboard.QueryRequest{Limit: -1}, "limit"},
		"huge limit":          {dashboard.QueryRequest{Limit: 1 << 30}, "limit"},
		"enormous page token": {dashboard.QueryRequest{After: strings.Repeat("a", 1<<20)}, "after"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Dashboards.Query(context.Background(), ana, "quote-history", "steps", c.request)
			e, ok := err.(*fault.Error)
			if !ok || e.Code != fault.InvalidInput || len(e.Fields) == 0 || e.Fields[0].Field != c.field || e.Detail == "" {
				t.Errorf("got %v, want invalid_input of %s", err, c.field)
			}
		})
	}
}

// TestPageOfAnotherQuery: a page token goes with the query that it came from.
func TestPageOfAnotherQuery(t *testing.T) {
	w := projecttest.Serve(t, example, project.Options{})
	ana := w.Caller(t, "ana")
	next := query(t, w, ana, "quote-generation", "lines", dashboard.QueryRequest{Limit: 5}).Next
	for name, r := range map[string]dashboard.QueryRequest{
		"forged":       {After: "%00"},
		"other filter": {After: next, Filters: []dashboard.FilterValue{{ID: "state", Values: []any{"TX"}}}},
		"other sort":   {After: next, Sort: []dashboard.Sort{{Column: "cost"}}},
	} {
		if _, err := w.Dashboards.Query(context.Background(), ana, "quote-generation", "lines", r); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUserSort(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		r := dashboard.QueryRequest{Limit: 20, Sort: []dashboard.Sort{{Column: "cost", Descending: true}}}
		costs := []float64{}
		for {
			data := query(t, w, w.Caller(t, "ana"), "quote-generation", "lines", r)
			for _, row := range data.Rows {
				f, err := value.Convert(row[slices.IndexFunc(data.Columns, func(c dashboard.Column) bool { return c.Name == "cost" })], value.Float)
				if err != nil {
					t.Fatal(err)
				}
				costs = append(costs, f.Float())
			}
			if r.After = data.Next; r.After == "" {
				break
			}
		}
		if len(costs) != 240 || !slices.IsSortedFunc(costs, func(a, b float64) int { return -cmpFloat(a, b) }) {
			t.Errorf("%d costs, not falling", len(costs))
		}
	})
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestOptions(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		ctx, ana := context.Background(), w.Caller(t, "ana")
		states, err := w.Dashboards.Options(ctx, ana, "quote-generation", "state", "")
		if err != nil || len(states.Values) != 10 || states.Truncated {
			t.Fatalf("%+v, %v", states, err)
		}
		total := int64(0)
		for _, o := range states.Values {
			total += o.Count
		}
		if total != 240 {
			t.Errorf("the choices stand for %d rows", total)
		}
		skills, err := w.Dashboards.Options(ctx, ana, "quote-generation", "skill", "TECH")
		if err != nil || len(skills.Values) != 1 || skills.Values[0].Value.String() != "HVAC technician" {
			t.Errorf("%+v, %v", skills, err)
		}
		dates, err := w.Dashboards.Options(ctx, ana, "quote-history", "created", "")
		if err != nil || dates.Min == nil || dates.Max == nil || value.Compare(*dates.Min, *dates.Max) >= 0 {
			t.Errorf("%+v, %v", dates, err)
		}
		if _, err := w.Dashboards.Options(ctx, ana, "quote-generation", "cost", ""); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("options of no filter: %v", err)
		}
		if _, err := w.Dashboards.Options(ctx, ana, "quote-generation", "state", strings.Repeat("x", 201)); fault.CodeOf(err) != fault.InvalidInput {
			t.Errorf("a long search: %v", err)
		}
	})
}

// steps reads the newest row of each quote of the history, by quote.
func steps(t *testing.T, w *projecttest.World, c policy.Caller) (data *dashboard.VisualData, newest map[string]int) {
	t.Helper()
	data = query(t, w, c, "quote-history", "steps", dashboard.QueryRequest{Limit: 500})
	newest = map[string]int{}
	for i, marked := range at(t, data, "newest") {
		id := at(t, data, "quote_id")[i]
		if _, twice := newest[id]; twice && marked == "t" {
			t.Fatalf("quote %s has two newest rows", id)
		}
		if marked == "t" {
			newest[id] = i
		}
	}
	return data, newest
}

// TestStory follows the example from a ticket of a shown row to the history of the quote.
// tokenOf is a row's ticket for an action.
func tokenOf(data *dashboard.VisualData, row int, action string) string {
	offers := writeback.Offers{Offered: data.Offered, Rows: data.Offers}
	return offers.Tokens(row)[action]
}

func TestStory(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		ctx, ana, ben := context.Background(), w.Caller(t, "ana"), w.Caller(t, "ben")
		before, known := steps(t, w, ben)
		lines := query(t, w, ana, "quote-generation", "lines", dashboard.QueryRequest{Limit: 500})
		line, record := lineOf(t, lines, before, known)
		done, err := w.Actions.Submit(ctx, ana, "generate-quote", tokenOf(lines, line, "generate-quote"), map[string]any{"discount": "5", "note": "again"})
		if err != nil || done.Replayed {
			t.Fatal(done, err)
		}
		after, newest := steps(t, w, ben)
		if len(newest) != len(known) || newest[record] != 0 {
			t.Fatalf("want a further row of %s, newest first; got %v", record, after.Rows[0])
		}
		if at(t, after, "status")[0] != "in review" || at(t, after, "created_by")[0] != "ana" || at(t, after, "discount")[0] != "5" {
			t.Errorf("written %v", after.Rows[0])
		}
		if got, want := at(t, after, "price")[0], priced(t, at(t, after, "cost")[0], rates[at(t, after, "state")[0]], 95); got != want {
			t.Errorf("price %s, want %s", got, want)
		}
		if n := len(after.Offers[0]); n != 2 {
			t.Fatalf("an approver has %d buttons on it", n)
		}
		if _, err := w.Actions.Submit(ctx, ben, "accept-quote", tokenOf(after, 0, "accept-quote"), map[string]any{"note": "fine"}); err != nil {
			t.Fatal(err)
		}
		closed, newest := steps(t, w, ben)
		if newest[record] != 0 || at(t, closed, "status")[0] != "accepted" || len(closed.Offers[0]) != 0 {
			t.Errorf("after the acceptance: %v with %d buttons", closed.Rows[0], len(closed.Offers[0]))
		}
		page, err := w.Dashboards.History(ctx, ben, "quote-history", "steps", closed.Keys[0], "")
		if err != nil || len(page.Items) < 3 {
			t.Fatalf("history %+v, %v", page, err)
		}
		for i, status := range []string{"accepted", "in review"} {
			if e := page.Items[i]; e.Status != status || e.ReceiptID == "" || e.RecordID != record {
				t.Errorf("step %d is %+v", i, e)
			}
		}
		if e := page.Items[len(page.Items)-1]; e.ReceiptID != "" || e.RecordID != record {
			t.Errorf("the first step was written by an earlier system: %+v", e)
		}
		if _, err := w.Dashboards.History(ctx, ben, "quote-generation", "lines", closed.Keys[0], ""); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("history of a visual without one: %v", err)
		}
	})
}

// lineOf finds a line of the price list for whose combination there is a quote.
func lineOf(t *testing.T, lines, history *dashboard.VisualData, newest map[string]int) (line int, record string) {
	t.Helper()
	combination := func(data *dashboard.VisualData, i int, columns ...string) string {
		var parts []string
		for _, c := range columns {
			parts = append(parts, at(t, data, c)[i])
		}
		return strings.Join(parts, "|")
	}
	quotes := map[string]string{}
	for id, i := range newest {
		quotes[combination(history, i, "cust", "skilledtrades", "jobdutydescription", "shift", "state")] = id
	}
	for i := range lines.Rows {
		if id, ok := quotes[combination(lines, i, "customername", "skill", "jobdutydescription", "shift", "state")]; ok {
			return i, id
		}
	}
	t.Fatal("no line has a quote")
	return 0, ""
}

// rates are the example's, times 10,000.
var rates = map[string]int64{"AZ": 12450, "CA": 14200, "CO": 13125, "FL": 12600, "GA": 12375, "IL": 13050, "NY": 13950, "OH": 12225, "TX": 12800, "WA": 13550}

// priced is cost times rate times percent, to the cent, half up.
func priced(t *testing.T, cost string, rate, percent int64) string {
	t.Helper()
	exact, ok := new(big.Rat).SetString(cost)
	if !ok {
		t.Fatal(cost)
	}
	exact.Mul(exact, big.NewRat(rate*percent, 1_000_000))
	v, err := value.OfDecimal(exact.FloatString(2))
	if err != nil {
		t.Fatal(err)
	}
	return v.String()
}

// TestButtons: an approver's buttons stand in the newest row of an open quote and nowhere else.
func TestButtons(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		data, newest := steps(t, w, w.Caller(t, "ben"))
		if len(newest) != 56 {
			t.Errorf("%d quotes have a newest row, want all 56", len(newest))
		}
		ids, status := at(t, data, "quote_id"), at(t, data, "status")
		for i := range data.Rows {
			open := newest[ids[i]] == i && (status[i] == "generated" || status[i] == "in review")
			if got := len(data.Offers[i]); got != 0 && !open || got != 2 && open || data.Keys[i] == "" {
				t.Errorf("row %v has %d buttons and key %q", data.Rows[i], got, data.Keys[i])
			}
		}
	})
}

// TestA16Hidden: a dashboard that is not for the caller looks as if it did not exist.
func TestA16Hidden(t *testing.T) {
	dir := projecttest.Copy(t, example)
	projecttest.Edit(t, dir, "dashboards/quote-history.yaml", "title: Quote history\n", "title: Quote history\nallow: {groups: [approvers]}\n")
	w := projecttest.Serve(t, dir, project.Options{})
	ctx, ana, ben := context.Background(), w.Caller(t, "ana"), w.Caller(t, "ben")
	list, err := w.Dashboards.List(ctx, ana, "", 0)
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != "quote-generation" {
		t.Errorf("list %+v, %v", list, err)
	}
	view, err := w.Dashboards.Get(ctx, ana, "quote-generation")
	if err != nil || len(view.Links) != 0 {
		t.Errorf("links %+v, %v", view, err)
	}
	calls := map[string]func(c policy.Caller, id string) error{
		"Get": func(c policy.Caller, id string) error { _, err := w.Dashboards.Get(ctx, c, id); return err },
		"Query": func(c policy.Caller, id string) error {
			_, err := w.Dashboards.Query(ctx, c, id, "steps", dashboard.QueryRequest{})
			return err
		},
		"Options": func(c policy.Caller, id string) error {
			_, err := w.Dashboards.Options(ctx, c, id, "state", "")
			return err
		},
		"History": func(c policy.Caller, id string) error {
			_, err := w.Dashboards.History(ctx, c, id, "steps", "accept-quote.x", "")
			return err
		},
	}
	for name, call := range calls {
		hidden, missing := call(ana, "quote-history"), call(ana, "no-such-board")
		if fault.CodeOf(hidden) != fault.NotFound || strings.ReplaceAll(hidden.Error(), "quote-history", "no-such-board") != missing.Error() {
			t.Errorf("%s: hidden %v, missing %v", name, hidden, missing)
		}
		if err := call(policy.Caller{}, "quote-history"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: nobody got %v", name, err)
		}
		if err := call(ben, "quote-history"); name != "History" && err != nil {
			t.Errorf("%s: ben got %v", name, err)
		}
	}
	if _, err := w.Dashboards.List(ctx, policy.Caller{}, "", 0); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("nobody listed dashboards: %v", err)
	}
}

func TestList(t *testing.T) {
	w := projecttest.Serve(t, example, project.Options{})
	ctx, ana := context.Background(), w.Caller(t, "ana")
	first, err := w.Dashboards.List(ctx, ana, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	want := &dashboard.Page{Items: []dashboard.Item{{ID: "quote-generation", Title: "Quote generation",
		Description: "The price list of all branches. Pick a line and generate a quote at today's local rate.", Visuals: 1, Actions: 1}}, Next: "quote-generation"}
	if d := cmp.Diff(want, first); d != "" {
		t.Error(d)
	}
	second, err := w.Dashboards.List(ctx, ana, first.Next, 1)
	if err != nil || len(second.Items) != 1 || second.Items[0].ID != "quote-history" || second.Next != "" || second.Items[0].Actions != 0 {
		t.Errorf("%+v, %v", second, err)
	}
	if _, err := w.Dashboards.List(ctx, ana, "gone", 1); fault.CodeOf(err) != fault.InvalidInput {
		t.Errorf("after no dashboard: %v", err)
	}
}

// TestA13OneConstructor: no definition reaches a set unchecked, whoever made it.
func TestA13OneConstructor(t *testing.T) {
	for name, d := range map[string]dashboard.Definition{
		"empty":      {},
		"bad id":     {ID: "../x", Title: "x", Rows: []dashboard.Row{{Visuals: []dashboard.Visual{{ID: "v", Type: dashboard.KPI, Title: "v", Dataset: "d"}}}}},
		"no dataset": {ID: "x", Title: "x", Rows: []dashboard.Row{{Visuals: []dashboard.Visual{{ID: "v", Type: dashboard.Table, Title: "v", Dataset: "d"}}}}},
		"deep ratio": {ID: "x", Title: "x", Rows: []dashboard.Row{{Visuals: []dashboard.Visual{{ID: "v", Type: dashboard.KPI, Title: "v", Dataset: "d",
			Measures: []dashboard.Measure{{Name: "m", Op: "ratio", Of: &dashboard.Measure{Op: "ratio"}}}}}}}},
	} {
		if c, bad := dashboard.Compile([]dashboard.Definition{d}, dashboard.Catalogue{}); c != nil || len(bad) == 0 {
			t.Errorf("%s: compiled", name)
		}
	}
}

// TestViewJSON holds the names that the browser's API promises.
func TestViewJSON(t *testing.T) {
	w := projecttest.Serve(t, example, project.Options{})
	view, err := w.Dashboards.Get(context.Background(), w.Caller(t, "ben"), "quote-history")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(view)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"id":"created","label":"Date","field":"created_at","type":"timestamp","control":"range","multiple":false}`,
		`{"height":120,"visuals":[{"id":"by-status","type":"kpi","title":"Quotes by status"`,
		`{"name":"acceptance_rate","label":"Acceptance rate","type":"float","format":"percent","role":"measure","sortable":true}`,
		`{"name":"newest","label":"Newest","type":"boolean","role":"column","sortable":true,"hidden":true}`,
		`"sort":[{"column":"created_at","descending":true}],"highlight":"newest","highlightLabel":"newest"`,
		`"actions":[{"id":"accept-quote","title":"Accept quote","label":"Accept","tone":"primary"}`,
		`"history":true,"pageSize":50`, `"links":[{"id":"quote-generation","title":"Quote generation"}]`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("missing %s\nin %s", want, b)
		}
	}
}
