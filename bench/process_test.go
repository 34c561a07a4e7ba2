package bench_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"signet/internal/testenv"
)

// starts measures the example project on its embedded warehouse: how soon /readyz is content, and
// how much memory the process holds once it has nothing more to do.
func (b *bench) starts() {
	b.t.Helper()
	var first, later, idle []float64
	for range rounds {
		s := testenv.StartSignet(b.t, b.binary, testenv.Project(b.t, ""))
		first = append(first, milliseconds(s.Ready))
		s.Stop()
		s.Start(b.t)
		later = append(later, milliseconds(s.Ready))
		if resident, ok := b.idleMemory(s.PID()); ok {
			idle = append(idle, resident)
		}
		s.Stop()
	}
	b.add(result{Name: "start to ready, new data folder", Value: median(first), Unit: "ms", reach: atMost(1000)},
		result{Name: "start to ready, later", Value: median(later), Unit: "ms", reach: atMost(1000)})
	if len(idle) > 0 {
		b.add(result{Name: "memory of an idle server (RSS)", Value: median(idle), Unit: "MB", reach: atMost(150)})
	}
}

const (
	idleAfter = 5 * time.Second // without work for so long
	idleTicks = 2               // hundredths of a second of work that do not count
)

var resident = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// idleMemory waits until the process has used no processor for a while and returns its resident
// memory in MB; false where there is no /proc.
func (b *bench) idleMemory(pid int) (float64, bool) {
	b.t.Helper()
	last, since := -1, time.Now()
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && time.Since(since) < idleAfter; {
		used, err := ticks(pid)
		if err != nil {
			return 0, false
		}
		if last < 0 || used-last > idleTicks {
			last, since = used, time.Now()
		}
		time.Sleep(100 * time.Millisecond) // the benchmark must not be the one that keeps the machine busy
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	found := resident.FindSubmatch(text)
	if err != nil || found == nil {
		return 0, false
	}
	kB, err := strconv.ParseFloat(string(found[1]), 64)
	return kB / 1000, err == nil
}

// ticks is the processor time that a process has used, in the kernel's hundredths of a second.
func ticks(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name may hold spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return user + system, err
}
