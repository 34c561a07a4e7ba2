package kms_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/internal/rootkey"
	"signet/kms"
)

var update = flag.Bool("update", false, "write testdata/vectors.json")

// A vector is one ciphertext of a material in the clear.
type vector struct {
	Comment         string            `json:"comment"`
	Material        string            `json:"material"`
	KeyID           string            `json:"key_id"`
	MaterialID      string            `json:"material_id"`
	MaterialVersion int64             `json:"material_version"`
	ARN             string            `json:"arn"`
	Context         map[string]string `json:"encryption_context"`
	Canonical       string            `json:"canonical_context"`
	Salt            string            `json:"salt"`
	Plaintext       string            `json:"plaintext"`
	Ciphertext      string            `json:"ciphertext"`
}

func vectors(t testing.TB) (vs []vector) {
	t.Helper()
	check(json.Unmarshal(must(os.ReadFile("testdata/vectors.json")), &vs))
	return vs
}

func unhex(s string) []byte { return must(hex.DecodeString(s)) }

func TestVectors(t *testing.T) {
	vs := vectors(t)
	for i, v := range vs {
		blob := must(kms.SealWith([32]byte(unhex(v.Salt)), unhex(v.Material), v.KeyID, v.MaterialID, v.MaterialVersion, v.ARN, v.Context, unhex(v.Plaintext)))
		if *update {
			vs[i].Ciphertext, vs[i].Canonical = hex.EncodeToString(blob), kms.Canonical(v.Context)
			continue
		}
		if got := hex.EncodeToString(blob); got != v.Ciphertext {
			t.Errorf("%s: sealed\n %s, want\n %s", v.Comment, got, v.Ciphertext)
		}
		if got := kms.Canonical(v.Context); got != v.Canonical {
			t.Errorf("%s: context\n %s, want\n %s", v.Comment, got, v.Canonical)
		}
		got, err := kms.Unseal(unhex(v.Material), unhex(v.Ciphertext), v.ARN, v.Context)
		if err != nil || !bytes.Equal(got, unhex(v.Plaintext)) {
			t.Errorf("%s: opened %x, %v", v.Comment, got, err)
		}
		if id, material, version, ok := kms.Header(unhex(v.Ciphertext)); !ok || id != v.KeyID || material != v.MaterialID || int64(version) != v.MaterialVersion {
			t.Errorf("%s: header %s %s %d", v.Comment, id, material, version)
		}
	}
	if *update {
		check(os.WriteFile("testdata/vectors.json", append(must(json.MarshalIndent(vs, "", "  ")), '\n'), 0o644))
	}
	if len(vs) < 4 {
		t.Errorf("only %d vectors", len(vs))
	}
}

// A sealedVector is what lies in the store or in a token under one root key, nonce and place.
type sealedVector struct {
	Purpose string `json:"purpose"`
	RootKey string `json:"root_key"`
	Place   string `json:"place"`
	Nonce   string `json:"nonce"`
	Value   string `json:"value"`
	Sealed  string `json:"sealed"`
}

