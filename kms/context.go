package kms

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxContext bounds the bytes of an encryption context.
const maxContext = 8192

// checkContext checks an encryption context. Keys that differ by case only are refused: condition
// keys do not differ by case, so a policy could not tell one of the pairs from the other.
func checkContext(pairs map[string]string) error {
	size, folded := 0, map[string]bool{}
	for key, value := range pairs {
		size += len(key) + len(value)
		lower := fold(key)
		if key == "" || !utf8.ValidString(key) || !utf8.ValidString(value) || folded[lower] {
			return invalid("The encryption context has a key that is empty, not UTF-8, or there twice in different case.")
		}
		folded[lower] = true
	}
	if size > maxContext {
		return invalid("The encryption context has %d bytes; at most %d are allowed.", size, maxContext)
	}
	return nil
}

// fold lowers ASCII letters only, as package policy does.
func fold(text string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, text)
}

// contextConditions are the condition keys of an encryption context.
func contextConditions(pairs map[string]string) map[string][]string {
	if len(pairs) == 0 {
		return nil
	}
	out := map[string][]string{"kms:EncryptionContextKeys": slices.Sorted(maps.Keys(pairs))}
	for key, value := range pairs {
		out["kms:EncryptionContext:"+key] = []string{value}
	}
	return out
}

// appendContext writes an encryption context in its one form: the number of pairs, then each, sorted by
// key, with lengths.
func appendContext(b []byte, pairs map[string]string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(pairs)))
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		for _, part := range []string{key, pairs[key]} {
			b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
			b = append(b, part...)
		}
	}
	return b
}

// contextDetail puts an encryption context on the log. It is not secret.
func contextDetail(detail, pairs map[string]string) map[string]string {
	if len(pairs) > 0 {
		detail["encryption_context"] = asJSON(pairs)
	}
	return detail
}
