package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"signet/dashboard"
	"signet/dataset"
	"signet/identity"
	"signet/internal/fault"
	"signet/internal/yamlfile"
	"signet/source"
	"signet/writeback"
)

// Options change how a folder is loaded.
type Options struct {
	// SourcesDir is read instead of the project's sources folder: the same project on another database.
	SourcesDir string
}

// Load reads a project's folder. The project is nil when there is any problem.
func Load(dir string, o Options) (*Project, Problems) {
	l := &loader{p: &Project{origins: map[ref]origin{}}}
	if err := l.open(dir, o); err != nil {
		return nil, Problems{wholeFile(".", "the project's folder cannot be read: %v", plainError(err))}
	}
	defer l.close()
	l.files()
	if len(l.problems) == 0 {
		l.references() // of files that are each valid: otherwise one mistake would be told many times
	}
	if len(l.problems) > 0 {
		return nil, l.problems.sorted()
	}
	l.p.Version = version(l.main, l.sources)
	return l.p, nil
}

type loader struct {
	p         *Project
	main      *folder
	sources   *folder // main, unless Options.SourcesDir is given
	sourceDir string  // in sources
	problems  Problems
}

func (l *loader) open(dir string, o Options) (err error) {
	if l.main, err = openFolder(dir, ""); err != nil {
		return err
	}
	l.sources, l.sourceDir = l.main, "sources"
	if o.SourcesDir == "" {
		return nil
	}
	l.sourceDir = "."
	if l.sources, err = openFolder(o.SourcesDir, filepath.Base(filepath.Clean(o.SourcesDir))); err != nil {
		l.main.close()
	}
	return err
}

func (l *loader) close() {
	l.main.close()
	if l.sources != l.main {
		l.sources.close()
	}
}

func (l *loader) add(p ...Problem) { l.problems = append(l.problems, p...) }

func (l *loader) files() {
	var h head
	if o, ok := l.decode(l.main, "project.yaml", &h); ok {
		l.p.Name, l.p.Title = h.Name, h.Title
		if !source.ValidID(h.Name) {
			l.add(o.problemf("name", "%q is not an id: want lower-case letters, digits and dashes, at most 64", h.Name))
		}
	}
	l.p.Sources = each(l, l.sources, l.sourceDir, kindSource, l.source)
	l.p.Datasets = each(l, l.main, "datasets", kindDataset, l.dataset)
	l.p.Actions = each(l, l.main, "actions", kindAction, func(d *writeback.Definition, _ origin) (string, []fault.Field) {
		d.Normalize()
		return d.ID, d.Validate()
	})
	l.p.Dashboards = each(l, l.main, "dashboards", kindDashboard, func(d *dashboard.Definition, _ origin) (string, []fault.Field) {
		d.Normalize()
		return d.ID, d.Validate()
	})
	l.users()
	l.strays()
}

// decode reads one YAML file; false when it has problems, which are then recorded.
func (l *loader) decode(f *folder, file string, into any) (origin, bool) {
	b, err := f.bytes(file, maxYAMLBytes)
	if err != nil {
		l.add(wholeFile(f.shown(file), "%v", err))
		return origin{}, false
	}
	at, problems := yamlfile.Read(b, into)
	for _, p := range problems {
		l.add(Problem{File: f.shown(file), Line: p.Line, Column: p.Column, Field: p.Field, Message: p.Message})
	}
	return origin{file: f.shown(file), at: at}, len(problems) == 0
}

// each reads the files of one folder. finish completes and checks a definition and gives its id.
func each[T any](l *loader, f *folder, dir, kind string, finish func(*T, origin) (string, []fault.Field)) []T {
	names, err := f.list(dir)
	if err != nil {
		l.add(wholeFile(f.shown(dir), "%v", plainError(err)))
	}
	var all []T
	for _, name := range names {
		if strings.HasSuffix(name, ".yml") {
			l.add(wholeFile(f.shown(name), "is not read: rename it to .yaml"))
			continue
		}
		var d T
		o, ok := l.decode(f, name, &d)
		if !ok {
			continue
		}
		id, bad := finish(&d, o)
		for _, b := range bad {
			l.add(o.problem(b))
		}
		if other, twice := l.p.origins[ref{kind, id}]; twice {
			l.add(o.problemf(kind, "%q is already defined in %s", id, other.file))
		}
		l.p.origins[ref{kind, id}] = o
		all = append(all, d)
	}
	return all
}

