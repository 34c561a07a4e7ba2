package secrets

import (
	"strings"
	"unicode/utf8"
)

const maxDescription = 2048

// checkText checks a text that the store will keep: PostgreSQL has none with NUL.
func checkText(field, text string, low, high int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case n < low:
		return constraint(field, "have length greater than or equal to %d", low)
	case n > high:
		return constraint(field, "have length less than or equal to %d", high)
	case !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0:
		return constraint(field, "be UTF-8 without NUL")
	}
	return nil
}

// checkToken checks a ClientRequestToken, which becomes the id of a version.
func checkToken(token string) error {
	if token == "" {
		return invalidParameter("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
	}
	return checkText("clientRequestToken", token, 32, 64)
}

// checkVersionID checks the id of a version; "" for none.
func checkVersionID(id string) error {
	if id == "" {
		return nil
	}
	return checkText("versionId", id, 32, 64)
}

// limit checks the length of a page; 0 stands for the usual one.
func limit(n, usual, high int) (int, error) {
	if n == 0 {
		return usual, nil
	}
	if n < 1 || n > high {
		return 0, constraint("maxResults", "be between 1 and %d", high)
	}
	return n, nil
}

// firstWrong is the first of the errors, or nil.
func firstWrong(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
