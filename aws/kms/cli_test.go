package kms_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The command line of AWS, where it is on the machine: a key is made, and a file goes in and comes out.
func TestCommandLine(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("the aws command is not on this machine")
	}
	w := single(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	aws := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "aws", append(append([]string{"kms"}, args...), "--endpoint-url", w.url)...)
		cmd.Env = append(os.Environ(), "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region, "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
			"AWS_ACCESS_KEY_ID="+w.root.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+w.root.SecretAccessKey)
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
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
