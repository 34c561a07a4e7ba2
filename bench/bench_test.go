// Package bench_test measures Signet beside its peers: the same work, on the same server, in turns
// with them in one run, because absolute times of two machines or two runs cannot be compared.
//
// It guarantees that what it counted is true: after the load each acknowledged write is one row of
// the target with its row in the ledger, and the audit log is sound. It runs only with
// SIGNET_BENCH=1 (make bench); SIGNET_BENCH_SECONDS shortens its turns, SIGNET_BENCH_ONLY names the
// parts to run.
package bench_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"signet/internal/testenv"
)

const (
	rounds      = 3
	fullSeconds = 5
)

// bench is one run.
type bench struct {
	t        *testing.T
	turn     time.Duration // how long one measurement lasts
	binary   string
	postgres *testenv.PostgresServer
	database string // URL
	server   *testenv.Signet
	ana      *testenv.Person
	acked    int // write-backs that were acknowledged
	results  []result
	only     string // parts, by comma; "" for all
}

func TestMain(m *testing.M) { testenv.Main(m) }

func TestBench(t *testing.T) {
	if os.Getenv("SIGNET_BENCH") != "1" {
		t.Skip("a benchmark: run it with make bench")
	}
	seconds := fullSeconds
	if text := os.Getenv("SIGNET_BENCH_SECONDS"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil || seconds < 1 {
			t.Fatalf("SIGNET_BENCH_SECONDS=%q: want whole seconds, at least 1", text)
		}
	}
	b := &bench{t: t, turn: time.Duration(seconds) * time.Second, binary: testenv.Build(t), only: os.Getenv("SIGNET_BENCH_ONLY")}
	b.part("signing", b.signing)
	b.part("formulas", b.formulas)
	b.part("audit", b.appends)
	b.part("start", b.starts)
	b.part("kms", b.keys)
	b.part("secrets", b.secrets)
	b.open()
	b.part("pages", b.pages)
	b.part("queries", b.small)
	for _, c := range clientCounts {
		b.part("writes-"+strconv.Itoa(c.clients), func() { b.writeBacks(c.clients, c.guess) })
	}
	b.verify()
	b.publish(seconds == fullSeconds && b.only == "")
}

// part runs one part of the benchmark, unless SIGNET_BENCH_ONLY names others.
func (b *bench) part(name string, measure func()) {
	b.t.Helper()
	if b.only == "" || slices.Contains(strings.Split(b.only, ","), name) {
		measure()
	}
}

// open starts PostgreSQL with the price list, and the server on it.
func (b *bench) open() {
	b.t.Helper()
	b.postgres = testenv.StartPostgres(b.t, map[string]string{"max_connections": "300", "shared_buffers": "128MB"})
	b.database = b.postgres.Database(b.t)
	testenv.Exec(b.t, b.database, b.file(testenv.Root(b.t), "examples/anycompany/sql/schema.sql"), b.file("testdata", "fill.sql"))
	project := testenv.Project(b.t, b.database)
	for _, name := range []string{"dashboards/bench.yaml", "datasets/bench-pricing.yaml"} {
		if err := os.WriteFile(filepath.Join(project, name), []byte(b.file("testdata", name)), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.server = testenv.NewSignet(b.t, b.binary, project)
	if out, err := b.server.Run(b.t, "apply", "--project", project); err != nil {
		b.t.Fatalf("signet apply: %v\n%s", err, out)
	}
	b.server.Start(b.t)
	b.ana = b.server.SignIn(b.t, "ana")
}

func (b *bench) file(dir, name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// inTurns runs two measurements alternately, each of them first in every second round, and returns
// the median of each.
func inTurns(measure, peer func() float64) (float64, float64) {
	var ours, theirs []float64
	for round := range rounds {
		if round%2 == 1 {
			theirs = append(theirs, peer())
		}
		ours = append(ours, measure())
		if round%2 == 0 {
			theirs = append(theirs, peer())
		}
	}
	return median(ours), median(theirs)
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the smallest value that is not below the share q of all.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
