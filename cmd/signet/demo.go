package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"signet/examples"
	"signet/internal/fault"
)

// demoUsers are the people of the demo, and what they are for.
var demoUsers = []struct{ name, about string }{
	{"ana", "author: makes quotes"},
	{"ben", "approver: accepts and rejects them"},
	{"vera", "viewer: sees one state only"},
	{demoAdmin, "administrator: looks after keys, people and the audit log"},
}

func (t *terminal) demoCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "demo",
		Short: "Open the product on its example",
		Long: `Serve the example project on an embedded warehouse and open it in the browser, signed in as ana. Without
--data everything is in a temporary folder, which is removed at the end.`,
		Example: "  signet demo\n  signet demo --data ./demo --listen 127.0.0.1:9000 --no-open",
	}, append([]string{"data", "listen", "url", "project", "sources", "no-open", "account-id", "region", "log-level", "log-format"}, secretSettings...), t.demo)
}

func (t *terminal) demo(ctx context.Context, cfg *config, _ []string) error {
	if cfg.data == "" {
		temporary, err := os.MkdirTemp("", "signet-demo-")
		if err != nil {
			return fmt.Errorf("making a folder for the demo: %w", err)
		}
		defer func() { _ = os.RemoveAll(temporary) }()
		cfg.data = temporary
	}
	f, err := openFolder(cfg.data)
	if err != nil {
		return err
	}
	if err := f.take(); err != nil {
		return err
	}
	defer f.release()
	if cfg.project == "" {
		if cfg.project, err = unpackExample(f); err != nil {
			return err
		}
	}
	l, err := t.demoListener(cfg)
	if err != nil {
		return err
	}
	return t.run(ctx, cfg, f, l, true, func(s *system, base string) (func(), error) { return t.greeting(ctx, cfg, s, base) })
}

// unpackExample writes the embedded project beside the data, where it can be looked at and changed.
func unpackExample(f *folder) (string, error) {
	dir := f.file("project")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	example, err := fs.Sub(examples.AnyCompany, "anycompany")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, example); err != nil {
		return "", fmt.Errorf("unpacking the example: %w", err)
	}
	return dir, nil
}

// demoListener takes another port when the usual one is busy, unless a port was asked for.
func (t *terminal) demoListener(cfg *config) (net.Listener, error) {
	l, err := listen(cfg)
	if cfg.listenSet || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	fmt.Fprintf(t.out, "%s is in use, so the demo takes a free port.\n", cfg.listen)
	cfg.listen = "127.0.0.1:0"
	return listen(cfg)
}

func (t *terminal) greeting(ctx context.Context, cfg *config, s *system, base string) (func(), error) {
	if !cfg.projectSet { // a project of one's own has its own people
		if err := furnish(ctx, s); err != nil {
			return nil, err
		}
	}
	text, first := "Each link signs in once:\n", ""
	for _, u := range demoUsers {
		token, err := s.identity.MakeLink(ctx, starter, u.name, 0)
		switch code := fault.CodeOf(err); {
		case code == fault.NotFound || code == fault.InvalidInput: // of another project, or disabled meanwhile
			continue
		case err != nil:
			return nil, err
		}
		link := base + "/signin#" + string(token.Reveal())
		text += fmt.Sprintf("  %-5s %s\n        %s\n", u.name, link, u.about)
		if first == "" {
			first = link
		}
	}
	text += fmt.Sprintf("More links: signet user link NAME --data %s\nThe project: %s\nStop with Ctrl+C.\n", cfg.data, cfg.project)
	return func() {
		fmt.Fprint(t.out, text)
		if !cfg.noOpen && first != "" {
			openBrowser(first)
		}
	}, nil
}

// openBrowser does its best; the link stands on the console.
func openBrowser(link string) {
	program, args := "xdg-open", []string{link}
	switch runtime.GOOS {
	case "darwin":
		program = "open"
	case "windows":
		program, args = "rundll32", []string{"url.dll,FileProtocolHandler", link}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = filepath.Dir(path)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
