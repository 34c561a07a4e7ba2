package testenv

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var errNotInstalled = errors.New("no PostgreSQL server is installed (initdb and postgres are not found): install the package postgresql")

// PostgresServer is a server of a test's own, which the test may stop, kill and start again.
type PostgresServer struct {
	bin      string // folder of initdb and postgres
	folder   string // everything of this server is below it
	port     int
	settings map[string]string
	attr     *syscall.SysProcAttr
	cmd      *exec.Cmd     // nil while the server is stopped
	exited   chan struct{} // closed when cmd has ended
	log      *tail
}

// StartPostgres starts a server with the given settings; it ends with the test.
func StartPostgres(t testing.TB, settings map[string]string) *PostgresServer {
	t.Helper()
	s, err := newServer("", settings)
	if err != nil {
		skipOrFail(t, err)
	}
	t.Cleanup(s.remove)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// URL returns the address of a database on the server.
func (s *PostgresServer) URL(database string) string {
	return fmt.Sprintf("postgres://signet@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// Port returns the TCP port on 127.0.0.1; it stays the same over Stop and Start.
func (s *PostgresServer) Port() int { return s.port }

// Bin is the folder of the server's programs; others of PostgreSQL are there too.
func (s *PostgresServer) Bin() string { return s.bin }

// Database makes a fresh database and returns its URL.
func (s *PostgresServer) Database(t testing.TB) string {
	t.Helper()
	return freshDatabase(t, s.URL("postgres"))
}

// File writes a file that the server's user owns and alone can read, such as a TLS key, and
// returns its path.
func (s *PostgresServer) File(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := s.attr.Credential; c != nil {
		if err := os.Chown(path, int(c.Uid), int(c.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// Start starts the server after Stop or Kill and waits until it accepts connections.
func (s *PostgresServer) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop ends all sessions and shuts the server down in order.
func (s *PostgresServer) Stop() { s.signal(syscall.SIGINT) }

// Kill ends the server at once, as a crash does: the next start recovers from its log.
func (s *PostgresServer) Kill() { s.signal(syscall.SIGQUIT) }

// newServer makes a server below a folder; "" for the usual one of temporary files.
func newServer(below string, settings map[string]string) (*PostgresServer, error) {
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	removeStale()
	folder, err := os.MkdirTemp(below, fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{bin: bin, folder: folder, settings: settings, attr: &syscall.SysProcAttr{Setpgid: true}, log: &tail{}}
	if err := s.initialize(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// findServer looks for the server's programs, newest version first.
func findServer() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	more, _ := filepath.Glob("/opt/homebrew/opt/postgresql*/bin")
	for _, f := range append(append(folders, more...), filepath.SplitList(os.Getenv("PATH"))...) {
		if _, err := os.Stat(filepath.Join(f, "initdb")); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(f, "postgres")); err == nil {
			return f, nil
		}
	}
	return "", errNotInstalled
}

func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func (s *PostgresServer) initialize() error {
	if os.Getuid() == 0 {
		if err := s.dropRoot(); err != nil {
			return err
		}
	}
	init := s.command("initdb", "-D", s.data(), "-U", "signet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	s.port = l.Addr().(*net.TCPAddr).Port
	return nil
}

// dropRoot makes the server's processes run as user postgres: PostgreSQL refuses root.
func (s *PostgresServer) dropRoot() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("running PostgreSQL as root needs the user postgres: %v", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	s.attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.folder, uid, gid)
}

func (s *PostgresServer) data() string { return filepath.Join(s.folder, "data") }

func (s *PostgresServer) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.folder
	cmd.Env = []string{"PATH=" + s.bin + ":/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	attr := *s.attr
	cmd.SysProcAttr = &attr
	return cmd
}

func (s *PostgresServer) start() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.folder, "-h", "127.0.0.1"}
	settings := map[string]string{"max_connections": "300", "shared_buffers": "64MB", "log_min_messages": "log", "log_timezone": "UTC", "timezone": "UTC"}
	for k, v := range s.settings {
		settings[k] = v
	}
	for k, v := range settings {
		args = append(args, "-c", k+"="+v)
	}
	s.cmd, s.exited = s.command("postgres", args...), make(chan struct{})
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	started, ready := make(chan error, 1), make(chan struct{})
	go s.run(started, stderr, ready)
	if err := <-started; err != nil {
		return err
	}
	select {
	case <-ready:
		return nil
	case <-s.exited:
		return fmt.Errorf("PostgreSQL ended while starting:\n%s", s.log)
	case <-time.After(time.Minute):
		return fmt.Errorf("PostgreSQL does not accept connections after a minute:\n%s", s.log)
	}
}

// run starts the server and stays with it on one thread: the kernel stops the server when that
// thread ends, and so when the test process is killed.
func (s *PostgresServer) run(started chan<- error, stderr io.Reader, ready chan<- struct{}) {
	runtime.LockOSThread()
	cmd, exited := s.cmd, s.exited
	stopWithParent(cmd.SysProcAttr)
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		s.log.add(lines.Text())
		if ready != nil && strings.Contains(lines.Text(), "ready to accept connections") {
			close(ready)
			ready = nil
		}
	}
	_ = cmd.Wait()
	close(exited)
}

// signal ends the server, by its own pid, and waits for it.
func (s *PostgresServer) signal(how syscall.Signal) {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(how)
	<-s.exited
	s.cmd = nil
}

func (s *PostgresServer) remove() {
	s.Kill()
	_ = os.RemoveAll(s.folder)
}
