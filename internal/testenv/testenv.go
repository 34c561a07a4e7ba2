// Package testenv gives tests the real programs that they need: PostgreSQL, MariaDB and Vault servers, signet itself
// with people signed in to it, and the path of a Chromium. It guarantees that what it starts ends
// with the test process, even when that is killed, and that two calls never share a database.
package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// Main runs a package's tests and then stops what testenv started for them. A package that uses
// Postgres, MariaDB or Vault calls it from its TestMain.
func Main(m *testing.M) {
	code := m.Run()
	stopShared()
	stopMariaDB()
	stopVault()
	os.Exit(code)
}

// Chromium returns the path of a Chromium or Chrome, or "" when there is none.
// SIGNET_TEST_CHROMIUM goes before the search path.
func Chromium() string {
	for _, name := range []string{os.Getenv("SIGNET_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
