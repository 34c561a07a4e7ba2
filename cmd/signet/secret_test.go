package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"signet/internal/testenv"
)

// askingForPasswords starts a PostgreSQL with the example's tables that asks the user app for this password, and returns
// its address for everybody else, its port and the database's name.
func askingForPasswords(t *testing.T, password string) (address, port, name string) {
	t.Helper()
	database := testenv.StartPostgres(t, nil)
	address = database.Database(t)
	fill(t, address)
	testenv.Exec(t, address, "CREATE ROLE app SUPERUSER LOGIN PASSWORD '"+password+"'",
		"ALTER SYSTEM SET hba_file = '"+database.File(t, "hba", "host all app 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n")+"'")
	database.Stop()
	database.Start(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return address, u.Port(), strings.TrimPrefix(u.Path, "/")
}

// A source whose login is a secret of the server itself: the server rotates it, in the database too, and goes
// on without a restart.
func TestASourceWithItsLoginInASecret(t *testing.T) {
	address, port, name := askingForPasswords(t, "first-password")
	sources, data := t.TempDir(), t.TempDir()
	definition := fmt.Sprintf("source: warehouse\npostgres:\n  host: 127.0.0.1\n  port: %s\n  database: %s\n  secret: anycompany/warehouse\n", port, name)
	if err := os.WriteFile(filepath.Join(sources, "warehouse.yaml"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := func(more ...string) *process {
		env := []string{"SIGNET_ADMIN_ACCESS_KEY_ID=AKIAQQQQWWWWEEEERRRR", "SIGNET_ADMIN_SECRET_ACCESS_KEY=p0Yx2tq8RrW1vN5cZk7LmB3sHd9Jf4Gg6TaQeUiO"}
		return startIn(t, env, "Ready for sign-in", append([]string{"serve", "--data", data, "--project", "../../examples/anycompany", "--listen", "127.0.0.1:0"}, more...)...)
	}
	first := serve()
	login := fmt.Sprintf(`{"engine":"postgres","host":"127.0.0.1","port":%s,"dbname":%q,"ssl":false,"username":"app","password":"first-password"}`, port, name)
	if _, err := first.secrets().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("anycompany/warehouse"), SecretString: &login}); err != nil {
		t.Fatal(err)
	}
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}

	second := serve("--sources", sources)
	second.wantReady("with the secret")
	second.link("admin")
	var seen struct{ Sources []struct{ ID string } }
	second.browser("admin").want(200, "GET", "/api/v1/secret?name=anycompany/warehouse", nil, &seen)
	if len(seen.Sources) != 1 || seen.Sources[0].ID != "warehouse" {
		t.Errorf("the page names the sources %v", seen.Sources)
	}
	second.rotate("anycompany/warehouse")
	testenv.Exec(t, address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
	second.wantReady("after the rotation")
	if text := second.stderr.String(); strings.Contains(text, "first-password") {
		t.Errorf("%s", text)
	}
}

// secrets is a client of the administrator.
func (p *process) secrets() *secretsmanager.Client {
	return secretsmanager.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: &p.base, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAQQQQWWWWEEEERRRR", SecretAccessKey: "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"}, nil
	})})
}

// wantReady waits until the server's parts, its sources too, are content.
func (p *process) wantReady(when string) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		resp, err := http.Get(p.base + "/readyz")
		if err != nil {
			p.t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s: %d\n%s", when, resp.StatusCode, p.stderr)
		}
	}
}
