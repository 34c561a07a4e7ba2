package source_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"signet/internal/fault"
	"signet/internal/value"
	"signet/source"
	"signet/source/postgres"
)

func TestDefinitionsAreChecked(t *testing.T) {
	good := source.Postgres{Host: "h", Database: "d", User: "u"}
	with := func(change func(p *source.Postgres)) source.Definition {
		p := good
		change(&p)
		return source.Definition{ID: "a", Postgres: &p}
	}
	for want, def := range map[string]source.Definition{
		"":                         with(func(*source.Postgres) {}),
		"source":                   {ID: "No Id", Postgres: &good},
		" ":                        {ID: "a", DuckDB: &source.DuckDB{File: "w.duckdb"}},
		"duckdb.file":              {ID: "a", DuckDB: &source.DuckDB{File: "../w.duckdb"}},
		"postgres.host":            with(func(p *source.Postgres) { p.Host = "" }),
		"postgres.user":            with(func(p *source.Postgres) { p.User = "a\x00b" }),
		"postgres.database":        with(func(p *source.Postgres) { p.Database = "a\nb" }),
		"postgres.port":            with(func(p *source.Postgres) { p.Port = 70000 }),
		"postgres.tls":             with(func(p *source.Postgres) { p.TLS = "prefer" }),
		"postgres.max_connections": with(func(p *source.Postgres) { p.MaxConnections = -1 }),
		"postgres.secret":          with(func(p *source.Postgres) { p.Secret = "db" }),
		"mysql.host":               {ID: "a", MySQL: &source.MySQL{Database: "d", User: "u"}},
		"mysql.tls":                {ID: "a", MySQL: &source.MySQL{Host: "h", Database: "d", User: "u", TLS: "prefer"}},
		"mysql.secret":             {ID: "a", MySQL: &source.MySQL{Host: "h", Database: "d", User: "u", Secret: "db"}},
		"mysql.max_connections":    {ID: "a", MySQL: &source.MySQL{Host: "h", Database: "d", User: "u", MaxConnections: 1001}},
		"postgres.password":        with(func(p *source.Postgres) { p.Password = "env:HOME" }),
		"postgres.secret ":         with(func(p *source.Postgres) { p.User, p.Secret = "", "aws:prod/db" }),
		"  ":                       with(func(p *source.Postgres) { p.User, p.Secret = "", "vault-database:database/app" }),
		"   ":                      with(func(p *source.Postgres) { p.Password = "file:db/password" }),
	} {
		var got []string
		for _, f := range def.Validate() {
			got = append(got, f.Field)
		}
		if strings.Join(got, " ") != strings.TrimSpace(want) {
			t.Errorf("%+v: %v; want %q", def, got, want)
		}
	}
	for _, def := range []source.Definition{{ID: "a"}, {ID: "a", Postgres: &good, DuckDB: &source.DuckDB{File: "w.duckdb"}}, {ID: "a", Postgres: &good, MySQL: (*source.MySQL)(&good)}} {
		if len(def.Validate()) == 0 {
			t.Errorf("%+v is accepted", def)
		}
	}
}

func TestFaultsSayWhatToDo(t *testing.T) {
	for err, want := range map[error]fault.Code{
		source.ErrUnavailable: fault.TargetUnavailable, source.ErrOutcomeUnknown: fault.TargetUnavailable, source.ErrConflict: fault.TargetUnavailable,
		source.ErrReadOnly: fault.TargetReadOnly, source.ErrFull: fault.TargetFull, source.ErrSchema: fault.TargetSchema, source.ErrPermission: fault.TargetSchema,
		source.ErrConstraint: fault.InvalidInput, source.ErrValue: fault.InvalidInput, source.ErrRowLimit: fault.RowLimit,
	} {
		got := source.Fault(fmt.Errorf("driver: %w", err), "shop")
		e, ok := errors.AsType[*fault.Error](got)
		if !ok || e.Code != want || !errors.Is(got, err) || !strings.Contains(e.Detail, "shop") || strings.Contains(e.Detail, "driver") {
			t.Errorf("%v becomes %v; want %s", err, got, want)
		}
	}
	plain, own := errors.New("plain"), fault.New(fault.Denied, "no")
	if source.Fault(nil, "x") != nil || source.Fault(plain, "x") != plain || source.Fault(own, "x") != error(own) {
		t.Error("what is no connector's error does not pass unchanged")
	}
}

func TestBuilderBindsAndQuotes(t *testing.T) {
	b := source.NewBuilder(postgres.Dialect{})
	b.Raw("SELECT ").Ident("t", `a"b`).Raw(" FROM ").Table(`s.x"y.z`).Raw(" WHERE ").List(" OR ", 2, func(i int) { b.Arg(value.OfInteger(int64(i))) })
	st := b.Statement()
	if want := `SELECT "t"."a""b" FROM "s"."x""y.z" WHERE $1 OR $2`; st.SQL != want {
		t.Errorf("got %s; want %s", st.SQL, want)
	}
	if !slices.Equal(st.Args, []any{value.OfInteger(0), value.OfInteger(1)}) {
		t.Errorf("the arguments are %v", st.Args)
	}
}

func TestGranularityIsClosed(t *testing.T) {
	for _, g := range []string{"", "hour", "month', 1) --", "Month"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q reaches SQL", g)
				}
			}()
			source.Granularity(g)
		}()
	}
}
