package vault_test

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/internal/testenv"
	"signet/policy"
	"signet/secrets/reference"
	"signet/secrets/vault"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// server is a Vault with engines of the test's own.
type server struct {
	testenv.VaultServer
	t            *testing.T
	name         string // of its policy and its user in the database
	kv, database string // engines
}

func start(t *testing.T) *server {
	t.Helper()
	s := &server{VaultServer: testenv.Vault(t), t: t, name: "t" + strings.ToLower(rand.Text()[:8])}
	s.kv, s.database = s.Mount(t, "kv"), s.Mount(t, "database")
	rules := fmt.Sprintf(`path "%s/data/app/*" { capabilities = ["read"] } path "%s/creds/*" { capabilities = ["read"] } path "sys/leases/*" { capabilities = ["update"] }`, s.kv, s.database)
	s.Do(t, "POST", "sys/policies/acl/"+s.name, map[string]any{"policy": rules})
	return s
}

// token makes a token that may read what is below app/.
func (s *server) token(more map[string]any) string {
	s.t.Helper()
	body := map[string]any{"policies": []string{s.name}}
	for k, v := range more {
		body[k] = v
	}
	return s.Do(s.t, "POST", "auth/token/create", body)["auth"].(map[string]any)["client_token"].(string)
}

func (s *server) put(path string, data map[string]any) {
	s.t.Helper()
	s.Do(s.t, "POST", s.kv+"/data/"+path, map[string]any{"data": data})
}

// open returns a provider that logs in with a token.
func (s *server) open(token string) (*vault.Provider, string) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "token")
	s.write(file, token)
	return s.with(vault.Config{TokenFile: file}), file
}

func (s *server) with(c vault.Config) *vault.Provider {
	c.Allowed, c.Setting, c.Address = []string{"*"}, "SIGNET_SECRETS_VAULT", s.Address
	p := vault.New(c)
	s.t.Cleanup(p.Close)
	return p
}

