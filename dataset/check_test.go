package dataset_test

import (
	"strings"
	"testing"

	"signet/dataset"
	"signet/identity"
	"signet/internal/value"
	"signet/source"
	"signet/source/postgres"
	"signet/source/sourcetest"
)

func openPostgres(t testing.TB, url string) *postgres.Source {
	t.Helper()
	def := sourcetest.Postgres(t, "db", url)
	src, err := postgres.OpenWith(def, sourcetest.Logins(t, identity.System("test"), def))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func TestCheckNamesTheColumn(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		exec(t, src, create(src, `CREATE TABLE q (id INTEGER, name VARCHAR(20), price DECIMAL(12,2), "at" TIMESTAMP, odd TIME)`))
		good := []dataset.Field{{Name: "id", Type: value.Integer}, {Name: "title", Column: "name", Type: value.Text}, {Name: "price", Type: value.Float}, {Name: "id_text", Column: "id", Type: value.Text}}
		if !src.Dialect().Booleans() {
			good = append(good, dataset.Field{Name: "first", Column: "id", Type: value.Boolean}) // what a comparison gives
		}
		for want, def := range map[string]dataset.Definition{
			"":                                   {Table: "q", Fields: good},
			" ":                                  {SQLText: "select id, name, price from q; -- done", Fields: good},
			`fields[1].type: the column "name" `: {Table: "q", Fields: []dataset.Field{good[0], {Name: "name", Type: value.Boolean}}},
			`fields[0].column: there is no column "missing"`: {Table: "q", Fields: []dataset.Field{{Name: "missing", Type: value.Text}}},
			`fields[1].column: there is no column "at"`:      {SQLText: "select id from q", Fields: []dataset.Field{good[0], {Name: "at", Type: value.Date}}},
			`fields[0].type: the column "name"`:              {Table: "q", Fields: []dataset.Field{{Name: "name", Type: value.Integer}}},
			`fields[0].type: the column "odd"`:               {Table: "q", Fields: []dataset.Field{{Name: "odd", Type: value.Text}}},
			"table: ":                                        {Table: "nowhere", Fields: good},
			"sql: ":                                          {SQLText: "select id from nowhere", Fields: good},
			"sql:  ":                                         {SQLText: "delete from q returning id", Fields: good},
			"sql:   ":                                        {SQLText: "select id, name, price from q where 1 = 1) as x, (select 1", Fields: good},
		} {
			def.ID, def.Source, def.Tables = "d", "db", []string{"q"}
			d, bad := dataset.New(def)
			if d != nil {
				bad = d.Check(within(t), src)
			}
			var got string
			for _, f := range bad {
				got += f.Field + ": " + f.Message + "\n"
			}
			if want = strings.TrimRight(want, " "); want == "" && got != "" || !strings.HasPrefix(got, want) {
				t.Errorf("%+v: got %q; want %q", def, got, want)
			}
		}
	})
}

func TestInfer(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		exec(t, src, create(src, `CREATE TABLE q (id INTEGER, "Unit price" DECIMAL(12,2), odd TIME)`))
		for _, def := range []dataset.Definition{{Table: "q"}, {SQLText: "select * from q;"}} {
			fields, err := dataset.Infer(within(t), src, def)
			if err != nil || len(fields) != 2 || fields[0].Type != value.Integer || fields[1].Column != "Unit price" || fields[1].Name != "column_2" || fields[1].Type != value.Decimal {
				t.Errorf("%+v: %+v, %v", def, fields, err)
			}
		}
		if _, err := dataset.Infer(within(t), src, dataset.Definition{SQLText: "select 1; select 2"}); err == nil {
			t.Error("Infer takes two statements")
		}
	})
}

// TestSQLText runs queries with all that may end in the parentheses around them.
func TestSQLText(t *testing.T) {
	each(t, func(t *testing.T, src source.Source) {
		for _, sql := range []string{
			"select 1 as x", "select 1 as x;", "select 1 as x; -- done", "select 1 as x -- done", "select 1 as x /* ; */ ;;\n;", "select 1 as x, ';' as y, ')' as z",
			"with w as (select 1 as x) select x from w\n-- ) ;", create(src, `select 1 as x, 2 as "a); b"`).SQL, "(select 1 as x)", "select 1 as x, 'it''s; -- not a comment' as y", "values (1)",
		} {
			column := "x"
			if sql == "values (1)" {
				column = map[string]string{"postgres": "column1", "duckdb": "col0", "mysql": "1"}[src.Dialect().Name()]
			}
			set := newSet(t, src, dataset.Definition{ID: "sample", Source: "db", SQLText: sql, Tables: []string{"t"}, Fields: []dataset.Field{{Name: "x", Column: column, Type: value.Integer}}})
			if r := query(t, set, ana, dataset.Query{Fields: []string{"x"}, Limit: 5}); len(r.Rows) != 1 || r.Rows[0][0].Int() != 1 {
				t.Errorf("%q gives %v", sql, r.Rows)
			}
		}
		for _, sql := range []string{"select 1; select 2", "select 1); drop table t; --", "select (1", "select 'a", "select $1", ";", "-- x", "/* /* */ select 1", "select $a$ 1"} {
			if _, bad := dataset.New(dataset.Definition{ID: "d", Source: "db", SQLText: sql, SQL: "d.sql", Tables: []string{"t"}, Fields: []dataset.Field{{Name: "x", Type: value.Integer}}}); len(bad) == 0 {
				t.Errorf("a dataset takes %q", sql)
			}
		}
	})
}
