package testenv

import "syscall"

// stopWithParent asks the kernel for an immediate shutdown of the child when its parent ends.
func stopWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
