package kms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// within checks a number; 0 stands for the usual one.
func within(field string, n, usual, low, high int) (int, error) {
	if n == 0 {
		return usual, nil
	}
	if n < low || n > high {
		return 0, outOfRange(field, low, high)
	}
	return n, nil
}

// number is a condition key with a number.
func number(key string, n int) map[string][]string {
	return map[string][]string{key: {strconv.Itoa(n)}}
}

// oneOf checks a value of an enumeration; "" stands for the usual one, unless that is "" too.
func oneOf(field, value, usual string, of ...string) (string, error) {
	if value == "" {
		value = usual
	}
	if !slices.Contains(of, value) {
		return "", notOneOf(field, value, of)
	}
	return value, nil
}

// text checks a text that the store will keep: PostgreSQL has none with NUL.
func text(field, value string, limit int) error {
	if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 || utf8.RuneCountInString(value) > limit {
		return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", field, limit)
	}
	return nil
}

// bytesWithin checks the length of a blob.
func bytesWithin(field string, b, low, high int) error {
	if b < low || b > high {
		return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length between %d and %d", field, low, high)
	}
	return nil
}

// join puts condition keys together.
func join(all ...map[string][]string) map[string][]string {
	out := map[string][]string{}
	for _, m := range all {
		for key, values := range m {
			out[key] = values
		}
	}
	return out
}

// condition is one condition key; none for an empty value.
func condition(key, value string) map[string][]string {
	if value == "" {
		return nil
	}
	return map[string][]string{key: {value}}
}

func flag(key string, value bool) map[string][]string {
	return map[string][]string{key: {fmt.Sprint(value)}}
}
