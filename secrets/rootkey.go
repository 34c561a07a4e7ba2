package secrets

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
	rootKeySize   = 32
	rootKeyPrefix = "signet-root-key-v1:"
	rootKeyMend   = "make one with: openssl rand -base64 32"

	// Each use of the root key has its own derived key, so that no two formats share one.
	sealKeyInfo   = "signet root key v1: seal secret versions"
	rootKeyIDInfo = "signet root key v1: key id"
)

// RootKey seals every secret of the store. It does not print. The zero RootKey seals nothing.
type RootKey struct {
	id   [rootKeyIDSize]byte // derived, so that a sealed value names its key without telling anything about it
	seal opaque.Bytes        // derived
}

// LoadOrCreateRootKey reads the root key in path, or makes one there when the file does not exist.
// Two processes that start at once agree on one key.
func LoadOrCreateRootKey(path string) (RootKey, error) {
	key, err := LoadRootKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createRootKey(path); err != nil {
		return RootKey{}, fmt.Errorf("making the root key %s: %w", path, err)
	}
	return LoadRootKey(path)
}

// LoadRootKey reads the root key in path: one line, either as Signet writes it, or 32 bytes or more
// in base64 or hexadecimal. A weak key, or a file that others may read, is refused.
func LoadRootKey(path string) (RootKey, error) {
	b, err := readPrivate(path)
	if err != nil {
		return RootKey{}, err
	}
	defer clear(b)
	key, err := parseRootKey(b)
	if err != nil {
		return RootKey{}, fmt.Errorf("root key %s: %w", path, err)
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
		return nil, fmt.Errorf("root key %s: the file is empty; %s", path, rootKeyMend)
	}
	return b[:n], nil
}

func parseRootKey(text []byte) (RootKey, error) {
	line := strings.TrimSpace(string(text))
	raw, err := decodeKey(line)
	if err != nil {
		return RootKey{}, err
	}
	defer clear(raw)
	if err := checkStrength(raw); err != nil {
		return RootKey{}, err
	}
	return deriveRootKey(raw)
}

func decodeKey(line string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(line, rootKeyPrefix); ok {
		line = rest
	} else if raw, err := hex.DecodeString(line); err == nil {
		return raw, nil
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := enc.Strict().DecodeString(line); err == nil {
			return raw, nil
		}
	}
	return nil, fmt.Errorf("neither base64 nor hexadecimal; %s", rootKeyMend)
}

func deriveRootKey(raw []byte) (RootKey, error) {
	id, err := hkdf.Key(sha256.New, raw, nil, rootKeyIDInfo, rootKeyIDSize)
	if err != nil {
		return RootKey{}, fmt.Errorf("deriving the key id: %w", err)
	}
	seal, err := hkdf.Key(sha256.New, raw, nil, sealKeyInfo, rootKeySize)
	if err != nil {
		return RootKey{}, fmt.Errorf("deriving the sealing key: %w", err)
	}
	return RootKey{id: [rootKeyIDSize]byte(id), seal: opaque.New(seal)}, nil
}

// createRootKey leaves a whole key in path or none: the file gets its name only when its bytes are
// on disk, and a name that is taken is left as it is.
func createRootKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".root-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	raw := make([]byte, rootKeySize)
	_, _ = rand.Read(raw) // never fails: it would end the process
	line := bytes.NewBufferString(rootKeyPrefix + base64.StdEncoding.EncodeToString(raw) + "\n")
	_, err = f.Write(line.Bytes())
	clear(raw)
	clear(line.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
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
