package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"signet/identity"
	"signet/internal/opaque"
	"signet/internal/testenv"
	"signet/policy"
	"signet/secrets/file"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
	"signet/source"
	"signet/source/postgres"
	"signet/source/sourcetest"
)

// openAs opens a source whose secrets are in the test's environment.
func openAs(t testing.TB, def source.Definition) (*postgres.Source, error) {
	return postgres.OpenWith(def, sourcetest.Logins(t, system, def))
}

var system = identity.System("test")

func ping(t *testing.T, def source.Definition) (source.Status, error) {
	t.Helper()
	src, err := openAs(t, def)
	if err != nil {
		return source.Status{}, err
	}
	defer func() { _ = src.Close() }()
	return src.Ping(timeout(t))
}

func TestTLSModes(t *testing.T) {
	server := testenv.StartPostgres(t, nil)
	url := server.Database(t)
	def := sourcetest.Postgres(t, "pg", url)
	def.Postgres.Host = "localhost"
	mode := func(tls, ca string) error {
		d, p := def, *def.Postgres
		p.TLS, p.CA = tls, ca
		d.Postgres = &p
		_, err := ping(t, d)
		return err
	}
	if err := mode("", ""); err != nil {
		t.Errorf("this machine without TLS: %v", err)
	}
	for _, tls := range []string{"require", "verify-full"} {
		if err := mode(tls, ""); !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("%s on a server without TLS: %v; want no connection", tls, err)
		}
	}
	folder := t.TempDir()
	save := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	use := func(name string) (ca string) {
		cert, key := testenv.Certificate(t, name)
		testenv.Exec(t, url, "ALTER SYSTEM SET ssl_cert_file = '"+server.File(t, name+".crt", cert)+"'",
			"ALTER SYSTEM SET ssl_key_file = '"+server.File(t, name+".key", key)+"'", "ALTER SYSTEM SET ssl = on")
		server.Stop()
		server.Start(t)
		return save(name, cert)
	}
	other, _ := testenv.Certificate(t, "localhost")
	foreign := save("foreign", other)
	ca := use("localhost")
	for what, c := range map[string]struct {
		tls, ca string
		works   bool
	}{
		"any certificate":               {"require", "", true},
		"the chain, right":              {"require", ca, true},
		"the chain, foreign":            {"require", foreign, false},
		"full, unknown authority":       {"verify-full", "", false},
		"full, right":                   {"verify-full", ca, true},
		"full, foreign authority":       {"verify-full", foreign, false},
		"a CA file that does not exist": {"verify-full", filepath.Join(folder, "none"), false},
		"a CA file that is a key":       {"verify-full", save("key", "x"), false},
	} {
		if err := mode(c.tls, c.ca); (err == nil) != c.works {
			t.Errorf("%s: %v", what, err)
		}
	}
	ca = use("elsewhere.example")
	if err := mode("verify-full", ca); err == nil {
		t.Error("verify-full takes a certificate of another name")
	}
	if err := mode("require", ca); err != nil {
		t.Errorf("require does not check the name: %v", err)
	}
}

// TestA3_OnlyTypedOptions sets everything that a PostgreSQL client takes from its surroundings, and
// puts connection parameters into the options.
func TestA3_OnlyTypedOptions(t *testing.T) {
	url := testenv.Postgres(t)
	def := sourcetest.Postgres(t, "pg", url)
	rogue, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rogue.Close() }()
	reached := make(chan struct{}, 100)
	go func() {
		for {
			c, err := rogue.Accept()
			if err != nil {
				return
			}
			reached <- struct{}{}
			_ = c.Close()
		}
	}()
	host, port, _ := net.SplitHostPort(rogue.Addr().String())
	for k, v := range map[string]string{
		"PGHOST": host, "PGPORT": port, "PGDATABASE": "other", "PGUSER": "other", "PGPASSWORD": "other", "PGSSLMODE": "disable", "PGAPPNAME": "other",
		"PGOPTIONS": "-c search_path=other", "PGTARGETSESSIONATTRS": "read-only", "PGTZ": "Asia/Tokyo",
	} {
		t.Setenv(k, v)
	}
	src, err := openAs(t, def)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT current_user::text, current_setting('application_name'), current_setting('TimeZone'), current_setting('search_path')"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{def.Postgres.User, "signet", "UTC", `"$user", public`}
	for i, w := range want {
		if got := r.Rows[0][i].String(); got != w {
			t.Errorf("the session has %q; want %q", got, w)
		}
	}
	for name, change := range map[string]func(p *source.Postgres){
		"database": func(p *source.Postgres) { p.Database += " host=" + host + " port=" + port },
		"user":     func(p *source.Postgres) { p.User += "?host=" + host + "&port=" + port },
		"host":     func(p *source.Postgres) { p.Host += " port=" + port },
		"two":      func(p *source.Postgres) { p.Host = p.Host + "," + host },
	} {
		d, p := def, *def.Postgres
		change(&p)
		d.Postgres = &p
		if _, err := ping(t, d); err == nil && name != "user" { // with trust, an unknown user is still unknown
			t.Errorf("the option %s smuggles parameters", name)
		}
	}
	select {
	case <-reached:
		t.Error("a connection went to the rogue server")
	default:
	}
}

