// Package examples holds the example projects, so that the binary can open one without a checkout.
// It guarantees that what `signet demo` serves is what stands in the folder.
package examples

import "embed"

// AnyCompany is the demo: its root holds the folder anycompany.
//
//go:embed anycompany
var AnyCompany embed.FS
