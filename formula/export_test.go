package formula

import "strings"

// Signature is for the test of the documentation.
func Signature(name string) string {
	f := functions[strings.ToLower(name)]
	return f.signature()
}
