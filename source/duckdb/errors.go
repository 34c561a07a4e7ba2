package duckdb

import (
	"context"
	"fmt"
	"strings"

	"signet/source"
)

// meanings maps what the engine's messages begin with, or hold, to what they mean; the first that
// fits wins. The C interface gives no finer codes.
var meanings = []struct {
	prefix, holds string
	kind          error
}{
	{"TransactionContext Error", "read-only", source.ErrReadOnly},
	{"TransactionContext Error", "onflict", source.ErrConflict},
	{"Transaction", "onflict", source.ErrConflict},
	{"Catalog Error", "write-write conflict", source.ErrConflict},
	{"Catalog Error", "", source.ErrSchema},
	{"Binder Error", "not found", source.ErrSchema},
	{"Binder Error", "does not exist", source.ErrSchema},
	{"Binder Error", "does not have a column", source.ErrSchema},
	{"Constraint Error", "", source.ErrConstraint},
	{"Conversion Error", "", source.ErrValue},
	{"Out of Range Error", "", source.ErrValue},
	{"Invalid Input Error", "", source.ErrValue},
	{"Invalid unicode", "", source.ErrValue},
	{"Permission Error", "", source.ErrPermission},
	{"", "No space left", source.ErrFull},
	{"", "Read-only file system", source.ErrReadOnly},
	{"IO Error", "", source.ErrUnavailable},
	{"Connection Error", "", source.ErrUnavailable},
	{"Out of Memory Error", "", source.ErrUnavailable},
	{"FATAL Error", "", source.ErrUnavailable},
	{"INTERNAL Error", "", source.ErrUnavailable},
}

// meaning wraps an error of the engine.
func meaning(err error) error {
	message := err.Error()
	for _, m := range meanings {
		if strings.HasPrefix(message, m.prefix) && strings.Contains(message, m.holds) {
			return fmt.Errorf("%w: %w", m.kind, err)
		}
	}
	return err
}

// classify wraps an error of the engine; the context's own end passes as it is.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %v", context.Cause(ctx), err)
	}
	return meaning(err)
}
