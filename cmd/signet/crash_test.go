package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signet/internal/testenv"
	"signet/project"
	"signet/source"
)

const (
	crashClients = 16
	crashEvery   = 10  // rounds between two inspections
	maxAcks      = 150 // of one round before the server is killed
	maxDelay     = 20 * time.Millisecond
	slowestStart = 10 * time.Second // on a machine that does other things too
)

// TestCrash kills the server in a loop under load and checks that every acknowledged write is there
// once and nothing else is. SIGNET_CRASH_ROUNDS sets the number of rounds, SIGNET_CRASH_SEED
// repeats the moments of a run.
func TestCrash(t *testing.T) {
	rounds, seed := number(t, "SIGNET_CRASH_ROUNDS", 3), uint64(number(t, "SIGNET_CRASH_SEED", int(time.Now().UnixNano()>>10&0xffffff)))
	t.Logf("%d rounds; repeat with SIGNET_CRASH_SEED=%d", rounds, seed)
	for i, where := range []string{"postgres", "embedded"} {
		t.Run(where, func(t *testing.T) {
			c := newCrash(t, where == "postgres", rand.New(rand.NewPCG(seed, uint64(i))))
			for round := range (rounds + 1 - i) / 2 {
				c.round()
				if (round+1)%crashEvery == 0 {
					c.inspect()
				}
			}
			c.inspect()
			c.report()
		})
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q is not a number", name, text)
	}
	return n
}

// crash is one run: the server, and what its clients know of what they wrote.
type crash struct {
	t      *testing.T
	random *rand.Rand
	server *testenv.Signet
	ana    *testenv.Person
	starts []time.Duration

	mu       sync.Mutex
	receipts map[string]string // guarded by mu: ticket -> the receipt that acknowledged it
	open     []string          // guarded by mu: tickets that were submitted and not acknowledged
	lost     int               // guarded by mu: answers that a kill took
	written  int               // guarded by mu: lost answers of which the write was there
}

func newCrash(t *testing.T, onPostgres bool, random *rand.Rand) *crash {
	t.Helper()
	schema, seed := exampleSQL(t)
	database := ""
	if onPostgres {
		database = testenv.StartPostgres(t, nil).Database(t)
		testenv.Exec(t, database, schema, seed)
	}
	dir := testenv.Project(t, database)
	if err := os.WriteFile(filepath.Join(dir, "sql", "seed.sql"), []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &crash{t: t, random: random, receipts: map[string]string{}}
	c.server = testenv.StartSignet(t, binary, dir)
	c.ana = c.server.SignIn(t, "ana")
	return c
}

// exampleSQL returns the example's schema and its price list, without the quotes of the demo: here
// every quote is one of ours.
func exampleSQL(t *testing.T) (schema, seed string) {
	t.Helper()
	for name, into := range map[string]*string{"schema.sql": &schema, "seed.sql": &seed} {
		b, err := os.ReadFile(filepath.Join(testenv.Root(t), "examples", "anycompany", "sql", name))
		if err != nil {
			t.Fatal(err)
		}
		*into = string(b)
	}
	seed, _, found := strings.Cut(seed, "insert into tbquote")
	if !found {
		t.Fatal("the example's seed.sql has no quotes any more: mend this test")
	}
	return schema, seed
}

// round submits what is open and fresh tickets until the server is killed, and starts it again.
func (c *crash) round() {
	c.t.Helper()
	acks := c.random.IntN(maxAcks)
	fresh := c.ana.Tickets(c.t, "quote-generation", "lines", 100, acks+4*crashClients)
	c.mu.Lock()
	tickets := append(c.open, fresh...)
	c.open = nil
	c.mu.Unlock()
	var once sync.Once
	killed := make(chan struct{})
	kill := func() { c.server.Kill(); close(killed) }
	// The moment lies a random while behind an answer: right at an answer, the others of its group
	// would have theirs too.
	delay := time.Duration(c.random.Int64N(int64(maxDelay)))
	c.submit(tickets, func(done int) {
		if done >= acks {
			once.Do(func() { time.AfterFunc(delay, kill) })
		}
	})
	once.Do(kill) // all clients were refused before the moment came
	<-killed
	c.start()
}

func (c *crash) start() {
	c.t.Helper()
	c.server.Start(c.t)
	c.starts = append(c.starts, c.server.Ready)
	if c.server.Ready > slowestStart {
		c.t.Errorf("the start after kill %d took %s", len(c.starts), c.server.Ready)
	}
}

// submit gives the tickets to the clients and returns when all are acknowledged or the server is
// gone; those without an answer are open then. done is called with the number of answers.
func (c *crash) submit(tickets []string, done func(int)) {
	c.t.Helper()
	var next, answers atomic.Int64
	var clients sync.WaitGroup
	done(0)
	for range crashClients {
		clients.Go(func() {
			conn, err := c.ana.Dial()
			if err != nil {
				return // killed already
			}
			defer conn.Close()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(tickets) {
					return
				}
				if !c.acknowledge(conn, tickets[i]) {
					return
				}
				done(int(answers.Add(1)))
			}
		})
	}
	clients.Wait()
}

