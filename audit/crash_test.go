package audit_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

const (
	crashURL = "SIGNET_AUDIT_TEST_URL"
	crashKey = "SIGNET_AUDIT_TEST_KEY"
)

// appendUntilKilled is the child process: it says each place that it was promised.
func appendUntilKilled(url string) {
	fatal := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	signer, err := note.NewSigner(os.Getenv(crashKey))
	fatal(err)
	db, err := store.Open(context.Background(), url)
	fatal(err)
	l, err := audit.Open(context.Background(), db, signer, time.Now, audit.Options{})
	fatal(err)
	var mu sync.Mutex
	for i := range 16 {
		go func() {
			for {
				e := attempt(i)
				index, err := l.Append(context.Background(), e)
				fatal(err)
				mu.Lock()
				fmt.Printf("%d\n", index)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// TestKilledProcessLosesNothing kills a process between anything and looks at what it leaves.
func TestKilledProcessLosesNothing(t *testing.T) {
	storetest.URLs(t, func(t *testing.T, url string) {
		private, public, err := note.GenerateKey(fixed{}, "test")
		if err != nil {
			t.Fatal(err)
		}
		k := keyFrom(t, private, public)
		promised := map[string]bool{}
		for round := range 8 {
			said := killAfter(t, url, private, 20+37*round)
			for _, index := range said {
				if promised[index] {
					t.Errorf("place %s was promised twice", index)
				}
				promised[index] = true
			}
		}
		db := storetest.Open(t, url)
		r := verified(t, db, k)
		if r.Size < int64(len(promised)) {
			t.Errorf("%d places were promised, %d are there", len(promised), r.Size)
		}
		for index := range promised {
			if n, err := strconv.ParseInt(index, 10, 64); err != nil || n >= r.Size {
				t.Errorf("place %s of %d: %v", index, r.Size, err)
			}
		}
		mustAppend(t, openLog(t, db, k, audit.Options{}), attempt(0))
		verified(t, db, k)
	})
}

// killAfter runs the child until it has said n places.
func killAfter(t *testing.T, url, private string, n int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashURL+"="+url, crashKey+"="+private)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if said = append(said, lines.Text()); len(said) >= n && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(said) < n {
		t.Fatalf("the child ended by itself after %d places", len(said))
	}
	return said
}

// fixed is a source of the same key each time.
type fixed struct{}

func (fixed) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(i)
	}
	return len(b), nil
}
