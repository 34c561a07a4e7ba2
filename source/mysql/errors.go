package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"

	"signet/source"
)

// meanings lists the numbers of the servers' errors by what they mean. MySQL and MariaDB share them up to 1900.
var meanings = map[error][]uint16{
	source.ErrUnavailable: {
		1037, 1038, 1041, // memory
		1040, 1203, 1226, // connections
		1053, 1077, 1079, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031, // the session has ended
		1317, 1969, 3024, // a limit of the server's; our own cancels are told apart before
	},
	source.ErrReadOnly: {1290, 1792, 1836, 1874},
	source.ErrFull:     {1021, 1114},
	source.ErrSchema: {
		1046, 1049, 1051, 1054, 1059, 1072, 1103, 1109, 1115, 1136, 1146, 1247, 1267, 1271, 1273, 1305, 1356, 1630, 1665, 1932,
	},
	source.ErrConstraint: {1048, 1062, 1169, 1216, 1217, 1364, 1369, 1451, 1452, 1557, 1586, 1644, 1761, 1762, 3819, 4025},
	source.ErrValue:      {1118, 1153, 1264, 1265, 1292, 1365, 1366, 1406, 1411, 1425, 1426, 1525, 1690, 3140, 3141, 4037, 4038},
	source.ErrConflict:   {1020, 1205, 1213, 3058, 3572},
	source.ErrPermission: {1044, 1045, 1130, 1142, 1143, 1227, 1251, 1370, 1410, 1698, 1820},
}

var numbers = func() map[uint16]error {
	m := map[uint16]error{}
	for kind, list := range meanings {
		for _, n := range list {
			m[n] = kind
		}
	}
	return m
}()

// classify wraps an error of the driver with its meaning; the context's own end passes as it is.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %v", context.Cause(ctx), err)
	}
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		kind := numbers[e.Number]
		if strings.Contains(e.Message, "No space left on device") {
			kind = source.ErrFull
		}
		if kind == nil {
			return err
		}
		return fmt.Errorf("%w: %w", kind, err)
	}
	if _, ok := errors.AsType[*source.SecretError](err); ok || lost(err) {
		return fmt.Errorf("%w: %w", source.ErrUnavailable, err)
	}
	return err
}

// lost reports whether an error is of the connection, and not of a statement.
func lost(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, e := range []error{
		driver.ErrBadConn, mysql.ErrInvalidConn, mysql.ErrMalformPkt, mysql.ErrPktSync, mysql.ErrPktSyncMul, mysql.ErrBusyBuffer, mysql.ErrNoTLS,
		mysql.ErrOldProtocol, io.EOF, io.ErrUnexpectedEOF, context.Canceled, context.DeadlineExceeded, errTLS,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// number returns the server's number of an error; 0 for one that the server did not send.
func number(err error) uint16 {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return e.Number
	}
	return 0
}

// refusedLogin reports whether the server does not take the user or the password.
func refusedLogin(err error) bool { return number(err) == 1045 }

// ended reports whether the server may have ended the session, or the statement in the middle, with this error.
func ended(err error) bool {
	switch number(err) {
	case 1053, 1180, 1317, 1927, 4031:
		return true
	}
	return false
}