// acknowledge submits one ticket; false means that the connection was lost and the ticket is open.
func (c *crash) acknowledge(conn *testenv.Conn, ticket string) bool {
	body, err := json.Marshal(map[string]any{"ticket": ticket, "inputs": map[string]any{"discount": 5, "note": "under load"}})
	if err != nil {
		c.t.Error(err)
		return false
	}
	status, answer, err := conn.Do(http.MethodPost, "/api/v1/actions/generate-quote/submissions", body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.open = append(c.open, ticket)
		c.lost++
		return false
	}
	var got submitted
	if err := json.Unmarshal(answer, &got); err != nil || status != http.StatusCreated && status != http.StatusOK {
		c.t.Errorf("submitting: status %d, %v: %.500s", status, err, answer)
		return true
	}
	if got.Replayed != (status == http.StatusOK) {
		c.t.Errorf("status %d with replayed = %t", status, got.Replayed)
	}
	before, again := c.receipts[ticket]
	if again && (before != string(got.Receipt) || !got.Replayed) {
		c.t.Errorf("the second receipt of a ticket differs:\n%s\n%s", before, got.Receipt)
	}
	if got.Replayed && !again {
		c.written++
	}
	c.receipts[ticket] = string(bytes.Clone(got.Receipt))
	return true
}

// inspect brings the run to rest and compares what the clients know with what the target, its
// ledger and the audit log say.
func (c *crash) inspect() {
	c.t.Helper()
	c.settle()
	c.verifyLog()
	c.proveSome()
	c.server.Kill() // the embedded warehouse is looked at as a crash leaves it
	c.compare()
	c.start()
}

// settle submits the open tickets, and some that were acknowledged before: they are replays.
func (c *crash) settle() {
	c.t.Helper()
	c.mu.Lock()
	tickets := c.open
	c.open = nil
	for ticket := range c.receipts {
		if len(tickets) >= 5*crashClients {
			break
		}
		tickets = append(tickets, ticket)
	}
	c.mu.Unlock()
	c.submit(tickets, func(int) {})
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) > 0 {
		c.t.Fatalf("%d tickets got no answer from a running server:\n%s", len(c.open), c.server.Log())
	}
}

// verifyLog wants a sound log without an open attempt. The server settles what a kill left open by
// itself, beside the load, so the condition may take a moment to hold.
func (c *crash) verifyLog() {
	c.t.Helper()
	var out string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		var err error
		if out, err = c.server.Run(c.t, "audit", "verify"); err != nil {
			c.t.Fatalf("the audit log after %d kills: %v\n%s", len(c.starts), err, out)
		}
		if strings.Contains(out, " 0 attempts without an outcome") {
			return
		}
	}
	c.t.Errorf("attempts stay open after recovery:\n%s\n%s", out, c.server.Log())
}

// proveSome opens receipts as a person would: each must be proven by the log, those of writes that
// a kill interrupted too.
func (c *crash) proveSome() {
	c.t.Helper()
	conn, err := c.ana.Dial()
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	proven := 0
	for _, receipt := range c.receipts {
		if proven++; proven > 20 {
			return
		}
		id := c.read(receipt).ID
		status, answer, err := conn.Do(http.MethodGet, "/api/v1/receipts/"+id, nil)
		if err != nil || status != http.StatusOK || !bytes.Contains(answer, []byte(`"verified":true`)) {
			c.t.Errorf("receipt %s: status %d, %v: %.500s", id, status, err, answer)
		}
	}
}

func (c *crash) read(raw string) receipt {
	c.t.Helper()
	var r receipt
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		c.t.Fatalf("reading the receipt %q: %v", raw, err)
	}
	return r
}

