package bench_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"signet/internal/testenv"
)

var (
	pgbenchRate    = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \(without initial connection time\)`)
	pgbenchLatency = regexp.MustCompile(`(?m)^latency average = ([0-9.]+) ms`)
)

// pgbench inserts single rows from a number of clients: nothing is signed, checked, computed,
// recorded or answered. It speaks the simple protocol, pgbench's default.
func (b *bench) pgbench(clients int) load {
	b.t.Helper()
	testenv.Exec(b.t, b.database, "CHECKPOINT")
	u, err := url.Parse(b.database)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), b.turn+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.pgbenchPath(), "-n", "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(2, clients)), "-T", strconv.Itoa(int(b.turn.Seconds())),
		"-f", filepath.Join("testdata", "insert.sql"), "-h", u.Hostname(), "-p", u.Port(), "-U", u.User.Username(), strings.TrimPrefix(u.Path, "/"))
	out, err := cmd.CombinedOutput()
	rate, latency := pgbenchRate.FindSubmatch(out), pgbenchLatency.FindSubmatch(out)
	if err != nil || rate == nil || latency == nil {
		b.t.Fatalf("pgbench: %v\n%s", err, out)
	}
	var l load
	l.perSecond, _ = strconv.ParseFloat(string(rate[1]), 64)
	l.p50, _ = strconv.ParseFloat(string(latency[1]), 64)
	return l
}

// pgbenchPath finds the pgbench that belongs to the server.
func (b *bench) pgbenchPath() string {
	b.t.Helper()
	path := filepath.Join(b.postgres.Bin(), "pgbench")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	path, err := exec.LookPath("pgbench")
	if err != nil {
		b.t.Fatal("pgbench is missing: it comes with PostgreSQL's server programs, or in a package named postgresql-contrib")
	}
	return path
}
