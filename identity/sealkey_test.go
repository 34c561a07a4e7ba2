package identity_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"signet/identity"
)

var update = flag.Bool("update", false, "write testdata/vectors.json")

type vector struct {
	Key         string `json:"key"`
	KeyID       string `json:"key_id"`
	Nonce       string `json:"nonce"`
	AccessKeyID string `json:"access_key_id"`
	Secret      string `json:"secret"`
	Sealed      string `json:"sealed"`
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
		sealed, err := identity.SealWith(unhex(t, v.Key), v.KeyID, [24]byte(unhex(t, v.Nonce)), v.AccessKeyID, []byte(v.Secret))
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			vs[i].Sealed = hex.EncodeToString(sealed)
			continue
		}
		if got := hex.EncodeToString(sealed); got != v.Sealed {
			t.Errorf("%s: sealed\n %s, want\n %s", v.AccessKeyID, got, v.Sealed)
		}
		if secret, err := identity.OpenWith(unhex(t, v.Key), v.AccessKeyID, unhex(t, v.Sealed)); err != nil || string(secret) != v.Secret {
			t.Errorf("%s: opened %q, %v", v.AccessKeyID, secret, err)
		}
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
		key, sealed := unhex(t, v.Key), unhex(t, v.Sealed)
		for bit := range len(sealed) * 8 {
			flipped := bytes.Clone(sealed)
			flipped[bit/8] ^= 1 << (bit % 8)
			if _, err := identity.OpenWith(key, v.AccessKeyID, flipped); err == nil {
				t.Fatalf("bit %d flipped, and it opens", bit)
			}
		}
		for n := range sealed {
			if _, err := identity.OpenWith(key, v.AccessKeyID, sealed[:n]); err == nil {
				t.Fatalf("cut to %d bytes, and it opens", n)
			}
		}
		if _, err := identity.OpenWith(key, v.AccessKeyID+"A", sealed); err == nil {
			t.Error("opens as another access key's")
		}
	}
}

func FuzzOpenSecret(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.AccessKeyID, unhex(f, v.Sealed))
	}
	key := bytes.Repeat([]byte{3, 141, 59, 26}, 8)
	f.Fuzz(func(t *testing.T, id string, sealed []byte) {
		if secret, err := identity.OpenWith(key, id, sealed); err == nil {
			t.Fatalf("a secret that this key never sealed opens: %x", secret)
		}
		again, err := identity.SealWith(key, "abcdefgh", [24]byte{}, id, sealed)
		if err != nil {
			t.Fatal(err)
		}
		if secret, err := identity.OpenWith(key, id, again); err != nil || !bytes.Equal(secret, sealed) {
			t.Fatalf("not the secret that was sealed: %v", err)
		}
	})
}
