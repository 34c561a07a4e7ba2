// Command signet is the server and its tools in one binary. It guarantees that nothing is asked
// for twice: each setting is one row of a table that makes the flag, the environment form and the
// help; and that a mistake in a setting stops the command before it has done anything.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
