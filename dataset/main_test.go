package dataset_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/dataset"
	"signet/identity"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/sourcetest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// each runs a test on every kind of database.
func each(t *testing.T, f func(t *testing.T, src source.Source)) {
	t.Run("duckdb", func(t *testing.T) {
		src, err := duckdb.Open(source.Definition{ID: "db", DuckDB: &source.DuckDB{File: "w.duckdb"}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		f(t, src)
	})
	t.Run("mariadb", func(t *testing.T) {
		src, err := openMySQL(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		f(t, src)
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, openPostgres(t, testenv.Postgres(t)))
	})
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func exec(t testing.TB, src source.Source, statements ...source.Statement) {
	t.Helper()
	for _, st := range statements {
		tx, err := src.BeginWrite(within(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(within(t), st); err != nil {
			t.Fatalf("%.200s: %v", st.SQL, err)
		}
	}
}

func openMySQL(t testing.TB, def source.Definition) (*mysql.Source, error) {
	return mysql.OpenWith(def, sourcetest.Logins(t, identity.System("test"), def))
}

// create writes names in double quotes as the database quotes them.
func create(src source.Source, sql string) source.Statement {
	return source.Statement{SQL: strings.ReplaceAll(sql, `"`, src.Dialect().Ident("")[:1])}
}

// newGate returns a gate over a real log.
func newGate(t testing.TB) (*audit.Gate, *audit.Log) {
	t.Helper()
	private, _, err := note.GenerateKey(rand.Reader, "test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(context.Background(), storetest.Open(t, storetest.SQLiteURL(t)), signer, time.Now, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Close)
	return audit.NewGate(log), log
}

// newSet returns a set of datasets over one source.
func newSet(t testing.TB, src source.Source, defs ...dataset.Definition) *dataset.Set {
	t.Helper()
	gate, _ := newGate(t)
	set := dataset.NewSet(func(string) (source.Source, bool) { return src, true }, gate)
	swap(t, set, defs...)
	return set
}

func swap(t testing.TB, set *dataset.Set, defs ...dataset.Definition) {
	t.Helper()
	var all []*dataset.Dataset
	for _, def := range defs {
		d, bad := dataset.New(def)
		if len(bad) > 0 {
			t.Fatalf("dataset %s: %+v", def.ID, bad)
		}
		all = append(all, d)
	}
	set.Swap(all)
}

func caller(name string, role policy.Role, groups ...string) policy.Caller {
	return policy.NewCaller(policy.Principal{ID: "user-" + name, Name: name, Role: role, Groups: groups, Session: "session-" + name})
}

var ana = caller("ana", policy.Author)

func text(s string) value.Value { return value.OfText(s) }

func number(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.OfDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var sampleFields = []dataset.Field{
	{Name: "id", Type: value.Integer}, {Name: "t", Type: value.Text}, {Name: "i", Type: value.Integer}, {Name: "d", Type: value.Decimal},
	{Name: "f", Type: value.Float}, {Name: "b", Type: value.Boolean}, {Name: "day", Type: value.Date}, {Name: "at", Type: value.Timestamp},
}

func columns() []source.Column {
	out := make([]source.Column, len(sampleFields))
	for i, f := range sampleFields {
		out[i] = source.Column{Name: f.Name, Kind: f.Type}
	}
	return out
}

// sample makes rows with few different values, so that they agree often, and NULLs in every column but the id.
func sample(rng *mrand.Rand, n int) [][]value.Value {
	rows := make([][]value.Value, n)
	for i := range rows {
		k := rng.IntN(4)
		d, _ := value.OfDecimal(fmt.Sprintf("%d.%d", rng.IntN(3)-1, rng.IntN(3)*5))
		day := time.Date(2026, time.Month(1+rng.IntN(14)), 1+rng.IntN(28), rng.IntN(24), 0, 0, rng.IntN(3)*1000, time.UTC)
		rows[i] = []value.Value{
			value.OfInteger(int64(i)), text([]string{"", "a", "A", "é'\"\\%_"}[k]), value.OfInteger(int64(rng.IntN(5)) - 2), d,
			value.OfFloat(float64(rng.IntN(4)) / 3), value.OfBoolean(k > 1), value.OfDate(day), value.OfTimestamp(day),
		}
		for c := 1; c < len(rows[i]); c++ {
			if rng.IntN(5) == 0 {
				rows[i][c] = value.Null(sampleFields[c].Type)
			}
		}
	}
	return rows
}

// load makes table s of the sample's rows.
func load(t testing.TB, src source.Source, rows [][]value.Value) {
	t.Helper()
	create := source.NewBuilder(src.Dialect()).Raw("CREATE TABLE s (")
	create.List(", ", len(sampleFields), func(i int) {
		create.Ident(sampleFields[i].Name).Raw(" " + src.Dialect().Type(sampleFields[i].Type))
	}).Raw(")")
	insert := source.NewBuilder(src.Dialect()).Raw("INSERT INTO s SELECT ")
	insert.List(", ", len(sampleFields), func(i int) { insert.Ident("r", sampleFields[i].Name) }).Raw(" FROM ").Rows("r", columns(), rows)
	exec(t, src, create.Statement(), insert.Statement())
}

func sampleDefinition() dataset.Definition {
	fields := append([]dataset.Field(nil), sampleFields...)
	return dataset.Definition{ID: "sample", Source: "db", Table: "s", Key: []string{"id"}, Fields: fields}
}

func query(t testing.TB, set *dataset.Set, c policy.Caller, q dataset.Query) *dataset.Result {
	t.Helper()
	r, err := set.Query(within(t), c, "sample", q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return r
}

func show(rows [][]value.Value) (out []string) {
	for _, row := range rows {
		s := ""
		for _, v := range row {
			if v.IsNull() {
				s += "NULL|"
				continue
			}
			s += v.String() + "|"
		}
		out = append(out, s)
	}
	return out
}
