package project

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"signet/audit"
	"signet/dashboard"
	"signet/dataset"
	"signet/identity"
	"signet/internal/fault"
	"signet/policy"
	"signet/source"
	"signet/writeback"
)

// Config is what a runtime keeps in step with a project's folder.
type Config struct {
	Dir        string
	Options    Options
	Gate       *audit.Gate
	Sources    *Sources
	Datasets   *dataset.Set
	Actions    *writeback.Engine
	Dashboards *dashboard.Set
	Users      *identity.Service
	Clock      func() time.Time
	Logger     *slog.Logger
	Applied    func(version string) // told after each change; must not block; may be nil
	Refused    func(version string) // told of new problems, with the version that is served on; must not block; may be nil
}

// Runtime serves a project and takes over its changes.
type Runtime struct {
	cfg    Config
	mu     sync.Mutex // held while a project is taken over
	status atomic.Pointer[Status]
}

// Status is which project is served, and what is wrong with the newer one that is not.
type Status struct {
	Version  string    `json:"version"`
	LoadedAt time.Time `json:"loadedAt"`
	Problems Problems  `json:"problems"`
}

// NewRuntime returns a runtime that serves nothing yet.
func NewRuntime(c Config) *Runtime {
	r := &Runtime{cfg: c}
	r.status.Store(&Status{Problems: Problems{}})
	return r
}

// Status returns which project is served and the problems of the last try.
func (r *Runtime) Status() Status { return *r.status.Load() }

// SourcesNaming returns the served project's sources whose login is in a secret, by any of its names.
func (r *Runtime) SourcesNaming(names ...string) []source.Definition {
	return r.cfg.Sources.Naming(names...)
}

// applying is who may change the project: Signet's own loader and admins.
var applying = policy.Grant{Roles: []policy.Role{policy.System, policy.Admin}}

// Reload loads the folder and takes it over. With any problem the last good version stays up, and
// the error holds Problems.
func (r *Runtime) Reload(ctx context.Context, caller policy.Caller) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, problems := Load(r.cfg.Dir, r.cfg.Options)
	if len(problems) > 0 {
		return r.failed(problems)
	}
	if s := r.status.Load(); s.Version == p.Version && len(s.Problems) == 0 {
		return nil
	}
	return r.apply(ctx, caller, p)
}

// Apply takes over a loaded project as one: sources, datasets, actions, dashboards and users.
func (r *Runtime) Apply(ctx context.Context, caller policy.Caller, p *Project) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.apply(ctx, caller, p)
}

func (r *Runtime) apply(ctx context.Context, caller policy.Caller, p *Project) error {
	op := policy.Operation{Action: "project:Apply", Resource: "project/" + p.Name, Allow: applying,
		Detail: map[string]string{"version": p.Version}}
	var left Problems
	err := r.cfg.Gate.Do(ctx, caller, op, func(ctx context.Context) (_ map[string]string, err error) {
		left, err = r.takeOver(ctx, caller, p)
		return nil, err
	})
	if problems, ok := errors.AsType[Problems](err); ok {
		return r.failed(problems)
	}
	if err != nil {
		return err
	}
	r.status.Store(&Status{Version: p.Version, LoadedAt: r.cfg.Clock().UTC(), Problems: append(Problems{}, left...)})
	r.cfg.Logger.Info("project taken over", "project", p.Name, "version", p.Version)
	for _, l := range left {
		r.cfg.Logger.Warn("project", "problem", l.String())
	}
	if r.cfg.Applied != nil {
		r.cfg.Applied(p.Version)
	}
	return nil
}

// failed keeps what is served and shows why the newer one is not.
func (r *Runtime) failed(problems Problems) error {
	s := *r.status.Load()
	isNew := s.Problems.Error() != problems.Error()
	s.Problems = problems
	r.status.Store(&s)
	if isNew {
		for _, p := range problems {
			r.cfg.Logger.Error("project not taken over", "problem", p.String())
		}
		if r.cfg.Refused != nil {
			r.cfg.Refused(s.Version)
		}
	}
	return problems.fault()
}

// fault is how problems travel as an error: the audit log gets a code, a client the first of them.
func (p Problems) fault() error {
	return fault.Wrap(p, fault.InvalidInput, "The project has %d problems. The first: %s", len(p), p[0])
}

// takeOver checks the project against its databases and swaps everything. What it returns beside
// an error does not stop the project from being served.
func (r *Runtime) takeOver(ctx context.Context, caller policy.Caller, p *Project) (left Problems, err error) {
	st, failed := r.cfg.Sources.stage(ctx, p.Sources)
	problems := p.unopened(failed)
	var ready checked
	if len(problems) == 0 {
		ready, problems = p.check(ctx, r.cfg.Actions, st.get)
	}
	if len(problems) > 0 {
		st.discard()
		return nil, problems.sorted().fault()
	}
	if _, err := r.cfg.Users.Upsert(ctx, caller, p.Users); err != nil {
		st.discard()
		return nil, fmt.Errorf("taking over the users: %w", err)
	}
	// From here nothing fails. Sources come first, so that what follows finds them.
	st.commit()
	r.cfg.Datasets.Swap(ready.datasets)
	r.cfg.Actions.Swap(ready.actions)
	r.cfg.Dashboards.Swap(p.dashboards)
	return r.ledgers(ctx, caller, p), nil
}

// ledgers makes the ledger table in each source that actions write to. Where it cannot be made,
// submissions fail with a clear error, but everything else works: it is told, not refused.
func (r *Runtime) ledgers(ctx context.Context, caller policy.Caller, p *Project) Problems {
	of := map[string]string{}
	for _, d := range p.Datasets {
		of[d.ID] = d.Source
	}
	var left Problems
	done := map[string]bool{}
	for i := range p.Actions {
		a := &p.Actions[i]
		id := of[a.Dataset]
		if done[id] {
			continue
		}
		done[id] = true
		if err := r.cfg.Actions.EnsureLedger(ctx, caller, id); err != nil {
			left = append(left, p.origins[ref{kindAction, a.ID}].problemf("target", "submissions will fail: %v", ledgerHelp(err, r.cfg.Sources, id)))
		}
	}
	return left
}

// ledgerHelp adds the SQL for those who may not create tables themselves.
func ledgerHelp(err error, sources *Sources, id string) error {
	src, ok := sources.Get(id)
	if !ok || !errors.Is(err, source.ErrPermission) {
		return err
	}
	help := "the table of receipts cannot be created; let an administrator of the database run:"
	for _, sql := range writeback.LedgerSQL(src.Dialect()) {
		help += "\n" + sql + ";"
	}
	return errors.New(help)
}
