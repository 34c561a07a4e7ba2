package testenv

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Root returns the folder of the module that the test belongs to.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the test is not run inside of the module: there is no go.mod above it")
		}
	}
}

// Build builds the program and returns its path. SIGNET_TEST_BINARY names one that is built already.
func Build(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SIGNET_TEST_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "signet")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/signet")
	cmd.Dir = Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building signet: %v\n%s", err, out)
	}
	return path
}

// Project copies the example project into a folder of the test. With the URL of a database it works
// on that, and on its embedded warehouse with "".
func Project(t testing.TB, database string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(Root(t), "examples", "anycompany"))); err != nil {
		t.Fatalf("copying the example: %v", err)
	}
	if database == "" {
		return dir
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatalf("parsing the database's URL: %v", err)
	}
	definition := fmt.Sprintf("source: warehouse\ntitle: Warehouse\npostgres:\n  host: %s\n  port: %s\n  database: %s\n  user: %s\n  tls: disable\n",
		u.Hostname(), u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username())
	if err := os.WriteFile(filepath.Join(dir, "sources", "warehouse.yaml"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Signet is the real program on a data folder of its own, which a test may kill and start again.
type Signet struct {
	Binary  string
	Data    string
	Project string
	Env     []string      // settings, as SIGNET_NAME=value
	Address string        // host and port; another one after each Start
	Ready   time.Duration // from the start of the process until /readyz was content
	cmd     *exec.Cmd     // nil while it does not run
	exited  chan struct{} // closed when cmd has ended
	log     *tail
}

// StartSignet starts the program with a new data folder; it ends with the test.
func StartSignet(t testing.TB, binary, project string) *Signet {
	t.Helper()
	s := NewSignet(t, binary, project)
	s.Start(t)
	return s
}

// NewSignet is StartSignet without the start, for commands that come before it.
func NewSignet(t testing.TB, binary, project string) *Signet {
	t.Helper()
	s := &Signet{Binary: binary, Project: project, Data: filepath.Join(t.TempDir(), "data")}
	t.Cleanup(s.Kill)
	return s
}

// readyWithin bounds a start: with a long log to check it is a matter of seconds.
const readyWithin = 2 * time.Minute

// Start starts the program on its data folder and waits until it is ready.
func (s *Signet) Start(t testing.TB) {
	t.Helper()
	began := time.Now()
	s.cmd, s.exited, s.log = s.command(context.Background(), "serve", "--data", s.Data, "--project", s.Project, "--listen", "127.0.0.1:0"), make(chan struct{}), &tail{}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.log
	started, address := make(chan error, 1), make(chan string, 1)
	go s.run(started, stdout, address)
	if err := <-started; err != nil {
		t.Fatalf("starting signet: %v", err)
	}
	select {
	case s.Address = <-address:
	case <-s.exited:
		t.Fatalf("signet ended while starting:\n%s", s.log)
	case <-time.After(readyWithin):
		t.Fatalf("signet does not say that it is ready:\n%s", s.log)
	}
	s.awaitReady(t)
	s.Ready = time.Since(began)
}

// run stays with the process on one thread, as PostgresServer.run does and for the same reason.
func (s *Signet) run(started chan<- error, stdout io.Reader, address chan<- string) {
	runtime.LockOSThread()
	cmd, exited := s.cmd, s.exited
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stopWithParent(cmd.SysProcAttr)
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		s.log.add(lines.Text())
		if _, after, ok := strings.Cut(lines.Text(), "is ready on http://"); ok {
			host, _, _ := strings.Cut(after, " ")
			address <- host
		}
	}
	_ = cmd.Wait()
	close(exited)
}

func (s *Signet) awaitReady(t testing.TB) {
	t.Helper()
	var last string
	for end := time.Now().Add(readyWithin); time.Now().Before(end); {
		r, err := http.Get("http://" + s.Address + "/readyz")
		if err != nil {
			t.Fatalf("asking whether signet is ready: %v\n%s", err, s.log)
		}
		b, _ := io.ReadAll(io.LimitReader(r.Body, 4<<10))
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
		last = string(b)
	}
	t.Fatalf("signet does not become ready: %s\n%s", last, s.log)
}

func (s *Signet) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + filepath.Dir(s.Data), "TMPDIR=" + os.TempDir()}, s.Env...) // none of the test's own settings
	return cmd
}

// Dial opens a connection of nobody's.
func (s *Signet) Dial() (*Conn, error) { return Dial(s.Address) }

// PID is the process id while it runs.
func (s *Signet) PID() int { return s.cmd.Process.Pid }

// Log returns the last lines that the program printed.
func (s *Signet) Log() string { return s.log.String() }

// Kill ends the program as a crash does: it can finish nothing. It may be called from any goroutine
// but not beside Start.
func (s *Signet) Kill() { s.signal(syscall.SIGKILL) }

// Stop ends the program in order.
func (s *Signet) Stop() { s.signal(syscall.SIGTERM) }

func (s *Signet) signal(how syscall.Signal) {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(how)
	<-s.exited
}

// Run runs a command of the program on the data folder and returns what it printed.
func (s *Signet) Run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := s.command(ctx, append(args, "--data", s.Data)...).CombinedOutput()
	return string(out), err
}
