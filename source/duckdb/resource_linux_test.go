package duckdb_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"signet/internal/value"
	"signet/source"
)

// resident returns the process's memory in megabytes, or skips the test where it cannot be seen.
func resident(t *testing.T) int {
	t.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	t.Fatal("the process does not say how much memory it has")
	return 0
}

// TestManyStatementsStaySmall runs more statements than are kept; each holds more than a megabyte while it is.
func TestManyStatementsStaySmall(t *testing.T) {
	src := open(t, t.TempDir(), "CREATE TABLE t AS SELECT i AS id, 'name ' || i AS name FROM range(2000) r(i)")
	defer func() { _ = src.Close() }()
	before := resident(t)
	for i := range 600 {
		sql := fmt.Sprintf("SELECT name, sum(id) FROM t WHERE id > %d GROUP BY name ORDER BY 2 DESC LIMIT 100", i)
		if _, err := src.Query(within(t), source.Statement{SQL: sql}, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if grown := resident(t) - before; grown > 300 {
		t.Errorf("600 statements left %d MB behind", grown)
	}
}

// TestFullDisk fills a small file system: nothing is written, the error says why, and the warehouse goes on when there is room.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, 0) })
	src := open(t, folder, "CREATE TABLE t (id BIGINT, v VARCHAR)")
	defer func() { _ = src.Close() }()
	write := func(v string) error {
		tx, err := src.BeginWrite(within(t), []uint64{1})
		if err != nil {
			return err
		}
		_, err = tx.Commit(within(t), source.Statement{SQL: "INSERT INTO t VALUES (1, $1)", Args: []any{value.OfText(v)}})
		return err
	}
	rows := func() int64 {
		r, err := src.Query(within(t), source.Statement{SQL: "SELECT count(*) FROM t"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return r.Rows[0][0].Int()
	}
	if err := write("first"); err != nil {
		t.Fatal(err)
	}
	ballast := folder + "/ballast"
	if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); err == nil {
		t.Fatal("the file system has no end")
	}
	var err error
	for range 100 { // what the file has reserved is used up first
		if err = write(strings.Repeat("x", 100_000)); err != nil {
			break
		}
	}
	if !errors.Is(err, source.ErrFull) {
		t.Errorf("writing to a full disk: %v; want ErrFull", err)
	}
	kept := rows()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := write("last"); err != nil {
		t.Errorf("writing when there is room again: %v", err)
	}
	if got := rows(); got != kept+1 {
		t.Errorf("%d rows; want %d", got, kept+1)
	}
}
