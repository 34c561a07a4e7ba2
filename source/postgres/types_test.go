package postgres_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"signet/internal/testenv"
	"signet/internal/value"
	"signet/source"
)

func TestTypesOfTheServer(t *testing.T) {
	url := testenv.Postgres(t)
	testenv.Exec(t, url, "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0)", "CREATE DOMAIN high AS price CHECK (VALUE > 10)", "CREATE DOMAIN blob AS bytea",
		"CREATE TABLE t (m mood, p price, h high, u uuid, j jsonb, c char(3), o oid)")
	src := open(t, url)
	defer func() { _ = src.Close() }()
	for expr, want := range map[string]string{
		"'sad'::mood": "text sad", "12.50::price": "decimal 12.5", "12.50::high": "decimal 12.5",
		"'3F2504E0-4F89-11D3-9A0C-0305E82C3301'::uuid": "text 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
		`'{"a": 1}'::json`: `text {"a": 1}`, `'{"a":1}'::jsonb`: `text {"a": 1}`,
		"(-1)::smallint": "integer -1", "4294967295::oid": "integer 4294967295", "'x'::name": "text x", "'ab'::char(3)": "text ab ",
		"1.5::real": "float 3ff8000000000000", "sum(1)": "integer 1", "sum(1::bigint)": "decimal 1", "avg(1)": "decimal 1",
		"'2026-01-31 10:11:12'::timestamp": "timestamp 2026-01-31T10:11:12.000000Z", "'2026-01-31 10:11:12+02'::timestamptz": "timestamp 2026-01-31T08:11:12.000000Z",
		"1e-300::numeric": "decimal 0." + strings.Repeat("0", 299) + "1",
		"12345678901234567890123456789e100::numeric": "decimal 12345678901234567890123456789" + strings.Repeat("0", 100),
	} {
		r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT " + expr + " AS x"}, 1)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := r.Rows[0][0].Kind().String() + " " + r.Rows[0][0].String(); got != want {
			t.Errorf("%s is %q; want %q", expr, got, want)
		}
	}
	for expr, want := range map[string]error{
		"'NaN'::numeric": source.ErrValue, "'Infinity'::numeric": source.ErrValue, "'infinity'::date": source.ErrValue, "'-infinity'::timestamptz": source.ErrValue,
		"'0044-03-15 BC'::date": source.ErrValue, "'200000-01-01'::timestamp": source.ErrValue, "1e1001::numeric": source.ErrValue,
		"'\\x00'::bytea": source.ErrSchema, "'\\x00'::blob": source.ErrSchema, "'{1}'::int[]": source.ErrSchema, "ROW(1,2)": source.ErrSchema, "'10:00'::time": source.ErrSchema,
	} {
		_, err := src.Query(timeout(t), source.Statement{SQL: "SELECT " + expr + " AS shown"}, 1)
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "shown") {
			t.Errorf("%s: %v; want %v that names the column", expr, err, want)
		}
	}
	columns, err := src.Columns(timeout(t), "t")
	if err != nil {
		t.Fatal(err)
	}
	insert := source.NewBuilder(src.Dialect()).Raw("INSERT INTO t (m, p, u, j, c) SELECT m, p, u, j, c FROM ")
	insert.Rows("r", []source.Column{columns[0], columns[1], columns[3], columns[4], columns[5]}, [][]value.Value{
		{value.OfText("happy"), dec(t, "1.5"), value.OfText("3f2504e0-4f89-11d3-9a0c-0305e82c3301"), value.OfText("[1]"), value.OfText("abc")},
		{value.Null(value.Text), value.Null(value.Decimal), value.Null(value.Text), value.Null(value.Text), value.Null(value.Text)},
	})
	tx, err := src.BeginWrite(timeout(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(timeout(t), insert.Statement()); err != nil {
		t.Fatalf("texts into uuid, json and enum columns: %v", err)
	}
	for _, column := range []string{"m", "u"} {
		b := source.NewBuilder(src.Dialect()).Raw("SELECT p FROM t WHERE ").Ident(column).Raw(" = ANY(")
		b.ArgList(value.List{Kind: value.Text, Values: []value.Value{value.OfText("happy"), value.OfText("3f2504e0-4f89-11d3-9a0c-0305e82c3301")}[map[string]int{"m": 0, "u": 1}[column]:][:1]}).Raw(")")
		if r, err := src.Query(timeout(t), b.Statement(), 10); err != nil || len(r.Rows) != 1 {
			t.Errorf("a list of texts against %s: %v, %v", column, r.Rows, err)
		}
	}
}

func dec(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.OfDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNumericOnTheWire sends random decimals alone, in lists and as texts that the server reads itself.
func TestNumericOnTheWire(t *testing.T) {
	src := open(t, testenv.Postgres(t))
	defer func() { _ = src.Close() }()
	rng := rand.New(rand.NewPCG(1, 2))
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0000123456789"[rng.IntN(13)]
		}
		return string(b)
	}
	list := value.List{Kind: value.Decimal}
	var texts []value.Value
	for range 2000 {
		s := "0" + digits(rng.IntN(20)) + "." + digits(rng.IntN(20)) + "0"
		if rng.IntN(20) == 0 {
			s = digits(rng.IntN(400)) + "1." + digits(rng.IntN(400)) + "0"
		}
		if rng.IntN(2) == 0 {
			s = "-" + s
		}
		list.Values, texts = append(list.Values, dec(t, s)), append(texts, value.OfText(s))
	}
	b := source.NewBuilder(src.Dialect()).Raw("SELECT n, t::numeric, n = t::numeric, n::text FROM unnest(").ArgList(list).Raw(", ").ArgList(value.List{Kind: value.Text, Values: texts}).Raw("::text[]) u(n, t)")
	r, err := src.Query(timeout(t), b.Statement(), 5000)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range r.Rows {
		if !row[2].Bool() || !row[0].Equal(list.Values[i]) || !row[1].Equal(list.Values[i]) {
			t.Errorf("%s came back as %s, and as %s for the server", list.Values[i], row[0], row[3])
		}
	}
	one := source.NewBuilder(src.Dialect()).Raw("SELECT ").Arg(list.Values[7])
	if r, err := src.Query(timeout(t), one.Statement(), 1); err != nil || !r.Rows[0][0].Equal(list.Values[7]) {
		t.Errorf("%s came back as %v, %v", list.Values[7], r.Rows, err)
	}
}

