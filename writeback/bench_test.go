package writeback_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkSubmit measures the click without HTTP, at several numbers of clients; bench/ measures
// it whole, beside pgbench.
func BenchmarkSubmit(b *testing.B) {
	for name, open := range targets {
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) { benchmarkSubmit(b, newWorld(b, open(b)), clients) })
		}
	}
}

func benchmarkSubmit(b *testing.B, w *world, clients int) {
	values := make([]string, 5000)
	for i := range values {
		values[i] = fmt.Sprintf("('Customer %d', 'Yes', 'Welder', 'Day', 'TX', 'Duty', 100)", i)
	}
	key := "customername"
	if w.src.Dialect().Name() == "mysql" {
		key += "(100)" // of a text, only the first part can be in an index there
	}
	w.exec("delete from billing_input_tbl", "insert into billing_input_tbl values "+strings.Join(values, ", "), "create index many_key on billing_input_tbl ("+key+")")
	rows := w.rows("quote-generation", nil)
	next := func() []string {
		offers, err := w.engine.Offers(w.ctx, w.ana, w.datasets["quote-generation"], []string{"generate-quote"}, rows)
		if err != nil {
			b.Fatal(err)
		}
		tokens := make([]string, len(offers.Rows))
		for i := range offers.Rows {
			tokens[i] = offers.Tokens(i)["generate-quote"]
		}
		return tokens
	}
	var tokens []string
	for len(tokens) < b.N {
		tokens = append(tokens, next()...)
	}
	var at atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			for i := at.Add(1) - 1; i < int64(b.N); i = at.Add(1) - 1 {
				if _, err := w.engine.Submit(w.ctx, w.ana, "generate-quote", tokens[i], map[string]any{"discount": 10, "note": "hello"}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}
