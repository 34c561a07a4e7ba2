package project_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"signet/dashboard"
	"signet/internal/fault"
	"signet/internal/testenv"
	"signet/project"
	"signet/project/projecttest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestServeBothDatabases(t *testing.T) {
	projecttest.EachDatabase(t, example, "warehouse", func(t *testing.T, o project.Options) {
		w := projecttest.Serve(t, example, o)
		s := w.Runtime.Status()
		if len(s.Version) != 12 || s.LoadedAt.IsZero() || s.Problems == nil {
			t.Errorf("status %+v", s)
		}
		ana := w.Caller(t, "ana")
		if p := ana.Principal(); p.Role != "author" || len(p.Groups) != 1 || p.Groups[0] != "sales" {
			t.Errorf("ana is %+v", p)
		}
		if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
			t.Fatal(err)
		}
		if n := len(w.Applied); n != 1 {
			t.Errorf("an unchanged folder was taken over %d times", n)
		}
	})
}

// TestApplyNeedsAGrant: an author may not take a project over, and nothing changes when one tries.
func TestApplyNeedsAGrant(t *testing.T) {
	w := projecttest.Serve(t, example, project.Options{})
	dir := projecttest.Copy(t, example)
	projecttest.Edit(t, dir, "project.yaml", "title: AnyCompany", "title: Other")
	p, problems := project.Load(dir, project.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := w.Runtime.Apply(context.Background(), w.Caller(t, "ana"), p); fault.CodeOf(err) != fault.Denied {
		t.Errorf("ana applied a project: %v", err)
	}
	if w.Runtime.Status().Version == p.Version {
		t.Error("it is served")
	}
}

// TestA7A13Catalogue: what only the database can tell is told with its place too, on a reload as on
// the first load, and the last good version stays up.
func TestA7A13Catalogue(t *testing.T) {
	base := small(t)
	w := projecttest.Serve(t, base, project.Options{})
	good := w.Runtime.Status().Version
	for name, c := range map[string]struct{ file, old, with, want string }{
		"missing table":     {"datasets/lines.yaml", "table: line\n", "table: lin\n", "datasets/lines.yaml:4:8: table:"},
		"missing column":    {"datasets/lines.yaml", "{name: cost,", "{name: cost, column: costs,", "datasets/lines.yaml:9:"},
		"wrong type":        {"datasets/lines.yaml", "{name: state, type: text}", "{name: state, type: date}", "datasets/lines.yaml:8:"},
		"broken SQL":        {"datasets/quotes.sql", "from quote", "from nowhere", "datasets/quotes.yaml:4:6: sql:"},
		"missing target":    {"actions/quote.yaml", "target: quote\n", "target: quotes\n", "actions/quote.yaml:4:9: target:"},
		"S8 missing column": {"actions/quote.yaml", "column: line}", "column: lin}", "actions/quote.yaml:7:"},
		"S8 wrong type":     {"actions/quote.yaml", "{field: state}", "{field: state, column: day}", "actions/quote.yaml:8:"},
		"rule":              {"actions/quote.yaml", "rule: value <= 30.0", "rule: value <=", "actions/quote.yaml:14:11: inputs[0].rule:"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := os.ReadFile(filepath.Join(base, c.file))
			if err != nil {
				t.Fatal(err)
			}
			projecttest.Edit(t, base, c.file, c.old, c.with)
			err = w.Runtime.Reload(context.Background(), w.System)
			problems, ok := errors.AsType[project.Problems](err)
			if !ok || !strings.Contains(problems.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			s := w.Runtime.Status()
			if s.Version != good || len(s.Problems) != len(problems) {
				t.Errorf("status %+v", s)
			}
			if _, err := w.Dashboards.Query(context.Background(), w.Caller(t, "ana"), "main", "lines", dashboard.QueryRequest{}); err != nil {
				t.Errorf("the last good version does not answer: %v", err)
			}
			if err := os.WriteFile(filepath.Join(base, c.file), before, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := w.Runtime.Reload(context.Background(), w.System); err != nil || len(w.Runtime.Status().Problems) > 0 {
				t.Errorf("mended, but %v", err)
			}
		})
	}
}

// TestSourcesStayOpen: a reload opens only what is new. A second open of the warehouse's file would fail.
func TestSourcesStayOpen(t *testing.T) {
	dir := small(t)
	w := projecttest.Serve(t, dir, project.Options{})
	before, _ := w.Sources.Get("w")
	projecttest.Edit(t, dir, "sources/w.yaml", "source: w\n", "source: w\ntitle: Renamed\n")
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
		t.Fatal(err)
	}
	if after, _ := w.Sources.Get("w"); after != before {
		t.Error("a new title opened the source again")
	}
	write(t, dir, []txtar.File{{Name: "sources/v.yaml", Data: []byte("source: v\nduckdb: {file: v.duckdb, setup: [sql/setup.sql]}\n")}})
	projecttest.Edit(t, dir, "datasets/lines.yaml", "source: w", "source: v")
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
		t.Fatal(err)
	}
	second, ok := w.Sources.Get("v")
	if !ok || second == before {
		t.Error("the second source is not open")
	}
	if err := os.Remove(filepath.Join(dir, "sources/v.yaml")); err != nil {
		t.Fatal(err)
	}
	projecttest.Edit(t, dir, "datasets/lines.yaml", "source: v", "source: w")
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.Sources.Get("v"); ok {
		t.Error("a source without a file is still served")
	}
	if _, err := second.Ping(context.Background()); err != nil {
		t.Errorf("it is closed under those who took it just before: %v", err)
	}
}

