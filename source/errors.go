package source

import (
	"errors"

	"signet/internal/fault"
)

// What a connector's error can mean. Connectors wrap their driver's error with one of these;
// an error that wraps none of them is the statement's own fault. Only ErrUnavailable and
// ErrConflict are worth a second try as they are.
var (
	ErrUnavailable    = errors.New("the database cannot be reached")
	ErrReadOnly       = errors.New("the database is read-only")
	ErrFull           = errors.New("the database is out of space")
	ErrSchema         = errors.New("a table or column is missing")
	ErrConstraint     = errors.New("a constraint refuses the row")
	ErrValue          = errors.New("a value does not fit its column")
	ErrConflict       = errors.New("another transaction is in the way")
	ErrPermission     = errors.New("the database user lacks a permission")
	ErrRowLimit       = errors.New("the answer has too many rows")
	ErrOutcomeUnknown = errors.New("the connection was lost while committing")
)

// Fault turns a connector's error into what a client may read; name is the source's id. A nil
// error and a fault pass unchanged.
func Fault(err error, name string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*SecretError](err); ok { // which secret, is for authors and the log
		return fault.Wrap(err, fault.TargetUnavailable, unreachable, name)
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	for _, k := range faults {
		if errors.Is(err, k.is) {
			return fault.Wrap(err, k.code, k.detail, name)
		}
	}
	return err
}

const unreachable = "The database %s cannot be reached. Nothing was written; try again in a moment."

var faults = []struct {
	is     error
	code   fault.Code
	detail string
}{
	{ErrOutcomeUnknown, fault.TargetUnavailable, "The connection to %s was lost while saving. Submit again: if the first try was saved, you will get its receipt."},
	{ErrUnavailable, fault.TargetUnavailable, unreachable},
	{ErrReadOnly, fault.TargetReadOnly, "The database %s accepts no writes at the moment. Nothing was written."},
	{ErrFull, fault.TargetFull, "The database %s is out of space. Nothing was written; an administrator must free some."},
	{ErrSchema, fault.TargetSchema, "A table or column that this needs is missing in %s. Nothing was written; an author can run `signet validate`."},
	{ErrPermission, fault.TargetSchema, "The database user of %s lacks a permission. Nothing was written; an administrator can run `signet doctor`."},
	{ErrConstraint, fault.InvalidInput, "A rule of the database %s refuses this row. Nothing was written."},
	{ErrValue, fault.InvalidInput, "A value does not fit its column in the database %s. Nothing was written."},
	{ErrConflict, fault.TargetUnavailable, "The database %s is busy with a change to the same rows. Nothing was written; try again."},
	{ErrRowLimit, fault.RowLimit, "The answer from %s has more rows than allowed. Narrow the filters."},
}
