package project

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"signet/internal/yamlfile"
)

// Bounds of a project.
const (
	maxFiles    = 1000
	maxSQLBytes = 8 << 20
)

// folder reads files below one directory and nothing outside of it: a symlink that leaves it, a
// pipe or a device is an error. It remembers what was read, for the version.
type folder struct {
	root *os.Root
	name string // for problems; "" for the project's own folder
	read map[string][32]byte
}

func openFolder(dir, name string) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{root: root, name: name, read: map[string][32]byte{}}, nil
}

func (f *folder) close() { _ = f.root.Close() }

// shown is a file's name in problems.
func (f *folder) shown(file string) string { return path.Join(f.name, file) }

// list returns the names of the YAML files in a sub-folder, sorted; a missing folder has none.
func (f *folder) list(dir string) ([]string, error) {
	d, err := f.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(maxFiles + 1)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(entries) > maxFiles {
		return nil, fmt.Errorf("%s: has more than %d files", dir, maxFiles)
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); isYAML(name) {
			names = append(names, path.Join(dir, name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// isYAML skips what editors leave behind: their hidden and back-up files.
func isYAML(name string) bool {
	return !strings.HasPrefix(name, ".") && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"))
}

// bytes reads a whole file of at most limit bytes.
func (f *folder) bytes(file string, limit int64) ([]byte, error) {
	if info, err := f.root.Stat(file); err != nil {
		return nil, plainError(err)
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("is not a file")
	}
	r, err := f.root.Open(file)
	if err != nil {
		return nil, plainError(err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, plainError(err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("is larger than %d KiB", limit>>10)
	}
	f.read[f.shown(file)] = sha256.Sum256(b)
	return b, nil
}

// plainError leaves out the path: the problem names the file as the project knows it.
func plainError(err error) error {
	switch e, ok := errors.AsType[*fs.PathError](err); {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case ok:
		return fmt.Errorf("cannot be read: %v", e.Err)
	}
	return err
}

// version is a short digest over all files that were read, with their names.
func version(folders ...*folder) string {
	all := map[string][32]byte{}
	for _, f := range folders {
		for name, sum := range f.read {
			all[name] = sum
		}
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	h := sha256.New()
	h.Write([]byte("signet project v1\x00"))
	for _, name := range names {
		sum := all[name]
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(name))))
		h.Write([]byte(name))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

const maxYAMLBytes = yamlfile.MaxBytes