// source reads the SQL that fills a new embedded warehouse; it always lies in the project's own folder.
func (l *loader) source(d *source.Definition, o origin) (string, []fault.Field) {
	if d.DuckDB != nil {
		for i, file := range d.DuckDB.Setup {
			sql, err := l.sql(file)
			if err != nil {
				l.add(o.problemf(fmt.Sprintf("duckdb.setup[%d]", i), "%s %v", file, err))
			}
			d.DuckDB.SetupSQL = append(d.DuckDB.SetupSQL, sql)
		}
	}
	return d.ID, d.Validate()
}

func (l *loader) dataset(d *dataset.Definition, o origin) (string, []fault.Field) {
	if d.SQL != "" {
		sql, err := l.sql(path.Join("datasets", d.SQL))
		if err != nil {
			l.add(o.problemf("sql", "%s %v", d.SQL, err))
		}
		d.SQLText = sql
	}
	d.Normalize()
	return d.ID, d.Validate()
}

func (l *loader) sql(file string) (string, error) {
	if !strings.HasSuffix(file, ".sql") {
		return "", fmt.Errorf("is not the name of a .sql file")
	}
	b, err := l.main.bytes(file, maxSQLBytes)
	return string(b), err
}

func (l *loader) users() {
	if _, err := l.main.root.Lstat("users.yaml"); errors.Is(err, fs.ErrNotExist) {
		return // a project without people of its own
	}
	var all people
	o, ok := l.decode(l.main, "users.yaml", &all)
	if !ok {
		return
	}
	l.p.origins[ref{kindUsers, ""}] = o
	for _, bad := range identity.Check(all.Users) {
		l.add(o.problem(bad))
	}
	l.p.Users = all.Users
}

// strays finds files that look as if they should do something and would be ignored.
func (l *loader) strays() {
	names, err := l.main.list(".")
	if err != nil {
		l.add(wholeFile(".", "%v", plainError(err)))
	}
	for _, name := range names {
		if name != "project.yaml" && name != "users.yaml" {
			l.add(wholeFile(name, "has no place here: want project.yaml, users.yaml, and the folders sources, datasets, actions and dashboards"))
		}
	}
}

// references checks that definitions find each other.
func (l *loader) references() {
	has := func(kind, id string) bool { _, ok := l.p.origins[ref{kind, id}]; return ok }
	files := map[string]string{}
	for _, s := range l.p.Sources {
		if s.DuckDB == nil {
			continue
		}
		if other := files[s.DuckDB.File]; other != "" {
			l.add(l.p.origins[ref{kindSource, s.ID}].problemf("duckdb.file", "%q is the file of source %s too", s.DuckDB.File, other))
		}
		files[s.DuckDB.File] = s.ID
	}
	datasets := map[string]dataset.Definition{}
	for _, d := range l.p.Datasets {
		datasets[d.ID] = d
		if !has(kindSource, d.Source) {
			l.add(l.p.origins[ref{kindDataset, d.ID}].problemf("source", "there is no source %q", d.Source))
		}
	}
	for i := range l.p.Actions {
		l.action(&l.p.Actions[i], datasets)
	}
	l.compile(datasets)
}

func (l *loader) action(a *writeback.Definition, datasets map[string]dataset.Definition) {
	o := l.p.origins[ref{kindAction, a.ID}]
	d, ok := datasets[a.Dataset]
	if !ok {
		l.add(o.problemf("dataset", "there is no dataset %q", a.Dataset))
		return
	}
	fields := map[string]bool{}
	for _, f := range d.Fields {
		fields[f.Name] = true
	}
	for i, s := range a.Signed {
		if !fields[s.Field] {
			l.add(o.problemf(fmt.Sprintf("signed[%d].field", i), "dataset %s has no field %q", a.Dataset, s.Field))
		}
	}
}

func (l *loader) compile(datasets map[string]dataset.Definition) {
	actions := map[string]writeback.Definition{}
	for _, a := range l.p.Actions {
		actions[a.ID] = a
	}
	compiled, bad := dashboard.Compile(l.p.Dashboards, dashboard.Catalogue{Datasets: datasets, Actions: actions})
	for _, b := range bad {
		l.add(l.p.origins[ref{kindDashboard, b.Dashboard}].problem(b.Field))
	}
	l.p.dashboards = compiled
}
