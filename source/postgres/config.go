package postgres

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"signet/source"
)

const (
	defaultPort        = 5432
	defaultConnections = 8
	connectTimeout     = 5 * time.Second
	// cancelPatience is how long the server may take to answer a cancelled statement before the
	// connection is given up.
	cancelPatience = 2 * time.Second
)

// poolConfig makes the settings of one pool from the definition alone: what PG* variables or a
// service file add to pgx's defaults is overwritten here, field by field (threat A3).
func poolConfig(def source.Postgres, login login, connections int, readOnly bool) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig("host=localhost sslmode=disable")
	if err != nil {
		return nil, fmt.Errorf("preparing the connection settings: %v", err)
	}
	conn := cfg.ConnConfig
	conn.Host, conn.Port = def.Host, defaultPort
	if def.Port != 0 {
		conn.Port = uint16(def.Port)
	}
	conn.Database, conn.User, conn.Password = def.Database, "", ""
	conn.Fallbacks, conn.ValidateConnect, conn.AfterConnect, conn.OnNotice = nil, nil, nil, nil
	conn.KerberosSrvName, conn.KerberosSpn, conn.SSLNegotiation = "", "", ""
	conn.ConnectTimeout = connectTimeout
	conn.DialFunc = (&net.Dialer{KeepAlive: 15 * time.Second, Timeout: connectTimeout}).DialContext
	conn.LookupFunc = net.DefaultResolver.LookupHost
	conn.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn.RuntimeParams = map[string]string{
		"application_name": "signet",
		"timezone":         "UTC",
		// A server process that lost its client must not hold the locks of others for ever.
		"idle_in_transaction_session_timeout": "60000",
	}
	if readOnly {
		conn.RuntimeParams["default_transaction_read_only"] = "on"
	} else {
		// Writes look rows up by key, with the same statements all day. The planner would plan each
		// anew, because it guesses longer arrays for a plan that it keeps, and that took most of the
		// server's time for a small group. A kept plan must not be one that reads whole tables, as
		// those made while a table is small do; and the price that says so must not start the JIT.
		conn.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
		conn.RuntimeParams["enable_seqscan"] = "off"
		conn.RuntimeParams["jit"] = "off"
	}
	conn.BuildContextWatcherHandler = func(pc *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: pc, DeadlineDelay: cancelPatience}
	}
	if conn.TLSConfig, err = def.TLSConfig(); err != nil {
		return nil, err
	}
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = int32(connections), 0, 0
	cfg.MaxConnLifetime, cfg.MaxConnIdleTime = time.Hour, 5*time.Minute
	if def.Secret != "" || def.Password != "" {
		cfg.MaxConnLifetime = secretLifetime
	}
	cfg.BeforeConnect = func(ctx context.Context, c *pgx.ConnConfig) error {
		// Read again for each connection, so that a rotated password needs no restart.
		as, err := login(ctx)
		if err != nil {
			return err
		}
		defer as.Password.Wipe()
		c.User, c.Password = as.User, string(as.Password.Reveal())
		c.AfterConnect = func(_ context.Context, pc *pgconn.PgConn) error {
			pc.CustomData()[replacedKey] = as.Replaced
			return nil
		}
		return nil
	}
	cfg.PrepareConn = func(_ context.Context, c *pgx.Conn) (bool, error) { return !replaced(c.PgConn()), nil }
	return cfg, nil
}

const replacedKey = "signet-replaced"

// replaced reports whether a connection's login has been replaced: its user may be gone soon, so that nothing
// is begun on it any more.
func replaced(pc *pgconn.PgConn) bool {
	r, _ := pc.CustomData()[replacedKey].(<-chan struct{})
	select {
	case <-r:
		return true
	default: // also for a login that is never replaced
		return false
	}
}

// secretLifetime ends connections whose secret may have been closed meanwhile.
const secretLifetime = 15 * time.Minute

// login returns who the next connection is opened as.
type login func(context.Context) (source.Login, error)
