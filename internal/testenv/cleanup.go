package testenv

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// folderPrefix is followed by the id of the test process that owns the folder.
const folderPrefix = "signet-postgres-"

// removeStale removes the folders of test processes that were killed before they could.
func removeStale() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if below := memory(); below != "" {
		more, _ := filepath.Glob(filepath.Join(below, folderPrefix+"*"))
		folders = append(folders, more...)
	}
	for _, f := range folders {
		name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(f), folderPrefix), "-")
		pid, err := strconv.Atoi(name)
		if err == nil && pid > 1 && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(f)
		}
	}
}

// tail keeps the last lines of a server's log for the error message.
type tail struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	t.lines = t.lines[max(0, len(t.lines)-40):]
}

// Write adds what a program prints, for use as its standard error.
func (t *tail) Write(b []byte) (int, error) {
	t.add(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// String returns the kept lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
