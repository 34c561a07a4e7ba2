package secrets

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signet/internal/opaque"
)

// rogue is a MySQL server that asks its clients for what it should not have. It returns its port, and what
// it got.
func rogue(t *testing.T, conversation func(c *packets)) (port int, heard func() []byte) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan []byte, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			got <- nil
			return
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		c := &packets{conn: conn}
		conversation(c)
		rest, _ := io.ReadAll(conn)
		got <- append(c.heard, rest...)
	}()
	return l.Addr().(*net.TCPAddr).Port, func() []byte { return <-got }
}

type packets struct {
	conn  net.Conn
	next  byte
	heard []byte
}

func (p *packets) say(b ...byte) {
	_, _ = p.conn.Write(append([]byte{byte(len(b)), byte(len(b) >> 8), 0, p.next}, b...))
	p.next++
}

func (p *packets) hear() {
	var head [4]byte
	if _, err := io.ReadFull(p.conn, head[:]); err != nil {
		return
	}
	body := make([]byte, int(head[0])|int(head[1])<<8)
	_, _ = io.ReadFull(p.conn, body)
	p.heard, p.next = append(p.heard, body...), head[3]+1
}

func (p *packets) greet() {
	b := append([]byte{10}, "8.0.0\x00"...)
	b = append(b, 1, 0, 0, 0)
	b = append(b, "12345678\x00"...)
	b = append(b, 0xff, 0xf7, 45, 2, 0, 0xff, 0xc7&^0x01, 21) // every capability but those that need more
	b = append(b, make([]byte, 10)...)
	b = append(b, "123456789012\x00mysql_native_password\x00"...)
	p.say(b...)
	p.hear()
}

func (p *packets) welcome() { p.say(0, 0, 0, 2, 0, 0, 0) }

// A6: a rogue MySQL server asks for a file of ours, and for the password in the clear. It gets neither.
func TestA6RogueMySQLServerGetsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "private")
	if err := os.WriteFile(file, []byte("private content"), 0o600); err != nil {
		t.Fatal(err)
	}
	try := func(t *testing.T, conversation func(p *packets)) []byte {
		port, heard := rogue(t, conversation)
		c := credentials{engine: engineMySQL, host: "127.0.0.1", port: port, username: "u", password: opaque.New([]byte("the-password"))}
		if err := (dialer{}).login(t.Context(), c); err == nil {
			t.Error("the login worked")
		}
		return heard()
	}
	t.Run("file", func(t *testing.T) {
		got := try(t, func(p *packets) {
			p.greet()
			p.welcome()
			p.hear() // the query
			p.say(append([]byte{0xfb}, file...)...)
			p.hear()
			p.welcome()
		})
		if !bytes.Contains(got, []byte("VERSION()")) || bytes.Contains(got, []byte("private content")) {
			t.Errorf("it got %q", got)
		}
	})
	t.Run("password", func(t *testing.T) {
		got := try(t, func(p *packets) {
			p.greet()
			p.say(append([]byte{0xfe}, "mysql_clear_password\x00"...)...)
			p.hear()
		})
		if len(got) == 0 || bytes.Contains(got, []byte("the-password")) {
			t.Errorf("it got %q", got)
		}
	})
}

// A26: a secret cannot send the server to the metadata service of its cloud.
func TestA26ARotationGoesToNoMetadataService(t *testing.T) {
	for _, engine := range []string{enginePostgres, engineMySQL} {
		for _, host := range []string{"169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0"} {
			c := credentials{engine: engine, host: host, port: 80, username: "u", password: opaque.New([]byte("p"))}
			if err := (dialer{}).login(t.Context(), c); err == nil || !strings.Contains(err.Error(), "no connection may go to") {
				t.Errorf("%s to %s: %v", engine, host, err)
			}
		}
	}
}

// A3, A7: whatever settings a secret's JSON names, the driver gets those that are typed here.
func TestA3SecretsNameNoDriverOptions(t *testing.T) {
	c, err := parseCredentials(Text([]byte(`{"engine":"mysql","host":"db","username":"u","password":"p","dbname":"x?allowAllFiles=true&allowCleartextPasswords=1","allowAllFiles":true,"params":"multiStatements=true"}`)))
	if err != nil {
		t.Fatal(err)
	}
	cfg := dialer{}.mysqlConfig(c)
	if cfg.AllowAllFiles || cfg.AllowCleartextPasswords || cfg.AllowFallbackToPlaintext || cfg.MultiStatements || cfg.TLS == nil || cfg.TLS.InsecureSkipVerify || cfg.DBName != c.database {
		t.Errorf("%+v", cfg)
	}
}
