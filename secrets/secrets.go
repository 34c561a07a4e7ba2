// Package secrets keeps secrets: those of people, as AWS Secrets Manager does (Service), and the keys that
// Signet makes for itself (Vault). It guarantees that no value is in the store, in a log or in an error
// in the clear; that each value opens only in its own place; and that a change by another process takes
// effect here: in the Service with the next request, in the Vault within a second.
//
// Service has one method for each operation of Secrets Manager. Each value is sealed under a data key that
// KMS gives out in the caller's name, and nothing of it stays in memory, so that a disabled key closes a
// secret at once. Each reading of a value is on the log. Labels, tokens, recovery windows and policies
// behave as AWS's do; request.go is the way of every operation. A rotation is four steps, each of which
// can be repeated, so that a process may die between any two (rotatejob.go, rotatesteps.go).
//
// Vault's old versions stay usable until they are revoked, so that a rotation breaks nothing that was
// signed before it.
//
// SPEC.md draws the sealed forms.
package secrets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"signet/audit"
	"signet/internal/epoch"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/rootkey"
	"signet/internal/store"
)

const (
	topic = "secrets" // of write transactions, and the name of the epoch

	// freshness is how long a change by another process may stay unseen; the rest of the promised
	// second is for the store's answer.
	freshness = 500 * time.Millisecond
	patience  = 5 * time.Second // for the store, when a key is asked for
)

// Vault hands out keys. Reading one is no event, for it happens with every ticket; every change is.
type Vault struct {
	db    *store.DB
	seal  sealer
	gate  *audit.Gate
	clock func() time.Time
	watch *epoch.Watch

	known   atomic.Pointer[snapshot]
	loading sync.Mutex // held while known is replaced
}

// snapshot is everything in the store at one epoch. It is never changed.
type snapshot struct {
	epoch   int64
	secrets map[string]secret
}

type secret struct {
	kind     string
	size     int
	current  string // key id
	versions []Version
	keys     map[string]opaque.Bytes // by key id; revoked versions have none
}

// Version describes one version of a secret, without its value.
type Version struct {
	Number    int64
	KeyID     string
	CreatedAt time.Time
	RetiredAt time.Time // zero while current
	RevokedAt time.Time // zero unless revoked
}

// Open opens the vault of a store.
func Open(ctx context.Context, db *store.DB, root *rootkey.Ring, gate *audit.Gate, clock func() time.Time) (*Vault, error) {
	seal, err := newSealer(root)
	if err != nil {
		return nil, fmt.Errorf("opening the secrets: %w", err)
	}
	v := &Vault{db: db, seal: seal, gate: gate, clock: clock, watch: epoch.NewWatch(db, topic, freshness)}
	if _, err := v.fresh(ctx); err != nil {
		return nil, fmt.Errorf("opening the secrets: %w", err)
	}
	return v, nil
}

// Current returns the version of a secret to sign with, and its key id.
func (v *Vault) Current(name string) (string, opaque.Bytes, error) {
	s, err := v.find(name)
	if err != nil {
		return "", opaque.Bytes{}, err
	}
	return s.current, s.keys[s.current], nil
}

// Version returns the version of a secret that id names, current or older. A revoked or unknown one
// is the fault ticket_key_retired.
func (v *Vault) Version(name, id string) (opaque.Bytes, error) {
	s, err := v.find(name)
	if err != nil {
		return opaque.Bytes{}, err
	}
	key, ok := s.keys[id]
	if !ok {
		return opaque.Bytes{}, fault.New(fault.TicketKeyRetired, "the key that signed this is no longer valid; open the page again")
	}
	return key, nil
}

// Versions lists the versions of a secret, newest first.
func (v *Vault) Versions(name string) ([]Version, error) {
	s, err := v.find(name)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.versions), nil
}

// Names lists the secrets in order.
func (v *Vault) Names() ([]string, error) {
	known, err := v.now()
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(known.secrets)), nil
}

func (v *Vault) find(name string) (secret, error) {
	known, err := v.now()
	if err != nil {
		return secret{}, fmt.Errorf("secret %s: %w", name, err)
	}
	s, ok := known.secrets[name]
	if !ok {
		return secret{}, fault.New(fault.NotFound, "there is no secret %q", name)
	}
	return s, nil
}

// now is fresh for callers without a context; most of them only read memory.
func (v *Vault) now() (*snapshot, error) {
	if now, ok := v.watch.Fresh(); ok {
		if known := v.known.Load(); known != nil && known.epoch >= now {
			return known, nil
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return v.fresh(ctx)
}

// fresh returns a snapshot that no change of the last half second is missing from.
func (v *Vault) fresh(ctx context.Context) (*snapshot, error) {
	now, err := v.watch.Current(ctx)
	if err != nil {
		return nil, err
	}
	if known := v.known.Load(); known != nil && known.epoch >= now {
		return known, nil
	}
	v.loading.Lock()
	defer v.loading.Unlock()
	before := v.known.Load()
	if before != nil && before.epoch >= now {
		return before, nil
	}
	known, err := v.load(ctx, now, before)
	if err != nil {
		return nil, err
	}
	v.known.Store(known)
	return known, nil
}

// load reads every secret. The rows may be newer than the epoch, never older: the epoch was read first.
func (v *Vault) load(ctx context.Context, at int64, before *snapshot) (*snapshot, error) {
	rows, err := readVersions(ctx, v.db)
	if err != nil {
		return nil, err
	}
	known := &snapshot{epoch: at, secrets: map[string]secret{}}
	for _, r := range rows {
		s, ok := known.secrets[r.label.name]
		if !ok {
			s = secret{kind: r.kind, size: r.size, keys: map[string]opaque.Bytes{}}
		}
		s.versions = append(s.versions, r.version())
		if !r.revoked.Valid {
			key, err := v.openOnce(r, before)
			if err != nil {
				return nil, err
			}
			s.keys[r.label.kid] = key
			if !r.retired.Valid {
				s.current = r.label.kid
			}
		}
		known.secrets[r.label.name] = s
	}
	return known, nil
}

// openOnce takes a key that is open already from the snapshot before, so that memory holds it once.
func (v *Vault) openOnce(r row, before *snapshot) (opaque.Bytes, error) {
	if before != nil {
		if key, ok := before.secrets[r.label.name].keys[r.label.kid]; ok {
			return key, nil
		}
	}
	return v.seal.open(r.label, r.sealed)
}
