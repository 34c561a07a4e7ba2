package kms_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command line of AWS, where it is on the machine: a key is made, and a file goes in and comes out.
func TestCommandLine(t *testing.T) {
	w := single(t)
	aws := func(args ...string) (string, error) { return w.CommandLine(append([]string{"kms"}, args...)...) }
	run := func(args ...string) string {
		t.Helper()
		out, err := aws(args...)
		if err != nil {
			t.Fatalf("aws kms %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	var made struct {
		KeyMetadata struct {
			KeyID    string `json:"KeyId"`
			ARN      string `json:"Arn"`
			KeyState string
		}
	}
	check(json.Unmarshal([]byte(run("create-key", "--description", "by the command line", "--output", "json")), &made))
	if made.KeyMetadata.KeyState != "Enabled" {
		t.Errorf("%+v", made)
	}
	dir := t.TempDir()
	plain, sealed := filepath.Join(dir, "plain"), filepath.Join(dir, "sealed")
	check(os.WriteFile(plain, []byte("a file of mine"), 0o600))
	blob := run("encrypt", "--key-id", made.KeyMetadata.KeyID, "--plaintext", "fileb://"+plain, "--encryption-context", "app=quotes", "--query", "CiphertextBlob", "--output", "text")
	check(os.WriteFile(sealed, must(base64.StdEncoding.DecodeString(blob)), 0o600))
	out := run("decrypt", "--ciphertext-blob", "fileb://"+sealed, "--encryption-context", "app=quotes", "--query", "Plaintext", "--output", "text")
	if got := must(base64.StdEncoding.DecodeString(out)); string(got) != "a file of mine" {
		t.Errorf("%q", got)
	}
	run("disable-key", "--key-id", made.KeyMetadata.KeyID)
	out, err := aws("decrypt", "--ciphertext-blob", "fileb://"+sealed, "--encryption-context", "app=quotes")
	if err == nil || !strings.Contains(out, "(DisabledException)") || !strings.Contains(out, made.KeyMetadata.ARN+" is disabled.") {
		t.Errorf("%v: %s", err, out)
	}
}
