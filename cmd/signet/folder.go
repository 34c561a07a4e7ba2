package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folder is the data folder: private to the user, and one server's own while it is locked.
type folder struct {
	path string
	lock *os.File
}

const lockName = "signet.lock"

// openFolder makes the folder when it is missing and closes it to others.
func openFolder(path string) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the data folder: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o700); err != nil {
			return nil, fmt.Errorf("the data folder %s can be read by others and cannot be closed to them: %w", path, err)
		}
	}
	return &folder{path: path}, nil
}

// existingFolder is openFolder for commands that look into a folder and must not make one.
func existingFolder(path string) (*folder, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no data folder %s: give the folder that 'signet serve --data' was started with", path)
	}
	return openFolder(path)
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// errFolderTaken means that another server has the folder open.
var errFolderTaken = errors.New("another signet server has this data folder open")

// take locks the folder until release or the end of the process: two servers on one folder would
// both think that they own its embedded warehouses.
func (f *folder) take() error {
	lock, err := os.OpenFile(f.file(lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("locking the data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("%w: %s; stop it, or give each server a folder of its own", errFolderTaken, f.path)
		}
		return fmt.Errorf("locking the data folder: %w", err)
	}
	f.lock = lock
	return nil
}

func (f *folder) release() {
	if f.lock != nil {
		_ = f.lock.Close() // closing gives the lock back
		f.lock = nil
	}
}
