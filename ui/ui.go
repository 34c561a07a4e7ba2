// Package ui holds the browser app. It guarantees that the Go code builds with or without the app's own build, and that
// it says which of the two it is.
package ui

import (
	"embed"
	"io/fs"
)

// dist is what `make ui` puts there. A fresh clone holds only an empty marker file, which is why "all:" is needed.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built app with index.html at its root. The second result is false when the app was not built: then
// there is nothing to serve, and `make ui` is what mends it.
func Files() (fs.FS, bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return files, false
	}
	return files, true
}
