package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"signet/internal/testenv"
)

// A source whose login is in another server's Secrets Manager, reached as AWS's own is. That server rotates it
// under load, in the database too, and all connections are closed each time: no query fails, and no password
// is written down.
func TestASourceWithItsLoginInAWS(t *testing.T) {
	address, port, name := askingForPasswords(t, "MARKED-first-4711")

	keeper := startIn(t, []string{"SIGNET_ADMIN_ACCESS_KEY_ID=AKIAQQQQWWWWEEEERRRR", "SIGNET_ADMIN_SECRET_ACCESS_KEY=p0Yx2tq8RrW1vN5cZk7LmB3sHd9Jf4Gg6TaQeUiO"},
		"Ready for sign-in", "serve", "--data", t.TempDir(), "--project", "../../examples/anycompany", "--listen", "127.0.0.1:0")
	login := fmt.Sprintf(`{"engine":"postgres","host":"127.0.0.1","port":%s,"dbname":%q,"ssl":false,"username":"app","password":"MARKED-first-4711"}`, port, name)
	made, err := keeper.secrets().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("anycompany/warehouse"), SecretString: &login})
	if err != nil {
		t.Fatal(err)
	}

	s := testenv.NewSignet(t, binary, testenv.Project(t, ""))
	definition := fmt.Sprintf("source: warehouse\npostgres:\n  host: 127.0.0.1\n  port: %s\n  database: %s\n  secret: aws-secretsmanager:%s\n", port, name, *made.ARN)
	if err := os.WriteFile(filepath.Join(s.Project, "sources", "warehouse.yaml"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Env = []string{"SIGNET_SECRETS_AWS=anycompany/", "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + keeper.base,
		"AWS_ACCESS_KEY_ID=AKIAQQQQWWWWEEEERRRR", "AWS_SECRET_ACCESS_KEY=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", "AWS_EC2_METADATA_DISABLED=true"}
	s.Start(t)
	if out, err := s.Run(t, "doctor", "--project", s.Project); err != nil || !strings.Contains(out, "ok    secret   warehouse, postgres.secret: aws-secretsmanager:arn:") {
		t.Errorf("%v\n%s", err, out)
	}

	ana := s.SignIn(t, "ana")
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var queries atomic.Int64
	for range 4 {
		load.Go(func() {
			c, err := ana.Dial()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for n := 0; ctx.Err() == nil; n++ {
				// Another limit each time: no answer comes from a cache.
				body := fmt.Sprintf(`{"filters":[],"after":"","limit":%d}`, 1+n%50)
				status, answer, err := c.Do("POST", "/api/v1/dashboards/quote-generation/visuals/lines/query", []byte(body))
				if err != nil || status != 200 {
					t.Errorf("a query failed: %d %v %.300s\n%s", status, err, answer, s.Log())
					return
				}
				queries.Add(1)
			}
		})
	}
	const rotations = 5
	for range rotations {
		keeper.rotate("anycompany/warehouse")
		testenv.Exec(t, address, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app' AND application_name = 'signet'")
		before := queries.Load()
		for end := time.Now().Add(30 * time.Second); queries.Load() < before+20 && !t.Failed(); {
			if time.Now().After(end) {
				t.Fatalf("no queries after a rotation:\n%s", s.Log())
			}
		}
	}
	cancel()
	load.Wait()
	t.Logf("%d queries over %d rotations", queries.Load(), rotations)

	got, err := keeper.secrets().GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("anycompany/warehouse")})
	if err != nil {
		t.Fatal(err)
	}
	_, password, _ := strings.Cut(*got.SecretString, `"password":"`)
	password, _, _ = strings.Cut(password, `"`)
	if strings.HasPrefix(password, "MARKED") || len(password) < 12 {
		t.Fatal("the secret was not rotated")
	}
	s.Stop()
	written := s.Log() + keeper.stderr.String() + keeper.output
	found := 0
	err = filepath.WalkDir(s.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		written += string(b)
		found += strings.Count(string(b), "secrets:Fetch")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(written, "MARKED-first-4711") || strings.Contains(written, password) {
		t.Error("a password is written down")
	}
	if found == 0 {
		t.Error("no reading of the secret is on the log")
	}
}

// A source whose users Vault makes and leases, through a login by AppRole: they are given back when the server
// stops, and after a command that only looked.
func TestASourceWithUsersThatVaultLeases(t *testing.T) {
	v := testenv.Vault(t)
	database := testenv.StartPostgres(t, nil)
	address := database.Database(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, address)
	testenv.Exec(t, address, "CREATE ROLE maker SUPERUSER LOGIN PASSWORD 'x'", "CREATE ROLE app_owner SUPERUSER")
	mount := v.Mount(t, "database")
	v.Do(t, "POST", mount+"/config/pg", map[string]any{"plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
		"connection_url": "postgresql://{{username}}:{{password}}@" + u.Host + u.Path + "?sslmode=disable", "username": "maker", "password": "x"})
	v.Do(t, "POST", mount+"/roles/app", map[string]any{"db_name": "pg", "default_ttl": "1h", "max_ttl": "24h",
		"creation_statements": []string{`CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE app_owner; ALTER ROLE "{{name}}" SET ROLE app_owner`}})
	v.Do(t, "POST", "sys/policies/acl/"+mount, map[string]any{"policy": fmt.Sprintf(`path "%s/creds/app" { capabilities = ["read"] } path "sys/leases/renew" { capabilities = ["update"] } path "sys/leases/revoke" { capabilities = ["update"] }`, mount)})
	v.Do(t, "POST", "sys/auth/"+mount, map[string]any{"type": "approle"})
	v.Do(t, "POST", "auth/"+mount+"/role/signet", map[string]any{"token_policies": mount, "token_ttl": "1h"})
	role := v.Do(t, "GET", "auth/"+mount+"/role/signet/role-id", nil)["data"].(map[string]any)["role_id"].(string)
	secret := v.Do(t, "POST", "auth/"+mount+"/role/signet/secret-id", nil)["data"].(map[string]any)["secret_id"].(string)
	file := filepath.Join(t.TempDir(), "secret-id")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}

	s := testenv.NewSignet(t, binary, testenv.Project(t, ""))
	definition := fmt.Sprintf("source: warehouse\npostgres:\n  host: 127.0.0.1\n  port: %s\n  database: %s\n  secret: vault-database:%s/app\n", u.Port(), strings.TrimPrefix(u.Path, "/"), mount)
	if err := os.WriteFile(filepath.Join(s.Project, "sources", "warehouse.yaml"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	leases := func() int {
		out, err := exec.Command(filepath.Join(database.Bin(), "psql"), "-At", "-c", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'v-%'", address).Output()
		n, bad := strconv.Atoi(strings.TrimSpace(string(out)))
		if err := errors.Join(err, bad); err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.Env = []string{"SIGNET_SECRETS_VAULT=" + mount + "/", "SIGNET_SECRETS_VAULT_ADDRESS=" + v.Address, "SIGNET_SECRETS_VAULT_ROLE_ID=" + role,
		"SIGNET_SECRETS_VAULT_SECRET_ID_FILE=" + file, "SIGNET_SECRETS_VAULT_APPROLE=" + mount}
	if out, err := s.Run(t, "validate", "--project", s.Project); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := leases(); n != 0 {
		t.Errorf("validating leaves %d users", n)
	}
	s.Start(t)
	ana := s.SignIn(t, "ana")
	c, err := ana.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if page := ana.Page(t, c, "quote-generation", "lines", "", 10); len(page.Rows) == 0 || leases() != 1 {
		t.Errorf("%d rows, %d users", len(page.Rows), leases())
	}
	s.Stop()
	if n := leases(); n != 0 {
		t.Errorf("a server that has stopped leaves %d users:\n%s", n, s.Log())
	}
}

// rotate rotates a secret with the rotator for PostgreSQL and waits until it is done.
func (p *process) rotate(name string) {
	p.t.Helper()
	rotator := "arn:aws:lambda:us-east-1:123456789012:function:SignetPostgreSQLSingleUser"
	rotated, err := p.secrets().RotateSecret(p.t.Context(), &secretsmanager.RotateSecretInput{SecretId: &name, RotationLambdaARN: &rotator})
	if err != nil {
		p.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; {
		got, err := p.secrets().GetSecretValue(p.t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
		if err != nil {
			p.t.Fatal(err)
		}
		if *got.VersionId == *rotated.VersionId {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("the secret is not rotated:\n%s", p.stderr)
		}
	}
}
