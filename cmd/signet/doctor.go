package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"signet/internal/rootkey"
	"signet/internal/store"
	"signet/project"
	"signet/source"
	"signet/ui"
)

func (t *terminal) doctorCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "doctor",
		Short: "Check the data folder, the store, the secrets, the sources and the clock, and say how to mend what is wrong",
		Example: "  signet doctor --data /var/lib/signet --project ./project\n" +
			"  signet doctor --data /var/lib/signet",
	}, slices.Concat([]string{"project", "sources"}, trustSettings, secretSettings), t.doctor)
}

// examination prints one line for each thing that it looks at.
type examination struct {
	t    *terminal
	sick int
}

func (e *examination) well(what, format string, args ...any) {
	fmt.Fprintf(e.t.out, "ok    %-8s %s\n", what, fmt.Sprintf(format, args...))
}

func (e *examination) note(what, format string, args ...any) {
	fmt.Fprintf(e.t.out, "note  %-8s %s\n", what, fmt.Sprintf(format, args...))
}

func (e *examination) ill(what string, err error, mend string) {
	e.sick++
	fmt.Fprintf(e.t.out, "FAIL  %-8s %v\n      %-8s mend: %s\n", what, err, "", mend)
}

func (t *terminal) doctor(ctx context.Context, cfg *config, _ []string) error {
	if err := need(cfg.data, "data", "SIGNET_DATA"); err != nil {
		return err
	}
	e := &examination{t: t}
	f, running := e.folder(cfg)
	var tr *trust
	if f != nil {
		defer f.release()
		if tr = e.store(ctx, cfg, f); tr != nil {
			defer tr.close()
		}
	}
	if cfg.project != "" {
		e.project(ctx, cfg, f, tr, running)
	} else {
		e.note("project", "not checked: name it with --project")
	}
	e.clock()
	if _, built := ui.Files(); built {
		e.well("screens", "built in")
	} else {
		e.note("screens", "not built in: run make ui build")
	}
	if e.sick > 0 {
		return fmt.Errorf("%d things need mending", e.sick)
	}
	return nil
}

func (e *examination) folder(cfg *config) (f *folder, running bool) {
	info, err := os.Stat(cfg.data)
	if err != nil {
		e.ill("folder", err, "start the server once, or name another folder with --data")
		return nil, false
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		e.ill("folder", fmt.Errorf("%s can be read by others (mode %o)", cfg.data, info.Mode().Perm()), "chmod 700 "+cfg.data)
	}
	f = &folder{path: cfg.data}
	probe, err := os.CreateTemp(f.path, ".doctor-*")
	if err != nil {
		e.ill("folder", err, "make the folder writable for the user who runs the server, or free some space on its disk")
		return f, false
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	if err := f.take(); errors.Is(err, errFolderTaken) {
		e.well("folder", "%s; a server has it open", f.path)
		return f, true
	}
	e.well("folder", "%s", f.path)
	return f, false
}

// store returns the opened trust, or nil when something of it is ill.
func (e *examination) store(ctx context.Context, cfg *config, f *folder) *trust {
	db, err := store.Open(ctx, storeURL(cfg, f))
	if err != nil {
		e.ill("store", err, "check --store, that the database answers, and that this binary is not older than the one before")
		return nil
	}
	defer db.Close()
	e.well("store", "%s", db.Kind())
	if err := e.rootKey(ctx, cfg, f, db); err != nil {
		e.ill("keys", err, "put the root key back from its backup, or mend the external key: without it nothing secret in the store can be opened")
		return nil
	}
	t, err := openTrust(ctx, cfg, f, newLogger(cfg, e.t.err))
	if err != nil {
		e.ill("trust", err, "put root key and store back from one backup; run 'signet audit verify' for the log")
		return nil
	}
	e.well("keys", "the root key opens the keys of the server and of KMS; %s", rootPlace(t.root))
	if r, rotating := t.root.Rotating(); rotating {
		e.note("keys", "a rotation of the root key is under way, from %s to %s: run 'signet keys rotate-root' to go on", r.From, r.To)
	}
	e.well("log", "%d events; the signed head fits. Its key: %s", t.log.Size(), t.key.public)
	if needed, err := t.identity.NeedsSetup(ctx); err == nil && needed {
		e.note("users", "there is no administrator: the next start prints a set-up link")
	}
	return t
}

// rootKey looks for the root key without making one.
func (e *examination) rootKey(ctx context.Context, cfg *config, f *folder, db *store.DB) error {
	if cfg.rootKeyURL == "" {
		if _, err := os.Stat(rootKeyPath(cfg, f)); err != nil {
			if known := rootkey.Unused(ctx, db); known != nil {
				err = fmt.Errorf("%w; %w", err, known)
			}
			return err
		}
	}
	_, err := openRoot(ctx, cfg, f, db)
	return err
}

func rootPlace(ring *rootkey.Ring) string {
	if url := ring.URL(); url != "" {
		return "it is wrapped by " + url
	}
	return "it is in a file"
}

func (e *examination) project(ctx context.Context, cfg *config, f *folder, tr *trust, running bool) {
	p, problems := project.Load(cfg.project, project.Options{SourcesDir: cfg.sources})
	if len(problems) > 0 {
		e.ill("project", problems, "run 'signet validate --project "+cfg.project+"' until it is content")
		return
	}
	e.well("project", "%s, version %s", p.Name, p.Version)
	for _, d := range p.Sources {
		if f == nil || running && d.DuckDB != nil {
			e.note("source", "%s is an embedded warehouse that the running server holds; ask its /readyz", d.ID)
			continue
		}
		if tr != nil && !e.resolves(ctx, tr, d) {
			continue // it cannot be opened without
		}
		e.source(ctx, openSource(cfg, f, tr.logins()), d)
	}
}

// maxSkew is how far a database's clock may be off before times in receipts look odd.
const maxSkew = 5 * time.Second

func (e *examination) source(ctx context.Context, open func(context.Context, source.Definition) (source.Source, error), d source.Definition) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	src, err := open(ctx, d)
	if err != nil {
		e.ill("source", fmt.Errorf("%s: %w", d.ID, err), "check host, port, database, user and password, or the secret that holds them, in sources/"+d.ID+".yaml")
		return
	}
	defer src.Close()
	before := time.Now()
	st, err := src.Ping(ctx)
	if err != nil {
		e.ill("source", fmt.Errorf("%s: %w", d.ID, err), "start the database, or mend its address in the project's sources")
		return
	}
	e.well("source", "%s, %s", d.ID, st.Version)
	if st.ReadOnly {
		e.ill("source", fmt.Errorf("%s is read-only", d.ID), "connect to the primary: write-backs are refused until then")
	}
	if skew := st.Clock.Sub(before); !st.Clock.IsZero() && skew.Abs() > maxSkew {
		e.ill("clock", fmt.Errorf("%s is %s away from this machine's clock", d.ID, skew.Round(time.Second)), "run a time service (NTP) on both machines")
	}
}

// built is when this version was written; a clock before it is certainly wrong.
var built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (e *examination) clock() {
	now := time.Now()
	if now.Before(built) {
		e.ill("clock", fmt.Errorf("it is %s here", now.UTC().Format(time.RFC3339)), "set the clock: tickets and sessions end by it")
		return
	}
	e.well("clock", "%s", now.UTC().Format(time.RFC3339))
}
