package rootkey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"signet/internal/epoch"
	"signet/internal/opaque"
	"signet/internal/store"
)

// Keep is the use of a derived key that outlives its root key.
type Keep struct {
	use     string
	life    time.Duration // after the rotation's end; 0 for ever
	lasting bool          // the first one stays, and no later one is kept
}

// KeepLasting keeps the key that Lasting gives for a use.
func KeepLasting(use string) Keep { return Keep{use: use, lasting: true} }

// KeepSealed keeps what was sealed for a purpose readable, for a time or with 0 for ever, although nobody
// seals it anew, because it is not in the store.
func KeepSealed(purpose string, life time.Duration) Keep { return Keep{use: use(purpose), life: life} }

// Rotation is a change of the root key that was begun and not finished.
type Rotation struct {
	From, To       ID
	FromURL, ToURL string // of the external keys that wrap them; "" for a file
}

// Rotating returns the rotation that is under way, if there is one.
func (r *Ring) Rotating() (Rotation, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return Rotation{From: r.old, To: r.current, FromURL: r.rows[r.old].url, ToURL: r.rows[r.current].url}, r.old != ID{}
}

// Held reports whether the key that this process was given is the current one; otherwise it found the
// current one through the one that it was given.
func (r *Ring) Held() bool { return r.held == r.Current() }

// URL names the external key that wraps the current root key; "" when it is in a file.
func (r *Ring) URL() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.rows[r.current].url
}

var errRotating = errors.New("a rotation of the root key is under way already")

// Begin makes next the current root key, in one transaction: from its commit on, everything new is sealed
// under next, and each of the two opens the other, so that it does not matter which one a server
// starts with. next must be in its file, or wrapped in w, before. What the uses of keep derive from the root key
// that goes is kept.
func (r *Ring) Begin(ctx context.Context, next Key, w Wrapped, keep []Keep) error {
	from := r.Current()
	if next.raw.Len() < size || next.id == from {
		return fmt.Errorf("rootkey: the new root key is none, or the one that there is")
	}
	linked, err := r.link(next, from)
	if err != nil {
		return err
	}
	back, err := r.linkBack(next, from)
	if err != nil {
		return err
	}
	return r.change(ctx, func(tx *store.Tx) error {
		found, err := readRows(ctx, tx)
		switch {
		case err != nil:
			return err
		case len(found) != 1 || found[from].state != stateCurrent:
			return errRotating
		}
		if _, err := tx.Exec(ctx, "UPDATE root_keys SET state = ?, linked = ? WHERE id = ?", stateOld, back, from[:]); err != nil {
			return err
		}
		if err := insertRow(ctx, tx, row{id: next.id, state: stateCurrent, url: w.URL, wrapped: w.Bytes, linked: linked}); err != nil {
			return err
		}
		return r.keep(ctx, tx, next, keep)
	})
}

// WriteCurrent puts the current root key into the file of the old one; see Key.Replace.
func (r *Ring) WriteCurrent(path string) (aside string, err error) {
	key, err := r.key(r.Current())
	if err != nil {
		return "", err
	}
	return key.Replace(path)
}

// The link from one root key to the other of a rotation.
const linkPurpose = "root key"

func linkPlace(id ID) []byte { return Place(id.String()) }

func (k Key) openLink(id ID, linked []byte) (Key, error) {
	s, err := k.Sealer(linkPurpose)
	if err != nil {
		return Key{}, err
	}
	raw, err := s.Open(linkPlace(id), linked)
	if err != nil {
		return Key{}, err
	}
	defer raw.Wipe()
	key, err := New(raw.Reveal())
	if err == nil && key.id != id {
		return Key{}, errTampered
	}
	return key, err
}

func (k Key) sealLink(other Key) ([]byte, error) {
	s, err := k.Sealer(linkPurpose)
	if err != nil {
		return nil, err
	}
	return s.Seal(linkPlace(other.id), other.raw.Reveal())
}

// link seals next under the current key.
func (r *Ring) link(next Key, from ID) ([]byte, error) {
	key, err := r.key(from)
	if err != nil {
		return nil, err
	}
	return key.sealLink(next)
}

// linkBack seals the current key under next.
func (r *Ring) linkBack(next Key, from ID) ([]byte, error) {
	key, err := r.key(from)
	if err != nil {
		return nil, err
	}
	return next.sealLink(key)
}

func (r *Ring) key(id ID) (Key, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	key, ok := r.keys[id]
	if !ok {
		return Key{}, errNotOurs
	}
	return key, nil
}

