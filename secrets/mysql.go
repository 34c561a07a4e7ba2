package secrets

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"signet/internal/netguard"
	"signet/internal/opaque"
)

// mysqlUser is a user who is logged in to MySQL or MariaDB.
type mysqlUser struct {
	pool    *sql.DB
	mariaDB bool
}

// mysqlConfig makes all settings from the credentials. A server may ask a client for files, or for the
// password in the clear: neither is given, whatever the driver's own settings are.
func (d dialer) mysqlConfig(c credentials) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = c.username, string(c.password.Reveal())
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", net.JoinHostPort(c.host, strconv.Itoa(c.port)), c.database
	cfg.DialFunc = netguard.Dialer(dialTimeout).DialContext
	cfg.TLS = d.tls(c)
	cfg.AllowAllFiles, cfg.AllowCleartextPasswords, cfg.AllowFallbackToPlaintext, cfg.AllowOldPasswords = false, false, false, false
	cfg.MultiStatements = false
	cfg.InterpolateParams = true // statements about users take no parameters; the driver escapes by the server's mode
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = dialTimeout, statementTimeout, statementTimeout
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

func (d dialer) mysql(ctx context.Context, c credentials) (database, error) {
	connector, err := mysql.NewConnector(d.mysqlConfig(c))
	if err != nil {
		return nil, errors.New("preparing the connection to MySQL failed")
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(1)
	var version string
	if err := pool.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		_ = pool.Close()
		return nil, mysqlLogin(err)
	}
	return &mysqlUser{pool, strings.Contains(version, "MariaDB")}, nil
}

// Numbers of errors that refuse a user.
var mysqlRefusals = map[uint16]bool{1044: true, 1045: true, 1698: true}

func mysqlLogin(err error) error {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok && mysqlRefusals[e.Number] {
		return errRefused
	}
	return mysqlComplaint("logging in", err)
}

func mysqlComplaint(doing string, err error) error {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return complaint(doing, strconv.Itoa(int(e.Number)))
	}
	return unreachable(err)
}

func (u *mysqlUser) close() { _ = u.pool.Close() } // nothing is under way

func (u *mysqlUser) exec(ctx context.Context, doing, statement string, args ...any) error {
	if _, err := u.pool.ExecContext(ctx, statement, args...); err != nil {
		return mysqlComplaint(doing, err)
	}
	return nil
}

func (u *mysqlUser) setOwn(ctx context.Context, password opaque.Bytes) error {
	statement := "ALTER USER USER() IDENTIFIED BY ?"
	if u.mariaDB { // whose users may not alter themselves
		statement = "SET PASSWORD = PASSWORD(?)"
	}
	return u.exec(ctx, "changing the password", statement, string(password.Reveal()))
}

// setOther makes the accounts of a user like those of another, host by host. The new password comes last,
// so that the user has all rights when it can log in.
func (u *mysqlUser) setOther(ctx context.Context, like, user string, password opaque.Bytes) error {
	hosts, err := u.hosts(ctx, like)
	if err != nil {
		return err
	}
	there, err := u.hosts(ctx, user)
	if err != nil {
		return err
	}
	clone := user == like+cloneSuffix
	if !clone {
		if len(there) == 0 {
			return errors.New("the user that takes turns with the clone is gone")
		}
		hosts = there
	}
	if len(hosts) == 0 {
		return errors.New("the user that takes turns with its clone is gone")
	}
	for _, host := range hosts {
		if clone {
			if err := u.copyAccount(ctx, like, user, host); err != nil {
				return err
			}
		}
		if err := u.exec(ctx, "changing the other user's password", "ALTER USER ?@? IDENTIFIED BY ?", user, host, string(password.Reveal())); err != nil {
			return err
		}
	}
	return nil
}

// hosts are those that a user may come from.
func (u *mysqlUser) hosts(ctx context.Context, user string) ([]string, error) {
	rows, err := u.pool.QueryContext(ctx, "SELECT Host FROM mysql.user WHERE User = ? ORDER BY Host", user)
	if err != nil {
		return nil, mysqlComplaint("looking for users", err)
	}
	hosts, err := texts(rows)
	if err != nil {
		return nil, mysqlComplaint("looking for users", err)
	}
	return hosts, nil
}

// copyAccount makes a user's account on a host, locked behind a password that nobody knows, and gives it
// the rights of another.
func (u *mysqlUser) copyAccount(ctx context.Context, like, user, host string) error {
	nobody := draw(alphanumeric, passwordLength) + "!1aA"
	if err := u.exec(ctx, "making the other user", "CREATE USER IF NOT EXISTS ?@? IDENTIFIED BY ?", user, host, nobody); err != nil {
		return err
	}
	rows, err := u.pool.QueryContext(ctx, "SHOW GRANTS FOR ?@?", like, host)
	if err != nil {
		return mysqlComplaint("reading the user's rights", err)
	}
	grants, err := texts(rows)
	if err != nil {
		return mysqlComplaint("reading the user's rights", err)
	}
	for _, grant := range grants {
		what, options, ok := splitGrant(grant)
		if !ok {
			return errors.New("reading the user's rights: a grant is not understood")
		}
		if err := u.exec(ctx, "granting the user's rights", what+" "+mysqlAccount(user, host)+options); err != nil {
			return err
		}
	}
	return nil
}
