package mysql_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"signet/internal/opaque"
	"signet/internal/testenv"
	"signet/policy"
	"signet/secrets/file"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
	"signet/source"
	"signet/source/mysql"
	"signet/source/sourcetest"
)

func ping(t *testing.T, def source.Definition) error {
	t.Helper()
	src, err := mysql.OpenWith(def, sourcetest.Logins(t, system, def))
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	_, err = src.Ping(timeout(t))
	return err
}

func with(def source.Definition, change func(m *source.MySQL)) source.Definition {
	m := *def.MySQL
	change(&m)
	def.MySQL = &m
	return def
}

func TestTLSModes(t *testing.T) {
	server := testenv.StartMariaDB(t)
	def := sourcetest.MariaDB(t, "db", server.Port())
	mode := func(tls, ca string) error {
		return ping(t, with(def, func(m *source.MySQL) { m.Host, m.TLS, m.CA = "localhost", tls, ca }))
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
		server.Stop()
		server.Start(t, "--ssl-cert="+server.File(t, name+".crt", cert), "--ssl-key="+server.File(t, name+".key", key))
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

// TestA3_OnlyTypedOptions puts the driver's connection parameters into the options: none is read as such.
func TestA3_OnlyTypedOptions(t *testing.T) {
	def := sourcetest.MariaDB(t, "db", testenv.MariaDB(t))
	rogue := startRogue(t)
	for name, change := range map[string]func(m *source.MySQL){
		"database": func(m *source.MySQL) { m.Database += "?allowAllFiles=true&multiStatements=true" },
		"user": func(m *source.MySQL) {
			m.User = m.User + ":" + testenv.MariaDBPassword + "@tcp(" + rogue.address + ")/x?"
		},
		"host": func(m *source.MySQL) { m.Host = "tcp(" + rogue.address + ")" },
		"two":  func(m *source.MySQL) { m.Host += "," + rogue.address },
	} {
		if err := ping(t, with(def, change)); err == nil {
			t.Errorf("the option %s smuggles parameters", name)
		}
	}
	if n := len(rogue.heard()); n > 0 {
		t.Errorf("%d packets went to the rogue server", n)
	}
	src := open(t, def)
	for _, sql := range []string{"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t"} {
		tx, err := src.BeginWrite(timeout(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(timeout(t), source.Statement{SQL: sql}); err == nil {
			t.Errorf("%q runs as two statements", sql)
		}
	}
	r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT @@sql_mode, @@time_zone, @@character_set_client, @@character_set_results, @@tx_read_only, @@autocommit"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	mode := r.Rows[0][0].String()
	for _, m := range []string{"STRICT_ALL_TABLES", "NO_BACKSLASH_ESCAPES", "NO_ZERO_DATE"} {
		if !strings.Contains(mode, m) {
			t.Errorf("the mode %s lacks %s", mode, m)
		}
	}
	if strings.Contains(mode, "ANSI_QUOTES") {
		t.Errorf("the mode is %s", mode)
	}
	got := ""
	for _, v := range r.Rows[0][1:] {
		got += v.String() + " "
	}
	if got != "+00:00 utf8mb4 utf8mb4 1 1 " {
		t.Errorf("the session has %s", got)
	}
}

// rogue is a server that asks every client for a file, at each step at which a server may speak.
type rogue struct {
	address string
	mu      sync.Mutex // guards packets
	packets [][]byte
}

func (r *rogue) heard() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.packets
}

// The rogue server's answers to statements, after an honest log-in.
const (
	honest    = 0 // statements of the session are answered with OK
	stealing  = 1 // every statement is answered with the demand for a file
	cleartext = 2 // the log-in asks for the password in the clear
)

func startRogue(t *testing.T) *rogue { return startRogueAs(t, honest) }

func startRogueAs(t *testing.T, how int) *rogue {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rogue{address: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = c.Close() }()
				r.serve(c, how)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	return r
}

func (r *rogue) serve(c net.Conn, how int) {
	greeting := append([]byte{10}, "8.0.0-rogue\x00"...)
	greeting = binary.LittleEndian.AppendUint32(greeting, 1)
	greeting = append(greeting, "12345678\x00"...)
	flags := uint32(1 | 1<<3 | 1<<7 | 1<<9 | 1<<13 | 1<<15 | 1<<19) // long password, database, local files, protocol 41, transactions, secure connection, plugins
	greeting = binary.LittleEndian.AppendUint16(greeting, uint16(flags))
	greeting = append(greeting, 45, 2, 0)
	greeting = binary.LittleEndian.AppendUint16(greeting, uint16(flags>>16))
	greeting = append(append(append(greeting, 21), make([]byte, 10)...), "123456789012\x00mysql_native_password\x00"...)
	if put(c, 0, greeting) != nil {
		return
	}
	_, seq, err := r.take(c)
	if err != nil {
		return
	}
	ok := []byte{0, 0, 0, 2, 0, 0, 0}
	if how == cleartext {
		_ = put(c, seq+1, append([]byte{0xfe}, "mysql_clear_password\x00"...))
		_, _, _ = r.take(c)
		return
	}
	if put(c, seq+1, ok) != nil {
		return
	}
	r.mu.Lock()
	r.packets = nil // what came so far is the log-in
	r.mu.Unlock()
	for {
		command, seq, err := r.take(c)
		if err != nil {
			return
		}
		if how == honest && len(command) > 0 && command[0] == 3 {
			_ = put(c, seq+1, ok)
			continue
		}
		if put(c, seq+1, append([]byte{0xfb}, "/etc/passwd"...)) != nil {
			return
		}
	}
}

func put(c net.Conn, seq byte, body []byte) error {
	_, err := c.Write(append([]byte{byte(len(body)), byte(len(body) >> 8), byte(len(body) >> 16), seq}, body...))
	return err
}

func (r *rogue) take(c net.Conn) (body []byte, seq byte, err error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, 0, err
	}
	body = make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err = io.ReadFull(c, body)
	r.mu.Lock()
	r.packets = append(r.packets, body)
	r.mu.Unlock()
	return body, head[3], err
}

// TestA6_RogueServerGetsNothing connects to a server that asks for our files, and for the password in the clear.
func TestA6_RogueServerGetsNothing(t *testing.T) {
	t.Setenv("SIGNET_SECRET_TEST_ROGUE", "a secret password")
	secret, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Skip(err)
	}
	for _, how := range []int{honest, stealing, cleartext} {
		server := startRogueAs(t, how)
		host, port, _ := net.SplitHostPort(server.address)
		def := source.Definition{ID: "db", MySQL: &source.MySQL{Host: host, Database: "d", User: "u", Password: "env:SIGNET_SECRET_TEST_ROGUE", TLS: "disable"}}
		_, _ = fmt.Sscan(port, &def.MySQL.Port)
		src := open(t, def)
		if _, err := src.Query(timeout(t), source.Statement{SQL: "SELECT 1"}, 1); err == nil {
			t.Errorf("server %d: a query works", how)
		}
		if _, err := src.Ping(timeout(t)); err == nil {
			t.Errorf("server %d: it answers", how)
		}
		tx, err := src.BeginWrite(timeout(t), []uint64{1})
		if err == nil {
			_, err = tx.Commit(timeout(t), source.Statement{SQL: "INSERT INTO t VALUES (1)"})
		}
		if err == nil {
			t.Errorf("server %d: a write works", how)
		}
		heard := server.heard()
		if len(heard) == 0 {
			t.Errorf("server %d heard nothing", how)
		}
		for _, p := range heard {
			if strings.Contains(string(p), "a secret password") || strings.Contains(string(p), string(secret[:20])) {
				t.Errorf("server %d heard %q", how, p)
			}
		}
	}
}

func TestPasswords(t *testing.T) {
	port := testenv.MariaDB(t)
	def := sourcetest.MariaDB(t, "db", port)
	user := "app_" + def.MySQL.Database[5:15]
	testenv.ExecMariaDB(t, port, "CREATE USER "+user+"@'127.0.0.1' IDENTIFIED BY 'right'")
	t.Cleanup(func() { testenv.ExecMariaDB(t, port, "DROP USER "+user+"@'127.0.0.1'") })
	testenv.ExecMariaDB(t, port, "GRANT ALL ON "+def.MySQL.Database+".* TO "+user+"@'127.0.0.1'")
	def = with(def, func(m *source.MySQL) { m.User, m.Password = user, "file:password" })
	if _, err := mysql.Open(def); !errors.Is(err, source.ErrNoSecrets) || !strings.Contains(err.Error(), "mysql.password") {
		t.Errorf("without a way to read secrets: %v", err)
	}
	folder := t.TempDir()
	logins := source.NewLogins(secretstest.Resolver(t, system, map[reference.Kind]reference.Provider{reference.File: file.New(folder, "F")}), system)
	src, err := mysql.OpenWith(def, logins)
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
	if _, err := src.Columns(timeout(t), "mysql.user"); !errors.Is(err, source.ErrPermission) {
		t.Errorf("a table that the user may not read: %v; want ErrPermission", err)
	}
}

// counted is a provider of a login whose password a test changes.
type counted struct {
	user     string
	password atomic.Value
	reads    atomic.Int32
}

func (c *counted) Fetch(context.Context, policy.Caller, reference.Reference) (reference.Fetched, error) {
	c.reads.Add(1)
	return reference.Fetched{Value: opaque.New(fmt.Appendf(nil, `{"username":%q,"password":%q,"host":"elsewhere"}`, c.user, c.password.Load()))}, nil
}

// A password that was rotated since the secret was read: the database refuses the login, the secret is
// read again, and nobody notices.
func TestTheLoginOfASecretIsReadAgain(t *testing.T) {
	port := testenv.MariaDB(t)
	def := sourcetest.MariaDB(t, "db", port)
	user := "app_" + def.MySQL.Database[5:15]
	account := user + "@'127.0.0.1'"
	testenv.ExecMariaDB(t, port, "CREATE USER "+account+" IDENTIFIED BY 'first'", "GRANT ALL ON "+def.MySQL.Database+".* TO "+account)
	t.Cleanup(func() { testenv.ExecMariaDB(t, port, "DROP USER "+account) })
	def = with(def, func(m *source.MySQL) { m.User, m.Password, m.Secret = "", "", "app/db" })
	p := &counted{user: user}
	p.password.Store("first")
	logins := source.NewLogins(secretstest.Resolver(t, system, map[reference.Kind]reference.Provider{reference.Local: p}), system)
	first, err := mysql.OpenWith(def, logins)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	ask := func() error {
		src, err := mysql.OpenWith(def, logins)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = src.Close() }()
		_, err = src.Query(timeout(t), source.Statement{SQL: "SELECT 1"}, 1)
		return err
	}
	if err := ask(); err != nil || p.reads.Load() != 1 {
		t.Fatalf("%v after %d readings", err, p.reads.Load())
	}
	testenv.ExecMariaDB(t, port, "ALTER USER "+account+" IDENTIFIED BY 'second'")
	p.password.Store("second")
	if err := ask(); err != nil || p.reads.Load() != 2 {
		t.Errorf("after a rotation: %v after %d readings", err, p.reads.Load())
	}
	p.password.Store("wrong")
	testenv.ExecMariaDB(t, port, "ALTER USER "+account+" IDENTIFIED BY 'third'")
	if err := ask(); !errors.Is(err, source.ErrPermission) || strings.Contains(err.Error(), "wrong") || p.reads.Load() != 3 {
		t.Errorf("a secret that is wrong: %v after %d readings", err, p.reads.Load())
	}
}
