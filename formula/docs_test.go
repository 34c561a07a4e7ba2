package formula_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"signet/formula"
	"signet/internal/value"
	"signet/source"
)

var quoteFields = map[string]value.Kind{
	"id": value.Integer, "customer": value.Text, "price": value.Decimal, "cost": value.Decimal, "status": value.Text, "created": value.Timestamp,
}

func quoteField(name string) (formula.Field, bool) {
	k, ok := quoteFields[name]
	return formula.Field{Kind: k}, ok
}

// quoteTable makes the table of the page from the page.
func quoteTable(t *testing.T, src source.Source, page string) {
	t.Helper()
	names := []string{"id", "customer", "price", "cost", "status", "created"}
	var columns []source.Column
	for _, n := range names {
		columns = append(columns, source.Column{Name: n, Kind: quoteFields[n]})
	}
	var rows [][]value.Value
	for _, m := range regexp.MustCompile(`(?m)^\| [0-9].*\|$`).FindAllString(page, -1) {
		var row []value.Value
		for i, cell := range strings.Split(strings.Trim(m, "| "), " | ") {
			v, err := value.Parse(columns[i].Kind, cell)
			if cell == "NULL" {
				v, err = value.Null(columns[i].Kind), nil
			}
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, v)
		}
		rows = append(rows, row)
	}
	if len(rows) != 3 {
		t.Fatalf("the page's table has %d rows", len(rows))
	}
	for _, st := range []source.Statement{
		{SQL: `CREATE TABLE q (id integer, customer varchar(20), price decimal(12, 2), cost decimal(12, 2), status varchar(20), created timestamp with time zone)`},
		source.NewBuilder(src.Dialect()).Raw("INSERT INTO q SELECT id, customer, price, cost, status, created FROM ").Rows("r", columns, rows).Statement(),
	} {
		if src.Dialect().Name() == "mysql" {
			st.SQL = mySQLWords.Replace(st.SQL)
		}
		tx, err := src.BeginWrite(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(context.Background(), st); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExamplesOfThePage computes every example of docs/formulas.md, and wants one for each function that is served, with its signature.
func TestExamplesOfThePage(t *testing.T) {
	b, err := os.ReadFile("../docs/formulas.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	examples := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|.*\\| `([^`]+)` \\| `([^`]+)` \\|$").FindAllStringSubmatch(page, -1)
	var shown []string
	for _, m := range examples {
		name, _, _ := strings.Cut(m[1], "(")
		shown = append(shown, name)
		if want := formula.Signature(name); m[1] != want {
			t.Errorf("the page says %s; it is %s", m[1], want)
		}
	}
	_, served := formula.Functions()
	slices.Sort(shown)
	slices.Sort(served)
	if !slices.Equal(shown, served) {
		t.Errorf("the page shows %v;\nserved are %v", shown, served)
	}
	each(t, func(t *testing.T, src source.Source) {
		quoteTable(t, src, page)
		d, _ := formula.For(src.Dialect().Name())
		for _, m := range examples {
			e, err := formula.Check(m[2], quoteField)
			if err != nil {
				t.Errorf("%s: %v", m[2], err)
				continue
			}
			if e.Refused(d) != nil {
				continue
			}
			w := writer{source.NewBuilder(src.Dialect()).Raw("SELECT ")}
			e.Write(w, d, formula.Options{})
			w.b.Raw(" FROM q AS c")
			if !e.Aggregate() {
				w.b.Raw(" WHERE id = 1")
			}
			r, err := src.Query(context.Background(), w.b.Statement(), 2)
			if err != nil {
				t.Errorf("%s: %v", m[2], err)
				continue
			}
			v, err := answer(src, r.Rows[0][0], e)
			if got := spell(v); err != nil || got != m[3] {
				t.Errorf("%s: got %s, %v; the page says %s", m[2], got, err, m[3])
			}
		}
	})
}
