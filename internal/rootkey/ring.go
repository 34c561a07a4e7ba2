package rootkey

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"signet/internal/epoch"
	"signet/internal/opaque"
	"signet/internal/store"
)

const (
	topic = "root" // of write transactions, and the name of the epoch

	// patience is how long Open waits for the store when it meets a root key that it does not know.
	patience = 5 * time.Second

	// grace is how long a root key that has left the store still opens what was read before it left.
	grace = time.Minute

	// followEvery is how soon a server that reads and writes nothing sees a change of root keys.
	followEvery = time.Second
)

// States of root keys.
const (
	stateCurrent = "current"
	stateOld     = "old"
)

// Ring holds the root keys of a store: the current one, under which everything is sealed, while a
// rotation is under way the one before, and the derived keys that outlive theirs. It is safe for
// concurrent use, and follows what other processes do to the store.
type Ring struct {
	db   *store.DB // nil for a ring of one key and no store
	held ID        // of the key that this process was given

	source func(context.Context) (Key, error) // brings the key again; nil when there is nowhere to look

	reading sync.Mutex // held while the store is read, so that no older reading replaces a newer one

	mu      sync.RWMutex
	epoch   int64                       // guarded by mu: of the store, when it was read last
	current ID                          // guarded by mu
	old     ID                          // guarded by mu: zero unless a rotation is under way
	rows    map[ID]row                  // guarded by mu: what the store has
	keys    map[ID]Key                  // guarded by mu
	left    map[ID]time.Time            // guarded by mu: when a key that is in keys left the store
	derived map[derivation]opaque.Bytes // guarded by mu: by use, of keys and of kept ones
	kept    map[derivation]bool         // guarded by mu: which of derived outlive their root key
}

// derivation names a derived key.
type derivation struct {
	root ID
	use  string
}

func ringOf(k Key) *Ring {
	return &Ring{held: k.id, current: k.id, keys: map[ID]Key{k.id: k}, derived: map[derivation]opaque.Bytes{}}
}

// Open returns the ring of a store, given a key that belongs to it. In a store that nothing is sealed in
// yet the key becomes the current one.
func Open(ctx context.Context, db *store.DB, key Key) (*Ring, error) {
	if key.raw.Len() < size {
		return nil, errNoKey
	}
	r := ringOf(key)
	r.db = db
	found, err := readRows(ctx, db)
	if err == nil && len(found) == 0 {
		found, err = r.begin(ctx, row{id: key.id, state: stateCurrent})
	}
	if err != nil {
		return nil, fmt.Errorf("reading which root keys the store has: %w", err)
	}
	if _, ok := found[key.id]; !ok {
		return nil, notOfStore(key.id, found)
	}
	if err := r.read(ctx, db); err != nil {
		return nil, err
	}
	return r, nil
}

// Unused returns an error that names the store's root key, unless it has none yet.
func Unused(ctx context.Context, db *store.DB) error {
	found, err := readRows(ctx, db)
	if err != nil {
		return fmt.Errorf("reading which root keys the store has: %w", err)
	}
	for _, r := range found {
		if r.state == stateCurrent {
			return fmt.Errorf("the store is sealed under the root key %s: %s", r.id, r.mend())
		}
	}
	return nil
}

// mend says how the root key can be brought back.
func (r row) mend() string {
	if r.url != "" {
		return "it is wrapped by " + r.url + "; name that with --root-key-url (SIGNET_ROOT_KEY_URL)"
	}
	return "bring back the root key that belongs to this store"
}

// From tells the ring where its key comes from. There it looks for a root key that became the current one while
// it did not look, because a whole rotation was faster. Call it before the ring is used.
func (r *Ring) From(source func(context.Context) (Key, error)) { r.source = source }

// notOfStore says which root key the store has in place of the one that was brought.
func notOfStore(id ID, found map[ID]row) error {
	for _, r := range found {
		if r.state == stateCurrent {
			return fmt.Errorf("the store is sealed under another root key, %s, and not under %s: %s", r.id, id, r.mend())
		}
	}
	return errNotOurs
}

// begin writes the first root key of a store, unless another process was first, and returns what there is.
func (r *Ring) begin(ctx context.Context, first row) (found map[ID]row, err error) {
	err = r.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		if found, err = readRows(ctx, tx); err != nil || len(found) > 0 {
			return err
		}
		if err := insertRow(ctx, tx, first); err != nil {
			return err
		}
		found = map[ID]row{first.id: first}
		_, err := epoch.Bump(ctx, tx, topic)
		return err
	})
	return found, err
}

// Current is the id of the root key that new values are sealed under.
func (r *Ring) Current() ID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.current
}

// Sealer returns the sealer of a purpose, which is named in the singular: "secret version".
func (r *Ring) Sealer(purpose string) (Sealer, error) {
	if r == nil {
		return Sealer{}, errNoKey
	}
	if _, err := r.derive(r.Current(), use(purpose)); err != nil {
		return Sealer{}, err
	}
	return Sealer{ring: r, purpose: purpose}, nil
}

// Lasting returns the 32-byte key of a use that must stay the same when the root key is rotated, because
// what was made with it cannot be made again. A rotation keeps it when it is told to.
func (r *Ring) Lasting(use string) (opaque.Bytes, error) {
	if r == nil {
		return opaque.Bytes{}, errNoKey
	}
	r.mu.RLock()
	for d := range r.kept {
		if d.use == use {
			defer r.mu.RUnlock()
			return r.derived[d], nil
		}
	}
	r.mu.RUnlock()
	return r.derive(r.Current(), use)
}

