package project

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"signet/policy"
)

const (
	// quiet is how long the folder must rest before it is read: editors and git write in steps.
	quiet = 150 * time.Millisecond
	// again is how soon a project is tried again that failed because a database was away. The
	// wait doubles up to the longest: each try is on the audit log.
	again        = 2 * time.Second
	longestAgain = time.Minute
)

// folders are the parts of a project that are watched.
var folders = []string{".", "sources", "datasets", "actions", "dashboards", "sql"}

// Watch reloads the project whenever its files change, until ctx ends. A project whose database is
// away, or lacks the ledger, is tried again also without a change.
func (r *Runtime) Watch(ctx context.Context, caller policy.Caller) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watching %s: %w", r.cfg.Dir, err)
	}
	defer w.Close()
	if err := w.Add(r.cfg.Dir); err != nil {
		return fmt.Errorf("watching %s: %w", r.cfg.Dir, err)
	}
	r.watchFolders(w)
	timer := time.NewTimer(quiet) // what changed before the watch began is seen too
	defer timer.Stop()
	wait := again
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Events:
			if !ok {
				return nil
			}
			if !matters(e) {
				continue
			}
			r.watchFolders(w) // a folder may be new, or replaced by a new one of its name
			wait = again
			timer.Reset(quiet)
		case err := <-w.Errors: // events were lost: look at everything
			r.cfg.Logger.Warn("watching the project", "error", err)
			timer.Reset(quiet)
		case <-timer.C:
			err := r.Reload(ctx, caller)
			left := err == nil && len(r.Status().Problems) > 0 // of a project that is served all the same
			if (left || mayPass(err)) && ctx.Err() == nil {
				timer.Reset(wait)
				wait = min(2*wait, longestAgain)
			}
		}
	}
}

// watchFolders adds what is there; adding a folder twice changes nothing.
func (r *Runtime) watchFolders(w *fsnotify.Watcher) {
	for _, f := range folders {
		_ = w.Add(filepath.Join(r.cfg.Dir, f))
	}
	if r.cfg.Options.SourcesDir != "" {
		_ = w.Add(r.cfg.Options.SourcesDir)
	}
}

// matters leaves out what editors write beside a file, and reads.
func matters(e fsnotify.Event) bool {
	name := filepath.Base(e.Name)
	return !e.Has(fsnotify.Chmod) && !strings.HasSuffix(name, "~") && !strings.HasSuffix(name, ".swp")
}
