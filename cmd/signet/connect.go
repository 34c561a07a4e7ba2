package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/postgres"
)

// openSource is the one place that knows the connectors. A source is never Signet's own store
// (threat A9): an analyst's query would read sessions and keys there.
func openSource(cfg *config, f *folder, logins *source.Logins) func(context.Context, source.Definition) (source.Source, error) {
	return func(ctx context.Context, d source.Definition) (source.Source, error) {
		switch {
		case d.DuckDB != nil:
			return duckdb.Open(d, f.path) // a file of its own format: the store cannot be one
		case d.Postgres != nil:
			return openPostgres(ctx, cfg, d, logins)
		case d.MySQL != nil:
			return mysql.OpenWith(d, logins) // the store is never in such a database
		}
		return nil, fmt.Errorf("source %s names no database", d.ID)
	}
}

var errOwnStore = errors.New("this database holds Signet's own store, with its sessions and keys: give the source another one")

func openPostgres(ctx context.Context, cfg *config, d source.Definition, logins *source.Logins) (source.Source, error) {
	if sameDatabase(cfg.store, d.Postgres) {
		return nil, fmt.Errorf("source %s: %w", d.ID, errOwnStore)
	}
	src, err := postgres.OpenWith(d, logins)
	if err != nil {
		return nil, err
	}
	// The same server may have many names; its tables tell.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, table := range []string{"audit_head", "secret_versions"} {
		if _, err := src.Columns(ctx, table); err != nil {
			return src, nil // not a store, or not reachable now: what is written to it is checked when it is
		}
	}
	_ = src.Close()
	return nil, fmt.Errorf("source %s: %w", d.ID, errOwnStore)
}

// sameDatabase reports whether a store's URL and a source name one database.
func sameDatabase(store string, p *source.Postgres) bool {
	u, err := url.Parse(store)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return false
	}
	port, host := u.Port(), u.Hostname()
	if q := u.Query().Get("host"); q != "" {
		host = q
	}
	if port == "" {
		port = "5432"
	}
	want := p.Port
	if want == 0 {
		want = 5432
	}
	return strings.TrimPrefix(u.Path, "/") == p.Database && port == fmt.Sprint(want) && sameHost(host, p.Host)
}

func sameHost(a, b string) bool {
	return strings.EqualFold(a, b) || thisMachine(a) && thisMachine(b)
}

func thisMachine(host string) bool {
	if host == "" || strings.EqualFold(host, "localhost") || strings.HasPrefix(host, "/") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return false
	}
	if ip.IsLoopback() {
		return true
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip.AsSlice()) {
			return true
		}
	}
	return false
}
