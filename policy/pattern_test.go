package policy_test

import (
	"regexp"
	"strings"
	"testing"

	"signet/policy"
)

// reference matches by regular expressions, whose time is linear too.
func reference(pattern, text string, segments bool) bool {
	var b strings.Builder
	all := []rune(pattern)
	for i, c := range all {
		switch {
		case c == '?' && segments:
			b.WriteString("[^:]")
		case c == '?':
			b.WriteString(".")
		case c == '*' && segments && i+1 < len(all) && all[i+1] != ':':
			b.WriteString("[^:]*")
		case c == '*':
			b.WriteString(".*")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.MustCompile(`(?s)\A` + b.String() + `\z`).MatchString(text)
}

func TestMatches(t *testing.T) {
	for _, pattern := range []string{"", "*", "?", "**", "a", "a*", "*a", "a*b", "a*b*c", "*a?b*", "??", "a:*", "a*:b", "*:*", "ä?", "a**?b"} {
		for _, text := range []string{"", "a", "b", "ab", "aab", "abc", "axbxc", "xaybz", "a:b", "a:b:c", "äö", "aXYb", "*", "?"} {
			if got, want := policy.Matches(pattern, text), reference(pattern, text, false); got != want {
				t.Errorf("%q on %q: %t", pattern, text, got)
			}
			if got, want := policy.MatchesResource(pattern, text), reference(pattern, text, true); got != want {
				t.Errorf("resource %q on %q: %t", pattern, text, got)
			}
		}
	}
}

// TestHostilePatterns: patterns that keep a backtracking matcher busy for years.
func TestHostilePatterns(t *testing.T) {
	text := strings.Repeat("a", 2000) + "b"
	for _, pattern := range []string{
		strings.Repeat("*a", 1000) + "c", strings.Repeat("a*", 1000) + "c", strings.Repeat("*", 2000) + "c",
		strings.Repeat("*?", 1000) + "c", strings.Repeat("?*", 990) + "c", "*" + strings.Repeat("a", 1500) + "*c",
	} {
		if policy.Matches(pattern, text) || policy.MatchesResource(pattern, text) {
			t.Errorf("%.20s... matches", pattern)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("arn:aws:s3:*:*:b/*", "arn:aws:s3:::b/x:y")
	f.Add("*:a*a*:?", ":::aba:x")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 200 || len(text) > 200 {
			return
		}
		pattern, text = strings.ToValidUTF8(pattern, "~"), strings.ToValidUTF8(text, "~")
		if got, want := policy.Matches(pattern, text), reference(pattern, text, false); got != want {
			t.Errorf("%q on %q: %t", pattern, text, got)
		}
		if got, want := policy.MatchesResource(pattern, text), reference(pattern, text, true); got != want {
			t.Errorf("resource %q on %q: %t", pattern, text, got)
		}
	})
}
