// Package file reads the secrets that are mounted as files. It guarantees that nothing outside of the
// operator's folder is read, whatever links are in it.
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"signet/internal/opaque"
	"signet/policy"
	"signet/secrets/reference"
)

// Provider reads files below a folder.
type Provider struct{ folder, setting string }

var _ reference.Provider = (*Provider)(nil)

// New returns a provider of a folder, "" for none; setting is what names it.
func New(folder, setting string) *Provider { return &Provider{folder, setting} }

// Fetch implements reference.Provider. The newline at the file's end is not part of the secret. The folder is
// opened each time: whoever mounts secrets replaces them by a link to another folder.
func (p *Provider) Fetch(_ context.Context, _ policy.Caller, r reference.Reference) (reference.Fetched, error) {
	if p.folder == "" {
		return reference.Fetched{}, &reference.Refusal{Why: "secrets in files are switched off", Mend: "set " + p.setting + " to the folder that they are mounted in"}
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return reference.Fetched{}, fmt.Errorf("the folder of %s: %w", p.setting, err)
	}
	defer func() { _ = root.Close() }()
	f, err := root.OpenFile(r.Name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not hold us
	if err != nil {
		return reference.Fetched{}, fmt.Errorf("below the folder of %s: %w", p.setting, err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return reference.Fetched{}, errors.Join(fmt.Errorf("%s is no file", r.Name), err)
	}
	b, err := read(f)
	if err != nil {
		return reference.Fetched{}, err
	}
	return reference.Fetched{Value: opaque.New(bytes.TrimRight(b, "\r\n"))}, nil
}

// read leaves no copy behind that nobody wipes: the buffer does not grow.
func read(f io.Reader) ([]byte, error) {
	b := make([]byte, reference.MaxValue+1)
	n, err := io.ReadFull(f, b)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return b[:n], nil
	case err == nil:
		err = fmt.Errorf("it is longer than %d bytes", reference.MaxValue)
	}
	clear(b)
	return nil, err
}
