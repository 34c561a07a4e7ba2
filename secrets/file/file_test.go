package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"signet/policy"
	"signet/secrets/file"
	"signet/secrets/reference"
)

const mark = "MARKED-4711"

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func TestFilesBelowTheFolder(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "password"), mark)
	write(t, filepath.Join(dir, "plain"), " pass word\r\n")
	write(t, filepath.Join(dir, "db", "password"), "x")
	write(t, filepath.Join(dir, "big"), strings.Repeat("b", reference.MaxValue+1))
	write(t, filepath.Join(dir, "full"), strings.Repeat("f", reference.MaxValue))
	write(t, filepath.Join(dir, "..2026", "token"), "mounted")
	link(t, "..2026", filepath.Join(dir, "..data"))
	link(t, "..data/token", filepath.Join(dir, "token"))
	link(t, filepath.Join(outside, "password"), filepath.Join(dir, "absolute"))
	link(t, "../"+filepath.Base(outside)+"/password", filepath.Join(dir, "relative"))
	link(t, outside, filepath.Join(dir, "folder"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := file.New(dir, "SIGNET_SECRETS_FILES")
	for name, want := range map[string]string{
		"plain": " pass word", "db/password": "x", "token": "mounted", "full": strings.Repeat("f", reference.MaxValue),
		"absolute": "", "relative": "", "folder/password": "", "pipe": "", "db": "", "absent": "", "big": "",
		"../" + filepath.Base(outside) + "/password": "", filepath.Join(outside, "password"): "", // Parse refuses these already
	} {
		got, err := p.Fetch(t.Context(), policy.Caller{}, reference.Reference{Kind: reference.File, Name: name})
		if string(got.Value.Reveal()) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", name, got.Value.Reveal(), err)
		}
		if err != nil && strings.Contains(err.Error(), mark) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Whoever mounts secrets replaces them all at once, by another link.
	write(t, filepath.Join(dir, "..2027", "token"), "mounted anew")
	link(t, "..2027", filepath.Join(dir, "..new"))
	if err := os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Fetch(t.Context(), policy.Caller{}, reference.Reference{Kind: reference.File, Name: "token"}); string(got.Value.Reveal()) != "mounted anew" {
		t.Errorf("%v", err)
	}
	if _, err := file.New("", "SIGNET_SECRETS_FILES").Fetch(t.Context(), policy.Caller{}, reference.Reference{Kind: reference.File, Name: "plain"}); err == nil || !strings.Contains(err.Error(), "set SIGNET_SECRETS_FILES") {
		t.Errorf("without a folder: %v", err)
	}
}