func TestSealedVectors(t *testing.T) {
	const file, arn = "testdata/sealed.json", here + "key/0a0b0c0d-1111-4222-8333-444455556666"
	var want []sealedVector
	if b, err := os.ReadFile(file); err == nil {
		check(json.Unmarshal(b, &want))
	}
	root, nonce := bytes.Repeat([]byte{1, 2, 3, 4}, 8), bytes.Repeat([]byte{9, 8, 7}, 8)
	var got []sealedVector
	for _, v := range []struct {
		purpose      string
		place, value []byte
	}{
		{"kms material", kms.MaterialPlace(arn, kms.SymmetricDefault, strings.Repeat("0a", 32), 3), bytes.Repeat([]byte{5}, 32)},
		{"kms grant token", rootkey.Place(account), []byte("0a0b0c0d-1111-4222-8333-444455556666" + strings.Repeat("0b", 32))},
		{"kms import token", rootkey.Place(arn), append(binary.BigEndian.AppendUint64(rootkey.Place("RSAES_OAEP_SHA_256"), 1772366400), "PKCS #8"...)},
	} {
		sealed := must(must(must(rootkey.New(root)).Sealer(v.purpose)).SealWith([24]byte(nonce), v.place, v.value))
		got = append(got, sealedVector{v.purpose, hex.EncodeToString(root), hex.EncodeToString(v.place), hex.EncodeToString(nonce),
			hex.EncodeToString(v.value), hex.EncodeToString(sealed)})
	}
	if *update {
		check(os.WriteFile(file, append(must(json.MarshalIndent(got, "", "  ")), '\n'), 0o644))
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const marker = "AUzDjxr2Qp_Vh3kIJVkNM84wYTBiMGMwZA"
	if m := kms.EncodeMarker("ListKeys", region, "0a0b0c0d"); m != marker {
		t.Errorf("marker %s, want %s", m, marker)
	}
}

func TestEveryBitFlipIsRefused(t *testing.T) {
	for _, v := range vectors(t) {
		blob := unhex(v.Ciphertext)
		for bit := range len(blob) * 8 {
			flipped := bytes.Clone(blob)
			flipped[bit/8] ^= 1 << (bit % 8)
			if _, err := kms.Unseal(unhex(v.Material), flipped, v.ARN, v.Context); err == nil {
				t.Fatalf("%s: bit %d flipped, and it opens", v.Comment, bit)
			}
		}
		for n := range blob {
			if _, err := kms.Unseal(unhex(v.Material), blob[:n], v.ARN, v.Context); err == nil {
				t.Fatalf("%s: cut to %d bytes, and it opens", v.Comment, n)
			}
		}
		if _, err := kms.Unseal(unhex(v.Material), blob, v.ARN+"x", v.Context); err == nil {
			t.Fatalf("%s: opens as another key", v.Comment)
		}
	}
}

// S1: no two contexts have the same canonical form, however their texts are cut.
func TestS1ContextsAreApart(t *testing.T) {
	seen := map[string]string{}
	for _, pairs := range []map[string]string{
		nil, {"a": "bc"}, {"ab": "c"}, {"abc": ""}, {"a": "b", "c": ""}, {"a": "", "b": "c"}, {"a": "b", "c": "d"},
		{"a": "b\x00\x00\x00\x01c"}, {"a\x00": "b"}, {"a": "\x00b"}, {"a": "d", "c": "b"},
	} {
		form := kms.Canonical(pairs)
		if other, twice := seen[form]; twice {
			t.Errorf("%q and %s have one form", pairs, other)
		}
		seen[form] = form
	}
	if kms.Canonical(map[string]string{"b": "1", "a": "2"}) != kms.Canonical(map[string]string{"a": "2", "b": "1"}) {
		t.Error("the order of the pairs counts")
	}
}

func FuzzCiphertext(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(unhex(v.Ciphertext), "key", "value")
	}
	material, salt := bytes.Repeat([]byte{7, 3}, 16), [32]byte{1}
	const id, arn = "0a0a0a0a-0000-4000-8000-000000000000", here + "key/0a0a0a0a-0000-4000-8000-000000000000"
	f.Fuzz(func(t *testing.T, blob []byte, key, value string) {
		pairs := map[string]string{key: value}
		if got, err := kms.Unseal(material, blob, arn, pairs); err == nil {
			t.Fatalf("what this material never encrypted opens: %x", got)
		}
		if _, _, _, ok := kms.Header(blob); ok && !bytes.HasPrefix(blob, kms.HeaderBytes(blob)) {
			t.Fatal("a header has two forms")
		}
		sealed := must(kms.SealWith(salt, material, id, strings.Repeat("0f", 32), 1, arn, pairs, blob))
		if got, err := kms.Unseal(material, sealed, arn, pairs); err != nil || !bytes.Equal(got, blob) {
			t.Fatalf("not what was encrypted: %v", err)
		}
	})
}

