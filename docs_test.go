package signet_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWalkthroughNamesWhatExists fails when a step of the walkthrough names a file or a function
// that is gone. A step is written as `folder/file.go` `Symbol`.
func TestWalkthroughNamesWhatExists(t *testing.T) {
	steps := regexp.MustCompile("`([a-z/A-Z_.]+\\.(?:go|tsx?|sql))` `([A-Za-z]+)`").FindAllStringSubmatch(read(t, "docs/walkthrough.md"), -1)
	if len(steps) < 15 {
		t.Fatalf("found only %d steps", len(steps))
	}
	for _, s := range steps {
		b, err := os.ReadFile(s[1])
		if err != nil {
			t.Errorf("%s: %v", s[1], err)
			continue
		}
		declared := regexp.MustCompile(`(?m)^\s*(?:export )?(?:async )?(?:func|function|const|type|class)\s+(?:\([^)]*\)\s*)?` + s[2] + `\b`)
		if !declared.Match(b) {
			t.Errorf("%s declares no %s", s[1], s[2])
		}
	}
}

// TestLinksLead checks the relative links of all pages.
func TestLinksLead(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, _ := filepath.Glob("*/*.md")
	for _, page := range append(pages, more...) {
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(read(t, page), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, link[1])
			}
		}
	}
}

func TestREADMEIsShort(t *testing.T) {
	if n := strings.Count(read(t, "README.md"), "\n"); n > 150 {
		t.Errorf("README.md has %d lines: at most 150", n)
	}
}

// TestDependenciesHaveReasons wants one line for each direct dependency, and none for what is gone.
func TestDependenciesHaveReasons(t *testing.T) {
	page := read(t, "docs/dependencies.md")
	direct := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(read(t, "go.mod"), -1) {
		direct[m[1]] = true
	}
	var manifest struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, "ui/package.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	for name := range manifest.Dependencies {
		direct[name] = true
	}
	for name := range manifest.DevDependencies {
		direct[name] = true
	}
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\S").FindAllStringSubmatch(page, -1) {
		explained[m[1]] = true
		if !direct[m[1]] {
			t.Errorf("docs/dependencies.md explains %s, which is no direct dependency", m[1])
		}
	}
	for name := range direct {
		if !explained[name] {
			t.Errorf("docs/dependencies.md does not say why %s is there", name)
		}
	}
}

// TestThreatsHaveTests compares the table in docs/security.md with the tests that exist, and wants
// the threats that the click must withstand to be in it.
func TestThreatsHaveTests(t *testing.T) {
	page := read(t, "docs/security.md")
	for _, id := range strings.Fields("S1 S2 S3 S4 S5 S6 S7 S8 S10 S11 A1 A2 A9 A10 A11 A12 A16 A17 A18 A19 A20 A21 A22 A23 A24 A25") {
		if !regexp.MustCompile("(?m)^\\| " + id + "[, ].*`.*`").MatchString(page) {
			t.Errorf("docs/security.md names no test for %s", id)
		}
	}
	var tests strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if err == nil && (strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "source/sourcetest/")) && !d.IsDir() {
			tests.WriteString(read(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`((?:Test)?[SA][0-9]+_?[A-Za-z]+)`").FindAllStringSubmatch(page, -1) {
		if !strings.Contains(tests.String(), "func "+m[1]+"(") && !strings.Contains(tests.String(), `"`+m[1]+`"`) {
			t.Errorf("docs/security.md names the test %s, which is gone", m[1])
		}
	}
}
