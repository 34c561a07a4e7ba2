package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// usageError is a mistake on the command line or in a setting.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// failure marks an error of a command that was called rightly; cobra's own errors are about usage.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// terminal is where a command reads and writes, and the environment that it sees.
type terminal struct {
	env      map[string]string
	in       io.Reader
	out, err io.Writer
}

// run is the whole program: main gives it the process's own, tests give it theirs.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := &terminal{env: map[string]string{}, in: stdin, out: stdout, err: stderr}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		t.env[k] = v
	}
	root := t.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var bad usageError
	var failed failure
	if errors.As(err, &bad) || !errors.As(err, &failed) {
		fmt.Fprintf(stderr, "signet: %v\nRun 'signet help' for how to call it.\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "signet: %v\n", err)
	return exitFailure
}

func (t *terminal) root() *cobra.Command {
	var env strings.Builder
	printEnvironment(&env)
	root := &cobra.Command{
		Use:   "signet",
		Short: "A BI server that people can write back through",
		Long: `Signet is a BI server that people can write back through: rows carry signed, expiring,
single-use tickets, and a click becomes one verified, exactly-once, audited change in your database.

Each of these flags has an environment form; secrets have only that, and may be read from a file (_FILE):

` + env.String() + `
Exit codes: 0 done, 1 failed, 2 called wrongly.`,
		Example:       "  signet demo\n  signet serve --data /var/lib/signet --project ./project",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(t.demoCommand(), t.serveCommand(), t.validateCommand(), t.applyCommand(), t.receiptCommand(), t.auditCommand(),
		t.userCommand(), t.accessKeyCommand(), t.awsEnvCommand(), t.policyCommand(), t.keysCommand(), t.ticketKeyCommand(), t.doctorCommand(), t.openapiCommand(), t.versionCommand())
	return root
}

// command makes a subcommand that takes the named settings.
func (t *terminal) command(c *cobra.Command, names []string, do func(context.Context, *config, []string) error) *cobra.Command {
	addFlags(c.Flags(), names)
	if c.Args == nil {
		c.Args = cobra.NoArgs
	}
	c.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := resolve(cmd.Flags(), names, t.env)
		if err != nil {
			return err
		}
		if err := do(cmd.Context(), cfg, args); err != nil {
			return failure{err}
		}
		return nil
	}
	return c
}

// group makes a command that only holds others; called alone it prints what it holds.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return usage("%s needs one of its commands: run 'signet help %s'", use, use)
	}}
	g.AddCommand(commands...)
	return g
}

// need refuses a call without a setting that has no default.
func need(value, flag, env string) error {
	if value == "" {
		return usage("--%s (or %s) is needed", flag, env)
	}
	return nil
}

func (t *terminal) versionCommand() *cobra.Command {
	return t.command(&cobra.Command{Use: "version", Short: "Print the version"}, nil, func(context.Context, *config, []string) error {
		_, err := fmt.Fprintln(t.out, "signet", version())
		return err
	})
}

// release is set by the linker: -X main.release=v1.2.3.
var release string

// version is the release, or the commit that the binary was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
