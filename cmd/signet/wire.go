package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"signet/audit"
	"signet/aws"
	"signet/aws/cloudtrail"
	"signet/aws/iam"
	awskms "signet/aws/kms"
	"signet/aws/secretsmanager"
	"signet/aws/sts"
	"signet/dashboard"
	"signet/dataset"
	"signet/identity"
	"signet/internal/fault"
	"signet/policy"
	"signet/project"
	"signet/ui"
	"signet/web"
	"signet/writeback"
)

// system is a whole server without its listener.
type system struct {
	*trust
	logger   *slog.Logger
	sources  *project.Sources
	datasets *dataset.Set
	engine   *writeback.Engine
	runtime  *project.Runtime
	web      *web.Server

	stop    context.CancelFunc // ends the jobs
	jobs    sync.WaitGroup
	started time.Time
}

// starter is the caller of what the server does by itself.
var starter = identity.System("server")

// wire puts a server together, lowest layer first. The data folder must be the caller's own.
func wire(ctx context.Context, cfg *config, f *folder, logger *slog.Logger, demo bool) (_ *system, err error) {
	s := &system{logger: logger, started: time.Now(), stop: func() {}}
	if s.trust, err = openTrust(ctx, cfg, f, logger); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.sources = project.NewSources(openSource(cfg, f, s.logins()))
	s.datasets = dataset.NewSet(s.sources.Get, s.gate)
	s.engine = writeback.New(writeback.Config{
		Gate: s.gate, Log: s.log, Keys: s.vault, Datasets: s.datasets, Sources: s.sources.Get, Clock: time.Now,
		Instance: s.key.signer.Name(), Changed: func(c writeback.Change) {
			s.web.Changed(s.change(c.Source, c.Table, c.Action, c.Receipt, c.By, c.At))
		},
	})
	dashboards := dashboard.NewSet(dashboard.Config{Gate: s.gate, Datasets: s.datasets, Actions: s.engine})
	s.runtime = project.NewRuntime(project.Config{
		Dir: cfg.project, Options: project.Options{SourcesDir: cfg.sources}, Gate: s.gate, Sources: s.sources, Datasets: s.datasets,
		Actions: s.engine, Dashboards: dashboards, Users: s.identity, Clock: time.Now, Logger: logger,
		Applied: func(version string) { s.web.ProjectChanged(version) },
		Refused: func(version string) { s.web.ProjectChanged(version) },
	})
	s.web, err = web.New(web.Config{
		Identity: s.identity, Keys: s.kms, Secrets: s.secrets, Dashboards: dashboards, Engine: s.engine, Project: s.runtime, Audit: s.log, Gate: s.gate, UI: builtUI(),
		Version: version(), Demo: demo, TrustedProxies: cfg.trustedProxies, MetricsToken: cfg.metricsToken, Ready: s.checks(), Logger: logger,
	})
	return s, err
}

func builtUI() fs.FS {
	if files, ok := ui.Files(); ok {
		return files
	}
	return nil
}

// start begins the jobs: the project's changes, the changes of other servers, the submissions that a
// killed server left open, and the keys and secrets that are due.
func (s *system) start(ctx context.Context, watch bool) {
	ctx, s.stop = context.WithCancel(ctx)
	if watch {
		s.job(ctx, "watching the project", func(ctx context.Context) error { return s.runtime.Watch(ctx, starter) })
	}
	s.job(ctx, "following the root key", s.root.Follow)
	s.job(ctx, "following the audit log", func(ctx context.Context) error { return s.log.Follow(ctx, audit.NoAttempt, s.followed) })
	s.job(ctx, "settling open submissions", s.recover)
	s.job(ctx, "rotating and deleting keys", s.tendKeys)
	s.job(ctx, "rotating and deleting secrets", s.tendSecrets)
}

func (s *system) job(ctx context.Context, name string, do func(context.Context) error) {
	s.jobs.Go(func() {
		for ctx.Err() == nil {
			err := do(ctx)
			if ctx.Err() != nil || err == nil {
				return
			}
			s.logger.Error(name, "error", err)
			pause(ctx, time.Second)
		}
	})
}

// maxSubmission is far more than a submission can take, the retries of a lost commit included.
const maxSubmission = 10 * time.Minute

// recover settles what was left open, by a server that was killed or by a target that was lost and
// did not come back in time. When this server alone has the store, all that was announced before
// its start was left by a dead one; otherwise only age can tell.
func (s *system) recover(ctx context.Context) error {
	before := s.started
	if s.db.Shared() {
		before = time.Now().Add(-maxSubmission)
	}
	for wait := time.Second; ctx.Err() == nil; {
		open, err := s.engine.Recover(ctx, starter, before)
		switch {
		case err != nil && ctx.Err() == nil:
			s.logger.Warn("submissions are still open: their target does not answer", "open", open, "error", err)
			wait = min(2*wait, time.Minute)
		default:
			before, wait = time.Now().Add(-maxSubmission), time.Minute
		}
		pause(ctx, wait)
	}
	return ctx.Err()
}

