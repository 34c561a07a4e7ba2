package bench_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"signet/internal/testenv"
)

// openBao is the peer of KMS and Secrets Manager: its transit engine and KV version 2, on disk and with
// an audit log as ours has. It is a peer only where SIGNET_BENCH_BAO names its program.
type openBao struct {
	b              *bench
	address, token string
	ciphertext     string
}

const baoConfig = `
disable_mlock = true
api_addr      = "http://%[1]s"
cluster_addr  = "http://%[2]s"
storage "raft" {
  path    = "%[3]s"
  node_id = "bench"
}
listener "tcp" {
  address         = "%[1]s"
  cluster_address = "%[2]s"
  tls_disable     = true
}
audit "file" "bench" {
  options {
    file_path = "%[3]s/audit.log"
  }
}
`

// newOpenBao starts the peer, which ends with the benchmark; nil where there is none.
func (b *bench) newOpenBao() *openBao {
	b.t.Helper()
	program := os.Getenv("SIGNET_BENCH_BAO")
	if program == "" {
		b.t.Log("SIGNET_BENCH_BAO names no OpenBao: KMS and Secrets Manager are measured without a peer")
		return nil
	}
	folder := b.t.TempDir()
	o := &openBao{b: b, address: b.freeAddress()}
	config := filepath.Join(folder, "bao.hcl")
	if err := os.WriteFile(config, fmt.Appendf(nil, baoConfig, o.address, b.freeAddress(), folder), 0o600); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(program, "server", "-config="+config)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	o.prepare()
	return o
}

func (b *bench) freeAddress() string {
	b.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// prepare unseals the new server and gives it a key and a secret.
func (o *openBao) prepare() {
	o.b.t.Helper()
	var made struct {
		Keys  []string `json:"keys_base64"`
		Token string   `json:"root_token"`
	}
	o.await("PUT", "/v1/sys/init", `{"secret_shares":1,"secret_threshold":1}`, &made)
	o.token = made.Token
	o.await("PUT", "/v1/sys/unseal", fmt.Sprintf(`{"key":%q}`, made.Keys[0]), nil)
	o.await("POST", "/v1/sys/mounts/transit", `{"type":"transit"}`, nil)
	o.await("POST", "/v1/sys/mounts/secret", `{"type":"kv","options":{"version":"2"}}`, nil)
	o.await("POST", "/v1/transit/keys/bench", `{}`, nil)
	o.await("POST", "/v1/secret/data/bench", baoSecret, nil)
	var sealed struct {
		Data struct{ Ciphertext string }
	}
	o.await("POST", "/v1/transit/encrypt/bench", baoPlaintext(), &sealed)
	o.ciphertext = sealed.Data.Ciphertext
}

// await asks until the server answers well: it is not ready at once after its start and after each mount.
func (o *openBao) await(method, path, body string, into any) {
	o.b.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		err := o.ask(method, path, body, into)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			o.b.t.Fatalf("OpenBao: %s: %v", path, err)
		}
	}
}

func (o *openBao) ask(method, path, body string, into any) error {
	r, err := http.NewRequestWithContext(o.b.t.Context(), method, "http://"+o.address+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Vault-Token", o.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %s (%v)", answer.Status, text, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// baoSecret has the value that our secrets have.
const baoSecret = `{"data":{"username":"app","password":"0123456789abcdef0123456789abcdef"}}`

func baoPlaintext() string {
	return fmt.Sprintf(`{"plaintext":%q}`, base64.StdEncoding.EncodeToString(make([]byte, 32)))
}

// request returns what does the same as an operation of ours.
func (o *openBao) request(operation string) []byte {
	switch operation {
	case "Encrypt":
		return o.written("POST", "/v1/transit/encrypt/bench", baoPlaintext())
	case "Decrypt":
		return o.written("POST", "/v1/transit/decrypt/bench", fmt.Sprintf(`{"ciphertext":%q}`, o.ciphertext))
	case "GenerateDataKey":
		return o.written("POST", "/v1/transit/datakey/plaintext/bench", `{}`)
	case "GetSecretValue":
		return o.written("GET", "/v1/secret/data/bench", "")
	case "PutSecretValue":
		return o.written("POST", "/v1/secret/data/bench", baoSecret)
	}
	o.b.t.Fatalf("OpenBao has no peer of %s", operation)
	return nil
}

func (o *openBao) written(method, path, body string) []byte {
	o.b.t.Helper()
	r, err := http.NewRequestWithContext(o.b.t.Context(), method, "http://"+o.address+path, strings.NewReader(body))
	if err != nil {
		o.b.t.Fatal(err)
	}
	r.Header.Set("X-Vault-Token", o.token)
	var written bytes.Buffer
	if err := r.Write(&written); err != nil {
		o.b.t.Fatal(err)
	}
	return written.Bytes()
}

// load returns what measures the peer of an operation, or nil when there is no peer.
func (o *openBao) load(operation string, clients int) func() load {
	if o == nil {
		return nil
	}
	request := o.request(operation)
	return func() load {
		return o.b.drive(func() (*testenv.Conn, error) { return testenv.Dial(o.address) }, func() []byte { return request }, clients)
	}
}
