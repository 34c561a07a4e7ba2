package mysql

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"signet/source"
)

const (
	defaultPort        = 3306
	defaultConnections = 8
	connectTimeout     = 5 * time.Second
	// cancelPatience is how long the server may take to answer a cancelled statement before the
	// connection is given up.
	cancelPatience = 2 * time.Second
	// maxPacket bounds one statement with its values, and one row. The server has a bound of its own, too.
	maxPacket = 64 << 20
)

// errTLS says that the driver could not encrypt the connection.
var errTLS = errors.New("the connection cannot be encrypted")

// driverConfig makes the driver's settings from the definition alone, field by field (threat A3). A server may
// ask a client for files, or for the password in the clear: neither is given (threat A6).
func driverConfig(def source.MySQL) (*mysql.Config, error) {
	cfg := mysql.NewConfig()
	port := defaultPort
	if def.Port != 0 {
		port = def.Port
	}
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(def.Host, strconv.Itoa(port)), def.Database
	dialer := &net.Dialer{KeepAlive: 15 * time.Second, Timeout: connectTimeout}
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", cfg.Addr)
	}
	cfg.Timeout = connectTimeout
	cfg.AllowAllFiles, cfg.AllowCleartextPasswords, cfg.AllowFallbackToPlaintext, cfg.AllowOldPasswords = false, false, false, false
	cfg.MultiStatements, cfg.InterpolateParams = false, false
	cfg.ParseTime = false // a zero date would become one of the year 1: decode reads times itself, as UTC
	cfg.ClientFoundRows, cfg.CheckConnLiveness = true, true
	cfg.MaxAllowedPacket = maxPacket
	cfg.Logger = &mysql.NopLogger{}
	var err error
	cfg.TLS, err = source.Postgres(def).TLSConfig()
	return cfg, err
}

// login returns who the next connection is opened as.
type login func(context.Context) (source.Login, error)

// sessionSQL makes a session in which no quoting has two readings, nothing is cut to fit, averages have more
// than four digits after the point, months have their English names, and all times are in UTC.
const sessionSQL = "SET NAMES utf8mb4 COLLATE utf8mb4_bin, lc_time_names = 'en_US', time_zone = '+00:00', autocommit = 1, max_sort_length = 8192, div_precision_increment = 10," +
	" sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_BACKSLASH_ESCAPES'"

// sessionSettings are those of one side. A query that lost its reader must not run for ever, and a session that
// lost its client must not hold the locks of others.
func sessionSettings(readOnly, mariaDB bool) []string {
	switch {
	case readOnly && mariaDB:
		return []string{"SET SESSION TRANSACTION READ ONLY", "SET SESSION max_statement_time = 600"}
	case readOnly:
		return []string{"SET SESSION TRANSACTION READ ONLY", "SET SESSION max_execution_time = 600000"}
	}
	// READ COMMITTED: what is read behind a lock is what its last holder has committed.
	return []string{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SESSION wait_timeout = 60, innodb_lock_wait_timeout = 10"}
}
