package policy

import "strings"

// wild says what one position of a pattern matches.
type wild byte

const (
	literal      wild = iota
	one               // ?: one character
	run               // *: any number of characters
	oneInSegment      // ?: one character but a colon
	runInSegment      // *: any number of characters but colons
)

// token is one position of a pattern: a wildcard or a character.
type token struct {
	wild wild
	char rune
}

// takes reports whether the position can stand for c.
func (t token) takes(c rune) bool {
	switch t.wild {
	case one, run:
		return true
	case oneInSegment, runInSegment:
		return c != ':'
	default:
		return t.char == c
	}
}

func (t token) repeats() bool { return t.wild == run || t.wild == runInSegment }

// literals returns text as a pattern that matches only text.
func literals(text string) []token {
	out := make([]token, 0, len(text))
	for _, c := range text {
		out = append(out, token{char: c})
	}
	return out
}

// glob returns text as a pattern where * and ? match anything, colons too.
func glob(text string) []token {
	out := make([]token, 0, len(text))
	for _, c := range text {
		switch c {
		case '*':
			out = append(out, token{wild: run})
		case '?':
			out = append(out, token{wild: one})
		default:
			out = append(out, token{char: c})
		}
	}
	return out
}

// matches reports whether pattern matches the whole of text. It follows all ways through the
// pattern at once, one character of text after the other, so its time is at most the product of
// the two lengths, whatever the pattern looks like.
func matches(pattern []token, text string) bool {
	pattern, text, ok := skipLiterals(pattern, text)
	if !ok || len(pattern) == 0 {
		return ok && text == ""
	}
	if len(pattern) == 1 && pattern[0].wild == run {
		return true
	}
	here, next := make([]bool, len(pattern)+1), make([]bool, len(pattern)+1)
	reach(pattern, here, 0)
	for _, c := range text {
		clear(next)
		alive := false
		for i, t := range pattern {
			if !here[i] || !t.takes(c) {
				continue
			}
			alive = true
			if t.repeats() {
				reach(pattern, next, i)
			} else {
				reach(pattern, next, i+1)
			}
		}
		if !alive {
			return false
		}
		here, next = next, here
	}
	return here[len(pattern)]
}

// reach marks position i and those after it that are reached without a character. It stops at a
// marked position: what follows that is marked as well.
func reach(pattern []token, marks []bool, i int) {
	for !marks[i] {
		marks[i] = true
		if i == len(pattern) || !pattern[i].repeats() {
			return
		}
		i++
	}
}

// skipLiterals takes off the leading characters that pattern and text must share.
func skipLiterals(pattern []token, text string) ([]token, string, bool) {
	n := 0
	for offset, c := range text {
		if n == len(pattern) || pattern[n].wild != literal {
			return pattern[n:], text[offset:], true
		}
		if pattern[n].char != c {
			return nil, "", false
		}
		n++
	}
	return pattern[n:], "", true
}

// fold lowers ASCII letters only. Unicode folding would make a Kelvin sign a k, and so let one
// condition key or action pass for another.
func fold(text string) string {
	if strings.IndexFunc(text, func(c rune) bool { return 'A' <= c && c <= 'Z' }) < 0 {
		return text
	}
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, text)
}
