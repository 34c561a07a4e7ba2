package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedCommands calls for each command line in the documents what it names: the command
// must exist and take these flags and as many words.
func TestDocumentedCommands(t *testing.T) {
	pages, err := filepath.Glob("../../*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"../../docs/*.md", "../../examples/*/*.md"} {
		more, _ := filepath.Glob(pattern)
		pages = append(pages, more...)
	}
	line := regexp.MustCompile("(?m)(?:^|`)(?:\\$ )?(?:SIGNET_[A-Z_]+=\\S+ )*(?:bin/)?signet ((?:[a-z]+)(?: [^`\n#|]*)?)(?:`|$)")
	purpose := regexp.MustCompile(` v[0-9]+$`) // "signet ticket v1" names a format
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			if purpose.MatchString(m[1]) {
				continue
			}
			found++
			var out bytes.Buffer
			root := (&terminal{out: &out, err: &out}).root()
			cmd, rest, err := root.Find(strings.Fields(m[1]))
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err != nil && strings.HasSuffix(err.Error(), "help requested") {
				continue
			}
			if err == nil && (cmd.Runnable() || len(cmd.Flags().Args()) > 0) && !inProse(m[0]) {
				err = cmd.ValidateArgs(cmd.Flags().Args())
			}
			if err != nil || cmd == root {
				t.Errorf("%s: signet %s: %v", filepath.Base(page), m[1], err)
			}
		}
	}
	if found < 20 {
		t.Errorf("found only %d commands", found)
	}
}

// inProse reports whether a command is only mentioned: the sentence around it leaves words out.
func inProse(match string) bool { return strings.HasPrefix(match, "`") }
