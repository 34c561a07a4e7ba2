package dashboard_test

import (
	"context"
	"encoding/json"
	"testing"

	"signet/dashboard"
	"signet/internal/fault"
	"signet/policy"
	"signet/project"
	"signet/project/projecttest"
)

// FuzzQuery sends requests of any content: the answer is Texas or a fault that the sender can
// mend, never another branch's row and never an error of the database.
func FuzzQuery(f *testing.F) {
	w := projecttest.Serve(f, example, project.Options{})
	vera := w.Caller(f, "vera")
	for _, s := range strange {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		ask(t, w, vera, body)
	})
}

// TestStrangeValues asks both databases what the fuzzer starts from.
func TestStrangeValues(t *testing.T) {
	both(t, func(t *testing.T, w *projecttest.World) {
		vera := w.Caller(t, "vera")
		for _, body := range strange {
			ask(t, w, vera, body)
		}
	})
}

// ask sends a request and wants Texas, or a fault of the sender's.
func ask(t *testing.T, w *projecttest.World, vera policy.Caller, body string) {
	t.Helper()
	var r dashboard.QueryRequest
	if json.Unmarshal([]byte(body), &r) != nil {
		t.Skip()
	}
	for _, visual := range []string{"steps", "value-by-state"} {
		data, err := w.Dashboards.Query(context.Background(), vera, "quote-history", visual, r)
		if err != nil {
			if code := fault.CodeOf(err); code != fault.InvalidInput && code != fault.BadRequest {
				t.Errorf("%s: %s: %v", visual, body, err)
			}
			continue
		}
		for _, state := range at(t, data, "state") {
			if state != "TX" {
				t.Errorf("%s: vera saw %s", visual, state)
			}
		}
	}
}

var strange = []string{
	`{}`,
	`{"filters":[{"id":"state","values":["TX","CA"]},{"id":"created","from":"2026-01-01","to":"2099-12-31T23:59:59.5Z"}],"totals":true,"limit":5}`,
	`{"filters":[{"id":"state","values":["' or 1=1 --"]}],"sort":[{"column":"created_at","descending":true},{"column":"price"}]}`,
	`{"filters":[{"id":"created","from":"9999-12-31T23:59:59.999999Z"},{"id":"status","values":["\u0000"]}]}`,
	`{"filters":[{"id":"created","to":"0000-01-01"}],"after":"AA"}`,
	`{"sort":[{"column":"state"},{"column":"state"}]}`,
	`{"filters":[{"id":"state","values":["\ud800","😀","%_\\"]}]}`,
}
