package source

import (
	"fmt"
	"strings"

	"signet/internal/fault"
	"signet/secrets/reference"
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
	// User and Password, which is a reference to a secret; or the Secret that holds both. The secrets
	// themselves are never in a file of the project.
	User     string         `yaml:"user,omitempty"`
	Password reference.Text `yaml:"password,omitempty"`
	Secret   reference.Text `yaml:"secret,omitempty"`
	// TLS is disable, require (encrypted, name not checked) or verify-full (the default for
	// hosts that are not this machine).
	TLS            string `yaml:"tls,omitempty"`
	CA             string `yaml:"ca,omitempty"`
	MaxConnections int    `yaml:"max_connections,omitempty"` // 8
}

// MySQL is a MySQL or MariaDB server. Its options are those of Postgres; the port is 3306 when none is given.
type MySQL Postgres

// References returns the references to secrets in the definition, by field.
func (d Definition) References() map[string]reference.Text {
	switch {
	case d.Postgres != nil:
		return d.Postgres.references("postgres")
	case d.MySQL != nil:
		return (*Postgres)(d.MySQL).references("mysql")
	}
	return map[string]reference.Text{}
}

func (p *Postgres) references(kind string) map[string]reference.Text {
	all := map[string]reference.Text{}
	for field, text := range map[string]reference.Text{kind + ".password": p.Password, kind + ".secret": p.Secret} {
		if text != "" {
			all[field] = text
		}
	}
	return all
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
		needed = needed[:2]
	}
	for _, f := range needed {
		if f.v == "" || strings.ContainsAny(f.v, "\x00\n") {
			add(kind+"."+f.name, "needs a value")
		}
	}
	for field, text := range p.references(kind) {
		if _, err := reference.Parse(string(text)); err != nil {
			add(field, "%v", err)
		}
	}
	if p.Secret != "" && (p.User != "" || p.Password != "") {
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