func TestPasswords(t *testing.T) {
	url := scram(t, "CREATE ROLE app LOGIN PASSWORD 'right'")
	def := sourcetest.Postgres(t, "pg", url)
	def.Postgres.User = "app"
	def.Postgres.Password = "file:password"
	if _, err := postgres.Open(def); !errors.Is(err, source.ErrNoSecrets) || !strings.Contains(err.Error(), "postgres.password") {
		t.Errorf("without a way to read secrets: %v", err)
	}
	folder := t.TempDir()
	logins := source.NewLogins(secretstest.Resolver(t, system, map[reference.Kind]reference.Provider{reference.File: file.New(folder, "F")}), system)
	src, err := postgres.OpenWith(def, logins)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	if _, err := src.Ping(timeout(t)); !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "file:password") {
		t.Errorf("a password file that is not there: %v", err)
	}
	for _, c := range []struct {
		password string
		want     error
	}{{"wrong", source.ErrPermission}, {"right\n", nil}} {
		if err := os.WriteFile(filepath.Join(folder, "password"), []byte(c.password), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Ping(timeout(t)); !errors.Is(err, c.want) || err != nil && strings.Contains(err.Error(), c.password) {
			t.Errorf("password %q: %v; want %v", c.password, err, c.want)
		}
	}
}

// scram returns the URL of a database on a server of its own that asks the role app for its password.
func scram(t *testing.T, statements ...string) string {
	t.Helper()
	server := testenv.StartPostgres(t, nil)
	url := server.Database(t)
	testenv.Exec(t, url, append(statements, "ALTER SYSTEM SET hba_file = '"+server.File(t, "hba", "host all signet 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")+"'", "SELECT pg_reload_conf()")...)
	server.Stop()
	server.Start(t)
	return url
}

// counted is a provider of a login whose password a test changes.
type counted struct {
	password atomic.Value
	reads    atomic.Int32
}

func (c *counted) Fetch(context.Context, policy.Caller, reference.Reference) (reference.Fetched, error) {
	c.reads.Add(1)
	return reference.Fetched{Value: opaque.New(fmt.Appendf(nil, `{"username":"app","password":%q,"host":"elsewhere"}`, c.password.Load()))}, nil
}

// A password that was rotated since the secret was read: the database refuses the login, the secret is
// read again, and nobody notices.
func TestTheLoginOfASecretIsReadAgain(t *testing.T) {
	url := scram(t, "CREATE ROLE app LOGIN PASSWORD 'first'")
	def := sourcetest.Postgres(t, "pg", url)
	def.Postgres.User, def.Postgres.Secret = "", "app/db"
	p := &counted{}
	p.password.Store("first")
	logins := source.NewLogins(secretstest.Resolver(t, system, map[reference.Kind]reference.Provider{reference.Local: p}), system)
	first, err := postgres.OpenWith(def, logins)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	ping := func() error {
		src, err := postgres.OpenWith(def, logins)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = src.Close() }()
		_, err = src.Ping(timeout(t))
		return err
	}
	if err := ping(); err != nil || p.reads.Load() != 1 {
		t.Fatalf("%v after %d readings", err, p.reads.Load())
	}
	testenv.Exec(t, url, "ALTER ROLE app PASSWORD 'second'")
	p.password.Store("second")
	if err := ping(); err != nil || p.reads.Load() != 2 {
		t.Errorf("after a rotation: %v after %d readings", err, p.reads.Load())
	}
	p.password.Store("wrong")
	testenv.Exec(t, url, "ALTER ROLE app PASSWORD 'third'")
	if err := ping(); !errors.Is(err, source.ErrPermission) || strings.Contains(err.Error(), "wrong") || p.reads.Load() != 3 {
		t.Errorf("a secret that is wrong: %v after %d readings", err, p.reads.Load())
	}
}