// TestRefusalsAreTold: open screens learn of new problems, once, and of the mended project.
func TestRefusalsAreTold(t *testing.T) {
	dir := small(t)
	w := projecttest.Serve(t, dir, project.Options{})
	served := <-w.Applied
	projecttest.Edit(t, dir, "dashboards/main.yaml", "title: Main", "titel: Main")
	for range 2 {
		if err := w.Runtime.Reload(context.Background(), w.System); err == nil {
			t.Fatal("a bad project was taken over")
		}
	}
	if n := len(w.Refused); n != 1 {
		t.Fatalf("told of the same problems %d times", n)
	}
	if v := <-w.Refused; v != served {
		t.Errorf("told that %q stays, but %q is served", v, served)
	}
	projecttest.Edit(t, dir, "dashboards/main.yaml", "titel: Main", "title: Main")
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
		t.Fatal(err)
	}
	if v := <-w.Applied; v != served {
		t.Errorf("the mended project is %q, want %q", v, served)
	}
}

// TestUsers: who is no longer in the file can no longer sign in.
func TestUsers(t *testing.T) {
	dir := projecttest.Copy(t, example)
	w := projecttest.Serve(t, dir, project.Options{})
	w.Caller(t, "vera")
	b, err := os.ReadFile(filepath.Join(dir, "users.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(b), "  - name: vera")
	if err := os.WriteFile(filepath.Join(dir, "users.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Users.MakeLink(context.Background(), w.System, "vera", time.Minute); err == nil {
		t.Error("vera got a link")
	}
}

// watched serves the small project and watches its folder until the test ends.
func watched(t *testing.T) (*projecttest.World, string) {
	t.Helper()
	dir := small(t)
	w := projecttest.Open(t, dir, project.Options{})
	watch(t, w)
	next(t, w)
	return w, dir
}

// watch follows the folder until the test ends.
func watch(t *testing.T, w *projecttest.World) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := w.Runtime.Watch(ctx, w.System); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
}

// next waits until a changed project is taken over.
func next(t *testing.T, w *projecttest.World) string {
	t.Helper()
	select {
	case v := <-w.Applied:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("nothing was taken over: %+v", w.Runtime.Status())
		return ""
	}
}

// TestWatch changes files in the ways that editors and tools do.
func TestWatch(t *testing.T) {
	w, dir := watched(t)
	name := filepath.Join(dir, "dashboards", "main.yaml")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	titled := func(title string) []byte {
		return []byte(strings.Replace(string(text), "title: Main", "title: "+title, 1))
	}
	title := func() string {
		t.Helper()
		v, err := w.Dashboards.Get(context.Background(), w.System, "main")
		if err != nil {
			t.Fatal(err)
		}
		return v.Title
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		how string
		do  func(to []byte)
	}{
		{"in place", func(to []byte) { must(os.WriteFile(name, to, 0o600)) }},
		{"by a rename over it", func(to []byte) {
			must(os.WriteFile(name+".tmp", to, 0o600))
			must(os.Rename(name+".tmp", name))
		}},
		{"by a back-up and a new file", func(to []byte) {
			must(os.Rename(name, name+"~"))
			must(os.WriteFile(name, to, 0o600))
			must(os.Remove(name + "~"))
		}},
		{"by a new folder in its place", func(to []byte) {
			folder := filepath.Dir(name)
			must(os.RemoveAll(folder))
			must(os.Mkdir(folder, 0o700))
			must(os.WriteFile(name, to, 0o600))
		}},
		{"again in the new folder", func(to []byte) { must(os.WriteFile(name, to, 0o600)) }},
	} {
		c.do(titled(c.how))
		for title() != c.how {
			next(t, w)
		}
	}
}

// TestWatchKeepsTheLastGoodVersion: a mistake is shown, not served, and its correction is taken over.
func TestWatchKeepsTheLastGoodVersion(t *testing.T) {
	w, dir := watched(t)
	good := w.Runtime.Status().Version
	projecttest.Edit(t, dir, "datasets/lines.yaml", "title: Lines", "titel: Lines")
	deadline := time.Now().Add(20 * time.Second)
	for len(w.Runtime.Status().Problems) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the mistake was not seen")
		}
		time.Sleep(5 * time.Millisecond)
	}
	s := w.Runtime.Status()
	if s.Version != good || s.Problems[0].File != "datasets/lines.yaml" || s.Problems[0].Line != 2 {
		t.Errorf("status %+v", s)
	}
	projecttest.Edit(t, dir, "datasets/lines.yaml", "titel: Lines", "title: Better lines")
	if v := next(t, w); v == good || len(w.Runtime.Status().Problems) != 0 {
		t.Errorf("version %s, status %+v", v, w.Runtime.Status())
	}
}

