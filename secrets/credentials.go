package secrets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"

	"signet/internal/opaque"
)

// Engines of the databases that secrets are rotated in.
const (
	enginePostgres = "postgres"
	engineMySQL    = "mysql"
	engineMariaDB  = "mariadb"
)

var usualPorts = map[string]int{enginePostgres: 5432, engineMySQL: 3306, engineMariaDB: 3306}

// credentials are what a rotated secret holds. Nothing of them is for a message: all of it is the secret.
type credentials struct {
	engine, host, username, database string
	port                             int
	password                         opaque.Bytes
	tls                              bool
	master                           string // ARN of the secret of a user who may change others
	fields                           map[string]json.RawMessage
}

// Format prints a placeholder for every verb, as Value does.
func (c credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

var hostForm = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,253}$`)

func badJSON(what string) *Error {
	return invalidRequest("The secret value is not the JSON of a database's credentials: %s.", what)
}

// parseCredentials reads the JSON of a database secret. Fields that it does not know stay as they are.
func parseCredentials(v Value) (credentials, error) {
	c := credentials{}
	if !v.IsText() || json.Unmarshal(v.Reveal(), &c.fields) != nil || c.fields == nil {
		return c, badJSON("write an object with engine, host, username and password")
	}
	ok := c.text("engine", &c.engine) && c.text("host", &c.host) && c.text("username", &c.username) &&
		c.text("dbname", &c.database) && c.text("masterarn", &c.master)
	var password string
	if !ok || !c.text("password", &password) {
		return c, badJSON("its fields must be texts")
	}
	c.password = opaque.New([]byte(password))
	usual, known := usualPorts[c.engine]
	switch {
	case !known:
		return c, badJSON("engine must be postgres, mysql or mariadb")
	case !hostForm.MatchString(c.host):
		return c, badJSON("host must be a name or an address")
	case c.username == "" || len(c.username) > 80 || strings.ContainsRune(c.username, 0):
		return c, badJSON("username is missing or too long")
	case password == "" || strings.ContainsRune(password, 0) || strings.ContainsRune(c.database, 0) || len(c.database) > 128:
		return c, badJSON("password or dbname is missing or too long")
	}
	if c.port, ok = c.portOr(usual); !ok {
		return c, badJSON("port must be a number from 1 to 65535")
	}
	if c.tls, ok = c.wantsTLS(); !ok {
		return c, badJSON("ssl must be true or false")
	}
	return c, nil
}

// text reads a field; one that is not there or null is "".
func (c credentials) text(name string, to *string) bool {
	raw, ok := c.fields[name]
	return !ok || json.Unmarshal(raw, to) == nil
}

// portOr reads the port, which is a number or a text.
func (c credentials) portOr(usual int) (int, bool) {
	raw, ok := c.fields["port"]
	if !ok {
		return usual, true
	}
	n, err := strconv.Atoi(string(bytes.Trim(raw, `"`)))
	return n, err == nil && n >= 1 && n <= 65535
}

// wantsTLS reads ssl, a flag or a text. Without it a connection is encrypted unless it stays on this
// machine; it never falls back to one that is not.
func (c credentials) wantsTLS() (bool, bool) {
	raw, ok := c.fields["ssl"]
	if !ok {
		return !c.loopback(), true
	}
	switch strings.ToLower(string(bytes.Trim(raw, `"`))) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// loopback reports whether the database is on this machine.
func (c credentials) loopback() bool {
	ip := net.ParseIP(c.host)
	return c.host == "localhost" || ip != nil && ip.IsLoopback()
}

// with is the JSON with another user and password, and all else as it was.
func (c credentials) with(username string, password opaque.Bytes) (Value, error) {
	fields := map[string]json.RawMessage{}
	for name, raw := range c.fields {
		fields[name] = raw
	}
	var err error
	if fields["username"], err = json.Marshal(username); err != nil {
		return Value{}, err
	}
	if fields["password"], err = json.Marshal(string(password.Reveal())); err != nil {
		return Value{}, err
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return Value{}, err
	}
	return Text(text), nil
}

// sameServer reports whether two secrets are for one database server.
func (c credentials) sameServer(d credentials) bool {
	return strings.EqualFold(c.host, d.host) && c.port == d.port && usualPorts[c.engine] == usualPorts[d.engine]
}

const cloneSuffix = "_clone"

// other is the user who takes turns with this one.
func (c credentials) other() string {
	if base, ok := strings.CutSuffix(c.username, cloneSuffix); ok {
		return base
	}
	return c.username + cloneSuffix
}
