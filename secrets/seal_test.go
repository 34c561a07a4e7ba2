package secrets_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"

	"signet/internal/rootkey"
	"signet/secrets"
)

var update = flag.Bool("update", false, "write testdata/vectors.json")

// A vector is one sealed value. The root keys of the vectors count up, so no file may hold them.
type vector struct {
	Name    string `json:"name"`
	Version int64  `json:"version"`
	KeyID   string `json:"key_id"`
	RootKey string `json:"root_key"`
	Nonce   string `json:"nonce"`
	Value   string `json:"value"`
	Sealed  string `json:"sealed"`
	Comment string `json:"comment"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(b, &vs); err != nil {
		t.Fatal(err)
	}
	return vs
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	vs := vectors(t)
	for i, v := range vs {
		key := sealer(unhex(t, v.RootKey))
		sealed, err := key.SealWith(unhex(t, v.Nonce), v.Name, v.Version, v.KeyID, unhex(t, v.Value))
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			vs[i].Sealed = hex.EncodeToString(sealed)
			continue
		}
		if got := hex.EncodeToString(sealed); got != v.Sealed {
			t.Errorf("%s: sealed\n %s, want\n %s", v.Comment, got, v.Sealed)
		}
		value, err := key.Open(v.Name, v.Version, v.KeyID, unhex(t, v.Sealed))
		if err != nil || !bytes.Equal(value.Reveal(), unhex(t, v.Value)) {
			t.Errorf("%s: opened %x, %v", v.Comment, value.Reveal(), err)
		}
	}
	if len(vs) < 4 {
		t.Errorf("only %d vectors", len(vs))
	}
	if *update {
		b, _ := json.MarshalIndent(vs, "", "  ")
		if err := os.WriteFile("testdata/vectors.json", append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryBitFlipIsRefused(t *testing.T) {
	for _, v := range vectors(t) {
		key, sealed := sealer(unhex(t, v.RootKey)), unhex(t, v.Sealed)
		for bit := range len(sealed) * 8 {
			flipped := bytes.Clone(sealed)
			flipped[bit/8] ^= 1 << (bit % 8)
			if _, err := key.Open(v.Name, v.Version, v.KeyID, flipped); err == nil {
				t.Fatalf("%s: bit %d flipped, and it opens", v.Comment, bit)
			}
		}
		for n := range sealed {
			if _, err := key.Open(v.Name, v.Version, v.KeyID, sealed[:n]); err == nil {
				t.Fatalf("%s: cut to %d bytes, and it opens", v.Comment, n)
			}
		}
		if _, err := key.Open(v.Name, v.Version, v.KeyID, append(bytes.Clone(sealed), 0)); err == nil {
			t.Fatalf("%s: one byte more, and it opens", v.Comment)
		}
	}
}

// A value belongs to its name, version and key id: in another place it does not open.
func TestSealedValueIsBoundToItsPlace(t *testing.T) {
	key := sealer(bytes.Repeat([]byte{7, 1, 9, 200}, 8))
	other := sealer(bytes.Repeat([]byte{7, 1, 9, 201}, 8))
	sealed := must(key.SealWith(make([]byte, 24), "ab", 1, "c", []byte("value")))
	for _, place := range []struct {
		name    string
		version int64
		kid     string
	}{{"ab", 2, "c"}, {"a", 1, "bc"}, {"abc", 1, ""}, {"", 1, "abc"}, {"ab", 1, "d"}, {"ab", -1, "c"}} {
		if _, err := key.Open(place.name, place.version, place.kid, sealed); err == nil {
			t.Errorf("opens as %+v", place)
		}
	}
	if _, err := other.Open("ab", 1, "c", sealed); err == nil {
		t.Error("opens under another root key")
	}
	if got := must(key.Open("ab", 1, "c", sealed)); string(got.Reveal()) != "value" {
		t.Errorf("got %q", got.Reveal())
	}
}

func TestSealingHidesEqualValues(t *testing.T) {
	key := sealer(bytes.Repeat([]byte{7, 1, 9, 200}, 8))
	a, b := must(key.Seal("n", []byte("value"))), must(key.Seal("n", []byte("value")))
	if slices.Equal(a, b) {
		t.Error("one value sealed twice gives the same bytes")
	}
}

func FuzzOpen(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Name, v.Version, v.KeyID, unhex(f, v.Sealed))
	}
	key := sealer(bytes.Repeat([]byte{3, 141, 59, 26}, 8))
	f.Fuzz(func(t *testing.T, name string, version int64, kid string, sealed []byte) {
		if value, err := key.Open(name, version, kid, sealed); err == nil {
			t.Fatalf("a value that this key never sealed opens: %x", value.Reveal())
		}
		again, err := key.Open(name, version, kid, must(key.SealWith(make([]byte, 24), name, version, kid, sealed)))
		if err != nil || !bytes.Equal(again.Reveal(), sealed) {
			t.Fatalf("not the value that was sealed: %v", err)
		}
	})
}

func sealer(raw []byte) secrets.Sealer { return must(secrets.NewSealer(must(rootkey.New(raw)))) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
