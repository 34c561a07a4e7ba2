package testenv

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

var errNoMariaDB = errors.New("no MariaDB server is installed (mariadbd and mariadb-install-db are not found): install the package mariadb-server")

var sharedMariaDB struct {
	once   sync.Once
	server *MariaDBServer
	err    error
}

// MariaDBServer is a server that the test process has started.
type MariaDBServer struct {
	program string
	folder  string
	port    int
	options []string
	attr    *syscall.SysProcAttr
	cmd     *exec.Cmd // nil while the server is stopped
	exited  chan struct{}
	log     *tail
}

// MariaDBRoot and MariaDBPassword are the user who may do everything on the server of MariaDB.
const (
	MariaDBRoot     = "signet"
	MariaDBPassword = "signet-test"
)

// MariaDB returns the port, on 127.0.0.1, of a real MariaDB server, which is started once for the test
// process. Tests share it: they give their users and databases names of their own. The test is skipped only
// where no MariaDB is installed.
func MariaDB(t testing.TB) int {
	t.Helper()
	sharedMariaDB.once.Do(func() { sharedMariaDB.server, sharedMariaDB.err = newMariaDB() })
	if errors.Is(sharedMariaDB.err, errNoMariaDB) {
		t.Skip(sharedMariaDB.err)
	}
	if sharedMariaDB.err != nil {
		t.Fatal(sharedMariaDB.err)
	}
	return sharedMariaDB.server.port
}

// ExecMariaDB runs SQL statements as the user who may do everything.
func ExecMariaDB(t testing.TB, port int, statements ...string) {
	t.Helper()
	ExecMariaDBIn(t, port, "", statements...)
}

// ExecMariaDBIn is ExecMariaDB in a database.
func ExecMariaDBIn(t testing.TB, port int, database string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pool := openMariaDB("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), MariaDBRoot, MariaDBPassword, database)
	defer func() { _ = pool.Close() }()
	for _, s := range statements {
		if _, err := pool.ExecContext(ctx, s); err != nil {
			t.Fatalf("%.200s: %v", s, err)
		}
	}
}

// MariaDBDatabase makes a fresh database, which ends with the test, and returns its name.
func MariaDBDatabase(t testing.TB, port int) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text()[:16])
	ExecMariaDB(t, port, "CREATE DATABASE "+name)
	t.Cleanup(func() { // best effort: the test may have stopped the server
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		pool := openMariaDB("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), MariaDBRoot, MariaDBPassword, "")
		defer func() { _ = pool.Close() }()
		_, _ = pool.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name)
	})
	return name
}

func openMariaDB(network, address, name, password, database string) *sql.DB {
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = network, address, name, password, database
	cfg.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		panic(err) // the settings above are right
	}
	return sql.OpenDB(connector)
}

func stopMariaDB() {
	if sharedMariaDB.server != nil {
		sharedMariaDB.server.remove()
	}
}

func newMariaDB(options ...string) (*MariaDBServer, error) {
	install, err := findMariaDB("mariadb-install-db")
	if err != nil {
		return nil, err
	}
	program, err := findMariaDB("mariadbd")
	if err != nil {
		return nil, err
	}
	removeStale()
	folder, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	s := &MariaDBServer{program: program, folder: folder, options: options, attr: &syscall.SysProcAttr{Setpgid: true}, log: &tail{}}
	if err := errors.Join(s.dropRoot(), s.initialize(install)); err != nil {
		s.remove()
		return nil, err
	}
	if err = s.start(); err == nil {
		err = s.makeUser()
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func findMariaDB(name string) (string, error) {
	for _, folder := range append([]string{"/usr/sbin", "/usr/bin", "/opt/homebrew/bin"}, filepath.SplitList(os.Getenv("PATH"))...) {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	return "", errNoMariaDB
}

// dropRoot makes the server's processes run as user mysql: MariaDB refuses root.
func (s *MariaDBServer) dropRoot() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("mysql")
	if err != nil {
		return fmt.Errorf("running MariaDB as root needs the user mysql: %v", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	s.attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.folder, uid, gid)
}

func (s *MariaDBServer) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, append([]string{"--no-defaults"}, args...)...)
	cmd.Dir = s.folder
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + s.folder, "TMPDIR=" + s.folder}
	attr := *s.attr
	cmd.SysProcAttr = &attr
	return cmd
}

