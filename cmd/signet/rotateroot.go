package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"signet/internal/keeper"
	"signet/internal/rootkey"
	"signet/kms"
	"signet/policy"
)

func (t *terminal) rotateRootCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "rotate-root",
		Short: "Seal everything under a new root key, while servers go on",
		Long: `Seal everything that the root key seals under a new one, while servers read and write. The new key is of the
same kind as the old one, or where --new-root-key-file or --new-root-key-url says. The command may be
stopped at any moment, and goes on when it is run again.

When servers need something from you before they can start with the new key (a copied file, another setting), the
command stops before its end, says what, and is ended with --finish. Until then servers start with either key.`,
		Example: "  signet keys rotate-root --data /var/lib/signet\n" +
			"  signet keys rotate-root --data /var/lib/signet --new-root-key-url 'awskms:///alias/signet?region=eu-west-1'\n" +
			"  signet keys rotate-root --data /var/lib/signet --root-key-url 'awskms:///alias/signet?region=eu-west-1' --finish",
	}, append([]string{"new-root-key-file", "new-root-key-url", "finish"}, trustSettings...), t.keysRotateRoot)
}

func (t *terminal) keysRotateRoot(ctx context.Context, cfg *config, _ []string) error {
	if cfg.newRootKey != "" && cfg.newRootKeyURL != "" {
		return errors.New("--new-root-key-file and --new-root-key-url are both set: want one")
	}
	return t.withTrust(ctx, cfg, func(tr *trust, f *folder) error {
		r := rotation{trust: tr, cfg: cfg, path: rootKeyPath(cfg, f), say: func(format string, args ...any) {
			fmt.Fprintf(t.out, format+"\n", args...)
		}}
		return r.run(ctx)
	})
}

// rotation is one run of the command. Each of its steps can be repeated; internal/rootkey/SPEC.md says why
// the process may die between any two, and within any.
type rotation struct {
	*trust
	cfg  *config
	path string // of the root key's file, when it is in one
	say  func(format string, args ...any)

	afterStep func(step string) error // of tests: an error stops the run there
}

func (r *rotation) run(ctx context.Context) error {
	now, under := r.root.Rotating()
	if !under && r.cfg.finish {
		r.say("There is nothing to finish: everything is under the root key %s.", r.root.Current())
		return nil
	}
	from := r.root.Current()
	if under {
		from = now.From
	}
	op := policy.Operation{Action: "keys:RotateRootKey", Resource: "root-key/" + from.String(), Allow: policy.Grant{Roles: []policy.Role{policy.System}}}
	return r.gate.Do(ctx, operator, op, func(ctx context.Context) (map[string]string, error) {
		err := r.steps(ctx, under)
		detail := map[string]string{"current": r.root.Current().String(), "url": r.root.URL()}
		if _, still := r.root.Rotating(); still {
			detail["state"] = "not finished"
		}
		return detail, err
	})
}

func (r *rotation) steps(ctx context.Context, under bool) error {
	if err := r.begin(ctx, under); err != nil {
		return err
	}
	if err := r.rewrap(ctx); err != nil {
		return err
	}
	if err := r.replaceFile(); err != nil {
		return err
	}
	if errand := r.errand(); errand != "" && !r.cfg.finish {
		r.say("%s\nThen end the rotation with: signet keys rotate-root --finish\nUntil then the old root key opens the store too.", errand)
		return nil
	}
	return r.finish(ctx)
}

// step is where a test may stop the run.
func (r *rotation) step(name string) error {
	if r.afterStep == nil {
		return nil
	}
	return r.afterStep(name)
}

// begin makes the new root key and makes it the current one, unless a run before this one has.
func (r *rotation) begin(ctx context.Context, under bool) error {
	if under {
		now, _ := r.root.Rotating()
		if !r.same(now) {
			return fmt.Errorf("a rotation from the root key %s to %s is under way already: end it first, with the same --new-root-key-file or --new-root-key-url or with neither", now.From, now.To)
		}
		r.say("Going on from the root key %s to %s.", now.From, now.To)
		return nil
	}
	if err := r.canReplace(); err != nil {
		return err
	}
	next, wrapped, err := r.makeKey(ctx)
	if err != nil {
		return err
	}
	if err := r.step("made"); err != nil {
		return err
	}
	from := r.root.Current()
	if err := r.root.Begin(ctx, next, wrapped, kms.Kept()); err != nil {
		return fmt.Errorf("beginning the rotation: %w", err)
	}
	r.say("New values are sealed under the root key %s from now on, in place of %s.", next.ID(), from)
	return r.step("begun")
}

// same reports whether the settings ask for the rotation that is under way.
func (r *rotation) same(now rootkey.Rotation) bool {
	if r.cfg.newRootKeyURL != "" {
		return r.cfg.newRootKeyURL == now.ToURL
	}
	if r.cfg.newRootKey == "" {
		return true
	}
	key, err := rootkey.Load(r.cfg.newRootKey)
	return err == nil && key.ID() == now.To
}

