package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/jackc/pgx/v5"

	"signet/internal/testenv"
	"signet/ui"
)

// place is a server under test, as the tests in ui/e2e read it from SIGNET_TEST_STAGE.
type place struct {
	Base    string            `json:"base"`
	Data    string            `json:"data"`
	Project string            `json:"project"`
	Links   map[string]string `json:"links"`
	Started time.Time         `json:"started"`
}

// stage is everything that the browser tests are given.
type stage struct {
	Binary   string           `json:"binary"`
	Chromium string           `json:"chromium"`
	Hands    string           `json:"hands"`
	Told     string           `json:"told"`
	Places   map[string]place `json:"places"`
}

// TestScreens runs the tests in ui/e2e: a real browser on the real program, on the embedded
// warehouse of `signet demo`, on PostgreSQL, on a project with everything odd in it, and on a server
// with an administrator.
func TestScreens(t *testing.T) {
	root := testenv.Root(t)
	chromium := screensNeed(t, root)
	database := testenv.StartPostgres(t, nil)
	url := database.Database(t)
	fill(t, url)

	secrets := filepath.Join(t.TempDir(), "told")
	servers := map[string]*process{}
	s := stage{Binary: binary, Chromium: chromium, Told: secrets, Places: map[string]place{}}
	for name, args := range map[string][]string{
		"embedded": {"demo", "--no-open"},
		"postgres": {"serve", "--data", t.TempDir(), "--project", testenv.Project(t, url)},
		"trust":    {"serve", "--data", t.TempDir(), "--project", testenv.Project(t, "")},
		"odd":      {"serve", "--data", t.TempDir(), "--project", oddProject(t, root)},
	} {
		began, last := time.Now(), "/setup#"
		if args[0] == "demo" {
			last = "Stop with"
		}
		var env []string
		if name == "trust" {
			env, last = []string{"SIGNET_ADMIN_PASSWORD=" + rand.Text()}, "Ready for sign-in"
		}
		p := startIn(t, env, last, append(args, "--listen", "127.0.0.1:0", "--log-level", "debug")...)
		servers[name] = p
		s.Places[name] = place{Base: p.base, Data: p.data, Project: projectOf(p), Links: linksOf(p), Started: began}
	}
	hands := httptest.NewServer(stageHands(t, database, url))
	defer hands.Close()
	s.Hands = hands.URL
	runScreens(t, root, s)
	for name, p := range servers {
		if err := p.stop(); err != nil {
			t.Errorf("the server %s ended with %v: %s", name, err, p.stderr)
		}
		nothingTold(t, name, p.stderr.String(), secrets)
	}
}

// screensNeed skips where the machine cannot run a browser at all.
func screensNeed(t *testing.T, root string) (chromium string) {
	t.Helper()
	if chromium = testenv.Chromium(); chromium == "" {
		t.Skip("no Chromium is installed: install the package chromium, or set SIGNET_TEST_CHROMIUM to one")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: it runs the browser tests")
	}
	if _, err := os.Stat(filepath.Join(root, "ui", "node_modules", "playwright-core")); err != nil {
		t.Skip("the packages of the browser tests are not installed: run make ui")
	}
	if _, built := ui.Files(); !built {
		t.Skip("the screens are not built: run make ui")
	}
	return chromium
}

// fill makes the example's tables in a database.
func fill(t *testing.T, url string) {
	t.Helper()
	for _, file := range []string{"schema.sql", "seed.sql"} {
		sql, err := os.ReadFile(filepath.Join(example, "sql", file))
		if err != nil {
			t.Fatal(err)
		}
		testenv.Exec(t, url, string(sql))
	}
}

// oddProject is the example with the files of ui/e2e/testdata/odd laid over it.
func oddProject(t *testing.T, root string) string {
	t.Helper()
	dir, odd := testenv.Project(t, ""), filepath.Join(root, "ui", "e2e", "testdata", "odd")
	err := filepath.WalkDir(odd, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, strings.TrimPrefix(path, odd)), text, 0o600)
	})
	if err != nil {
		t.Fatalf("laying out the odd project: %v", err)
	}
	return dir
}

