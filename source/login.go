package source

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"signet/internal/opaque"
)

// Login is who a source connects as.
type Login struct {
	User     string
	Password opaque.Bytes
}

// loginLife is how long a login is used before its secret is read again: connections that open together
// share one reading, and a secret that was closed opens no connection some seconds later.
const loginLife = 5 * time.Second

// Logins reads logins from secrets. It is safe for concurrent use.
type Logins struct {
	read func(ctx context.Context, secret string) (opaque.Bytes, error)

	mu    sync.Mutex
	known map[string]*knownLogin // guarded by mu; by secret
}

// knownLogin is a login that was read not long ago.
type knownLogin struct {
	mu    sync.Mutex // held while the secret is read
	login Login      // guarded by mu
	since time.Time  // guarded by mu; zero for none
}

// NewLogins returns logins over a secrets manager: read returns the text of a secret, and may write it down
// that the secret was read.
func NewLogins(read func(ctx context.Context, secret string) (opaque.Bytes, error)) *Logins {
	return &Logins{read: read, known: map[string]*knownLogin{}}
}

// Get returns the login in a secret. One that was read before the time stale is read again.
func (l *Logins) Get(ctx context.Context, secret string, stale time.Time) (Login, error) {
	l.mu.Lock()
	k := l.known[secret]
	if k == nil {
		k = &knownLogin{}
		l.known[secret] = k
	}
	l.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if !k.since.IsZero() && now.Sub(k.since) < loginLife && k.since.After(stale) {
		return k.login, nil
	}
	text, err := l.read(ctx, secret)
	if err != nil {
		return Login{}, fmt.Errorf("reading the secret %s: %w", secret, err)
	}
	defer text.Wipe()
	login, ok := parseLogin(text)
	if !ok {
		return Login{}, fmt.Errorf("the secret %s is not a login: want a JSON object with the texts username and password", secret)
	}
	k.login, k.since = login, now
	return login, nil
}

// parseLogin reads a secret. Its other members are not looked at: where a source connects to is in the
// project, under review.
func parseLogin(text opaque.Bytes) (Login, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text.Reveal(), &members) != nil {
		return Login{}, false
	}
	var user, password *string
	if json.Unmarshal(members["username"], &user) != nil || json.Unmarshal(members["password"], &password) != nil || user == nil || password == nil || *user == "" {
		return Login{}, false
	}
	return Login{User: *user, Password: opaque.New([]byte(*password))}, true
}
