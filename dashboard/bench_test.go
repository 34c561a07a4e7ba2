package dashboard_test

import (
	"context"
	"testing"

	"signet/dashboard"
	"signet/project"
	"signet/project/projecttest"
)

// BenchmarkPage reads a table page of 100 rows: with a ticket in each row, and for somebody who
// may not run the action.
func BenchmarkPage(b *testing.B) {
	w := projecttest.Serve(b, example, project.Options{})
	for name, user := range map[string]string{"tickets": "ana", "plain": "ben"} {
		caller := w.Caller(b, user)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				data, err := w.Dashboards.Query(context.Background(), caller, "quote-generation", "lines", dashboard.QueryRequest{})
				if err != nil || len(data.Rows) != 100 || (len(data.Offers[0]) == 1) != (name == "tickets") {
					b.Fatal(len(data.Rows), err)
				}
			}
		})
	}
}

// BenchmarkNumber reads one small number.
func BenchmarkNumber(b *testing.B) {
	w := projecttest.Serve(b, example, project.Options{})
	caller := w.Caller(b, "ben")
	for b.Loop() {
		if _, err := w.Dashboards.Query(context.Background(), caller, "quote-history", "value", dashboard.QueryRequest{}); err != nil {
			b.Fatal(err)
		}
	}
}
