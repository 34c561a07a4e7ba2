package formula_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"signet/formula"
	"signet/identity"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/postgres"
	"signet/source/sourcetest"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// each runs a test on every database.
func each(t *testing.T, f func(t *testing.T, src source.Source)) {
	t.Run("duckdb", func(t *testing.T) {
		src, err := duckdb.Open(source.Definition{ID: "db", DuckDB: &source.DuckDB{File: "w.duckdb"}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		f(t, src)
	})
	t.Run("postgres", func(t *testing.T) {
		src, err := postgres.Open(sourcetest.Postgres(t, "db", testenv.Postgres(t)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		f(t, src)
	})
	t.Run("mariadb", func(t *testing.T) {
		def := sourcetest.MariaDB(t, "db", testenv.MariaDB(t))
		src, err := mysql.OpenWith(def, sourcetest.Logins(t, identity.System("test"), def))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		f(t, src)
	})
}

var fields = map[string]formula.Field{
	"id": {Kind: value.Integer}, "t": {Kind: value.Text}, "i": {Kind: value.Integer}, "d": {Kind: value.Decimal},
	"f": {Kind: value.Float}, "b": {Kind: value.Boolean}, "day": {Kind: value.Date}, "at": {Kind: value.Timestamp},
	"plain": {Kind: value.Timestamp},
}

func lookup(name string) (formula.Field, bool) {
	f, ok := fields[name]
	return f, ok
}

// The columns are narrower than the fields where a table's often are.
var setup = []string{
	`CREATE TABLE c (id integer, t varchar, i smallint, d decimal(12, 2), f double precision, b boolean, "day" date, "at" timestamp with time zone, plain timestamp)`,
	`INSERT INTO c VALUES
		(1, 'Rock''n Roll', 7, 12.50, 2.5, true, DATE '2024-02-29', '2024-02-29T13:45:59.123456Z', TIMESTAMP '2024-02-29 13:45:59.123456'),
		(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(3, '', -7, -0.05, -0.5, false, DATE '1969-12-31', '1969-12-31T23:59:59.999Z', TIMESTAMP '1969-12-31 23:59:59.999'),
		(4, 'Zoë ÄRGER 東京 🚀', 0, 100.00, 1e3, true, DATE '2026-11-22', '2026-11-22T00:00:00Z', TIMESTAMP '2026-11-22 00:00:00')`,
}

// mySQLWords turns setup into what MariaDB reads.
var mySQLWords = strings.NewReplacer(`"`, "`", "timestamp with time zone", "datetime(6)", "plain timestamp", "plain datetime(6)", "Z'", "'",
	"t varchar", "t varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")

func fill(t testing.TB, src source.Source) {
	t.Helper()
	for _, sql := range setup {
		if src.Dialect().Name() == "mysql" {
			sql = mySQLWords.Replace(sql)
		}
		tx, err := src.BeginWrite(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(context.Background(), source.Statement{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
}

// writer writes the fields of the table c.
type writer struct{ b *source.Builder }

func (w writer) Raw(sql string)        { w.b.Raw(sql) }
func (w writer) Arg(v value.Value)     { w.b.Arg(v) }
func (w writer) Field(name string)     { w.b.Ident("c", name) }
func (w writer) end() source.Statement { return w.b.Statement() }

// ask computes a formula over the rows with the given ids.
func ask(src source.Source, text string, rows []value.Value) (value.Value, error) {
	e, err := formula.Check(text, lookup)
	if err != nil {
		return value.Value{}, err
	}
	d, ok := formula.For(src.Dialect().Name())
	if !ok {
		return value.Value{}, fmt.Errorf("no dialect %s", src.Dialect().Name())
	}
	w := writer{source.NewBuilder(src.Dialect()).Raw("SELECT ")}
	e.Write(w, d, formula.Options{})
	w.b.Raw(" FROM c WHERE ")
	src.Dialect().Members(w.b, func() { w.b.Ident("c", "id") }, value.List{Kind: value.Integer, Values: rows}, false)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := src.Query(ctx, w.end(), 2)
	if err != nil {
		return value.Value{}, fmt.Errorf("%w\n%s", err, w.end().SQL)
	}
	if len(r.Rows) != 1 {
		return value.Value{}, fmt.Errorf("%d rows", len(r.Rows))
	}
	v, err := answer(src, r.Rows[0][0], e)
	if err != nil {
		return v, fmt.Errorf("%w: the formula is %s", err, e.Type())
	}
	return v, nil
}

// answer is what the database gave, as the formula's kind; some have no type for true and false.
func answer(src source.Source, v value.Value, e *formula.Expr) (value.Value, error) {
	if e.Kind() == value.Boolean && v.Kind() == value.Integer && !v.IsNull() && !src.Dialect().Booleans() {
		return value.OfBoolean(v.Int() != 0), nil
	}
	return value.Convert(v, e.Kind())
}

type testCase struct {
	line          int
	group         string
	rows          []value.Value
	formula, want string
}

func readCases(t testing.TB) (cases []testCase) {
	t.Helper()
	f, err := os.Open("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	group := ""
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(s.Text())
		switch {
		case strings.HasPrefix(line, "## "):
			group = line[3:]
		case line != "" && line[0] != '#':
			cases = append(cases, parseCase(t, n, group, line))
		}
	}
	return cases
}

func parseCase(t testing.TB, n int, group, line string) testCase {
	t.Helper()
	c := testCase{line: n, group: group}
	ids := ""
	if strings.HasPrefix(line, "[") {
		ids, line, _ = strings.Cut(line[1:], "]")
	} else if e, err := formula.Check(strings.Split(line, " => ")[0], lookup); err == nil && e.Aggregate() {
		ids = "1,2,3,4"
	} else {
		ids = "1"
	}
	for _, id := range strings.FieldsFunc(ids, func(r rune) bool { return r == ',' }) {
		i, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		c.rows = append(c.rows, value.OfInteger(i))
	}
	at := strings.LastIndex(line, " => ")
	if at < 0 {
		t.Fatalf("line %d has no answer", n)
	}
	c.formula, c.want = strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+4:])
	return c
}

// spell writes an answer as the table does.
func spell(v value.Value) string {
	if v.IsNull() {
		return "NULL"
	}
	switch v.Kind() {
	case value.Text:
		return "'" + strings.ReplaceAll(v.String(), "'", `\'`) + "'"
	case value.Decimal:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return digits(f)
	case value.Float:
		return digits(v.Float())
	case value.Boolean:
		return strconv.FormatBool(v.Bool())
	case value.Date, value.Timestamp:
		return v.Time().Format(time.RFC3339Nano)
	}
	return v.String()
}

func digits(f float64) string {
	if f == 0 {
		return "0.0"
	}
	s := strconv.FormatFloat(f, 'g', 12, 64)
	if f == math.Trunc(f) && !strings.Contains(s, ".") && !strings.Contains(s, "e") {
		s += ".0"
	}
	return s
}

// TestAnswers computes every formula of the table on every database.
func TestAnswers(t *testing.T) {
	cases := readCases(t)
	each(t, func(t *testing.T, src source.Source) {
		fill(t, src)
		d, _ := formula.For(src.Dialect().Name())
		asked := 0
		for _, c := range cases {
			if e, err := formula.Check(c.formula, lookup); err == nil && e.Refused(d) != nil {
				continue
			}
			asked++
			v, err := ask(src, c.formula, c.rows)
			if err != nil {
				t.Errorf("line %d: %s: %v", c.line, c.formula, err)
			} else if got := spell(v); got != c.want {
				t.Errorf("line %d: %s\n got %s\nwant %s", c.line, c.formula, got, c.want)
			}
		}
		t.Logf("%d of %d formulas", asked, len(cases))
	})
}

// TestTooLargeIsNoInteger: what has more than 64 bits ends the query or is NULL, and never another number.
func TestTooLargeIsNoInteger(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		fill(t, src)
		for _, text := range []string{"ceil(10 ^ 30 * {i})", "floor(-(10 ^ 19) * {i})", "decimalToInt(10000000000000000000.5 * {i})", "sum(9223372036854775800 + {i})", "9223372036854775807 * {i}"} {
			rows := []value.Value{value.OfInteger(1)}
			if strings.HasPrefix(text, "sum") {
				rows = append(rows, value.OfInteger(4))
			}
			if v, err := ask(src, text, rows); err == nil && !v.IsNull() {
				t.Errorf("%s: got %v", text, v)
			}
		}
	})
}

// TestBadJSONEndsTheQuery: what SPEC.md says of a text that is no JSON.
func TestBadJSONEndsTheQuery(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		if src.Dialect().Name() == "mysql" {
			t.Skip("parseJson is not served there")
		}
		fill(t, src)
		if v, err := ask(src, "parseJson({t}, '$.a')", []value.Value{value.OfInteger(1)}); !errors.Is(err, source.ErrValue) {
			t.Errorf("got %v, %v; want an error about the value", v, err)
		}
	})
}

// TestEveryFunctionHasCases wants at least four for each.
func TestEveryFunctionHasCases(t *testing.T) {
	count := map[string]int{}
	for _, c := range readCases(t) {
		count[c.group]++
	}
	all, served := formula.Functions()
	if len(all) != 128 {
		t.Errorf("the table has %d functions; want 128", len(all))
	}
	for _, name := range served {
		if count[name] < 4 {
			t.Errorf("%s has %d cases", name, count[name])
		}
	}
	t.Logf("%d functions are served", len(served))
}