func FuzzImportToken(f *testing.F) {
	p := single(f)
	k := p.external("", "")
	genuine := p.parameters(k.KeyID, "RSAES_OAEP_SHA_256", "RSA_2048").ImportToken
	f.Add(genuine)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, token []byte) {
		if algorithm, ok := p.ReadImportToken(k.ARN, token); ok != bytes.Equal(token, genuine) || ok && algorithm != "RSAES_OAEP_SHA_256" {
			t.Fatalf("%t, %q", ok, algorithm)
		}
	})
}

func FuzzGrantToken(f *testing.F) {
	p := single(f)
	k := p.create("", "")
	genuine := must(p.grant(admin(f), kms.CreateGrantInput{KeyID: k.KeyID, GranteePrincipal: userARN("g"), Operations: []string{"Encrypt"}}))
	f.Add(genuine.GrantToken)
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if key, grant, ok := p.ReadGrantToken(token); ok != (token == genuine.GrantToken) || ok && (key != k.KeyID || grant != genuine.GrantID) {
			t.Fatalf("%t, %q %q", ok, key, grant)
		}
	})
}

func FuzzMarker(f *testing.F) {
	f.Add(kms.EncodeMarker("ListKeys", region, "x"), "x")
	f.Fuzz(func(t *testing.T, marker, after string) {
		if got, ok := kms.DecodeMarker("ListKeys", region, marker); ok && kms.EncodeMarker("ListKeys", region, got) != marker {
			t.Fatal("a marker has two forms")
		}
		own := kms.EncodeMarker("ListKeys", region, after)
		if got, ok := kms.DecodeMarker("ListKeys", region, own); after != "" && len(own) <= 1024 && (!ok || got != after) {
			t.Fatalf("%q, %t", got, ok)
		}
		if _, ok := kms.DecodeMarker("ListGrants", region, own); ok {
			t.Fatal("a marker of another list is taken")
		}
	})
}

// public finds the public test vectors beside the tree.
func public(t *testing.T, name string, into any) {
	t.Helper()
	folder := must(os.Getwd())
	for {
		if b, err := os.ReadFile(filepath.Join(folder, "shared", "vectors", name)); err == nil {
			check(json.Unmarshal(b, into))
			return
		}
		if parent := filepath.Dir(folder); parent != folder {
			folder = parent
			continue
		}
		t.Skipf("there is no shared/vectors/%s in a folder above", name)
	}
}

type wycheproof struct {
	TestGroups []struct {
		IvSize, KeySize, TagSize int
		Tests                    []struct {
			TcID                                        int
			Comment, Key, Iv, Aad, Msg, Ct, Tag, Result string
		}
	}
}

func TestWycheproofAESGCM(t *testing.T) {
	var file wycheproof
	public(t, "aes_gcm_test.json", &file)
	n := 0
	for _, g := range file.TestGroups {
		if g.IvSize != 96 || g.KeySize != 256 || g.TagSize != 128 { // what the ciphertext format uses
			continue
		}
		for _, c := range g.Tests {
			n++
			aead := must(kms.GCM(unhex(c.Key)))
			got, err := aead.Open(nil, unhex(c.Iv), unhex(c.Ct+c.Tag), unhex(c.Aad))
			if (err == nil) != (c.Result == "valid") || err == nil && hex.EncodeToString(got) != c.Msg {
				t.Errorf("%d (%s): %v", c.TcID, c.Comment, err)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d cases", n)
	}
}

func TestWycheproofHMAC(t *testing.T) {
	var file wycheproof
	public(t, "hmac_sha256_test.json", &file)
	n := 0
	for _, g := range file.TestGroups {
		for _, c := range g.Tests {
			n++
			got := hex.EncodeToString(kms.MacOf("HMAC_SHA_256", unhex(c.Key), unhex(c.Msg)))[:g.TagSize/4]
			if (got == c.Tag) != (c.Result == "valid") {
				t.Errorf("%d (%s): got %s", c.TcID, c.Comment, got)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d cases", n)
	}
}
