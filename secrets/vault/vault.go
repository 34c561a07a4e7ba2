// Package vault reads secrets from HashiCorp Vault or OpenBao: of the engine KV, version 2, and users that
// the engine database makes and leases. It guarantees that only paths are asked for that the operator allows,
// that its own token is renewed in time or replaced by another login, and that a lease is never said to last
// longer than the token that it hangs on.
package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/openbao/openbao/api/v2"

	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets/reference"
)

// Config is what the operator says.
type Config struct {
	Allowed []string // beginnings of MOUNT/PATH or MOUNT/ROLE, or *; none switches both kinds off
	Setting string   // what Allowed is set by

	Address   string // https://HOST:PORT
	CA        string // a file (PEM); "" for the system's
	Namespace string

	TokenFile    string // a token; or a login by AppRole:
	RoleID       string
	SecretIDFile string
	AppRole      string // where that login is mounted
}

// Provider reads secrets; it logs in with the first one.
type Provider struct {
	cfg  Config
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	jobs sync.WaitGroup

	mu  sync.Mutex
	now *session // guarded by mu; nil before the first login
}

var _ reference.Provider = (*Provider)(nil)

// New returns a provider.
func New(c Config) *Provider {
	p := &Provider{cfg: c}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// Fetch implements reference.Provider.
func (p *Provider) Fetch(ctx context.Context, _ policy.Caller, r reference.Reference) (reference.Fetched, error) {
	if err := reference.Allowed(p.cfg.Allowed, r, p.cfg.Setting); err != nil {
		return reference.Fetched{}, err
	}
	mount, path, _ := strings.Cut(r.Name, "/")
	if r.Kind == reference.VaultDatabase {
		return p.lease(ctx, mount+"/creds/"+path)
	}
	got, _, err := p.read(ctx, mount+"/data/"+path)
	if err != nil {
		return reference.Fetched{}, err
	}
	data, ok := got.Data["data"].(map[string]any)
	if !ok {
		return reference.Fetched{}, fmt.Errorf("at %s is no secret of the engine KV, version 2, or its newest version is deleted", r.Name)
	}
	return value(data)
}

func value(data map[string]any) (reference.Fetched, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(data); err != nil {
		return reference.Fetched{}, errors.New("what Vault sent is not JSON")
	}
	return reference.Fetched{Value: opaque.New(bytes.TrimSpace(text.Bytes()))}, nil
}

// lease is a user that Vault has made.
type lease struct {
	p        *Provider
	on       *session // with whose token it ends
	id       string
	renews   bool
	until    time.Time
	duration int // seconds, as it was made
}

func (p *Provider) lease(ctx context.Context, path string) (reference.Fetched, error) {
	got, on, err := p.read(ctx, path)
	if err != nil {
		return reference.Fetched{}, err
	}
	if got.LeaseID == "" || got.LeaseDuration <= 0 {
		return reference.Fetched{}, fmt.Errorf("%s gives no lease", path)
	}
	f, err := value(got.Data)
	if err != nil {
		return f, err
	}
	l := &lease{p: p, on: on, id: got.LeaseID, renews: got.Renewable, duration: got.LeaseDuration}
	l.until = on.atMost(time.Duration(got.LeaseDuration) * time.Second)
	f.Lease, f.Until = l, l.until
	return f, nil
}

// Renew implements reference.Lease. When there was another login, the lease hangs on a token that is not
// renewed any more.
func (l *lease) Renew(ctx context.Context) (time.Time, error) {
	on, err := l.p.session(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if on != l.on || !l.renews {
		return l.until, nil
	}
	got, err := on.client.Logical().WriteWithContext(ctx, "sys/leases/renew", map[string]any{"lease_id": l.id, "increment": l.duration})
	if err != nil {
		return time.Time{}, short(err)
	}
	if got == nil {
		return time.Time{}, errors.New("how long the lease lasts, Vault does not say")
	}
	l.until = on.atMost(time.Duration(got.LeaseDuration) * time.Second)
	return l.until, nil
}

// Revoke implements reference.Lease. It waits until the user is gone, so that an error says that it is not.
func (l *lease) Revoke(ctx context.Context) error {
	on, err := l.p.session(ctx)
	if err != nil {
		return err
	}
	_, err = on.client.Logical().WriteWithContext(ctx, "sys/leases/revoke", map[string]any{"lease_id": l.id, "sync": true})
	return short(err)
}

// read reads a path. A token that Vault does not know any more is replaced, once.
func (p *Provider) read(ctx context.Context, path string) (*api.Secret, *session, error) {
	for try := 0; ; try++ {
		on, err := p.session(ctx)
		if err != nil {
			return nil, nil, err
		}
		got, err := on.client.Logical().ReadWithContext(ctx, path)
		if status(err) == http.StatusForbidden && try == 0 && !on.known(ctx) {
			p.forget(on)
			continue
		}
		if err != nil {
			return nil, nil, short(err)
		}
		if got == nil {
			return nil, nil, fmt.Errorf("there is nothing at %s", path)
		}
		return got, on, nil
	}
}

// status is the HTTP status of an answer that is an error, 0 for none.
func status(err error) int {
	if e, ok := errors.AsType[*api.ResponseError](err); ok {
		return e.StatusCode
	}
	return 0
}

// short is an error of Vault on one line.
func short(err error) error {
	if e, ok := errors.AsType[*api.ResponseError](err); ok {
		return fmt.Errorf("%s answers %d: %s", e.URL, e.StatusCode, strings.Join(strings.Fields(strings.Join(e.Errors, "; ")), " "))
	}
	return err
}