// TestTableChangesUnderAStatement changes a column's type while connections have the statement prepared.
func TestTableChangesUnderAStatement(t *testing.T) {
	url := testenv.Postgres(t)
	testenv.Exec(t, url, "CREATE TABLE t (id integer)", "INSERT INTO t VALUES (1)")
	src := open(t, url)
	defer func() { _ = src.Close() }()
	all := source.Statement{SQL: "SELECT * FROM t"}
	read := func(kind value.Kind) {
		t.Helper()
		r, err := src.Query(timeout(t), all, 10)
		if err != nil || r.Rows[0][0].Kind() != kind {
			t.Errorf("got %v, %v; want %s", r.Rows, err, kind)
		}
	}
	read(value.Integer)
	testenv.Exec(t, url, "ALTER TABLE t ALTER id TYPE numeric")
	read(value.Decimal)
	testenv.Exec(t, url, "ALTER TABLE t ALTER id TYPE text")
	read(value.Text)
	write := func() error {
		tx, err := src.BeginWrite(timeout(t), nil)
		if err != nil {
			return err
		}
		_, err = tx.Commit(timeout(t), all)
		return err
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	testenv.Exec(t, url, "ALTER TABLE t ALTER id TYPE varchar(5)", "ALTER TABLE t ADD x integer")
	if err := write(); err != nil {
		t.Errorf("a write that begins with a stale plan: %v", err)
	}
	tx, err := src.BeginWrite(timeout(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Run(timeout(t), source.Statement{SQL: "SELECT 1"}); err != nil {
		t.Fatal(err)
	}
	testenv.Exec(t, url, "ALTER TABLE t DROP x")
	if _, err := tx.Commit(timeout(t), all); !errors.Is(err, source.ErrConflict) {
		t.Errorf("a stale plan in the middle of a transaction: %v; want ErrConflict", err)
	}
	if err := write(); err != nil {
		t.Errorf("the write after it: %v", err)
	}
}

// TestManyStatements runs more different statements than a connection remembers.
func TestManyStatements(t *testing.T) {
	url := testenv.Postgres(t)
	src := open(t, url)
	defer func() { _ = src.Close() }()
	for round := range 2 {
		for i := range 700 {
			r, err := src.Query(timeout(t), source.Statement{SQL: fmt.Sprintf("SELECT %d + 0 AS x", i)}, 1)
			if err != nil || r.Rows[0][0].Int() != int64(i) {
				t.Fatalf("round %d, statement %d: %v, %v", round, i, r.Rows, err)
			}
		}
	}
	r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT count(*) FROM pg_prepared_statements"}, 1)
	if err != nil || r.Rows[0][0].Int() > 300 {
		t.Errorf("the server holds %v statements, %v", r.Rows, err)
	}
}

// BenchmarkWrite inserts 512 rows of 15 columns in one transaction with 64 locks.
func BenchmarkWrite(b *testing.B) {
	url := testenv.Postgres(b)
	names, kinds := make([]source.Column, 15), []value.Kind{value.Text, value.Text, value.Decimal, value.Timestamp, value.Text}
	create := "CREATE TABLE w ("
	for i := range names {
		names[i] = source.Column{Name: fmt.Sprintf("c%d", i), Kind: kinds[i%len(kinds)]}
		create += fmt.Sprintf("c%d %s,", i, map[value.Kind]string{value.Text: "text", value.Decimal: "numeric(12,2)", value.Timestamp: "timestamptz"}[names[i].Kind])
	}
	testenv.Exec(b, url, strings.TrimSuffix(create, ",")+")")
	src := open(b, url)
	defer func() { _ = src.Close() }()
	for _, n := range []int{1, 64, 512} {
		rows := make([][]value.Value, n)
		for i := range rows {
			for _, c := range names {
				switch c.Kind {
				case value.Text:
					rows[i] = append(rows[i], value.OfText(fmt.Sprintf("some text %d", i)))
				case value.Decimal:
					rows[i] = append(rows[i], dec(b, fmt.Sprintf("%d.25", i)))
				default:
					v, _ := value.Parse(value.Timestamp, "2026-01-31T10:11:12.5Z")
					rows[i] = append(rows[i], v)
				}
			}
		}
		locks := make([]uint64, min(n, 64))
		for i := range locks {
			locks[i] = uint64(i)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				tx, err := src.BeginWrite(timeout(b), locks)
				if err != nil {
					b.Fatal(err)
				}
				st := source.NewBuilder(src.Dialect()).Raw("INSERT INTO w SELECT ")
				st.List(", ", len(names), func(i int) { st.Ident(names[i].Name) }).Raw(" FROM ").Rows("r", names, rows)
				if _, err := tx.Commit(timeout(b), st.Statement()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkQuery(b *testing.B) {
	url := testenv.Postgres(b)
	testenv.Exec(b, url, "CREATE TABLE t AS SELECT i AS id, 'name ' || i AS name, (i * 1.25)::numeric(12,2) AS price FROM generate_series(1, 1000) i")
	src := open(b, url)
	defer func() { _ = src.Close() }()
	for b.Loop() {
		if _, err := src.Query(timeout(b), source.Statement{SQL: "SELECT * FROM t ORDER BY id LIMIT 100"}, 1000); err != nil {
			b.Fatal(err)
		}
	}
}
