package reference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"signet/audit"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/policy"
)

const (
	// maxInUse bounds how many secrets are in use at a time.
	maxInUse = 1024
	// fetchWithin bounds one request to a provider.
	fetchWithin = 10 * time.Second
)

// Config is what a Resolver works with.
type Config struct {
	Providers map[Kind]Provider
	Life      time.Duration // how long a value is kept that has no lease
	Gate      *audit.Gate
	Keeper    policy.Caller // the job that renews leases and gives them back
	Logger    *slog.Logger
}

// Resolver reads what references name. It is safe for concurrent use.
type Resolver struct {
	cfg  Config
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	jobs sync.WaitGroup

	mu    sync.Mutex
	inUse map[key]*held // guarded by mu
}

// key names what is read: two members of one secret are one reading.
type key struct {
	kind Kind
	name string
}

// New returns a resolver that holds nothing yet.
func New(c Config) *Resolver {
	r := &Resolver{cfg: c, inUse: map[key]*held{}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Close gives back what is still leased and wipes what is still held. No Secret of it may be read any more.
func (r *Resolver) Close() {
	r.stop()
	r.mu.Lock()
	left := r.inUse
	r.inUse = map[key]*held{}
	r.mu.Unlock()
	for _, h := range left {
		h.drop()
	}
	r.jobs.Wait()
}

// Secret is a reference in use.
type Secret struct {
	r    *Resolver
	ref  Reference
	held *held
	once sync.Once
}

// Use begins the use of a reference: nothing is read before Read. Close ends it.
func (r *Resolver) Use(ref Reference) (*Secret, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := key{ref.Kind, ref.Name}
	h := r.inUse[k]
	if h == nil {
		if len(r.inUse) >= maxInUse {
			return nil, fmt.Errorf("more than %d secrets are in use", maxInUse)
		}
		h = &held{r: r, ref: Reference{Kind: ref.Kind, Name: ref.Name}, turn: make(chan struct{}, 1)}
		r.inUse[k] = h
	}
	h.users++
	return &Secret{r: r, ref: ref, held: h}, nil
}

// Close ends the use. With its last user a secret is wiped, and given back if it was leased.
func (s *Secret) Close() {
	s.once.Do(func() {
		s.r.mu.Lock()
		s.held.users--
		last := s.held.users == 0
		if k := (key{s.ref.Kind, s.ref.Name}); last && s.r.inUse[k] == s.held {
			delete(s.r.inUse, k)
		}
		s.r.mu.Unlock()
		if last {
			s.held.drop()
		}
	})
}

// String is the reference.
func (s *Secret) String() string { return s.ref.String() }

// Value is a secret's text, or that of the member that the reference names.
type Value struct {
	Text opaque.Bytes // the caller's own: they wipe it
	// Replaced is closed when a newer one has taken the place of a leased secret. What was opened with this one
	// lives on for a while; nil for a secret without a lease.
	Replaced <-chan struct{}
}

// Read returns the secret. One that was read before the time stale is read again, as after a server has
// refused it.
func (s *Secret) Read(ctx context.Context, c policy.Caller, stale time.Time) (Value, error) {
	v, err := s.held.read(ctx, c, stale)
	if err == nil && s.ref.Field != "" {
		whole := v.Text
		v.Text, err = member(whole, s.ref.Field)
		whole.Wipe()
	}
	if err != nil {
		s.held.tell(s.ref, err)
		return Value{}, plain(s.ref, err)
	}
	return v, nil
}

// plain makes of an error what others than the operator may see.
func plain(ref Reference, err error) error {
	if _, refused := errors.AsType[*Refusal](err); refused {
		return fault.Wrap(err, fault.Denied, "the secret %s may not be read by this server: ask who runs it to allow it", ref)
	}
	if own, ok := errors.AsType[*fault.Error](err); ok && ref.Kind == Local {
		return fault.Wrap(err, fault.TargetUnavailable, "the secret %s cannot be read: %s", ref, own.Detail)
	}
	return fault.Wrap(err, fault.TargetUnavailable, "the secret %s cannot be read: the server's log says why", ref)
}

// member picks a member of a JSON object: a text as it is, anything else as JSON.
func member(text opaque.Bytes, name string) (opaque.Bytes, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text.Reveal(), &members) != nil {
		return opaque.Bytes{}, fmt.Errorf("it is not a JSON object, so that it has no member %s", name)
	}
	defer func() {
		for _, m := range members {
			clear(m)
		}
	}()
	raw, ok := members[name]
	if !ok || string(raw) == "null" {
		return opaque.Bytes{}, fmt.Errorf("it has no member %s", name)
	}
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		return opaque.New([]byte(plain)), nil
	}
	return opaque.New(append([]byte(nil), raw...)), nil
}

// fetch reads a secret from where it is. It is on the log, before it is done and after; a local secret's
// reading the Secrets Manager writes down itself. It goes on when ctx ends, so that nothing is leased that
// nobody knows of.
func (r *Resolver) fetch(ctx context.Context, c policy.Caller, ref Reference) (Fetched, error) {
	p := r.cfg.Providers[ref.Kind]
	if p == nil {
		return Fetched{}, fmt.Errorf("nothing here reads secrets of the kind %q", ref.Kind)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchWithin)
	defer cancel()
	if ref.Kind == Local {
		return p.Fetch(ctx, c, ref)
	}
	var got Fetched
	err := r.cfg.Gate.Do(ctx, c, operation("secrets:Fetch", ref), func(ctx context.Context) (_ map[string]string, err error) {
		if got, err = p.Fetch(ctx, c, ref); err == nil && got.Value.Len() > MaxValue {
			err = fmt.Errorf("it is longer than %d bytes", MaxValue)
		}
		if refusal, ok := errors.AsType[*Refusal](err); ok {
			err = fault.Wrap(refusal, fault.Denied, "the operator has not allowed it")
		}
		return nil, err
	})
	if err != nil {
		got.Value.Wipe()
		if got.Lease != nil {
			_ = got.Lease.Revoke(ctx) // it is not on the log, so it must not be used
		}
		return Fetched{}, err
	}
	return got, nil
}

// readers may read what the operator let projects read: jobs of the server do, for them.
var readers = policy.Grant{Roles: []policy.Role{policy.System}}

func operation(action string, ref Reference) policy.Operation {
	return policy.Operation{Action: action, Resource: "secret/" + ref.String(), Allow: readers, ReadOnly: action == "secrets:Fetch"}
}
