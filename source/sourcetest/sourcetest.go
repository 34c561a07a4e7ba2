// Package sourcetest is the suite that each connector passes: it states, as tests on a real
// database, what the seam of package source guarantees.
package sourcetest

import (
	"context"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/secrets/env"
	"signet/secrets/reference"
	"signet/secrets/secretstest"
	"signet/source"
)

// Suite is what a connector gives the tests.
type Suite struct {
	// Open returns a source on a fresh, empty database; it is closed by the test.
	Open func(t *testing.T) source.Source
	// Writes are statements of this database that would write, or reach beyond it, if the read
	// side let them: each must fail or change nothing.
	Writes []string
	// Unreadable is an SQL expression of a type that has no kind.
	Unreadable string
	// Finite says that the database's numbers are: infinities and NaN must be refused.
	Finite bool
	// NoNames are hostile names that the database cannot have at all.
	NoNames []string
	// Long is a query that runs for minutes; "" for one that most databases understand.
	Long string
}

// Run runs the suite.
func Run(t *testing.T, s Suite) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *database)
	}{
		{"RoundTrip", testRoundTrip},
		{"Rows", testRows},
		{"Exact", testExact},
		{"A17_HostileNames", testHostileNames},
		{"A11_HostileValues", testHostileValues},
		{"A8_ReadSideCannotWrite", testReadSide},
		{"Transactions", testTransactions},
		{"FailedCommit", testFailedCommit},
		{"LocksExclude", testLocksExclude},
		{"OtherLocksDoNot", testOtherLocks},
		{"RowLimit", testRowLimit},
		{"Cancel", testCancel},
		{"Schema", testSchema},
		{"Constraint", testConstraint},
		{"Contains", testContains},
		{"Trunc", testTrunc},
		{"Describe", testDescribe},
		{"Ping", testPing},
		{"Concurrent", testConcurrent},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := s.Open(t)
			defer func() {
				if err := src.Close(); err != nil {
					t.Errorf("closing: %v", err)
				}
			}()
			c.test(t, &database{Source: src, suite: s, d: src.Dialect()})
		})
	}
}

// Postgres returns the definition of a source for a URL that testenv gave.
func Postgres(t testing.TB, id, address string) source.Definition {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatalf("the address %s has no port", address)
	}
	p := &source.Postgres{Host: u.Hostname(), Port: port, Database: u.Path[1:], User: u.User.Username(), TLS: "disable"}
	if password, ok := u.User.Password(); ok {
		t.Setenv("SIGNET_SECRET_TEST_POSTGRES", password)
		p.Password = "env:SIGNET_SECRET_TEST_POSTGRES"
	}
	return source.Definition{ID: id, Postgres: p}
}

// MariaDB returns the definition of a source on a fresh database of a server that testenv started.
func MariaDB(t testing.TB, id string, port int) source.Definition {
	t.Helper()
	t.Setenv("SIGNET_SECRET_TEST_MARIADB", testenv.MariaDBPassword)
	return source.Definition{ID: id, MySQL: &source.MySQL{Host: "127.0.0.1", Port: port, Database: testenv.MariaDBDatabase(t, port), User: testenv.MariaDBRoot,
		Password: "env:SIGNET_SECRET_TEST_MARIADB", TLS: "disable"}}
}

// Logins returns what reads the password of a definition that Postgres returned, as a job; nil where it has none.
func Logins(t testing.TB, as policy.Caller, def source.Definition) *source.Logins {
	t.Helper()
	if len(def.References()) == 0 {
		return nil
	}
	environment := map[string]string{}
	for _, kv := range os.Environ() {
		name, v, _ := strings.Cut(kv, "=")
		environment[name] = v
	}
	return source.NewLogins(secretstest.Resolver(t, as, map[reference.Kind]reference.Provider{reference.Env: env.New(environment)}), as)
}

// database is an open source with the shorthands of the tests.
type database struct {
	source.Source
	suite Suite
	d     source.Dialect
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// build composes a statement.
func (db *database) build(f func(b *source.Builder)) source.Statement {
	b := source.NewBuilder(db.d)
	f(b)
	return b.Statement()
}

// exec commits statements, each of which must work.
func (db *database) exec(t testing.TB, statements ...source.Statement) {
	t.Helper()
	for _, s := range statements {
		tx, err := db.BeginWrite(within(t), nil)
		if err != nil {
			t.Fatalf("beginning: %v", err)
		}
		if _, err := tx.Commit(within(t), s); err != nil {
			t.Fatalf("%.300s: %v", s.SQL, err)
		}
	}
}

func raw(sql ...string) []source.Statement {
	out := make([]source.Statement, len(sql))
	for i, s := range sql {
		out[i].SQL = s
	}
	return out
}

// query returns all rows of a statement, which must work.
func (db *database) query(t testing.TB, s source.Statement) source.Result {
	t.Helper()
	r, err := db.Query(within(t), s, 100000)
	if err != nil {
		t.Fatalf("%.300s: %v", s.SQL, err)
	}
	return r
}

// texts returns the rows as strings, NULL as "NULL".
func texts(r source.Result) [][]string {
	out := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		for _, v := range row {
			s := v.String()
			if v.IsNull() {
				s = "NULL"
			}
			out[i] = append(out[i], s)
		}
	}
	return out
}

func decimal(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.OfDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// column is one column of a table to create.
func (db *database) create(t testing.TB, table string, columns []source.Column) {
	t.Helper()
	db.exec(t, db.build(func(b *source.Builder) {
		b.Raw("CREATE TABLE ").Table(table).Raw(" (")
		b.List(", ", len(columns), func(i int) { b.Ident(columns[i].Name).Raw(" " + db.d.Type(columns[i].Kind)) })
		b.Raw(")")
	}))
}

// insert writes rows through the dialect's Rows.
func (db *database) insert(table string, columns []source.Column, rows [][]value.Value) source.Statement {
	return db.build(func(b *source.Builder) {
		names := func(i int) { b.Ident(columns[i].Name) }
		b.Raw("INSERT INTO ").Table(table).Raw(" (").List(", ", len(columns), names).Raw(") SELECT ")
		b.List(", ", len(columns), names).Raw(" FROM ").Rows("r", columns, rows).Raw(" ORDER BY ").Ident("ord")
	})
}
