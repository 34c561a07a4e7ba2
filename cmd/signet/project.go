package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"signet/identity"
	"signet/project"
	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/postgres"
	"signet/web"
	"signet/writeback"
)

func (t *terminal) validateCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "validate",
		Short: "Check a project's files, and with --data also against its databases",
		Long: `Check a project: every file, every field, and that definitions find each other. With --data it also opens the
sources, with the secrets that they name, and checks columns and types against their catalogues; nothing is written or served. Each problem is
one line: file, line, column, field, and what it should be.`,
		Example: "  signet validate --project ./project\n  signet validate --project ./project --sources ./sources.staging --data /tmp/check",
	}, append([]string{"project", "sources", "data", "account-id", "region", "log-level", "log-format"}, secretSettings...), t.validate)
}

func (t *terminal) validate(ctx context.Context, cfg *config, _ []string) error {
	p, err := t.loadProject(cfg)
	if err != nil {
		return err
	}
	what := "offline"
	if cfg.data != "" {
		f, err := openFolder(cfg.data)
		if err != nil {
			return err
		}
		if err := f.take(); err != nil {
			return err
		}
		defer f.release()
		s, err := wire(ctx, cfg, f, newLogger(cfg, t.err), false)
		if err != nil {
			return err
		}
		defer s.close()
		if err := project.Check(ctx, p, s.sources, s.engine); err != nil {
			return t.refused(err)
		}
		what = "against its databases"
	}
	_, err = fmt.Fprintf(t.out, "%s is valid, checked %s: %d sources, %d datasets, %d actions, %d dashboards, %d users (version %s)\n",
		p.Name, what, len(p.Sources), len(p.Datasets), len(p.Actions), len(p.Dashboards), len(p.Users), p.Version)
	return err
}

func (t *terminal) loadProject(cfg *config) (*project.Project, error) {
	if err := need(cfg.project, "project", "SIGNET_PROJECT"); err != nil {
		return nil, err
	}
	p, problems := project.Load(cfg.project, project.Options{SourcesDir: cfg.sources})
	if len(problems) > 0 {
		return nil, t.problems(problems)
	}
	return p, nil
}

// refused prints the problems that an error holds.
func (t *terminal) refused(err error) error {
	if problems, ok := errors.AsType[project.Problems](err); ok {
		return t.problems(problems)
	}
	return err
}

func (t *terminal) problems(problems project.Problems) error {
	for _, p := range problems {
		fmt.Fprintln(t.out, p)
	}
	if len(problems) == 1 {
		return fmt.Errorf("the project has a problem")
	}
	return fmt.Errorf("the project has %d problems", len(problems))
}

func (t *terminal) applyCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "apply",
		Short: "Prepare the databases for a project: make the ledger where actions write",
		Long: `Check a project against its databases and make the ledger table in each source that actions write to. With
--print-sql it only prints the statements, for those who must ask somebody who may create tables.
A running server does all this by itself when it loads the project.`,
		Example: "  signet apply --project ./project --data /var/lib/signet\n  signet apply --project ./project --print-sql",
	}, slices.Concat([]string{"project", "sources", "print-sql"}, trustSettings, secretSettings), t.apply)
}

func (t *terminal) apply(ctx context.Context, cfg *config, _ []string) error {
	p, err := t.loadProject(cfg)
	if err != nil {
		return err
	}
	targets := writtenSources(p)
	if cfg.printSQL {
		for _, d := range targets {
			fmt.Fprintf(t.out, "-- source %s\n", d.ID)
			for _, sql := range writeback.LedgerSQL(dialectOf(d)) {
				fmt.Fprintf(t.out, "%s;\n", sql)
			}
		}
		return nil
	}
	if err := need(cfg.data, "data", "SIGNET_DATA"); err != nil {
		return err
	}
	f, err := openFolder(cfg.data)
	if err != nil {
		return err
	}
	if err := f.take(); err != nil {
		return err
	}
	defer f.release()
	s, err := wire(ctx, cfg, f, newLogger(cfg, t.err), false)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.runtime.Apply(ctx, identity.System("apply"), p); err != nil {
		return t.refused(err)
	}
	if left := s.runtime.Status().Problems; len(left) > 0 {
		return t.problems(left)
	}
	for _, d := range targets {
		fmt.Fprintf(t.out, "source %s has the ledger\n", d.ID)
	}
	_, err = fmt.Fprintf(t.out, "%s fits its databases (version %s)\n", p.Name, p.Version)
	return err
}

// writtenSources are the sources that actions write to.
func writtenSources(p *project.Project) []source.Definition {
	written := map[string]bool{}
	for _, a := range p.Actions {
		for _, d := range p.Datasets {
			if d.ID == a.Dataset {
				written[d.Source] = true
			}
		}
	}
	var out []source.Definition
	for _, d := range p.Sources {
		if written[d.ID] {
			out = append(out, d)
		}
	}
	return out
}

func dialectOf(d source.Definition) source.Dialect {
	switch {
	case d.Postgres != nil:
		return postgres.Dialect{}
	case d.MySQL != nil:
		return mysql.Dialect{}
	}
	return duckdb.Dialect{}
}

func (t *terminal) openapiCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI document of the browser's API", Example: "  signet openapi > openapi.json",
	}, nil, func(context.Context, *config, []string) error {
		b, err := web.Document(version())
		if err == nil {
			_, err = t.out.Write(append(b, '\n'))
		}
		return err
	})
}
