package rootkey_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"signet/internal/rootkey"
)

func TestRootKeyIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "root.key")
	var wg sync.WaitGroup
	files := make([][]byte, 8)
	for i := range files {
		wg.Go(func() {
			if _, err := rootkey.LoadOrCreate(path); err != nil {
				t.Error(err)
			}
			files[i], _ = os.ReadFile(path)
		})
	}
	wg.Wait()
	for _, f := range files {
		if len(f) == 0 || !bytes.Equal(f, files[0]) {
			t.Fatalf("the starts do not agree on one key")
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o", info.Mode().Perm())
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".root-key-*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A1: each instance makes its own key; there is no key that two fresh installations share.
func TestA1EachInstanceItsOwnKey(t *testing.T) {
	seen := map[string]bool{}
	for i := range 20 {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if _, err := rootkey.LoadOrCreate(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(b)] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d different keys of 20", len(seen))
	}
}

// A1: weak, short, printed and typed keys are refused, with the way to mend it.
func TestA1WeakRootKeyRefused(t *testing.T) {
	hashed := sha256.Sum256([]byte("changeme"))
	counting := make([]byte, 32)
	for i := range counting {
		counting[i] = byte(i)
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	for name, text := range map[string]string{
		"empty":       "",
		"blank":       "\n",
		"short":       base64.StdEncoding.EncodeToString(random[:31]),
		"zero":        hex.EncodeToString(make([]byte, 32)),
		"constant":    strings.Repeat("a7", 32),
		"counting":    hex.EncodeToString(counting),
		"pattern":     strings.Repeat("deadbeef", 8),
		"few values":  strings.Repeat("a1b2c3d4", 7) + "d4c3b2a1",
		"standard":    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		"hashed word": hex.EncodeToString(hashed[:]),
		"typed":       base64.StdEncoding.EncodeToString([]byte("this is my secret key, 32 bytes!")),
		"not a key":   "correct horse battery staple",
		"ours, zero":  rootkey.Prefix + base64.StdEncoding.EncodeToString(make([]byte, 32)),
		"ours, short": rootkey.Prefix + base64.StdEncoding.EncodeToString(random[:16]),
	} {
		path := filepath.Join(t.TempDir(), "root.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := rootkey.Load(path)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "openssl rand -base64 32") {
			t.Errorf("%s: no file or no mend in %q", name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestRootKeyForms(t *testing.T) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	sealed := must(sealer(must(rootkey.New(raw))).Seal(rootkey.Place("n"), []byte("value")))
	for _, text := range []string{
		rootkey.Prefix + base64.StdEncoding.EncodeToString(raw) + "\n",
		base64.StdEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw) + "\r\n",
		hex.EncodeToString(raw) + "\n",
	} {
		key, err := rootkey.Parse([]byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if _, err := sealer(key).Open(rootkey.Place("n"), sealed); err != nil {
			t.Errorf("%q is another key: %v", text, err)
		}
		if out := fmt.Sprintf("%v %+v %#v", key, key, key); strings.Contains(out, hex.EncodeToString(raw)) {
			t.Error("the root key prints")
		}
	}
}

func TestRootKeyFilePermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	if _, err := rootkey.LoadOrCreate(path); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := rootkey.LoadOrCreate(path); err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := rootkey.LoadOrCreate(path); err != nil {
		t.Errorf("mode 0400: %v", err)
	}
	if _, err := rootkey.Load(filepath.Dir(path)); err == nil {
		t.Error("a folder is a key")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func sealer(k rootkey.Key) rootkey.Sealer { return must(k.Sealer("test value")) }

// What was sealed for one purpose or place does not open for another.
func TestPurposesAndPlacesAreApart(t *testing.T) {
	k := must(rootkey.New(bytes.Repeat([]byte{7, 1, 9, 200}, 8)))
	place := rootkey.Place("ab", "c")
	sealed := must(sealer(k).Seal(place, []byte("value")))
	if got := must(sealer(k).Open(place, sealed)); string(got.Reveal()) != "value" {
		t.Errorf("got %q", got.Reveal())
	}
	if _, err := must(k.Sealer("test other")).Open(place, sealed); err == nil {
		t.Error("opens for another purpose")
	}
	for _, other := range [][]byte{nil, rootkey.Place("a", "bc"), rootkey.Place("ab"), rootkey.Place("abc"), rootkey.Place("ab", "c", "")} {
		if _, err := sealer(k).Open(other, sealed); err == nil {
			t.Errorf("opens in another place: %x", other)
		}
	}
	if must(k.Derive("a")).Equal(must(k.Derive("b"))) {
		t.Error("two uses share a key")
	}
}

func TestZeroKeyDoesNothing(t *testing.T) {
	var k rootkey.Key
	if _, err := k.Derive("a"); err == nil {
		t.Error("the zero key derives")
	}
	if _, err := (rootkey.Sealer{}).Seal(nil, nil); err == nil {
		t.Error("the zero sealer seals")
	}
}
