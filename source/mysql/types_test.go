package mysql_test

import (
	"errors"
	"strings"
	"testing"

	"signet/internal/testenv"
	"signet/internal/value"
	"signet/source"
	"signet/source/sourcetest"
)

func TestTypesOfTheServer(t *testing.T) {
	src := open(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	write(t, src, `CREATE TABLE t (ti tinyint, tu tinyint unsigned, s smallint, m mediumint, i int, iu int unsigned, b bigint, bu bigint unsigned, y year,
		d decimal(65,30), f float, g double, yes boolean, bit1 bit(1), dt date, at datetime(3), ts timestamp(6) NULL, c char(3), v varchar(9) CHARACTER SET latin1, tt tinytext,
		mt mediumtext, e enum('sad','happy'), st set('a','b'), j json)`,
		`INSERT INTO t VALUES (-128, 255, -32768, -8388608, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615, 2026,
		12345678901234567890123456789012345.123456789012345678901234567890, 1.1, 1e-300, true, b'1', '2026-01-31', '2026-01-31 10:11:12.5', '2038-01-19 03:14:07.999999', 'ab', 'café', 'x', 'y', 'happy', 'a,b', '{"a": 1}')`)
	r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT * FROM t"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(`ti integer -128|tu integer 255|s integer -32768|m integer -8388608|i integer -2147483648|iu integer 4294967295|b integer -9223372036854775808|`+
		`bu decimal 18446744073709551615|y integer 2026|d decimal 12345678901234567890123456789012345.12345678901234567890123456789|f float 3ff19999a0000000|`+
		`g float 01a56e1fc2f8f359|yes boolean t|bit1 boolean t|dt date 2026-01-31|at timestamp 2026-01-31T10:11:12.500000Z|ts timestamp 2038-01-19T03:14:07.999999Z|`+
		`c text ab|v text café|tt text x|mt text y|e text happy|st text a,b|j text {"a": 1}`, "|")
	for i, c := range r.Columns {
		if got := c.Name + " " + r.Rows[0][i].Kind().String() + " " + r.Rows[0][i].String(); got != want[i] || c.Kind != r.Rows[0][i].Kind() {
			t.Errorf("got %q; want %q", got, want[i])
		}
	}
	columns, err := src.Columns(timeout(t), "t")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range columns {
		if c.Kind != r.Columns[i].Kind {
			t.Errorf("Columns says that %s is %s (%s); a query says %s", c.Name, c.Kind, c.Type, r.Columns[i].Kind)
		}
	}
	for expr, want := range map[string]string{
		"1 = 1": "integer 1", "count(*)": "integer 1", "sum(1)": "decimal 1", "avg(1)": "decimal 1", "1 / 3": "decimal 0.3333333333", "NULL": "text ", "x'4142'": "", "NOW() IS NULL": "integer 0",
		"CONCAT('it''s \\', \"a\")": `text it's \a`, "TIMESTAMP '2026-01-31 10:00:00'": "timestamp 2026-01-31T10:00:00.000000Z",
	} {
		r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT " + expr + " AS shown"}, 1)
		if want == "" {
			if !errors.Is(err, source.ErrSchema) || !strings.Contains(err.Error(), "shown") {
				t.Errorf("%s: %v; want ErrSchema that names the column", expr, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := r.Rows[0][0].Kind().String() + " " + r.Rows[0][0].String(); got != want {
			t.Errorf("%s is %q; want %q", expr, got, want)
		}
	}
}

// TestReadersHoldNoLocks: the locks of writes have names, which a query could take as well.
func TestReadersHoldNoLocks(t *testing.T) {
	src := open(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	const name = "reader"
	if r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT GET_LOCK('" + name + "', 0)"}, 1); err != nil || r.Rows[0][0].Int() != 1 {
		t.Fatal(r, err)
	}
	waitFor(t, "the lock is free", func() bool {
		r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT IS_FREE_LOCK('" + name + "')"}, 1)
		return err == nil && r.Rows[0][0].Int() == 1
	})
}

// TestDatesThatAreNone: the server may hold them from before; they are not read as others, and not written.
func TestDatesThatAreNone(t *testing.T) {
	port := testenv.MariaDB(t)
	def := sourcetest.MariaDB(t, "db", port)
	src, db := open(t, def), def.MySQL.Database
	testenv.ExecMariaDB(t, port, "CREATE TABLE "+db+".z (id int, d date, at datetime, odd tinyint(1))",
		"SET STATEMENT sql_mode = '' FOR INSERT INTO "+db+".z VALUES (1, '0000-00-00', NULL, NULL), (2, '2026-02-00', NULL, NULL), (3, NULL, '0000-00-00 00:00:00', NULL), (4, NULL, NULL, 7), (5, '0001-01-01', '0001-01-01 00:00:00', 1)")
	for id, column := range map[string]string{"1": "d", "2": "d", "3": "at", "4": "odd"} {
		_, err := src.Query(timeout(t), source.Statement{SQL: "SELECT d, at, odd FROM z WHERE id = " + id}, 1)
		if !errors.Is(err, source.ErrValue) || !strings.Contains(err.Error(), `"`+column+`"`) {
			t.Errorf("row %s: %v; want ErrValue that names %s", id, err, column)
		}
	}
	r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT d, at, odd FROM z WHERE id = 5"}, 1)
	if err != nil || r.Rows[0][0].String() != "0001-01-01" || r.Rows[0][1].String() != "0001-01-01T00:00:00.000000Z" {
		t.Errorf("the first day is %v, %v", r.Rows, err)
	}
	for _, sql := range []string{"INSERT INTO z (d) VALUES ('0000-00-00')", "INSERT INTO z (d) VALUES ('2026-02-30')", "INSERT INTO z (at) VALUES ('x')", "INSERT INTO z (odd) VALUES (1000)"} {
		tx, err := src.BeginWrite(timeout(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(timeout(t), source.Statement{SQL: sql}); !errors.Is(err, source.ErrValue) {
			t.Errorf("%s: %v; want ErrValue", sql, err)
		}
	}
}

// TestColumnsKnowTheirDefaults is what tells whether an action may leave a column out.
func TestColumnsKnowTheirDefaults(t *testing.T) {
	src := open(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	write(t, src, "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, a int NOT NULL, b int NOT NULL DEFAULT 5, c int, d int AS (a + 1), e datetime NOT NULL DEFAULT CURRENT_TIMESTAMP)")
	columns, err := src.Columns(timeout(t), "t")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, c := range columns {
		if !c.Nullable && !c.Default {
			got += c.Name
		}
	}
	if got != "a" {
		t.Errorf("columns that need a value: %q; want a", got)
	}
}

// TestNumbersThatDoNotFit are refused before they leave, and never cut.
func TestNumbersThatDoNotFit(t *testing.T) {
	src := open(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	dec := func(s string) value.Value {
		v, err := value.OfDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, s := range []string{"0." + strings.Repeat("0", 30) + "1", strings.Repeat("9", 56), strings.Repeat("9", 40) + "." + strings.Repeat("9", 26)} {
		for _, n := range []int{1, 2} {
			b := source.NewBuilder(src.Dialect()).Raw("SELECT v FROM ")
			b.Rows("r", []source.Column{{Name: "v", Kind: value.Decimal}}, [][]value.Value{{dec(s)}, {dec("1")}}[:n])
			if r, err := src.Query(timeout(t), b.Statement(), 10); !errors.Is(err, source.ErrValue) {
				t.Errorf("%s in %d rows: %v, %v; want ErrValue", s, n, r.Rows, err)
			}
		}
	}
	for _, s := range []string{strings.Repeat("9", 55), "0." + strings.Repeat("3", 30), strings.Repeat("8", 35) + "." + strings.Repeat("8", 30), "-12.5"} {
		b := source.NewBuilder(src.Dialect()).Raw("SELECT v FROM ")
		b.Rows("r", []source.Column{{Name: "v", Kind: value.Decimal}}, [][]value.Value{{dec(s)}, {dec(s)}})
		r, err := src.Query(timeout(t), b.Statement(), 10)
		if err != nil || !r.Rows[0][0].Equal(dec(s)) || !r.Rows[1][0].Equal(dec(s)) {
			t.Errorf("%s came back as %v, %v", s, r.Rows, err)
		}
	}
	if _, err := src.Query(timeout(t), source.Statement{SQL: "SELECT ?", Args: []any{value.OfText("a\xff")}}, 1); !errors.Is(err, source.ErrValue) {
		t.Errorf("a text that is not UTF-8: %v; want ErrValue", err)
	}
}

// TestTableChangesUnderAStatement changes a column's type while connections have the statement prepared.
func TestTableChangesUnderAStatement(t *testing.T) {
	src := open(t, sourcetest.MariaDB(t, "db", testenv.MariaDB(t)))
	write(t, src, "CREATE TABLE t (id integer)", "INSERT INTO t VALUES (1)")
	for _, c := range []struct {
		change string
		kind   value.Kind
	}{{"", value.Integer}, {"MODIFY id decimal(9,2)", value.Decimal}, {"MODIFY id text", value.Text}, {"ADD more integer", value.Text}} {
		if c.change != "" {
			write(t, src, "ALTER TABLE t "+c.change)
		}
		for range 3 {
			r, err := src.Query(timeout(t), source.Statement{SQL: "SELECT * FROM t"}, 10)
			if err != nil || r.Rows[0][0].Kind() != c.kind || r.Columns[0].Kind != c.kind {
				t.Errorf("after %q: %v, %v; want %s", c.change, r.Rows, err, c.kind)
			}
		}
	}
}
