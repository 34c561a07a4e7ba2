package source

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"signet/internal/fault"
	"signet/internal/opaque"
)

// Definition is a source as it is written in a project's file. Options are typed and named one
// by one: there is no free connection string (threat A3).
type Definition struct {
	ID       string    `yaml:"source"`
	Title    string    `yaml:"title,omitempty"`
	DuckDB   *DuckDB   `yaml:"duckdb,omitempty"`
	Postgres *Postgres `yaml:"postgres,omitempty"`
	MySQL    *MySQL    `yaml:"mysql,omitempty"`
}

// DuckDB is an embedded warehouse in a file of the data folder.
type DuckDB struct {
	// File is the database's name below the server's data folder; no path may leave it.
	File string `yaml:"file"`
	// Setup lists SQL files of the project that are run once, when the database is new.
	Setup []string `yaml:"setup,omitempty"`
	// SetupSQL is their text, read by the loader.
	SetupSQL []string `yaml:"-"`
}

// Postgres is a PostgreSQL server.
type Postgres struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port,omitempty"` // 5432
	Database string `yaml:"database"`
	// User and Password, or the Secret that holds both.
	User     string `yaml:"user,omitempty"`
	Password Secret `yaml:"password,omitempty"`
	// Secret is the name or ARN of a secret in Signet's own Secrets Manager.
	Secret string `yaml:"secret,omitempty"`
	// TLS is disable, require (encrypted, name not checked) or verify-full (the default for
	// hosts that are not this machine).
	TLS            string `yaml:"tls,omitempty"`
	CA             string `yaml:"ca,omitempty"`
	MaxConnections int    `yaml:"max_connections,omitempty"` // 8
}

// MySQL is a MySQL or MariaDB server. Its options are those of Postgres; the port is 3306 when none is given.
type MySQL Postgres

// Secret refers to a credential; the credential itself is never in a file of the project.
type Secret struct {
	Env  string `yaml:"env,omitempty"`
	File string `yaml:"file,omitempty"`
}

// maxSecret bounds what is read from a secret's file.
const maxSecret = 64 << 10

// Read returns the credential, without the newline at a file's end; it is empty when the
// definition names none.
func (s Secret) Read() (opaque.Bytes, error) {
	switch {
	case s.Env != "":
		v, ok := os.LookupEnv(s.Env)
		if !ok {
			return opaque.Bytes{}, fmt.Errorf("the environment variable %s is not set", s.Env)
		}
		return opaque.New([]byte(v)), nil
	case s.File != "":
		f, err := os.Open(s.File)
		if err != nil {
			return opaque.Bytes{}, err
		}
		defer func() { _ = f.Close() }()
		b, err := io.ReadAll(io.LimitReader(f, maxSecret))
		return opaque.New(bytes.TrimRight(b, "\r\n")), err
	}
	return opaque.Bytes{}, nil
}

// Validate returns what is wrong with the definition, by field.
func (d Definition) Validate() []fault.Field {
	var bad []fault.Field
	add := func(field, format string, args ...any) {
		bad = append(bad, fault.Field{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if !ValidID(d.ID) {
		add("source", "%q is not an id: want lower-case letters, digits and dashes, at most 64", d.ID)
	}
	if n := count(d.DuckDB != nil, d.Postgres != nil, d.MySQL != nil); n != 1 {
		add("", "a source needs exactly one of duckdb, postgres and mysql")
		return bad
	}
	switch {
	case d.DuckDB != nil:
		d.DuckDB.validate(add)
	case d.Postgres != nil:
		d.Postgres.validate("postgres", add)
	default:
		(*Postgres)(d.MySQL).validate("mysql", add)
	}
	return bad
}

// LoginSecret returns the name or ARN of the secret that holds user and password; "" for none.
func (d Definition) LoginSecret() string {
	switch {
	case d.Postgres != nil:
		return d.Postgres.Secret
	case d.MySQL != nil:
		return d.MySQL.Secret
	}
	return ""
}

func count(these ...bool) (n int) {
	for _, b := range these {
		if b {
			n++
		}
	}
	return n
}

func (d *DuckDB) validate(add func(field, format string, args ...any)) {
	if d.File == "" || strings.ContainsAny(d.File, `/\:`) || strings.HasPrefix(d.File, ".") || !strings.HasSuffix(d.File, ".duckdb") {
		add("duckdb.file", "%q is not a plain file name that ends in .duckdb", d.File)
	}
}

// validate checks the options of a server, which are written under its kind.
func (p *Postgres) validate(kind string, add func(field, format string, args ...any)) {
	needed := []struct{ name, v string }{{"host", p.Host}, {"database", p.Database}, {"user", p.User}}
	if p.Secret != "" {
		needed[2].name, needed[2].v = "secret", p.Secret
	}
	for _, f := range needed {
		if f.v == "" || strings.ContainsAny(f.v, "\x00\n") {
			add(kind+"."+f.name, "needs a value")
		}
	}
	if p.Secret != "" && (p.User != "" || p.Password != Secret{}) {
		add(kind+".secret", "holds user and password: give neither beside it")
	}
	if p.Port < 0 || p.Port > 65535 {
		add(kind+".port", "%d is not a port: want 1 to 65535", p.Port)
	}
	switch p.TLS {
	case "", "disable", "require", "verify-full":
	default:
		add(kind+".tls", "%q is unknown: want disable, require or verify-full", p.TLS)
	}
	if p.MaxConnections < 0 || p.MaxConnections > 1000 {
		add(kind+".max_connections", "%d is out of range: want 1 to 1000", p.MaxConnections)
	}
	if p.Password.Env != "" && p.Password.File != "" {
		add(kind+".password", "give env or file, not both")
	}
}

// ValidID reports whether id can name a source, dataset, dashboard or action: it stands in URLs,
// file names and the audit log as it is.
func ValidID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && id[0] != '-'
}

// ValidName reports whether name can name a field, an input or a computed value: filters, rules and
// queries refer to it.
func ValidName(name string) bool {
	return name != "" && len(name) <= 63 && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
