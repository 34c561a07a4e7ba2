package kms_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"signet/kms"
)

// An outsideVector is one ciphertext of a key that lives outside. Wrapped stands for what a provider gives.
type outsideVector struct {
	Comment    string            `json:"comment"`
	KeyID      string            `json:"key_id"`
	ARN        string            `json:"arn"`
	DataKey    string            `json:"data_key"`
	Framed     string            `json:"framed_data_key"`
	Wrapped    string            `json:"wrapped_data_key"`
	Nonce      string            `json:"nonce"`
	Context    map[string]string `json:"encryption_context"`
	Plaintext  string            `json:"plaintext"`
	Ciphertext string            `json:"ciphertext"`
}

const outsideID, outsideARN = "0a0b0c0d-1111-4222-8333-444455556666", here + "key/0a0b0c0d-1111-4222-8333-444455556666"

func outsideVectors(t testing.TB) (vs []outsideVector) {
	t.Helper()
	check(json.Unmarshal(must(os.ReadFile("testdata/outside.json")), &vs))
	return vs
}

func TestOutsideVectors(t *testing.T) {
	if *update {
		writeOutsideVectors()
	}
	vs := outsideVectors(t)
	for _, v := range vs {
		blob := must(kms.SealOutside(unhex(v.DataKey), v.KeyID, unhex(v.Wrapped), [12]byte(unhex(v.Nonce)), v.ARN, v.Context, unhex(v.Plaintext)))
		if got := hex.EncodeToString(blob); got != v.Ciphertext {
			t.Errorf("%s: sealed\n %s, want\n %s", v.Comment, got, v.Ciphertext)
		}
		got, err := kms.UnsealOutside(unhex(v.DataKey), unhex(v.Ciphertext), v.ARN, v.Context)
		if err != nil || !bytes.Equal(got, unhex(v.Plaintext)) {
			t.Errorf("%s: opened %x, %v", v.Comment, got, err)
		}
		if id, wrapped, _, ok := kms.ParseOutside(unhex(v.Ciphertext)); !ok || id != v.KeyID || hex.EncodeToString(wrapped) != v.Wrapped {
			t.Errorf("%s: header %s %x", v.Comment, id, wrapped)
		}
		if got := hex.EncodeToString(kms.DataKeyFor(v.KeyID, unhex(v.DataKey))); got != v.Framed {
			t.Errorf("%s: the provider gets %s, want %s", v.Comment, got, v.Framed)
		}
	}
	if len(vs) < 3 {
		t.Errorf("only %d vectors", len(vs))
	}
}

func writeOutsideVectors() {
	key, nonce, wrapped := bytes.Repeat([]byte{0x51, 0xa2}, 16), bytes.Repeat([]byte{9, 8, 7}, 4), []byte("vault:v1:cHJvdmlkZXI=")
	var vs []outsideVector
	for _, v := range []struct {
		comment, text string
		pairs         map[string]string
	}{{"a value without a context", "value", nil}, {"with a context", "value", map[string]string{"b": "2", "a": "1"}}, {"one byte", "\x00", nil}} {
		blob := must(kms.SealOutside(key, outsideID, wrapped, [12]byte(nonce), outsideARN, v.pairs, []byte(v.text)))
		vs = append(vs, outsideVector{v.comment, outsideID, outsideARN, hex.EncodeToString(key), hex.EncodeToString(kms.DataKeyFor(outsideID, key)),
			hex.EncodeToString(wrapped), hex.EncodeToString(nonce), v.pairs, hex.EncodeToString([]byte(v.text)), hex.EncodeToString(blob)})
	}
	check(os.WriteFile("testdata/outside.json", append(must(json.MarshalIndent(vs, "", "  ")), '\n'), 0o644))
}

func TestOutsideEveryBitFlipIsRefused(t *testing.T) {
	for _, v := range outsideVectors(t) {
		blob := unhex(v.Ciphertext)
		for bit := range len(blob) * 8 {
			flipped := bytes.Clone(blob)
			flipped[bit/8] ^= 1 << (bit % 8)
			if _, err := kms.UnsealOutside(unhex(v.DataKey), flipped, v.ARN, v.Context); err == nil {
				t.Fatalf("%s: bit %d flipped, and it opens", v.Comment, bit)
			}
		}
		for n := range blob {
			if _, err := kms.UnsealOutside(unhex(v.DataKey), blob[:n], v.ARN, v.Context); err == nil {
				t.Fatalf("%s: cut to %d bytes, and it opens", v.Comment, n)
			}
		}
		if _, err := kms.UnsealOutside(unhex(v.DataKey), blob, v.ARN+"x", v.Context); err == nil {
			t.Fatalf("%s: opens as another key", v.Comment)
		}
		if _, ok := kms.ReadDataKey("0a0b0c0d-1111-4222-8333-444455556667", unhex(v.Framed)); ok {
			t.Fatalf("%s: the data key is another key's too", v.Comment)
		}
	}
}

func FuzzOutside(f *testing.F) {
	for _, v := range outsideVectors(f) {
		f.Add(unhex(v.Ciphertext), "key", "value")
	}
	key, wrapped := bytes.Repeat([]byte{7, 3}, 16), []byte("wrapped")
	f.Fuzz(func(t *testing.T, blob []byte, name, value string) {
		pairs := map[string]string{name: value}
		if got, err := kms.UnsealOutside(key, blob, outsideARN, pairs); err == nil {
			t.Fatalf("what this data key never encrypted opens: %x", got)
		}
		if _, _, again, ok := kms.ParseOutside(blob); ok && !bytes.Equal(again, blob) {
			t.Fatal("a ciphertext has two forms")
		}
		if got, ok := kms.ReadDataKey(outsideID, blob); ok && !bytes.Equal(kms.DataKeyFor(outsideID, got), blob) {
			t.Fatal("a data key has two frames")
		}
		sealed := must(kms.SealOutside(key, outsideID, wrapped, [12]byte{1}, outsideARN, pairs, blob))
		if got, err := kms.UnsealOutside(key, sealed, outsideARN, pairs); err != nil || !bytes.Equal(got, blob) {
			t.Fatalf("not what was encrypted: %v", err)
		}
	})
}