// keep writes what outlives the current root key, sealed under the next one.
func (r *Ring) keep(ctx context.Context, tx *store.Tx, next Key, keep []Keep) error {
	s, err := next.Sealer(keptPurpose)
	if err != nil {
		return err
	}
	for _, k := range keep {
		if k.lasting && r.lasts(k.use) {
			continue
		}
		d := derivation{r.Current(), k.use}
		key, err := r.derive(d.root, d.use)
		if err != nil {
			return err
		}
		sealed, err := s.Seal(keptPlace(d), key.Reveal())
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO root_kept (purpose, origin, sealed, root) VALUES (?, ?, ?, ?)",
			d.use, d.root[:], sealed, next.id[:]); err != nil {
			return err
		}
	}
	return nil
}

// lasts reports whether the use has a key already that outlived its root key.
func (r *Ring) lasts(use string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for d := range r.kept {
		if d.use == use {
			return true
		}
	}
	return false
}

// RewrapKept seals the kept keys anew that are under another root key than the current one.
func (r *Ring) RewrapKept(ctx context.Context) (n int, err error) {
	s, err := r.Sealer(keptPurpose)
	if err != nil {
		return 0, err
	}
	err = r.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		n = 0
		if _, err := tx.Exec(ctx, "DELETE FROM root_kept WHERE until <= ?", time.Now().UnixMicro()); err != nil {
			return err
		}
		r.mu.RLock()
		kept := make(map[derivation]opaque.Bytes, len(r.kept))
		for d := range r.kept {
			kept[d] = r.derived[d]
		}
		r.mu.RUnlock()
		for d, key := range kept {
			sealed, err := s.Seal(keptPlace(d), key.Reveal())
			if err != nil {
				return err
			}
			root, err := SealedUnder(sealed)
			if err != nil {
				return err
			}
			res, err := tx.Exec(ctx, "UPDATE root_kept SET sealed = ?, root = ? WHERE purpose = ? AND origin = ? AND root <> ?", sealed, root[:], d.use, d.root[:], root[:])
			if err != nil {
				return err
			}
			if changed, _ := res.RowsAffected(); changed > 0 { // both engines know the number
				n++
			}
		}
		return nil
	})
	return n, err
}

// Finish ends a rotation: the root key that went leaves the store, and nothing there opens it or the current
// one any more. The store refuses as long as a value is under it.
func (r *Ring) Finish(ctx context.Context, keep []Keep) error {
	now := time.Now()
	return r.change(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE root_keys SET linked = NULL WHERE state = ?", stateCurrent); err != nil {
			return err
		}
		for _, k := range keep {
			if k.life == 0 {
				continue
			}
			if _, err := tx.Exec(ctx, "UPDATE root_kept SET until = ? WHERE purpose = ? AND until IS NULL", now.Add(k.life).UnixMicro(), k.use); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "DELETE FROM root_keys WHERE state = ?", stateOld); err != nil {
			return fmt.Errorf("the old root key is still needed, for a value that was written meanwhile: repeat the command (%w)", err)
		}
		return nil
	})
}

// change is the way of every change of root keys: transaction, epoch, and taking over what was written.
func (r *Ring) change(ctx context.Context, f func(*store.Tx) error) error {
	err := r.db.TxOn(ctx, topic, func(tx *store.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		_, err := epoch.Bump(ctx, tx, topic)
		return err
	})
	if err != nil {
		return err
	}
	return r.read(ctx, r.db)
}

// Settle returns a sealed value under the root key that the transaction finds current, with that key's id, for
// the row that the transaction writes. So no value is written under a root key that is on its way out, but for a
// moment in which the rotation finds it, or the database refuses it.
func (s Sealer) Settle(ctx context.Context, tx *store.Tx, place, sealed []byte) (root, settled []byte, err error) {
	if len(sealed) == 0 {
		return nil, sealed, nil
	}
	id, err := SealedUnder(sealed)
	if err != nil {
		return nil, nil, err
	}
	if s.ring == nil || s.ring.db == nil {
		return nil, nil, errNoKey
	}
	var current []byte
	if err := tx.QueryRow(ctx, "SELECT id FROM root_keys WHERE state = ?", stateCurrent).Scan(&current); err != nil {
		return nil, nil, fmt.Errorf("reading which root key is current: %w", err)
	}
	if bytes.Equal(current, id[:]) {
		return current, sealed, nil
	}
	if err := s.ring.read(ctx, tx); err != nil {
		return nil, nil, err
	}
	sealed, err = s.Reseal(place, sealed)
	if err != nil {
		return nil, nil, err
	}
	return current, sealed, nil
}

// Reseal seals a sealed value anew, under the current root key.
func (s Sealer) Reseal(place, sealed []byte) ([]byte, error) {
	value, err := s.Open(place, sealed)
	if err != nil {
		return nil, err
	}
	defer value.Wipe()
	return s.Seal(place, value.Reveal())
}
