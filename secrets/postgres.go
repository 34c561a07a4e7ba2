package secrets

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"signet/internal/netguard"
	"signet/internal/opaque"
)

// pgUser is a user who is logged in to PostgreSQL.
type pgUser struct {
	conn *pgx.Conn
	name string
}

// postgres logs a user in. All settings come from the credentials: what the environment or a service file
// adds is overwritten.
func (d dialer) postgres(ctx context.Context, c credentials) (database, error) {
	cfg, err := pgx.ParseConfig("host=localhost sslmode=disable")
	if err != nil {
		return nil, errors.New("preparing the connection to PostgreSQL failed")
	}
	cfg.Host, cfg.Port, cfg.User, cfg.Password = c.host, uint16(c.port), c.username, string(c.password.Reveal())
	cfg.Database = c.database
	if cfg.Database == "" {
		cfg.Database = "postgres"
	}
	cfg.TLSConfig, cfg.SSLNegotiation = d.tls(c), ""
	cfg.Fallbacks, cfg.ValidateConnect, cfg.AfterConnect, cfg.OnNotice = nil, nil, nil, nil
	cfg.KerberosSrvName, cfg.KerberosSpn = "", ""
	cfg.ConnectTimeout = dialTimeout
	cfg.DialFunc = netguard.Dialer(dialTimeout).DialContext
	cfg.LookupFunc = net.DefaultResolver.LookupHost
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.RuntimeParams = map[string]string{
		"application_name": "signet rotation", "standard_conforming_strings": "on",
		"statement_timeout": strconv.FormatInt(statementTimeout.Milliseconds(), 10),
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, pgLogin(err)
	}
	return &pgUser{conn, c.username}, nil
}

// pgLogin tells a refused password from all else.
func pgLogin(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case !ok:
		return unreachable(err)
	case strings.HasPrefix(e.Code, "28"): // invalid_authorization_specification
		return errRefused
	}
	return complaint("logging in", e.Code)
}

func (u *pgUser) close() {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	_ = u.conn.Close(ctx) // the connection ends either way
}

func (u *pgUser) setOwn(ctx context.Context, password opaque.Bytes) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	return run(ctx, u.conn, "changing the password", "ALTER ROLE %I PASSWORD %L", u.name, verifier)
}

// setOther makes the clone act as the user that it is a clone of: it is a member of that role and takes
// it at each login, so that what either of them makes belongs to one.
func (u *pgUser) setOther(ctx context.Context, like, user string, password opaque.Bytes) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	tx, err := u.conn.Begin(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after a commit it does nothing
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1)", user).Scan(&there); err != nil {
		return pgComplaint("looking for the other user", err)
	}
	clone := user == like+cloneSuffix
	switch {
	case there:
		err = run(ctx, tx, "changing the other user's password", "ALTER ROLE %I PASSWORD %L", user, verifier)
	case clone:
		err = run(ctx, tx, "making the other user", "CREATE ROLE %I LOGIN PASSWORD %L", user, verifier)
	default:
		err = errors.New("the user that takes turns with the clone is gone")
	}
	if err == nil && clone {
		if err = run(ctx, tx, "granting the user's rights", "GRANT %I TO %I", like, user); err == nil {
			err = run(ctx, tx, "granting the user's rights", "ALTER ROLE %I SET role = %L", user, like)
		}
	}
	if err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return pgComplaint("changing the other user", err)
	}
	return nil
}

// pgRunner is what a connection and a transaction have in common.
type pgRunner interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// run has the server itself put names and texts into a statement that takes no parameters, and runs it.
func run(ctx context.Context, on pgRunner, doing, template, first, second string) error {
	var statement string
	if err := on.QueryRow(ctx, "SELECT pg_catalog.format($1::text, $2::text, $3::text)", template, first, second).Scan(&statement); err != nil {
		return pgComplaint(doing, err)
	}
	if _, err := on.Exec(ctx, statement); err != nil {
		return pgComplaint(doing, err)
	}
	return nil
}

func pgComplaint(doing string, err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return complaint(doing, e.Code)
	}
	return unreachable(err)
}

const scramRounds = 4096

// scramVerifier is what PostgreSQL stores of a password. Made here, the password itself is in no statement
// and so in no log of the server. Our passwords are ASCII, so SASLprep leaves them as they are.
func scramVerifier(password opaque.Bytes) (string, error) {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails: it would end the process
	return scramWith(password, salt[:])
}

func scramWith(password opaque.Bytes, salt []byte) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, string(password.Reveal()), salt, scramRounds, sha256.Size)
	if err != nil {
		return "", errors.New("deriving the verifier of a password failed")
	}
	defer clear(salted)
	stored := sha256.Sum256(mac(salted, "Client Key"))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramRounds, b64(salt), b64(stored[:]), b64(mac(salted, "Server Key"))), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text)) // hashes never fail
	return h.Sum(nil)
}