func (s *MariaDBServer) initialize(install string) error {
	setup := s.command(install, "--datadir="+s.data(), "--auth-root-authentication-method=normal", "--skip-test-db")
	if out, err := setup.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	s.port = l.Addr().(*net.TCPAddr).Port
	return nil
}

func (s *MariaDBServer) data() string { return filepath.Join(s.folder, "data") }

func (s *MariaDBServer) socket() string { return filepath.Join(s.folder, "socket") }

// start starts the server and waits until it answers.
func (s *MariaDBServer) start() error {
	s.cmd = s.command(s.program, append([]string{"--datadir=" + s.data(), "--port=" + strconv.Itoa(s.port), "--bind-address=127.0.0.1", "--skip-name-resolve",
		"--socket=" + s.socket(), "--pid-file=" + filepath.Join(s.folder, "pid"), "--tmpdir=" + s.folder, "--innodb-flush-log-at-trx-commit=2",
		"--innodb-buffer-pool-size=32M", "--max-connections=300"}, s.options...)...)
	s.cmd.Stderr, s.cmd.Stdout = s.log, s.log
	s.exited = make(chan struct{})
	started := make(chan error, 1)
	go s.run(started)
	if err := <-started; err != nil {
		s.cmd = nil
		return err
	}
	pool := openMariaDB("unix", s.socket(), "root", "", "")
	defer func() { _ = pool.Close() }()
	deadline := time.Now().Add(time.Minute)
	for pool.Ping() != nil {
		select {
		case <-s.exited:
			return fmt.Errorf("MariaDB ended while starting:\n%s", s.log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("MariaDB does not accept connections after a minute:\n%s", s.log)
		}
	}
	return nil
}

// makeUser makes the user of the tests.
func (s *MariaDBServer) makeUser() error {
	pool := openMariaDB("unix", s.socket(), "root", "", "")
	defer func() { _ = pool.Close() }()
	for _, statement := range []string{
		"CREATE USER '" + MariaDBRoot + "'@'127.0.0.1' IDENTIFIED BY '" + MariaDBPassword + "'",
		"GRANT ALL ON *.* TO '" + MariaDBRoot + "'@'127.0.0.1' WITH GRANT OPTION",
	} {
		if _, err := pool.Exec(statement); err != nil {
			return fmt.Errorf("making the tests' user: %v", err)
		}
	}
	return nil
}

// run starts the server and stays with it on one thread: the kernel stops the server when that thread
// ends, and so when the test process is killed.
func (s *MariaDBServer) run(started chan<- error) {
	runtime.LockOSThread()
	cmd, exited := s.cmd, s.exited
	stopWithParent(cmd.SysProcAttr)
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait()
		close(exited)
	}
}

// StartMariaDB starts a server of a test's own, with more options; it ends with the test.
func StartMariaDB(t testing.TB, options ...string) *MariaDBServer {
	t.Helper()
	s, err := newMariaDB(options...)
	if errors.Is(err, errNoMariaDB) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.remove)
	return s
}

// Port returns the TCP port on 127.0.0.1; it stays the same over Stop and Start.
func (s *MariaDBServer) Port() int { return s.port }

// Start starts the server after Stop or Kill, with the options that it is given now.
func (s *MariaDBServer) Start(t testing.TB, options ...string) {
	t.Helper()
	s.options = options
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop shuts the server down in order.
func (s *MariaDBServer) Stop() { s.signal(syscall.SIGTERM) }

// Kill ends the server at once, as a crash does: the next start recovers from its log.
func (s *MariaDBServer) Kill() { s.signal(syscall.SIGKILL) }

// File writes a file that the server's user owns, such as a TLS key, and returns its path.
func (s *MariaDBServer) File(t testing.TB, name, content string) string {
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

// signal ends the server, by its own pid, and waits for it.
func (s *MariaDBServer) signal(how syscall.Signal) {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(how)
	<-s.exited
	s.cmd = nil
}

// remove ends the server and removes what it wrote.
func (s *MariaDBServer) remove() {
	s.Kill()
	_ = os.RemoveAll(s.folder)
}
