package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"signet/internal/testenv"
)

// clientCounts are the numbers of people who write at once, with a guess of the writes a second that
// only decides how many tickets the first turn gets.
var clientCounts = []struct{ clients, guess int }{{1, 2000}, {16, 8000}, {64, 16000}, {256, 24000}}

// load is what one turn of write-backs or of pgbench gave.
type load struct {
	perSecond float64
	p50, p99  float64 // milliseconds; pgbench gives its mean as p50
}

// writeBacks measures signed write-backs over HTTP beside bare inserts by pgbench.
func (b *bench) writeBacks(clients, guess int) {
	b.t.Helper()
	b.submitFor(min(16, clients), time.Second, 8000) // statements are prepared, pools are filled
	var ours, theirs []load
	for round := range rounds {
		if round%2 == 1 {
			theirs = append(theirs, b.pgbench(clients))
		}
		testenv.Exec(b.t, b.database, "CHECKPOINT") // of the turn before
		ours = append(ours, b.submitFor(clients, b.turn, guess))
		guess = int(1.3*ours[round].perSecond) + 100
		if round%2 == 0 {
			theirs = append(theirs, b.pgbench(clients))
		}
	}
	b.compare(clients, ours, theirs)
}

func (b *bench) compare(clients int, ours, theirs []load) {
	of := func(loads []load, get func(load) float64) float64 {
		var values []float64
		for _, l := range loads {
			values = append(values, get(l))
		}
		return median(values)
	}
	people := fmt.Sprintf("%d clients", clients)
	if clients == 1 {
		people = "1 client"
	}
	rate, p50, p99 := func(l load) float64 { return l.perSecond }, func(l load) float64 { return l.p50 }, func(l load) float64 { return l.p99 }
	throughput := result{Name: "signed write-backs, " + people, Value: of(ours, rate), Unit: "1/s", Peer: of(theirs, rate), PeerName: "pgbench, bare INSERT"}
	latency := result{Name: "signed write-back p50, " + people, Value: of(ours, p50), Unit: "ms", Peer: of(theirs, p50), PeerName: "pgbench, mean of a transaction"}
	switch clients {
	case 1:
		latency.reach = atMostTimes(3)
	case 64:
		throughput.reach = atLeastTimes(1)
	}
	b.add(throughput, latency, result{Name: "signed write-back p99, " + people, Value: of(ours, p99), Unit: "ms"})
}

// submitFor submits tickets from a number of connections, each with the next as soon as the last is
// acknowledged. The tickets are made before the clock starts.
func (b *bench) submitFor(clients int, turn time.Duration, guess int) load {
	b.t.Helper()
	var bodies [][]byte
	for i, ticket := range b.ana.Tickets(b.t, "bench", "offered", 500, int(float64(guess)*turn.Seconds())+clients) {
		body, err := json.Marshal(map[string]any{"ticket": ticket, "inputs": map[string]any{"discount": i % 31, "note": "under load"}})
		if err != nil {
			b.t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	conns := b.dial(clients)
	took := make([][]float64, clients)
	var next atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for i, conn := range conns {
		all.Go(func() {
			for time.Since(begin) < turn {
				n := int(next.Add(1)) - 1
				if n >= len(bodies) {
					return
				}
				sent := time.Now()
				if err := submit(conn, bodies[n]); err != nil {
					b.t.Error(err)
					return
				}
				took[i] = append(took[i], milliseconds(time.Since(sent)))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begin)
	var every []float64
	for i, t := range took {
		every = append(every, t...)
		conns[i].Close()
	}
	if b.acked += len(every); b.t.Failed() {
		b.t.FailNow()
	}
	return load{perSecond: float64(len(every)) / elapsed.Seconds(), p50: quantile(every, 0.5), p99: quantile(every, 0.99)}
}

func (b *bench) dial(n int) []*testenv.Conn {
	b.t.Helper()
	conns := make([]*testenv.Conn, n)
	for i := range conns {
		var err error
		if conns[i], err = b.ana.Dial(); err != nil {
			b.t.Fatal(err)
		}
	}
	return conns
}

var (
	receiptBegins = []byte(`{"receipt":{"version":1,"id":"`)
	receiptEnds   = []byte(`"replayed":false}` + "\n")
)

// submit wants a new receipt.
func submit(conn *testenv.Conn, body []byte) error {
	status, answer, err := conn.Do(http.MethodPost, "/api/v1/actions/generate-quote/submissions", body)
	if err == nil && (status != http.StatusCreated || !bytes.HasPrefix(answer, receiptBegins) || !bytes.HasSuffix(answer, receiptEnds)) {
		err = fmt.Errorf("submitting: status %d: %.300s", status, answer)
	}
	return err
}

// verify compares what was acknowledged with what the database and the audit log say.
func (b *bench) verify() {
	b.t.Helper()
	ctx := b.t.Context()
	conn, err := pgx.Connect(ctx, b.database)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var rows, ledger, both, quotes, generated int
	err = conn.QueryRow(ctx, `select (select count(*) from tbquote), (select count(*) from signet_ledger),
		(select count(*) from tbquote q join signet_ledger l on l.ticket_id = q.receipt_id and l.record_id = q.quote_id and l.status = q.status),
		(select count(distinct quote_id) from tbquote), (select count(*) from tbquote where status = 'generated')`).Scan(&rows, &ledger, &both, &quotes, &generated)
	if err != nil {
		b.t.Fatal(err)
	}
	if rows != b.acked || ledger != b.acked || both != b.acked || quotes != generated {
		b.t.Fatalf("%d acknowledged, %d rows, %d in the ledger, %d in both; %d quotes, %d generated", b.acked, rows, ledger, both, quotes, generated)
	}
	out, err := b.server.Run(b.t, "audit", "verify")
	if err != nil || !bytes.Contains([]byte(out), []byte(" 0 attempts without an outcome")) {
		b.t.Fatalf("signet audit verify: %v\n%s", err, out)
	}
	b.t.Logf("%d write-backs acknowledged: each is one row with its row in the ledger\n%s", b.acked, out)
}
