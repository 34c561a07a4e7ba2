// Package rootkey holds the one key under which everything else at rest is sealed. It guarantees that
// a root key is random, whole on the disk and its owner's alone, or is refused; that each purpose
// has a key of its own, derived from it; that a sealed value opens only under the root key, for
// the purpose and in the place that it was sealed for; and that a root key is replaced (Ring, Begin,
// Finish) while servers read and write, without a moment at which a value cannot be opened.
//
// SPEC.md draws the file, the sealed form and the forms in the store, and says why each moment of a
// rotation is a safe one to be killed at.
package rootkey

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"signet/internal/opaque"
)

const (
	size   = 32
	prefix = "signet-root-key-v1:"
	mend   = "make one with: openssl rand -base64 32"

	// info begins what HKDF is told of each use, so that no two formats share a key.
	info = "signet root key v1: "
)

// Key is a root key. It does not print, and is used for nothing but deriving others. The zero Key
// derives nothing.
type Key struct {
	id  ID
	raw opaque.Bytes
}

// ID names a root key. It is derived from it, so that a sealed value names its key without telling
// anything about it.
type ID [idSize]byte

// String is the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ID is the key's id.
func (k Key) ID() ID { return k.id }

// Derive returns the 32-byte key of one use.
func (k Key) Derive(use string) (opaque.Bytes, error) {
	if k.raw.Len() < size {
		return opaque.Bytes{}, errNoKey
	}
	key, err := hkdf.Key(sha256.New, k.raw.Reveal(), nil, info+use, size)
	if err != nil {
		return opaque.Bytes{}, fmt.Errorf("rootkey: deriving the key to %s: %w", use, err)
	}
	return opaque.New(key), nil
}

// LoadOrCreate reads the root key in path, or makes one there when the file does not exist.
// Two processes that start at once agree on one key.
func LoadOrCreate(path string) (Key, error) {
	key, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key, err = Generate()
	if err == nil {
		err = key.write(path, false)
	}
	if err != nil {
		return Key{}, fmt.Errorf("making the root key %s: %w", path, err)
	}
	return Load(path)
}

// Generate makes a new root key.
func Generate() (Key, error) {
	raw := make([]byte, size)
	_, _ = rand.Read(raw) // never fails: it would end the process
	defer clear(raw)
	return New(raw)
}

// Load reads the root key in path: one line, either as Signet writes it, or 32 bytes or more
// in base64 or hexadecimal. A weak key, or a file that others may read, is refused.
func Load(path string) (Key, error) {
	b, err := readPrivate(path)
	if err != nil {
		return Key{}, err
	}
	defer clear(b)
	key, err := parse(b)
	if err != nil {
		return Key{}, fmt.Errorf("root key %s: %w", path, err)
	}
	return key, nil
}

func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the root key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the root key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("root key %s: not a file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("root key %s: other users may read it (mode %04o); mend it with: chmod 600 %s", path, mode, path)
	}
	b := make([]byte, 4096) // no root key is longer; a huge file by mistake is not read
	n, err := f.Read(b)
	if err != nil && n == 0 {
		return nil, fmt.Errorf("root key %s: the file is empty; %s", path, mend)
	}
	return b[:n], nil
}

func parse(text []byte) (Key, error) {
	line := strings.TrimSpace(string(text))
	raw, err := decodeKey(line)
	if err != nil {
		return Key{}, err
	}
	defer clear(raw)
	if err := checkStrength(raw); err != nil {
		return Key{}, err
	}
	return New(raw)
}

func decodeKey(line string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(line, prefix); ok {
		line = rest
	} else if raw, err := hex.DecodeString(line); err == nil {
		return raw, nil
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := enc.Strict().DecodeString(line); err == nil {
			return raw, nil
		}
	}
	return nil, fmt.Errorf("neither base64 nor hexadecimal; %s", mend)
}

// New returns the root key of raw bytes, strong or not. Servers load theirs; this is for vectors and tests.
func New(raw []byte) (Key, error) {
	id, err := hkdf.Key(sha256.New, raw, nil, info+"key id", idSize)
	if err != nil {
		return Key{}, fmt.Errorf("deriving the key id: %w", err)
	}
	return Key{id: ID(id), raw: opaque.New(bytes.Clone(raw))}, nil
}

// line is the key as a file holds it.
func (k Key) line() []byte {
	b := base64.StdEncoding.AppendEncode([]byte(prefix), k.raw.Reveal())
	return append(b, '\n')
}

// Replace puts the key in the place of the one in path, which stays beside it under another name: path, a
// dot, and its id. Whenever it is stopped, path holds a whole key.
func (k Key) Replace(path string) (aside string, err error) {
	old, err := Load(path)
	switch {
	case err != nil:
		return "", err
	case old.id == k.id:
		return "", nil
	}
	aside = path + "." + old.id.String()
	if err := os.Link(path, aside); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keeping the old root key: %w", err)
	}
	if err := k.write(path, true); err != nil {
		return "", fmt.Errorf("replacing the root key: %w", err)
	}
	return aside, nil
}

// write leaves the whole key in path or what was there before: the file gets its name only when its
// bytes are on disk. Unless it replaces, a name that is taken is left as it is.
func (k Key) write(path string, replace bool) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".root-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	line := k.line()
	_, err = f.Write(line)
	clear(line)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if replace {
		err = os.Rename(f.Name(), path)
	} else if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such call
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
