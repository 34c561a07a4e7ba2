//go:build !linux

package testenv

import "syscall"

// stopWithParent does nothing: only Linux ties a child to its parent; here Main stops it.
func stopWithParent(*syscall.SysProcAttr) {}
