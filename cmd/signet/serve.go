package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

var serverSettings = []string{
	"data", "listen", "url", "store", "project", "sources", "root-key-file", "root-key-url", "tls-cert", "tls-key", "trusted-proxies", "log-level", "log-format",
	"session-life", "session-idle", "admin-password", "admin-access-key-id", "admin-secret-access-key", "metrics-token",
	"account-id", "region", "regions",
}

// collectAt lets the heap grow to five times what lives before it is collected: what lives is some
// twenty megabytes, and under load the collector took a fifth of the processor.
const collectAt = 400

// grace is how long a stopping server waits for the requests that it has taken.
const grace = 10 * time.Second

func (t *terminal) serveCommand() *cobra.Command {
	return t.command(&cobra.Command{
		Use:   "serve",
		Short: "Serve a project",
		Long: `Serve a project's dashboards and write-backs. The project is loaded anew when its files change; a version
with problems is reported and the one before stays up.

The first start prints a one-time link that makes the administrator, unless SIGNET_ADMIN_PASSWORD is set.`,
		Example: "  signet serve --data /var/lib/signet --project ./project\n" +
			"  SIGNET_ADMIN_PASSWORD_FILE=/run/secrets/admin signet serve --data /var/lib/signet --project ./project --listen :8480",
	}, append(slices.Clip(serverSettings), secretSettings...), t.serve)
}

func (t *terminal) serve(ctx context.Context, cfg *config, _ []string) error {
	if err := errors.Join(need(cfg.data, "data", "SIGNET_DATA"), need(cfg.project, "project", "SIGNET_PROJECT")); err != nil {
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
	l, err := listen(cfg)
	if err != nil {
		return err
	}
	return t.run(ctx, cfg, f, l, false, func(s *system, base string) (func(), error) {
		token, err := s.firstAdmin(ctx, cfg)
		return func() {
			if token == "" {
				fmt.Fprintln(t.out, "Ready for sign-in. Links: signet user link NAME")
				return
			}
			fmt.Fprintf(t.out, "There is no administrator yet. Open this link within an hour; it works once:\n  %s/setup#%s\n", base, token)
		}, err
	})
}

// run serves until ctx ends. People are prepared for before the server answers, so that a script that
// waits for it finds the administrator there, and greeted when it does.
func (t *terminal) run(ctx context.Context, cfg *config, f *folder, l net.Listener, demo bool, prepare func(*system, string) (greet func(), err error)) error {
	logger := newLogger(cfg, t.err)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	s, err := wire(ctx, cfg, f, logger, demo)
	if err != nil {
		_ = l.Close()
		return err
	}
	defer s.close()
	if err := s.runtime.Reload(ctx, starter); err != nil {
		if s.runtime.Status().Version == "" && ctx.Err() == nil && demo {
			_ = l.Close()
			return err
		}
		// The runtime has logged each problem and tries again when a file changes.
		fmt.Fprintf(t.err, "signet: the project is not served yet: %v\n", err)
	}
	s.start(context.WithoutCancel(ctx), true)
	base := baseURL(cfg, l)
	greet, err := prepare(s, base)
	if err != nil {
		_ = l.Close()
		return err
	}
	server := s.web.HTTP()
	server.Handler = s.door(cfg)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	fmt.Fprintf(t.out, "Signet %s is ready on %s (%.2f s)\n", version(), base, time.Since(s.started).Seconds())
	greet()
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	logger.Info("stopping")
	return shutDown(s, server)
}

// shutDown lets the requests finish that were taken; streams are told to end first.
func shutDown(s *system, server *http.Server) error {
	s.web.Close()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
		return fmt.Errorf("requests were still running after %s: %w", grace, err)
	}
	return nil
}

func listen(cfg *config) (net.Listener, error) {
	if (cfg.tlsCert == "") != (cfg.tlsKey == "") {
		return nil, usage("--tls-cert and --tls-key belong together")
	}
	l, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	if cfg.tlsCert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(cfg.tlsCert, cfg.tlsKey)
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("reading the TLS certificate: %w", err)
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), nil
}

// baseURL is where people reach the server: what was set, else the listener's address.
func baseURL(cfg *config, l net.Listener) string {
	if cfg.url != "" {
		return cfg.url
	}
	scheme := "http://"
	if cfg.tlsCert != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return scheme + net.JoinHostPort("localhost", port)
	}
	return scheme + l.Addr().String()
}