// tendKeys rotates and deletes the keys that are due, at the start and then every hour. A key that is
// due for deletion is of no use to anybody before that already.
func (s *system) tendKeys(ctx context.Context) error {
	for ctx.Err() == nil {
		for _, due := range []func(context.Context, policy.Caller) (int, error){s.kms.RotateDue, s.kms.DeletionDue} {
			if err := untilNone(ctx, due); err != nil && ctx.Err() == nil {
				s.logger.Error("rotating and deleting keys: the next try is in an hour", "error", err)
			}
		}
		pause(ctx, time.Hour)
	}
	return ctx.Err()
}

// lookForSecrets is how long a secret waits that another server was asked to rotate and did not.
const lookForSecrets = time.Minute

// tendSecrets rotates the secrets that are due and removes those whose recovery window has ended, at the
// start, whenever somebody asks for a rotation, and then every minute.
func (s *system) tendSecrets(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := errors.Join(s.secrets.RotateDue(ctx, starter), s.secrets.Purge(ctx, starter)); err != nil && ctx.Err() == nil {
			s.logger.Error("rotating and deleting secrets: what failed is tried again", "error", err)
		}
		wait, cancel := context.WithTimeout(ctx, lookForSecrets)
		select {
		case <-s.secrets.Due():
		case <-wait.Done():
		}
		cancel()
	}
	return ctx.Err()
}

// untilNone repeats a job that takes a bounded number at a time.
func untilNone(ctx context.Context, due func(context.Context, policy.Caller) (int, error)) error {
	for {
		if n, err := due(ctx, starter); err != nil || n == 0 {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// followed tells open dashboards of the writes of other servers; web knows our own already.
func (s *system) followed(r audit.Record) {
	if r.Phase != audit.PhaseOutcome || r.Action != "writeback:Submit" || r.Result != audit.ResultOK || r.Detail["replayed"] != "" {
		return
	}
	action := r.Resource[len("action/"):]
	s.web.Changed(s.change(r.Detail["source"], r.Detail["target"], action, r.Detail["receipt"], r.Who.Name, r.Time))
}

// change names the datasets that read the table that was written.
func (s *system) change(sourceID, table, action, receipt, by string, at time.Time) web.Change {
	return web.Change{Datasets: s.datasets.Reading(sourceID, table), Action: action, ReceiptID: receipt, By: by, At: at}
}

// door sends the requests of AWS clients, which are signed, to the AWS services, and all others to the
// browser's side: one listener serves both.
func (s *system) door(cfg *config) http.Handler {
	account := s.identity.IAM()
	services := aws.New(aws.Config{
		Identity: s.identity, Gate: s.gate,
		Services: []aws.Service{sts.New(s.identity), iam.New(s.identity), awskms.New(s.kms), secretsmanager.New(s.secrets), cloudtrail.New(s.gate, account.Account())},
		Home:     account.Region(), Regions: cfg.regions, Origin: s.web.Origin, Logger: s.logger,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if aws.Claims(r) {
			services.ServeHTTP(w, r)
			return
		}
		s.web.ServeHTTP(w, r)
	})
}

// checks are the parts that /readyz asks.
func (s *system) checks() []web.Check {
	return []web.Check{
		{Name: "store", Do: func(ctx context.Context) error {
			var one int
			return s.db.QueryRow(ctx, "SELECT 1").Scan(&one)
		}},
		{Name: "log", Do: func(ctx context.Context) error {
			if _, err := s.log.Events(ctx, max(0, s.log.Size()-1), 1); err != nil {
				return err
			}
			return nil
		}},
		{Name: "project", Do: func(context.Context) error {
			if s.runtime.Status().Version == "" {
				return errors.New("no version of the project could be taken over")
			}
			return nil
		}},
		{Name: "sources", Do: s.pingSources},
	}
}

func (s *system) pingSources(ctx context.Context) error {
	var failed error
	for id, src := range s.sources.All() {
		if _, err := src.Ping(ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("source %s: %w", id, err))
		}
	}
	return failed
}

// firstAdmin makes the administrator of the settings, or gives the token of a set-up link when
// there is no administrator: the caller shows it on the console and nowhere else (threat A2).
func (s *system) firstAdmin(ctx context.Context, cfg *config) (token string, err error) {
	if cfg.adminPassword.Len() > 0 || cfg.adminKeyID != "" || cfg.adminSecret.Len() > 0 {
		return "", s.identity.AdminFromEnv(ctx, identity.FirstAdmin{
			Name: "admin", Password: cfg.adminPassword, AccessKeyID: cfg.adminKeyID, Secret: cfg.adminSecret,
		})
	}
	t, err := s.identity.SetupLink(ctx)
	if fault.CodeOf(err) == fault.NotFound {
		return "", nil
	}
	return string(t.Reveal()), err
}

// close is wire backwards. What was taken is finished first.
func (s *system) close() {
	s.stop()
	s.jobs.Wait()
	if s.engine != nil {
		s.engine.Close()
	}
	if s.sources != nil {
		if err := s.sources.Close(); err != nil {
			s.logger.Warn("closing the sources", "error", err)
		}
	}
	s.trust.close()
}
