package project_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"signet/project"
)

var update = flag.Bool("update", false, "write the golden files and the schemas of the example")

const example = "../examples/anycompany"

// write puts the files of an archive into a folder.
func write(t *testing.T, dir string, files []txtar.File) {
	t.Helper()
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// small writes the small project without a mistake.
func small(t *testing.T) string {
	t.Helper()
	base, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, base.Files)
	return dir
}

func TestLoadExample(t *testing.T) {
	p, problems := project.Load(example, project.Options{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if p.Name != "anycompany" || len(p.Sources) != 1 || len(p.Datasets) != 2 || len(p.Actions) != 3 || len(p.Dashboards) != 2 || len(p.Users) != 3 {
		t.Errorf("got %+v", p)
	}
	if len(p.Sources[0].DuckDB.SetupSQL) != 2 || !strings.Contains(p.Sources[0].DuckDB.SetupSQL[1], "insert into local_pricing") {
		t.Error("the warehouse's set-up was not read")
	}
	onMySQL, problems := project.Load(example, project.Options{SourcesDir: filepath.Join(example, "sources.mysql")})
	if len(problems) > 0 || onMySQL.Sources[0].MySQL == nil {
		t.Fatal(problems)
	}
	other, problems := project.Load(example, project.Options{SourcesDir: filepath.Join(example, "sources.postgres")})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if other.Sources[0].Postgres == nil || other.Version == p.Version {
		t.Errorf("SourcesDir was not used: %+v", other.Sources)
	}
}

// TestProblems holds one archive for each kind of mistake; its last file is what must be told.
func TestProblems(t *testing.T) {
	names, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil || len(names) < 6 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir, last := small(t), len(a.Files)-1
			write(t, dir, a.Files[:last])
			p, problems := project.Load(dir, project.Options{})
			if p != nil || len(problems) == 0 {
				t.Fatal("loaded a project with a mistake")
			}
			got := problems.Error() + "\n"
			if *update {
				a.Files[last].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(a.Files[last].Data), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestA7OutsideFiles: no name in a project leads out of its folder.
func TestA7OutsideFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.sql")
	if err := os.WriteFile(outside, []byte("select 1"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"sql/setup.sql", "datasets/quotes.sql", "users.yaml", "datasets/lines.yaml"} {
		dir := small(t)
		name := filepath.Join(dir, file)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, name); err != nil {
			t.Skip("no symlinks here:", err)
		}
		if p, problems := project.Load(dir, project.Options{}); p != nil || len(problems) == 0 {
			t.Errorf("%s: followed a link out of the folder", file)
		}
	}
}

func TestVersion(t *testing.T) {
	dir := small(t)
	load := func() string {
		t.Helper()
		p, problems := project.Load(dir, project.Options{})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return p.Version
	}
	first := load()
	if first != load() || len(first) != 12 {
		t.Errorf("version %q is not stable", first)
	}
	name := filepath.Join(dir, "datasets/quotes.sql")
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(before, " -- same rows\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if load() == first {
		t.Error("a changed file left the version as it was")
	}
}

// FuzzLoad puts any bytes in the place of a file: never a panic, and a refusal names its file.
func FuzzLoad(f *testing.F) {
	base, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for i, file := range base.Files {
		f.Add(uint8(i), file.Data)
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		dir := small(t)
		file := base.Files[int(i)%len(base.Files)].Name
		write(t, dir, []txtar.File{{Name: file, Data: data}})
		p, problems := project.Load(dir, project.Options{})
		if (p == nil) != (len(problems) > 0) {
			t.Fatalf("project %v with problems %v", p, problems)
		}
		for _, b := range problems {
			if b.File == "" || b.Line < 1 || b.Column < 1 || b.Message == "" {
				t.Errorf("bad problem %+v", b)
			}
		}
	})
}

// TestSchemas wants the committed schemas to be those of the Go types.
func TestSchemas(t *testing.T) {
	for _, kind := range project.SchemaKinds {
		want, err := project.Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(example, "schema", kind+".json")
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s is not current; run go test ./project -update\n%s", name, d)
		}
	}
}
