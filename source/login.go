package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets/reference"
)

// Login is who a source connects as.
type Login struct {
	User     string
	Password opaque.Bytes // whoever gets it wipes it
	// Replaced is closed when connections are to be opened with another login; those that are open live on for
	// a while. nil for a login that is never replaced.
	Replaced <-chan struct{}
}

// Logins gives sources their logins. It is safe for concurrent use.
type Logins struct {
	secrets *reference.Resolver
	as      policy.Caller
}

// NewLogins returns logins that are read from secrets, by a job of the server.
func NewLogins(secrets *reference.Resolver, as policy.Caller) *Logins {
	return &Logins{secrets: secrets, as: as}
}

// ErrNoSecrets is a source with a secret where there is nothing to read it with.
var ErrNoSecrets = errors.New("there is nothing here to read secrets with")

// SecretError is a secret of a source that could not be read.
type SecretError struct {
	Field string // of the definition
	Err   error
}

// Error names the field.
func (e *SecretError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *SecretError) Unwrap() error { return e.Err }

// PostgresLogin is the login of a PostgreSQL, MySQL or MariaDB source in use, until it is closed.
type PostgresLogin struct {
	as     policy.Caller
	user   string            // beside a password; else both are in the secret
	field  string            // where the secret stands
	secret *reference.Secret // nil for a user without a password
	stale  atomic.Pointer[time.Time]
}

// Open begins the use of a source's login. l may be nil for a source that names no secret.
func (l *Logins) Open(p Postgres) (*PostgresLogin, error) { return l.open("postgres", p) }

// OpenMySQL is Open for a MySQL or MariaDB source.
func (l *Logins) OpenMySQL(m MySQL) (*PostgresLogin, error) { return l.open("mysql", Postgres(m)) }

func (l *Logins) open(kind string, p Postgres) (*PostgresLogin, error) {
	login := &PostgresLogin{user: p.User, field: kind + ".password"}
	login.stale.Store(&time.Time{})
	text := p.Password
	if p.Secret != "" {
		login.field, text = kind+".secret", p.Secret
	}
	if text == "" {
		return login, nil
	}
	if l == nil {
		return nil, &SecretError{login.field, ErrNoSecrets}
	}
	ref, err := reference.Parse(string(text))
	if err == nil {
		login.secret, err = l.secrets.Use(ref)
	}
	if err != nil {
		return nil, &SecretError{login.field, err}
	}
	login.as = l.as
	return login, nil
}

// Close ends the use: what was leased for it is given back.
func (p *PostgresLogin) Close() {
	if p.secret != nil {
		p.secret.Close()
	}
}

// Refused says that the server does not take what was read before a time, and reports whether there may be
// something newer.
func (p *PostgresLogin) Refused(before time.Time) bool {
	p.stale.Store(&before)
	return p.secret != nil
}

// Get returns who to connect as.
func (p *PostgresLogin) Get(ctx context.Context) (Login, error) {
	if p.secret == nil {
		return Login{User: p.user}, nil
	}
	v, err := p.secret.Read(ctx, p.as, *p.stale.Load())
	if err != nil {
		return Login{}, &SecretError{p.field, err}
	}
	if strings.HasSuffix(p.field, ".password") {
		return Login{User: p.user, Password: v.Text, Replaced: v.Replaced}, nil
	}
	defer v.Text.Wipe()
	login, ok := parseLogin(v.Text)
	if !ok {
		return Login{}, &SecretError{p.field, fmt.Errorf("the secret %s is not a login: want a JSON object with the texts username and password", p.secret)}
	}
	login.Replaced = v.Replaced
	return login, nil
}

// parseLogin reads a secret. Its other members are not looked at: where a source connects to is in the
// project, under review.
func parseLogin(text opaque.Bytes) (Login, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text.Reveal(), &members) != nil {
		return Login{}, false
	}
	defer func() {
		for _, m := range members {
			clear(m)
		}
	}()
	var user, password *string
	if json.Unmarshal(members["username"], &user) != nil || json.Unmarshal(members["password"], &password) != nil || user == nil || password == nil || *user == "" {
		return Login{}, false
	}
	return Login{User: *user, Password: opaque.New([]byte(*password))}, true
}