// canReplace finds out before the beginning that the file of the root key cannot be replaced.
func (r *rotation) canReplace() error {
	if r.cfg.newRootKey != "" || r.cfg.newRootKeyURL != "" || r.cfg.rootKeyURL != "" {
		return nil
	}
	probe, err := os.CreateTemp(filepath.Dir(r.path), ".root-key-*")
	if err != nil {
		return fmt.Errorf("the root key %s cannot be replaced where it is: name another file with --new-root-key-file (%w)", r.path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// makeKey makes the new root key where it will be kept. A file's key is in the file before it is used; a
// key that replaces its own file needs none yet, because the old one opens it.
func (r *rotation) makeKey(ctx context.Context) (next rootkey.Key, w rootkey.Wrapped, err error) {
	url := r.cfg.newRootKeyURL
	if url == "" && r.cfg.newRootKey == "" {
		url = r.cfg.rootKeyURL
	}
	switch {
	case url != "":
		if next, err = rootkey.Generate(); err == nil {
			w, err = wrapWith(ctx, url, next)
		}
	case r.cfg.newRootKey != "":
		next, err = rootkey.LoadOrCreate(r.cfg.newRootKey)
	default:
		next, err = rootkey.Generate()
	}
	return next, w, err
}

func wrapWith(ctx context.Context, url string, next rootkey.Key) (rootkey.Wrapped, error) {
	k, err := keeper.Open(ctx, url)
	if err != nil {
		return rootkey.Wrapped{}, err
	}
	defer k.Close()
	return rootkey.Wrap(ctx, k, next)
}

// rewrap seals anew what is not under the current root key, until nothing is found.
func (r *rotation) rewrap(ctx context.Context) error {
	for {
		kept, err := r.root.RewrapKept(ctx)
		if err != nil {
			return fmt.Errorf("sealing the kept keys anew: %w", err)
		}
		if err := r.step("kept"); err != nil {
			return err
		}
		own, err := r.vault.Rewrap(ctx, operator)
		if err != nil {
			return fmt.Errorf("sealing the server's own keys anew: %w", err)
		}
		if own > 0 {
			r.say("%d keys of the server are sealed anew.", own)
		}
		if err := r.step("own"); err != nil {
			return err
		}
		materials, err := r.kms.Rewrap(ctx, operator, func(done int) error {
			r.say("%d materials of KMS keys are sealed anew.", done)
			return r.step("some materials")
		})
		if err != nil {
			return fmt.Errorf("sealing the KMS keys anew: %w", err)
		}
		if err := r.step("materials"); err != nil {
			return err
		}
		if kept+own+materials == 0 {
			return nil
		}
	}
}

// inPlace reports whether the new root key belongs into the file of the old one.
func (r *rotation) inPlace() bool {
	now, _ := r.root.Rotating()
	return now.FromURL == "" && now.ToURL == "" && r.cfg.newRootKey == ""
}

// replaceFile puts the new root key into the file of the old one. From here on a start reads the new one.
func (r *rotation) replaceFile() error {
	if !r.inPlace() || r.root.Held() {
		return nil
	}
	aside, err := r.root.WriteCurrent(r.path)
	if err != nil {
		return err
	}
	if aside != "" {
		r.say("%s holds the new root key, %s the old one: keep that with the backups that were made before, and nowhere else.", r.path, aside)
	}
	return r.step("replaced")
}

// errand is what the operator has to do before the old root key may go; "" when there is nothing.
func (r *rotation) errand() string {
	now, _ := r.root.Rotating()
	switch {
	case now.ToURL != "" && now.ToURL != now.FromURL:
		return fmt.Sprintf("Everything is under the new root key. Start each server with --root-key-url '%s' (SIGNET_ROOT_KEY_URL).", now.ToURL)
	case now.ToURL != "":
		return ""
	case !r.inPlace():
		return fmt.Sprintf("Everything is under the new root key. Start each server with the new file as its --root-key-file (SIGNET_ROOT_KEY_FILE): %s", r.cfg.newRootKey)
	case r.db.Shared():
		return fmt.Sprintf("Everything is under the new root key. Copy %s to each server that has a copy of its own; running ones need no restart.", r.path)
	}
	return ""
}

// finish lets the old root key go. What this command was given must open the store without it.
func (r *rotation) finish(ctx context.Context) error {
	if r.cfg.finish && !r.opensAlone() {
		return errors.New("this command opened the store with the old root key: name the new one, as the servers do, with --root-key-file or --root-key-url")
	}
	old, _ := r.root.Rotating()
	if err := r.root.Finish(ctx, kms.Kept()); err != nil {
		return fmt.Errorf("ending the rotation: %w", err)
	}
	r.say("Done: the root key %s opens nothing in this store any more.", old.From)
	return r.step("finished")
}

// opensAlone reports whether a start with the same settings finds the new root key by itself.
func (r *rotation) opensAlone() bool {
	if r.root.Held() {
		return true
	}
	key, err := rootkey.Load(r.path)
	if errors.Is(err, fs.ErrNotExist) || r.cfg.rootKeyURL != "" {
		return false
	}
	return err == nil && key.ID() == r.root.Current()
}
