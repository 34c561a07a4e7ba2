package testenv

import (
	"flag"
	"syscall"
)

const (
	inMemory = "/dev/shm"
	enough   = 4 << 30 // bytes free, more than the servers of all test processes need at once
)

// memory is a folder that lies in memory, "" when there is none with room. Tests on the shared server wait for
// its disk more than for anything else, and none of them asks what a power cut leaves. Benchmarks get a
// disk.
func memory() string {
	if f := flag.Lookup("test.bench"); f != nil && f.Value.String() != "" {
		return ""
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(inMemory, &fs) != nil || fs.Bavail*uint64(fs.Bsize) < enough || syscall.Access(inMemory, 2) != nil {
		return ""
	}
	return inMemory
}
