package bench_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"signet/internal/testenv"
)

const pageRequests = 200

// ask sends a visual's query and returns how long its answer took, in milliseconds.
func (b *bench) ask(conn *testenv.Conn, visual string) float64 {
	begin := time.Now()
	status, answer, err := conn.Do(http.MethodPost, "/api/v1/dashboards/bench/visuals/"+visual+"/query", []byte(`{"filters":[]}`))
	if err != nil || status != http.StatusOK {
		b.t.Errorf("asking for %s: status %d, %v: %.300s", visual, status, err, answer)
	}
	return milliseconds(time.Since(begin))
}

// pages measures a table page of 100 rows with a ticket in each beside the same without.
func (b *bench) pages() {
	b.t.Helper()
	conn := b.dial(1)[0]
	defer conn.Close()
	page := b.ana.Page(b.t, conn, "bench", "offered", "", 0)
	if len(page.Rows) != 100 || len(page.Offers) != 100 || len(page.Offers[99]) != 1 {
		b.t.Fatalf("the page has %d rows and %d lists of offers; want 100 with a ticket each", len(page.Rows), len(page.Offers))
	}
	var offered, plain []float64
	for range pageRequests {
		offered = append(offered, b.ask(conn, "offered"))
		plain = append(plain, b.ask(conn, "plain"))
	}
	b.add(result{Name: "table page of 100 rows with tickets, p50", Value: median(offered), Unit: "ms", Peer: median(plain), PeerName: "the same page without tickets", reach: atMostTimes(1.2)})
}

// small measures a query whose answer is one number of ten rows.
func (b *bench) small() {
	b.t.Helper()
	conns := b.dial(16)
	var alone []float64
	for range pageRequests {
		alone = append(alone, b.ask(conns[0], "small"))
	}
	var rates []float64
	for range rounds {
		var answers atomic.Int64
		var all sync.WaitGroup
		begin := time.Now()
		for _, conn := range conns {
			all.Go(func() {
				for time.Since(begin) < b.turn && !b.t.Failed() {
					b.ask(conn, "small")
					answers.Add(1)
				}
			})
		}
		all.Wait()
		rates = append(rates, float64(answers.Load())/time.Since(begin).Seconds())
	}
	for _, conn := range conns {
		conn.Close()
	}
	b.add(result{Name: "small dashboard query, p50", Value: median(alone), Unit: "ms", reach: atMost(2)},
		result{Name: "small dashboard queries, 16 clients", Value: median(rates), Unit: "1/s", reach: atLeast(3000)})
}