// TestDatabaseAway: a server that starts before its database serves the project once it is there.
func TestDatabaseAway(t *testing.T) {
	server := testenv.StartPostgres(t, nil)
	at := server.Database(t)
	sources := projecttest.PostgresSource(t, at, "w")
	projecttest.Fill(t, at, small(t))
	server.Stop()
	dir := small(t)
	w := projecttest.Open(t, dir, project.Options{SourcesDir: sources})
	err := w.Runtime.Reload(context.Background(), w.System)
	problems, ok := errors.AsType[project.Problems](err)
	if !ok || len(problems) != 1 || !strings.HasSuffix(problems[0].File, "/w.yaml") {
		t.Fatalf("got %v, want one problem, of the source", err)
	}
	watch(t, w)
	server.Start(t)
	next(t, w)
	if s := w.Runtime.Status(); len(s.Problems) > 0 || s.Version == "" {
		t.Errorf("status %+v", s)
	}
}

// TestLedgerByHand: where Signet may not create its table, the project is served, and the authors
// are given the SQL.
func TestLedgerByHand(t *testing.T) {
	at, dir := testenv.Postgres(t), small(t)
	projecttest.Fill(t, at, dir)
	guest := projecttest.Guest(t, at)
	w := projecttest.Open(t, dir, project.Options{SourcesDir: projecttest.PostgresSource(t, guest, "w")})
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil {
		t.Fatal(err)
	}
	s := w.Runtime.Status()
	if s.Version == "" || len(s.Problems) != 1 {
		t.Fatalf("status %+v, want the project with one problem", s)
	}
	p := s.Problems[0]
	_, sql, ok := strings.Cut(p.Message, ":\n")
	if !ok || p.File != "actions/quote.yaml" || p.Field != "target" {
		t.Fatalf("problem %q", p)
	}
	testenv.Exec(t, at, strings.TrimSuffix(sql, ";"), "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC")
	if err := w.Runtime.Reload(context.Background(), w.System); err != nil || len(w.Runtime.Status().Problems) > 0 {
		t.Errorf("after the SQL was run: %v, %+v", err, w.Runtime.Status())
	}
}