func (s *server) write(file, text string) {
	s.t.Helper()
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func fetch(t *testing.T, p *vault.Provider, text string) (reference.Fetched, string, error) {
	t.Helper()
	ref, err := reference.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Fetch(t.Context(), policy.Caller{}, ref)
	return got, string(got.Value.Reveal()), err
}

func TestKVIsRead(t *testing.T) {
	s := start(t)
	s.put("app/db", map[string]any{"username": "app", "password": "p<w>&\"", "port": 5432})
	s.put("app/gone", map[string]any{"a": "b"})
	s.Do(t, "DELETE", s.kv+"/data/app/gone", nil)
	s.put("other", map[string]any{"a": "MARKED"})
	p, _ := s.open(s.token(nil))
	if _, got, err := fetch(t, p, "vault:"+s.kv+"/app/db"); got != `{"password":"p<w>&\"","port":5432,"username":"app"}` {
		t.Errorf("%s, %v", got, err)
	}
	for path, want := range map[string]string{"app/absent": "nothing at", "app/gone": "", "other": "403"} {
		if _, got, err := fetch(t, p, "vault:"+s.kv+"/"+path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "MARKED") {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	s.put("app/db", map[string]any{"v": "2"})
	if _, got, err := fetch(t, p, "vault:"+s.kv+"/app/db"); got != `{"v":"2"}` {
		t.Errorf("a new version: %s, %v", got, err)
	}
	denied := vault.New(vault.Config{Allowed: []string{s.kv + "/other"}, Setting: "SIGNET_SECRETS_VAULT", Address: s.Address})
	if _, _, err := fetch(t, denied, "vault:"+s.kv+"/app/db"); err == nil || !strings.Contains(err.Error(), "SIGNET_SECRETS_VAULT") {
		t.Errorf("what the operator has not allowed: %v", err)
	}
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// A token is renewed while it can be; then the one that is in the file meanwhile takes its place.
func TestATokenIsRenewedAndReplaced(t *testing.T) {
	s := start(t)
	s.put("app/db", map[string]any{"a": "b"})
	first := s.token(map[string]any{"ttl": "2s", "explicit_max_ttl": "5s"})
	p, file := s.open(first)
	read := func() error {
		_, _, err := fetch(t, p, "vault:"+s.kv+"/app/db")
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	until(t, "three seconds do not pass", func() bool { return time.Since(began) > 3*time.Second })
	if err := read(); err != nil {
		t.Errorf("after the first end of the token: %v", err)
	}
	s.write(file, s.token(nil))
	until(t, "the token does not end", func() bool { return time.Since(began) > 6*time.Second })
	if err := read(); err != nil {
		t.Errorf("after the last end of the token: %v", err)
	}
	second := s.token(nil)
	s.write(file, second)
	s.Do(t, "POST", "auth/token/revoke", map[string]any{"token": first})
	if err := read(); err != nil {
		t.Error(err)
	}
}

// A login by AppRole is repeated when its token is gone, and its token is revoked at the end.
func TestAppRole(t *testing.T) {
	s := start(t)
	s.put("app/db", map[string]any{"a": "b"})
	s.Do(t, "POST", "sys/auth/"+s.name, map[string]any{"type": "approle"})
	s.Do(t, "POST", "auth/"+s.name+"/role/signet", map[string]any{"token_policies": s.name, "token_ttl": "1h"})
	role := s.Do(t, "GET", "auth/"+s.name+"/role/signet/role-id", nil)["data"].(map[string]any)["role_id"].(string)
	secret := s.Do(t, "POST", "auth/"+s.name+"/role/signet/secret-id", nil)["data"].(map[string]any)["secret_id"].(string)
	file := filepath.Join(t.TempDir(), "secret-id")
	s.write(file, "MARKED")
	p := s.with(vault.Config{RoleID: role, SecretIDFile: file, AppRole: s.name})
	if _, _, err := fetch(t, p, "vault:"+s.kv+"/app/db"); err == nil || strings.Contains(err.Error(), "MARKED") {
		t.Errorf("with a wrong secret id: %v", err)
	}
	s.write(file, secret)
	if _, got, err := fetch(t, p, "vault:"+s.kv+"/app/db"); got != `{"a":"b"}` {
		t.Fatal(err)
	}
	accessors := func() int {
		n := 0
		for _, a := range s.Do(t, "LIST", "auth/token/accessors", nil)["data"].(map[string]any)["keys"].([]any) {
			found := s.Do(t, "POST", "auth/token/lookup-accessor", map[string]any{"accessor": a})["data"].(map[string]any)
			if found["path"] == "auth/"+s.name+"/login" {
				n++
				s.Do(t, "POST", "auth/token/revoke-accessor", map[string]any{"accessor": a})
			}
		}
		return n
	}
	if n := accessors(); n != 1 {
		t.Errorf("%d tokens", n)
	}
	if _, got, err := fetch(t, p, "vault:"+s.kv+"/app/db"); got != `{"a":"b"}` {
		t.Errorf("after its token was revoked: %v", err)
	}
	p.Close()
	if n := accessors(); n != 0 {
		t.Errorf("%d tokens are left", n)
	}
}

// The database's users come and go with their leases.
func TestDatabaseUsers(t *testing.T) {
	s := start(t)
	at := testenv.Postgres(t)
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	testenv.Exec(t, at, "CREATE ROLE "+s.name+" SUPERUSER LOGIN PASSWORD 'x'")
	t.Cleanup(func() {
		s.Do(t, "POST", "sys/leases/revoke-force/"+s.database, nil)
		testenv.Exec(t, at, "DROP ROLE "+s.name)
	})
	s.Do(t, "POST", s.database+"/config/pg", map[string]any{"plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
		"connection_url": "postgresql://{{username}}:{{password}}@" + u.Host + u.Path + "?sslmode=disable", "username": s.name, "password": "x"})
	s.Do(t, "POST", s.database+"/roles/app", map[string]any{"db_name": "pg", "default_ttl": "1h", "max_ttl": "24h",
		"creation_statements": []string{`CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`}})
	p, _ := s.open(s.token(map[string]any{"ttl": "2h", "explicit_max_ttl": "2h"}))
	got, text, err := fetch(t, p, "vault-database:"+s.database+"/app")
	if err != nil || !strings.Contains(text, `"username":"`) {
		t.Fatalf("%s, %v", text, err)
	}
	if left := time.Until(got.Until); left < 50*time.Minute || left > time.Hour {
		t.Errorf("a lease of an hour ends in %s", left)
	}
	later, err := got.Lease.Renew(t.Context())
	if err != nil || later.Before(got.Until) {
		t.Errorf("%s, %v", later, err)
	}
	if err := got.Lease.Revoke(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := got.Lease.Renew(t.Context()); err == nil {
		t.Error("renewed after it was given back")
	}
	s.Do(t, "POST", s.database+"/roles/app", map[string]any{"default_ttl": "12h", "max_ttl": "24h", "db_name": "pg",
		"creation_statements": []string{`CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}'`}})
	got, _, err = fetch(t, p, "vault-database:"+s.database+"/app")
	if err != nil || time.Until(got.Until) > 2*time.Hour {
		t.Errorf("a lease outlives the token that it hangs on: %v, %v", got.Until, err)
	}
}