// derive returns the key of a use, derived from one of the ring's root keys or kept from one that left.
func (r *Ring) derive(id ID, use string) (opaque.Bytes, error) {
	d := derivation{id, use}
	r.mu.RLock()
	key, done := r.derived[d]
	root, known := r.keys[id]
	r.mu.RUnlock()
	switch {
	case done:
		return key, nil
	case !known:
		return opaque.Bytes{}, errNotOurs
	}
	key, err := root.Derive(use)
	if err != nil {
		return opaque.Bytes{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, still := r.keys[id]; still {
		r.derived[d] = key
	}
	return key, nil
}

// find is derive for what may have been sealed since the store was read last.
func (r *Ring) find(id ID, use string) (opaque.Bytes, error) {
	key, err := r.derive(id, use)
	if !errors.Is(err, errNotOurs) || r.db == nil {
		return key, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.Refresh(ctx); err != nil {
		return opaque.Bytes{}, err
	}
	return r.derive(id, use)
}

// Follow refreshes the ring until ctx ends.
func (r *Ring) Follow(ctx context.Context) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := r.Refresh(ctx); err != nil {
			return err
		}
	}
}

// Refresh reads the root keys again when another process has changed them. It costs one read of one row.
func (r *Ring) Refresh(ctx context.Context) error {
	now, err := epoch.Read(ctx, r.db, topic)
	if err != nil {
		return err
	}
	r.mu.RLock()
	seen := r.epoch
	r.mu.RUnlock()
	if now == seen {
		r.forget(time.Now())
		return nil
	}
	return r.read(ctx, r.db)
}

// reader is what the store and its transactions have in common.
type reader interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// maxReadings bounds how often the store is read again because it changed meanwhile.
const maxReadings = 5

// read takes over the root keys that the store has now.
func (r *Ring) read(ctx context.Context, db reader) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	const value = "SELECT value FROM epochs WHERE name = ?"
	for n := 1; ; n++ {
		var before, after int64
		if err := db.QueryRow(ctx, value, topic).Scan(&before); err != nil {
			return fmt.Errorf("reading the root keys: %w", err)
		}
		install, err := r.readOnce(ctx, db)
		if changed := db.QueryRow(ctx, value, topic).Scan(&after); changed != nil {
			return fmt.Errorf("reading the root keys: %w", changed)
		}
		switch {
		case before != after && n < maxReadings:
			continue // the tables were read on both sides of a change
		case err == nil:
			install(before)
		}
		return err
	}
}

// readOnce reads the tables and returns what takes over what they hold.
func (r *Ring) readOnce(ctx context.Context, db reader) (install func(epoch int64), err error) {
	found, err := readRows(ctx, db)
	if err != nil {
		return nil, err
	}
	keys := r.openLinks(found, r.known())
	if !hasCurrent(found, keys) {
		if keys, err = r.lookAgain(ctx, found, keys); err != nil {
			return nil, err
		}
	}
	kept, err := readKept(ctx, db, keys, time.Now())
	if err != nil {
		return nil, err
	}
	return func(epoch int64) { r.install(epoch, found, keys, kept) }, nil
}

func (r *Ring) known() map[ID]Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return maps.Clone(r.keys)
}

func hasCurrent(found map[ID]row, keys map[ID]Key) bool {
	for id, row := range found {
		if _, ok := keys[id]; ok && row.state == stateCurrent {
			return true
		}
	}
	return false
}

// lookAgain reads the key again from where it came.
func (r *Ring) lookAgain(ctx context.Context, found map[ID]row, keys map[ID]Key) (map[ID]Key, error) {
	if r.source == nil {
		return nil, notOfStore(r.held, found)
	}
	key, err := r.source(ctx)
	if err != nil {
		return nil, fmt.Errorf("the root key was rotated, and reading it again failed: %w", err)
	}
	keys[key.id] = key
	if keys = r.openLinks(found, keys); !hasCurrent(found, keys) {
		return nil, notOfStore(key.id, found)
	}
	return keys, nil
}

// openLinks adds to the keys those that they open.
func (r *Ring) openLinks(found map[ID]row, keys map[ID]Key) map[ID]Key {
	for id, row := range found {
		if _, ok := keys[id]; ok || len(row.linked) == 0 {
			continue
		}
		under, err := SealedUnder(row.linked)
		if err != nil {
			continue
		}
		if key, ok := keys[under]; ok {
			if linked, err := key.openLink(id, row.linked); err == nil {
				keys[id] = linked
			}
		}
	}
	return keys
}

func (r *Ring) install(now int64, found map[ID]row, keys map[ID]Key, kept map[derivation]opaque.Bytes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch, r.rows, r.keys, r.old = now, found, keys, ID{}
	r.kept = map[derivation]bool{}
	for d, key := range kept {
		r.derived[d], r.kept[d] = key, true
	}
	if r.left == nil {
		r.left = map[ID]time.Time{}
	}
	for id := range keys {
		row, there := found[id]
		switch {
		case !there:
			if _, known := r.left[id]; !known {
				r.left[id] = time.Now()
			}
		case row.state == stateCurrent:
			r.current = id
		default:
			r.old = id
		}
	}
}

// forget drops root keys that left the store a while ago. Until then somebody may still hold a value that
// they read before it was sealed anew.
func (r *Ring) forget(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.left {
		if now.Sub(at) < grace {
			continue
		}
		delete(r.left, id)
		delete(r.keys, id)
		for d := range r.derived {
			if d.root == id && !r.kept[d] {
				delete(r.derived, d)
			}
		}
	}
}
