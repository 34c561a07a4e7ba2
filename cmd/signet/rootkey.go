package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"signet/internal/keeper"
	"signet/internal/rootkey"
	"signet/internal/store"
)

// openRoot opens the root keys of the store with what the settings name: an external key that wraps
// the root key, or the file that it is in.
func openRoot(ctx context.Context, cfg *config, f *folder, db *store.DB) (*rootkey.Ring, error) {
	source := func(ctx context.Context) (rootkey.Key, error) { return unwrapRoot(ctx, cfg.rootKeyURL, db) }
	switch {
	case cfg.rootKeyURL != "" && cfg.rootKey != "":
		return nil, errors.New("--root-key-url (SIGNET_ROOT_KEY_URL) and --root-key-file (SIGNET_ROOT_KEY_FILE) are both set: want one")
	case cfg.rootKeyURL == "":
		source = func(ctx context.Context) (rootkey.Key, error) { return readRoot(ctx, cfg, f, db) }
	}
	key, err := source(ctx)
	if err != nil {
		return nil, err
	}
	ring, err := rootkey.Open(ctx, db, key)
	if err != nil {
		if cfg.rootKeyURL == "" {
			err = fmt.Errorf("root key %s: %w", rootKeyPath(cfg, f), err)
		}
		return nil, err
	}
	ring.From(source)
	return ring, nil
}

func unwrapRoot(ctx context.Context, url string, db *store.DB) (rootkey.Key, error) {
	k, err := keeper.Open(ctx, url)
	if err != nil {
		return rootkey.Key{}, urlError(err)
	}
	defer k.Close() // the root key stays open in memory, the way to it does not
	key, err := rootkey.LoadWrapped(ctx, db, k)
	if err != nil {
		return rootkey.Key{}, urlError(err)
	}
	return key, nil
}

// urlError says which setting a failure belongs to, and how to mend it.
func urlError(err error) error {
	var e *keeper.Error
	switch {
	case !errors.As(err, &e):
		return fmt.Errorf("--root-key-url (SIGNET_ROOT_KEY_URL): %w", err)
	case e.Reached:
		return fmt.Errorf("--root-key-url (SIGNET_ROOT_KEY_URL): %w; mend it: see that the key is there and enabled, and that the server's credentials may encrypt and decrypt with it", err)
	}
	return fmt.Errorf("--root-key-url (SIGNET_ROOT_KEY_URL): %w; mend it: see that the provider can be reached from here, then start again", err)
}

// readRoot reads the root key, or makes it in the data folder at the first start. One that is named
// by a setting is never made, and neither is one for a store that has a root key: a mistyped path must
// not begin a new life.
func readRoot(ctx context.Context, cfg *config, f *folder, db *store.DB) (rootkey.Key, error) {
	path := rootKeyPath(cfg, f)
	key, err := rootkey.Load(path)
	if errors.Is(err, fs.ErrNotExist) && cfg.rootKey == "" {
		if err := rootkey.Unused(ctx, db); err != nil {
			return rootkey.Key{}, fmt.Errorf("there is no %s: %w", path, err)
		}
		return rootkey.LoadOrCreate(path)
	}
	return key, err
}

func rootKeyPath(cfg *config, f *folder) string {
	if cfg.rootKey != "" {
		return cfg.rootKey
	}
	return f.file("root.key")
}

// hasRoot refuses a folder that no server has started in.
func hasRoot(cfg *config, f *folder) error {
	if cfg.rootKeyURL != "" {
		return nil // the store tells
	}
	if _, err := os.Stat(rootKeyPath(cfg, f)); err != nil {
		return fmt.Errorf("%s is no data folder of a server: it has no root.key; name the server's root key with --root-key-file or --root-key-url", f.path)
	}
	return nil
}