func projectOf(p *process) string {
	for i, arg := range p.cmd.Args {
		if arg == "--project" {
			return p.cmd.Args[i+1]
		}
	}
	return filepath.Join(p.data, "project")
}

func linksOf(p *process) map[string]string {
	links := map[string]string{}
	for user, token := range p.links {
		links[user] = p.base + "/signin#" + token
	}
	return links
}

// stageHands does for the tests what no browser can: SQL behind Signet's back, and a database that
// goes away. It answers on loopback, to this test only.
func stageHands(t *testing.T, server *testenv.PostgresServer, url string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sql", func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ SQL string }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		rows, err := ask2rows(r, url, ask.SQL)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(rows)
	})
	mux.HandleFunc("POST /database/{state}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("state") {
		case "stopped":
			server.Stop()
		case "started":
			server.Start(t)
		case "readonly":
			testenv.SetReadOnly(t, url, true)
		case "writable":
			testenv.SetReadOnly(t, url, false)
		default:
			http.NotFound(w, r)
		}
	})
	mux.HandleFunc("POST /signed", signedHand)
	return mux
}

// signedHand sends a request as a program with an access key does.
func signedHand(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Base, ID, Secret, Service, Target, Body string }
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	resp, err := sendSigned(r, ask.Base, aws.Credentials{AccessKeyID: ask.ID, SecretAccessKey: ask.Secret}, ask.Service, ask.Target, ask.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body) // a short answer fails the test that reads it
	_ = json.NewEncoder(w).Encode(map[string]any{"status": resp.StatusCode, "body": string(text)})
}

func sendSigned(r *http.Request, base string, as aws.Credentials, service, target, body string) (*http.Response, error) {
	out, err := http.NewRequestWithContext(r.Context(), http.MethodPost, base+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if target != "" {
		out.Header.Set("Content-Type", "application/x-amz-json-1.1")
		out.Header.Set("X-Amz-Target", target)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(r.Context(), as, out, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(out)
}

// ask2rows runs one statement and returns every value as text.
func ask2rows(r *http.Request, url, sql string) ([][]string, error) {
	conn, err := pgx.Connect(r.Context(), url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(r.Context()) }()
	rows, err := conn.Query(r.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	texts := [][]string{}
	for rows.Next() {
		var row []string
		for _, b := range rows.RawValues() {
			row = append(row, string(b))
		}
		texts = append(texts, row)
	}
	return texts, rows.Err()
}

// runScreens runs the TypeScript tests. SIGNET_TEST_SCREENS narrows them, as "story" or "-t replay".
func runScreens(t *testing.T, root string, s stage) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"node_modules/vitest/vitest.mjs", "run", "--config", "vitest.e2e.config.ts"}, strings.Fields(os.Getenv("SIGNET_TEST_SCREENS"))...)
	cmd := exec.Command("node", args...)
	cmd.Dir = filepath.Join(root, "ui")
	cmd.Env = cleanEnvironment("SIGNET_TEST_STAGE=" + string(text))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that its browsers end with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the browser tests failed: %v", err)
		}
	case <-time.After(13 * time.Minute):
		t.Error("the browser tests take longer than thirteen minutes")
	}
}

// nothingTold is threat A25 for logs: no ticket, link or session that a browser held is in them.
func nothingTold(t *testing.T, name, log, secrets string) {
	t.Helper()
	told, err := os.ReadFile(secrets)
	if err != nil {
		t.Errorf("the browser tests left no list of what must not be logged: %v", err)
		return
	}
	for secret := range strings.Lines(string(told)) {
		if secret = strings.TrimSpace(secret); secret != "" && strings.Contains(log, secret) {
			t.Errorf("the log of %s holds a secret, which begins with %.20s", name, secret)
		}
	}
	if os.Getenv("SIGNET_TEST_SCREENS") == "" && name != "trust" && !strings.Contains(log, "/submissions") {
		t.Errorf("the log of %s shows no submission at all: is its level debug?", name)
	}
}
