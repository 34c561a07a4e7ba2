package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
)

// result is one number, beside a peer's when it has one.
type result struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Peer     float64 `json:"peer,omitempty"`
	PeerName string  `json:"peerName,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"` // value to peer
	Reach    string  `json:"reach,omitempty"` // what the value or, with an x, the ratio should be

	reach reach
}

// reach is a limit for the value, or for the ratio.
type reach struct {
	least, most float64
	ratio       bool
}

func atLeast(v float64) reach      { return reach{least: v} }
func atMost(v float64) reach       { return reach{most: v} }
func atLeastTimes(v float64) reach { return reach{least: v, ratio: true} }
func atMostTimes(v float64) reach  { return reach{most: v, ratio: true} }

func (r reach) text(unit string) string {
	if r.ratio {
		unit = "x"
	} else {
		unit = " " + unit
	}
	switch {
	case r.least > 0:
		return fmt.Sprintf(">= %g%s", r.least, unit)
	case r.most > 0:
		return fmt.Sprintf("<= %g%s", r.most, unit)
	}
	return ""
}

// met says whether the result is within its limit.
func (r result) met() string {
	v := r.Value
	if r.reach.ratio {
		v = r.Ratio
	}
	switch {
	case r.reach == reach{}:
		return ""
	case v >= r.reach.least && (r.reach.most == 0 || v <= r.reach.most):
		return "yes"
	}
	return "no"
}

func (b *bench) add(results ...result) {
	for _, r := range results {
		if r.Reach = r.reach.text(r.Unit); r.Peer > 0 {
			r.Ratio = rounded(r.Value / r.Peer)
		}
		r.Value, r.Peer = rounded(r.Value), rounded(r.Peer)
		b.results = append(b.results, r)
		b.t.Logf("%s: %s %s %s", r.Name, short(r.Value), r.Unit, strings.TrimSpace(short(r.Ratio)+" "+r.PeerName))
	}
}

// rounded keeps four digits: more would say what one run cannot know.
func rounded(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		panic(err) // it reads what it wrote
	}
	return r
}

// short writes a number with three digits that count, and nothing for none.
func short(v float64) string {
	switch {
	case v == 0:
		return ""
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// publish prints the table and, after a full run, writes the files.
func (b *bench) publish(full bool) {
	b.t.Helper()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tvalue\tunit\tpeer\tratio\treach\treached\tbeside")
	for _, r := range b.results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, short(r.Value), r.Unit, short(r.Peer), short(r.Ratio), r.Reach, r.met(), r.PeerName)
	}
	_ = w.Flush()
	machine := b.machine()
	fmt.Printf("\n%s\n\n%s\n", machine, table.String())
	if !full {
		fmt.Println("A short run: bench/results.json and bench/README.md stay as they are.")
		return
	}
	var encoded bytes.Buffer
	e := json.NewEncoder(&encoded)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(b.results); err != nil {
		b.t.Fatal(err)
	}
	b.write("results.json", encoded.Bytes())
	b.write("README.md", b.inReadme(machine, table.String()))
}

func (b *bench) write(name string, text []byte) {
	b.t.Helper()
	if err := os.WriteFile(name, text, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

const lastResults = "## Last results\n"

// inReadme replaces everything under the README's last heading.
func (b *bench) inReadme(machine, table string) []byte {
	b.t.Helper()
	text := b.file(".", "README.md")
	before, _, found := strings.Cut(text, lastResults)
	if !found {
		b.t.Fatalf("README.md has no heading %q", lastResults)
	}
	return []byte(before + lastResults + "\n" + machine + "\n\n```\n" + table + "```\n")
}

var (
	processor = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)
	memory    = regexp.MustCompile(`(?m)^MemTotal:\s+(\d+) kB`)
)

// machine says where and when the numbers come from.
func (b *bench) machine() string {
	b.t.Helper()
	ctx := b.t.Context()
	conn, err := pgx.Connect(ctx, b.database)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var version string
	if err := conn.QueryRow(ctx, "show server_version").Scan(&version); err != nil {
		b.t.Fatal(err)
	}
	name, size := runtime.GOARCH, ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil && processor.Match(text) {
		name = string(processor.FindSubmatch(text)[1])
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil && memory.Match(text) {
		var kB float64
		_, _ = fmt.Sscan(string(memory.FindSubmatch(text)[1]), &kB)
		size = fmt.Sprintf(", %.0f GB", kB/1e6)
	}
	return fmt.Sprintf("%s: %d cores (%s)%s, %s, %s, PostgreSQL %s (fsync on), turns of %s.",
		time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), name, size, runtime.GOOS, runtime.Version(), version, b.turn)
}
