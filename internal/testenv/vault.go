package testenv

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var errNoVault = errors.New("there is no Vault: run make bin/testvault, put bao or vault in the search path or in SIGNET_TEST_BAO, or name a server with SIGNET_TEST_VAULT_ADDR and SIGNET_TEST_VAULT_TOKEN")

var sharedVault struct {
	once   sync.Once
	server *vaultServer
	at     VaultServer
	err    error
}

// VaultServer is a running Vault, or an OpenBao, and the token of its root.
type VaultServer struct {
	Address string // http://HOST:PORT
	Token   string
}

// Vault returns a real server with the engines kv, transit and database and the login of AppRole, which is
// started once for the test process. Tests share it: they mount engines under names of their own. The test is
// skipped only where there is none to start.
func Vault(t testing.TB) VaultServer {
	t.Helper()
	sharedVault.once.Do(func() { sharedVault.at, sharedVault.err = startVault(Root(t)) })
	if errors.Is(sharedVault.err, errNoVault) {
		t.Skip(sharedVault.err)
	}
	if sharedVault.err != nil {
		t.Fatal(sharedVault.err)
	}
	return sharedVault.at
}

// Do sends a request of the root to a path below /v1/, and returns the JSON object of the answer, nil for
// none. An answer that is no success fails the test.
func (v VaultServer) Do(t testing.TB, method, path string, body map[string]any) map[string]any {
	t.Helper()
	out, err := v.ask(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (v VaultServer) ask(method, path string, body map[string]any) (out map[string]any, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a test's clean-up asks too
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, v.Address+"/v1/"+path, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Vault-Token", v.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("asking Vault: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil || answer.StatusCode >= 300 {
		return nil, fmt.Errorf("Vault: %s %s: %s %s, %v", method, path, answer.Status, text, err)
	}
	if len(text) > 0 {
		err = json.Unmarshal(text, &out)
	}
	return out, err
}

// Mount mounts an engine under a name of its own until the test ends, and returns that. A kv is of version 2.
func (v VaultServer) Mount(t testing.TB, engine string) string {
	t.Helper()
	name := "test-" + strings.ToLower(rand.Text()[:10]) + "-" + engine
	body := map[string]any{"type": engine}
	if engine == "kv" {
		body["options"] = map[string]any{"version": "2"}
	}
	v.Do(t, http.MethodPost, "sys/mounts/"+name, body)
	t.Cleanup(func() { v.Do(t, http.MethodDelete, "sys/mounts/"+name, nil) })
	for end := time.Now().Add(time.Minute); engine == "kv"; { // it makes itself ready for version 2 first
		_, err := v.ask(http.MethodGet, name+"/config", nil)
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	return name
}

// vaultServer is a server of the test process.
type vaultServer struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended
	log    *tail
	first  chan string // the first line that it prints
}

func startVault(root string) (VaultServer, error) {
	if at := os.Getenv("SIGNET_TEST_VAULT_ADDR"); at != "" {
		return VaultServer{Address: strings.TrimRight(at, "/"), Token: os.Getenv("SIGNET_TEST_VAULT_TOKEN")}, nil
	}
	if _, err := os.Stat(filepath.Join(root, "bin", "testvault")); err == nil && os.Getenv("SIGNET_TEST_BAO") == "" {
		return startOwnVault(filepath.Join(root, "bin", "testvault"))
	}
	for _, name := range []string{os.Getenv("SIGNET_TEST_BAO"), "bao", "vault"} {
		if path, err := exec.LookPath(name); err == nil {
			return startDevVault(path)
		}
	}
	return VaultServer{}, errNoVault
}

// startOwnVault starts the program of the folder vault, which says where it is.
func startOwnVault(program string) (VaultServer, error) {
	s, err := runVault(exec.Command(program))
	if err != nil {
		return VaultServer{}, err
	}
	select {
	case line := <-s.first:
		if address, token, ok := strings.Cut(line, " "); ok {
			return VaultServer{address, token}, nil
		}
	case <-s.exited:
	case <-time.After(time.Minute):
	}
	return VaultServer{}, fmt.Errorf("Vault does not say where it is:\n%s", s.log)
}

// startDevVault starts a server in its mode for development, on a free port.
func startDevVault(program string) (VaultServer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return VaultServer{}, err
	}
	address := l.Addr().String()
	_ = l.Close()
	at := VaultServer{Address: "http://" + address, Token: rand.Text()}
	s, err := runVault(exec.Command(program, "server", "-dev", "-dev-no-store-token", "-dev-root-token-id="+at.Token, "-dev-listen-address="+address))
	if err != nil {
		return VaultServer{}, err
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if r, err := http.Get(at.Address + "/v1/sys/health"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return at, nil
			}
		}
		select {
		case <-s.exited:
			return VaultServer{}, fmt.Errorf("Vault ended while starting:\n%s", s.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return VaultServer{}, fmt.Errorf("Vault does not answer:\n%s", s.log)
}

func runVault(cmd *exec.Cmd) (*vaultServer, error) {
	s := &vaultServer{cmd: cmd, exited: make(chan struct{}), log: &tail{}, first: make(chan string, 1)}
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + os.TempDir()}
	cmd.Stderr = s.log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error, 1)
	go s.run(started, stdout)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting Vault: %v", err)
	}
	sharedVault.server = s
	return s, nil
}

// run stays with the process on one thread, as PostgresServer.run does and for the same reason.
func (s *vaultServer) run(started chan<- error, stdout io.Reader) {
	runtime.LockOSThread()
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stopWithParent(s.cmd.SysProcAttr)
	err := s.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	lines := bufio.NewScanner(stdout)
	for n := 0; lines.Scan(); n++ {
		if n == 0 {
			s.first <- lines.Text()
		}
		s.log.add(lines.Text())
	}
	_ = s.cmd.Wait()
	close(s.exited)
}

// stopVault ends the server, by its own pid.
func stopVault() {
	if s := sharedVault.server; s != nil {
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
}
