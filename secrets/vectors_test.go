package secrets

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"signet/internal/opaque"
)

var writeVectors = flag.Bool("write-vectors", false, "write testdata/value-vectors.json anew")

// valueVector is one sealed value or NextToken, in hexadecimal where it is not text.
type valueVector struct {
	DataKey, Nonce, Wrapped, ARN, Version, Kind, Value, Sealed string   `json:",omitempty"`
	List                                                       []string `json:",omitempty"`
	At                                                         int64    `json:",omitempty"`
	ID, Token                                                  string   `json:",omitempty"`
}

const vectorsFile = "testdata/value-vectors.json"

func TestValueVectors(t *testing.T) {
	inputs := []valueVector{
		{DataKey: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", Nonce: "0c0b0a090807060504030201", Wrapped: "77726170706564",
			ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf", Version: "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1", Kind: textValue, Value: hex.EncodeToString([]byte("a text"))},
		{DataKey: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", Nonce: "0c0b0a090807060504030202", Wrapped: "01",
			ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-000000", Version: "EXAMPLE2-90ab-cdef-fedc-ba987SECRET2", Kind: binaryValue, Value: "00ff"},
		{List: []string{"ListSecrets", "us-east-1", "null", "false", "created_at", "false"}, At: 1772620200000000, ID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
	}
	for i := range inputs {
		v := &inputs[i]
		if v.List != nil {
			v.Token = cursor(v.List).close(position{v.At, v.ID})
			continue
		}
		sealed, err := sealValue(opaque.New(unhex(t, v.DataKey)), [envelopeNonce]byte(unhex(t, v.Nonce)), place{arn: v.ARN, version: v.Version}, unhex(t, v.Wrapped), Value{v.Kind, opaque.New(unhex(t, v.Value))})
		if err != nil {
			t.Fatal(err)
		}
		v.Sealed = hex.EncodeToString(sealed)
		opened, err := openValue(opaque.New(unhex(t, v.DataKey)), place{arn: v.ARN, version: v.Version}, v.Kind, sealed)
		if err != nil || hex.EncodeToString(opened.Reveal()) != v.Value {
			t.Errorf("it opens as %x, %v", opened.Reveal(), err)
		}
	}
	if *writeVectors {
		text, err := json.MarshalIndent(inputs, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorsFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var want []valueVector
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, inputs); diff != "" {
		t.Errorf("the forms have changed (-want +got):\n%s", diff)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
