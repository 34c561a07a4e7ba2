package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"signet/internal/fault"
	"signet/internal/weak"
)

const (
	minPassword = 12
	maxPassword = 256 // characters; a longer one only costs time
)

// stems are the words that guessers try first, with digits and signs around them. A password must
// have enough left when they are taken away. Longer words come before the words in them.
var stems = []string{
	"correcthorsebatterystaple", "administrator", "qwertzuiop", "qwertyuiop", "1q2w3e4r5t", "asdfghjkl", "password", "passwort", "passw0rd",
	"p@ssw0rd", "p@ssword", "superuser", "trustno1", "changeit", "changeme", "baseball", "football", "princess", "sunshine", "internet",
	"computer", "whatever", "starwars", "iloveyou", "letmein", "welcome", "starten", "default", "zxcvbnm", "1qaz2wsx", "1q2w3e4r", "qwertz",
	"qwerty", "azerty", "asdfgh", "monkey", "dragon", "master", "shadow", "secret", "signet", "summer", "winter", "spring", "autumn",
	"abc123", "123456789", "12345678", "1234567", "123456", "12345", "1234", "admin", "login", "guest", "hello", "super", "user",
	"root", "test", "demo", "pass", "love", "2024", "2025", "2026", "2027", "123", "abc", "anycompany",
}

// checkPassword refuses passwords that are short or on the first pages of a guesser's list. The
// fault names field.
func checkPassword(field, userName, password string) error {
	if why := weakness(userName, password); why != "" {
		return &fault.Error{
			Code: fault.InvalidInput, Detail: "choose another password",
			Fields: []fault.Field{{Field: field, Message: why}},
		}
	}
	return nil
}

func weakness(userName, password string) string {
	if !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl) {
		return "use characters that can be typed"
	}
	password = normal(password)
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return "use at least 12 characters"
	case n > maxPassword:
		return "use at most 256 characters"
	}
	lower := strings.ToLower(password)
	if why := weak.Pattern([]byte(lower)); why != "" {
		return "this is easy to guess: " + why
	}
	if distinct(lower) < 5 {
		return "this is easy to guess: it has fewer than 5 different characters"
	}
	if distinct(remainder(lower, userName)) < 4 {
		return "this is easy to guess: it is a common word with little around it"
	}
	return ""
}

// remainder is what is left of a password without the user's name and common words, also when
// digits stand for letters.
func remainder(lower, userName string) string {
	plain := strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(lower)
	shortest := lower
	for _, text := range []string{lower, plain} {
		for _, stem := range append(slices.Clone(namesOf(userName)), stems...) {
			text = strings.ReplaceAll(text, stem, "")
		}
		if distinct(text) < distinct(shortest) {
			shortest = text
		}
	}
	return shortest
}

func namesOf(userName string) []string {
	parts := strings.FieldsFunc(strings.ToLower(userName), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.DeleteFunc(parts, func(p string) bool { return len(p) < 3 })
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
