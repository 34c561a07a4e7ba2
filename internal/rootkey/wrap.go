package rootkey

import (
	"context"
	"errors"
	"fmt"

	"signet/internal/store"
)

// Keeper wraps a root key under a key of its own that never leaves it.
type Keeper interface {
	URL() string // names the key; never secret
	Encrypt(ctx context.Context, plaintext []byte) ([]byte, error)
	Decrypt(ctx context.Context, ciphertext []byte) ([]byte, error)
}

// Wrapped is a root key as a keeper wrapped it. The zero Wrapped is that of a key in a file.
type Wrapped struct {
	URL   string
	Bytes []byte
}

// wrapVersion begins what a keeper gave; SPEC.md draws it.
const wrapVersion = 1

// Wrap wraps a root key, and opens it again, so that nothing is kept that does not open.
func Wrap(ctx context.Context, k Keeper, key Key) (Wrapped, error) {
	line := key.line()
	defer clear(line)
	b, err := k.Encrypt(ctx, line)
	if err != nil {
		return Wrapped{}, fmt.Errorf("wrapping the root key: %w", err)
	}
	w := Wrapped{URL: k.URL(), Bytes: append([]byte{wrapVersion}, b...)}
	again, err := Unwrap(ctx, k, w)
	if err == nil && again.id != key.id {
		err = errors.New("the external key gives other bytes back than it was given")
	}
	if err != nil {
		return Wrapped{}, fmt.Errorf("wrapping the root key: %w", err)
	}
	return w, nil
}

// Unwrap opens a wrapped root key.
func Unwrap(ctx context.Context, k Keeper, w Wrapped) (Key, error) {
	if len(w.Bytes) < 2 || w.Bytes[0] != wrapVersion {
		return Key{}, fmt.Errorf("the wrapped root key in the store is of a form that this version of Signet does not know")
	}
	line, err := k.Decrypt(ctx, w.Bytes[1:])
	if err != nil {
		return Key{}, err
	}
	defer clear(line)
	key, err := parse(line)
	if err != nil {
		return Key{}, errors.New("what the external key opened is no root key: it was wrapped by another key")
	}
	return key, nil
}

// LoadWrapped returns the root key that the store has wrapped by an external key. In a store that nothing is
// sealed in yet it makes one. A root key that is there and does not open is never replaced.
func LoadWrapped(ctx context.Context, db *store.DB, k Keeper) (Key, error) {
	found, err := readRows(ctx, db)
	if err != nil {
		return Key{}, fmt.Errorf("reading which root keys the store has: %w", err)
	}
	if len(found) == 0 {
		if found, err = makeWrapped(ctx, db, k); err != nil {
			return Key{}, err
		}
	}
	var failed []error
	for _, r := range found {
		if len(r.wrapped) == 0 {
			continue
		}
		key, err := Unwrap(ctx, k, Wrapped{Bytes: r.wrapped})
		if err == nil && key.id == r.id {
			return key, nil
		}
		failed = append(failed, fmt.Errorf("opening the root key %s, which was wrapped by %s: %w", r.id, r.url, err))
	}
	if len(failed) == 0 {
		return Key{}, errors.New("the store's root key is in a file and not wrapped by an external key: start without --root-key-url, " +
			"and move it with: signet keys rotate-root --new-root-key-url")
	}
	return Key{}, errors.Join(failed...)
}

func makeWrapped(ctx context.Context, db *store.DB, k Keeper) (map[ID]row, error) {
	key, err := Generate()
	if err != nil {
		return nil, err
	}
	w, err := Wrap(ctx, k, key)
	if err != nil {
		return nil, err
	}
	found, err := (&Ring{db: db}).begin(ctx, row{id: key.id, state: stateCurrent, url: w.URL, wrapped: w.Bytes})
	if err != nil {
		return nil, fmt.Errorf("keeping the wrapped root key: %w", err)
	}
	return found, nil
}
