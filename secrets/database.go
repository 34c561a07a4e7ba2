package secrets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"signet/internal/netguard"
	"signet/internal/opaque"
)

// How long a database may take.
const (
	dialTimeout      = 5 * time.Second
	statementTimeout = 15 * time.Second
)

// errRefused says that a database does not take the password. No message of a database is passed on: it
// may repeat what was said to it.
var errRefused error = complaintOf("the database refuses the user or the password")

// complaintOf is what a database or its connection is to blame for, in words of our own.
type complaintOf string

// Error returns the words.
func (c complaintOf) Error() string { return string(c) }

// database is one kind of server, seen by one logged-in user.
type database interface {
	// setOwn changes the user's own password.
	setOwn(ctx context.Context, password opaque.Bytes) error
	// setOther gives user the rights of like, and a password. The user is made when it is a clone of like.
	setOther(ctx context.Context, like, user string, password opaque.Bytes) error
	close()
}

// dialer connects to the databases of secrets.
type dialer struct{ roots *x509.CertPool }

func (d dialer) connect(ctx context.Context, c credentials) (database, error) {
	if c.engine == enginePostgres {
		return d.postgres(ctx, c)
	}
	return d.mysql(ctx, c)
}

// login reports whether a user can log in.
func (d dialer) login(ctx context.Context, c credentials) error {
	return d.with(ctx, c, func(context.Context, database) error { return nil })
}

func (d dialer) setOwn(ctx context.Context, c credentials, password opaque.Bytes) error {
	return d.with(ctx, c, func(ctx context.Context, db database) error { return db.setOwn(ctx, password) })
}

func (d dialer) setOther(ctx context.Context, master credentials, like, user string, password opaque.Bytes) error {
	return d.with(ctx, master, func(ctx context.Context, db database) error { return db.setOther(ctx, like, user, password) })
}

func (d dialer) with(ctx context.Context, c credentials, f func(context.Context, database) error) error {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	db, err := d.connect(ctx, c)
	if err != nil {
		return err
	}
	defer db.close()
	return f(ctx, db)
}

// tls is nil for a connection that is not encrypted. One that is checks the server's name.
func (d dialer) tls(c credentials) *tls.Config {
	if !c.tls {
		return nil
	}
	return &tls.Config{ServerName: c.host, RootCAs: d.roots, MinVersion: tls.VersionTLS12}
}

// unreachable says in plain words why a database did not answer.
func unreachable(err error) error {
	why := "it did not answer as a database does"
	if e, ok := errors.AsType[net.Error](err); ok {
		why = "it cannot be reached"
		if e.Timeout() {
			why = "it does not answer in time"
		}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		why = "its certificate is not trusted"
	}
	if errors.Is(err, netguard.ErrRefused) {
		why = netguard.ErrRefused.Error()
	}
	return complaintOf("the database of the secret: " + why)
}

// complaint is an error of a statement, by its number only.
func complaint(doing, code string) error {
	return complaintOf(doing + ": the database answers error " + code)
}