// compare wants the acknowledged receipts, the ledger and the rows to be the same set, and the
// quotes of each combination in their order.
func (c *crash) compare() {
	c.t.Helper()
	rows, ledger := c.target()
	wanted := map[string]receipt{}
	for _, raw := range c.receipts {
		r := c.read(raw)
		wanted[r.ID] = r
		if ledger[r.ID] != raw {
			c.t.Errorf("acknowledged:\n%s\nin the ledger:\n%s", raw, ledger[r.ID])
		}
	}
	if len(rows) != len(wanted) || len(ledger) != len(wanted) {
		c.t.Errorf("%d acknowledged, %d rows, %d in the ledger", len(wanted), len(rows), len(ledger))
	}
	combinations := map[string][]quote{}
	for _, q := range rows {
		combinations[q.combination] = append(combinations[q.combination], q)
		if w, ok := wanted[q.receipt]; !ok {
			c.t.Errorf("row %+v belongs to no acknowledged ticket", q)
		} else if w.Record.ID != q.id || w.Record.Status != q.status {
			c.t.Errorf("row %+v is not what its receipt says: %+v", q, w)
		}
	}
	for _, quotes := range combinations {
		c.inOrder(quotes)
	}
}

// inOrder wants one generated quote and reviews of it after it.
func (c *crash) inOrder(quotes []quote) {
	c.t.Helper()
	slices.SortFunc(quotes, func(a, b quote) int { return cmp.Compare(a.at, b.at) })
	for i, q := range quotes {
		status := "in review"
		if i == 0 {
			status = "generated"
		}
		if q.status != status || q.id != quotes[0].id || i > 0 && q.at == quotes[i-1].at {
			c.t.Errorf("row %d of a combination is %+v; want %s of quote %s", i, q, status, quotes[0].id)
		}
	}
}

// quote is a row of the target.
type quote struct {
	combination, id, status, receipt string
	at                               string // sorts by time
}

// target reads the target beside the server.
func (c *crash) target() (rows []quote, ledger map[string]string) {
	c.t.Helper()
	src := c.openTarget()
	defer func() { _ = src.Close() }()
	read := func(sql string) [][]string {
		r, err := src.Query(c.t.Context(), source.Statement{SQL: sql}, 1_000_000)
		if err != nil {
			c.t.Fatalf("%s: %v", sql, err)
		}
		lines := make([][]string, len(r.Rows))
		for i, row := range r.Rows {
			for _, v := range row {
				lines[i] = append(lines[i], v.String())
			}
		}
		return lines
	}
	for _, l := range read("select quote_id, status, receipt_id, cast(extract(epoch from created_at) * 1000000 as bigint), cust, bgc, skilledtrades, shift, state, jobdutydescription from tbquote") {
		rows = append(rows, quote{id: l[0], status: l[1], receipt: l[2], at: l[3], combination: strings.Join(l[4:], "|")})
	}
	ledger = map[string]string{}
	for _, l := range read("select ticket_id, receipt from signet_ledger") {
		ledger[l[0]] = l[1]
	}
	return rows, ledger
}

// openTarget opens the project's source. Of the embedded warehouse it is a copy, so that the server
// finds its files as the kill left them.
func (c *crash) openTarget() source.Source {
	c.t.Helper()
	p, problems := project.Load(c.server.Project, project.Options{})
	if len(problems) > 0 {
		c.t.Fatal(problems)
	}
	d, copied := p.Sources[0], &folder{path: c.t.TempDir()}
	if d.DuckDB != nil {
		files, err := filepath.Glob(filepath.Join(c.server.Data, d.DuckDB.File+"*"))
		if err != nil || len(files) == 0 {
			c.t.Fatalf("no warehouse %s: %v", d.DuckDB.File, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err == nil {
				err = os.WriteFile(copied.file(filepath.Base(f)), b, 0o600)
			}
			if err != nil {
				c.t.Fatal(err)
			}
		}
	}
	src, err := openSource(&config{}, copied, nil)(c.t.Context(), d)
	if err != nil {
		c.t.Fatal(err)
	}
	return src
}

// report says what the run was worth: one in which no kill took an answer proves little.
func (c *crash) report() {
	c.t.Helper()
	slices.Sort(c.starts)
	c.t.Logf("%d writes acknowledged; %d answers lost in %d starts, of which %d writes were there and %d were not; start to ready: median %s, slowest %s",
		len(c.receipts), c.lost, len(c.starts), c.written, c.lost-c.written, c.starts[len(c.starts)/2].Round(time.Millisecond), c.starts[len(c.starts)-1].Round(time.Millisecond))
	if len(c.receipts) == 0 || c.lost == 0 {
		c.t.Error("no write was acknowledged, or no answer lost: the load is too small")
	}
}
