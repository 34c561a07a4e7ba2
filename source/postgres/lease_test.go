package postgres_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signet/internal/testenv"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
	"signet/secrets/vault"
	"signet/source"
	"signet/source/postgres"
	"signet/source/sourcetest"
)

// leasing makes a Vault lease users of a database, who live for ttl and at most for max, and returns a
// reference to them, logins that read it, and the beginning of the users' names.
func leasing(t *testing.T, at, ttl, most string) (reference.Text, *source.Logins, string) {
	t.Helper()
	v := testenv.Vault(t)
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	maker := "maker" + strings.ToLower(rand.Text()[:8])
	testenv.Exec(t, at, "CREATE ROLE "+maker+" SUPERUSER LOGIN PASSWORD 'x'", "CREATE TABLE leased (x integer)", "CREATE ROLE "+maker+"_app NOLOGIN", "GRANT SELECT, INSERT ON leased TO "+maker+"_app")
	t.Cleanup(func() {
		testenv.Exec(t, at, "DROP OWNED BY "+maker+"_app", "DROP ROLE "+maker+"_app", "DROP ROLE "+maker)
	})
	mount := v.Mount(t, "database")
	v.Do(t, "POST", mount+"/config/pg", map[string]any{"plugin_name": "postgresql-database-plugin", "allowed_roles": "*",
		"connection_url": "postgresql://{{username}}:{{password}}@" + u.Host + u.Path + "?sslmode=disable", "username": maker, "password": "x"})
	v.Do(t, "POST", mount+"/roles/app", map[string]any{"db_name": "pg", "default_ttl": ttl, "max_ttl": most,
		"creation_statements": []string{`CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE ` + maker + `_app`}})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(v.Token), 0o600); err != nil {
		t.Fatal(err)
	}
	p := vault.New(vault.Config{Allowed: []string{mount + "/"}, Setting: "S", Address: v.Address, TokenFile: file})
	t.Cleanup(p.Close)
	resolver := secretstest.Resolver(t, system, map[reference.Kind]reference.Provider{reference.VaultDatabase: p})
	return reference.Text("vault-database:" + mount + "/app"), source.NewLogins(resolver, system), maker + "_app"
}

// members are the users that are leased now.
func members(t *testing.T, at, group string) string {
	t.Helper()
	src, err := openAs(t, sourcetest.Postgres(t, "admin", at))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	got, err := src.Query(timeout(t), source.Statement{SQL: "SELECT coalesce(string_agg(m.rolname, ' '), '') FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member WHERE g.rolname = '" + group + "'"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return got.Rows[0][0].String()
}

// A source whose users live for two seconds, and at most for four: they are renewed and replaced under load,
// no statement fails, and the last ones are gone with the source.
func TestLeasedUsersChangeUnderLoad(t *testing.T) {
	at := scram(t)
	ref, logins, group := leasing(t, at, "2s", "4s")
	def := sourcetest.Postgres(t, "pg", at)
	def.Postgres.User, def.Postgres.Secret = "", ref
	src, err := postgres.OpenWith(def, logins)
	if err != nil {
		t.Fatal(err)
	}
	var done, failed atomic.Int64
	seen := sync.Map{}
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := leasedStatement(t, src, i%4 == 0, &seen); err != nil {
					failed.Add(1)
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	users := 0
	seen.Range(func(any, any) bool { users++; return true })
	if users < 3 || failed.Load() > 0 {
		t.Errorf("%d users in 12 seconds, %d statements failed", users, failed.Load())
	}
	t.Logf("%d statements, %d users", done.Load(), users)
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	// A lease that had just run out is Vault's to end, a moment later. One in use has a second left at least.
	left := members(t, at, group)
	for end := time.Now().Add(800 * time.Millisecond); left != "" && time.Now().Before(end); {
		left = members(t, at, group)
	}
	if left != "" {
		t.Errorf("after the source was closed there are %s", left)
	}
}

// leasedStatement reads or writes, and notes as whom.
func leasedStatement(t *testing.T, src *postgres.Source, write bool, seen *sync.Map) error {
	if !write {
		got, err := src.Query(timeout(t), source.Statement{SQL: "SELECT current_user::text, count(*) FROM (SELECT 1 FROM leased LIMIT 10) x"}, 1)
		if err == nil {
			seen.Store(got.Rows[0][0].String(), true)
		}
		return err
	}
	tx, err := src.BeginWrite(timeout(t), []uint64{1})
	if err != nil {
		return err
	}
	_, err = tx.Commit(timeout(t), source.Statement{SQL: "INSERT INTO leased VALUES (1)"})
	return err
}

// A user whom somebody drops before the lease's end: the database refuses the login, another one is leased,
// and the statement does not fail.
func TestALeasedUserThatIsGoneIsReplaced(t *testing.T) {
	at := scram(t)
	ref, logins, group := leasing(t, at, "1h", "24h")
	def := sourcetest.Postgres(t, "pg", at)
	def.Postgres.User, def.Postgres.Secret = "", ref
	src, err := postgres.OpenWith(def, logins)
	if err != nil {
		t.Fatal(err)
	}
	var seen sync.Map
	if err := leasedStatement(t, src, false, &seen); err != nil {
		t.Fatal(err)
	}
	<-time.After(5 * time.Second) // a user is not replaced sooner, so that a server that refuses everybody is not given one after the other
	first := members(t, at, group)
	testenv.Exec(t, at, `DROP ROLE "`+first+`"`, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename IS NULL OR usename = '"+first+"' AND pid <> pg_backend_pid()")
	if err := leasedStatement(t, src, false, &seen); err != nil {
		t.Error(err)
	}
	if now := members(t, at, group); now == first || now == "" {
		t.Errorf("%q after %q", now, first)
	}
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	if left := members(t, at, group); left != "" {
		t.Errorf("after the source was closed there are %s", left)
	}
}
