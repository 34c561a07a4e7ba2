package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// binary is the real program, built once for the tests that start it.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signet-test-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "signet")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building signet: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			example, err := filepath.Abs("../../examples/anycompany")
			if err != nil {
				return err
			}
			e.Setenv("EXAMPLE", example)
			e.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
			return nil
		},
	})
}

// process is a running server.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	links  map[string]string // user -> token of a sign-in link, of a demo
	data   string
	store  []string // the arguments that name the store, for commands
	output string   // until the server was ready
	stderr *syncBuffer
	exited chan struct{} // closed when the process has ended, with err
	err    error
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder // guarded by mu
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// cleanEnvironment is the test's own without settings of Signet.
func cleanEnvironment(more ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "SIGNET_") {
			env = append(env, kv)
		}
	}
	return append(env, more...)
}

var (
	readyLine = regexp.MustCompile(`is ready on (\S+)`)
	linkLine  = regexp.MustCompile(`^  (\w+) +\S+/signin#(\S+)$`)
	dataLine  = regexp.MustCompile(`--data (\S+)$`)
)

// with completes a command's arguments with the process's data.
func (p *process) with(args ...string) []string {
	return append(append(args, "--data", p.data), p.store...)
}

// link makes a sign-in link with the command.
func (p *process) link(user string) {
	p.t.Helper()
	out, code := signet(p.t, p.with("user", "link", user, "--url", p.base)...)
	_, token, ok := strings.Cut(strings.TrimSpace(out), "/signin#")
	if code != 0 || !ok {
		p.t.Fatalf("user link: %d %s", code, out)
	}
	p.links[user] = token
}

// start runs the binary and waits until last appears in its output.
func start(t *testing.T, last string, args ...string) *process {
	t.Helper()
	return startIn(t, nil, last, args...)
}

// startIn is start with settings from the environment.
func startIn(t *testing.T, env []string, last string, args ...string) *process {
	t.Helper()
	p := &process{t: t, links: map[string]string{}, stderr: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd = exec.Command(binary, args...)
	if i := slices.Index(args, "--data"); i >= 0 {
		p.data = args[i+1]
	}
	p.cmd.Env = cleanEnvironment(append(env, "TMPDIR="+t.TempDir())...)
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	lines := make(chan string)
	go func() {
		scan := bufio.NewScanner(stdout)
		for scan.Scan() {
			lines <- scan.Text()
		}
		close(lines)
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	p.read(lines, last)
	go func() {
		for range lines { // the pipe must not fill up
		}
	}()
	return p
}

func (p *process) read(lines <-chan string, last string) {
	p.t.Helper()
	tooLong := time.After(60 * time.Second)
	for {
		select {
		case line, open := <-lines:
			if !open {
				p.t.Fatalf("the server ended: %s", p.stderr)
			}
			p.output += line + "\n"
			if m := readyLine.FindStringSubmatch(line); m != nil {
				p.base = m[1]
			}
			if m := linkLine.FindStringSubmatch(line); m != nil {
				p.links[m[1]] = m[2]
			}
			if m := dataLine.FindStringSubmatch(line); m != nil {
				p.data = m[1]
			}
			if strings.Contains(line, last) {
				return
			}
		case <-tooLong:
			p.t.Fatalf("the server is not ready after a minute: %s", p.stderr)
		}
	}
}

// stop asks the server to end, as a service manager does, and returns how it ended.
func (p *process) stop() error {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.exited:
		return p.err
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the server does not end: %s", p.stderr)
		return nil
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// signet runs a command of the binary to its end.
func signet(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = cleanEnvironment()
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, io.MultiWriter(&errs, &out)
	_ = cmd.Run()
	return out.String(), cmd.ProcessState.ExitCode()
}
