package ui_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"signet/ui"
)

// The server puts a nonce into the page and sends a policy without 'unsafe-inline': the page must have the mark for the
// nonce, and no script or style of its own in line.
func TestBuiltPageFitsTheContentSecurityPolicy(t *testing.T) {
	files, built := ui.Files()
	if files == nil {
		t.Fatal("Files() gave no file system")
	}
	if !built {
		if _, err := fs.Stat(files, "index.html"); err == nil {
			t.Fatal("Files() says not built, but index.html is there")
		}
		return
	}
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(page, []byte("__CSP_NONCE__")); got != 1 {
		t.Errorf("index.html holds the nonce mark %d times, want once", got)
	}
	for _, inline := range []string{"<style", "javascript:", " onload=", " onerror=", " style="} {
		if strings.Contains(string(page), inline) {
			t.Errorf("index.html holds %q, which the policy forbids", inline)
		}
	}
	for _, script := range strings.Split(string(page), "<script")[1:] {
		if !strings.Contains(script[:strings.Index(script, ">")], "src=") {
			t.Error("index.html holds a script in line")
		}
	}
}
