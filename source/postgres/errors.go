package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"signet/source"
)

// codes maps an SQLSTATE, or its class of two characters, to what it means.
var codes = map[string]error{
	"08":    source.ErrUnavailable, // connection exceptions
	"22":    source.ErrValue,       // data exceptions
	"23":    source.ErrConstraint,
	"25006": source.ErrReadOnly,
	"25P03": source.ErrUnavailable, // idle in transaction for too long
	"28":    source.ErrPermission,  // password or pg_hba.conf
	"3D000": source.ErrSchema,      // no such database
	"3F000": source.ErrSchema,
	"40001": source.ErrConflict,
	"40P01": source.ErrConflict,
	"42501": source.ErrPermission,
	"42703": source.ErrSchema, // column
	"42704": source.ErrSchema, // type
	"42804": source.ErrSchema, // a column's type has changed
	"42883": source.ErrSchema, // function
	"42P01": source.ErrSchema, // table
	"53100": source.ErrFull,
	"53200": source.ErrUnavailable, // memory
	"53300": source.ErrUnavailable, // connections
	"55P03": source.ErrConflict,    // lock not available
	"57014": source.ErrUnavailable, // statement_timeout; our own cancels are told apart before
	"57P":   source.ErrUnavailable, // shutting down, starting up
}

// classify wraps an error of the driver with its meaning; the context's own end passes as it is.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %v", context.Cause(ctx), err)
	}
	for _, known := range []error{source.ErrSchema, source.ErrValue, source.ErrRowLimit, source.ErrReadOnly} {
		if errors.Is(err, known) {
			return err
		}
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return fmt.Errorf("%w: %w", source.ErrUnavailable, err)
	}
	if stalePlan(err) {
		return fmt.Errorf("%w: %w", source.ErrConflict, err)
	}
	for _, n := range []int{5, 3, 2} {
		if kind := codes[prefix(pg.Code, n)]; kind != nil {
			return fmt.Errorf("%w: %w", kind, err)
		}
	}
	return err
}

func prefix(s string, n int) string { return s[:min(n, len(s))] }

// fatal reports whether the server ended the session with this error.
func fatal(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.SeverityUnlocalized == "FATAL" || pg.SeverityUnlocalized == "PANIC")
}

// stalePlan reports whether a prepared statement no longer fits its tables; preparing it again mends that.
func stalePlan(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "0A000" && strings.Contains(pg.Routine, "RevalidateCachedQuery") || pg.Code == "26000")
}

// refusedLogin reports whether the server does not take the user or the password.
func refusedLogin(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && prefix(pg.Code, 2) == "28"
}

// serverError reports whether the server itself sent the error.
func serverError(err error) bool {
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}
