package sourcetest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"signet/internal/value"
	"signet/source"
)

var allKinds = []source.Column{
	{Name: "id", Kind: value.Integer},
	{Name: "t", Kind: value.Text}, {Name: "i", Kind: value.Integer}, {Name: "d", Kind: value.Decimal}, {Name: "f", Kind: value.Float},
	{Name: "b", Kind: value.Boolean}, {Name: "day", Kind: value.Date}, {Name: "at", Kind: value.Timestamp},
}

func extremes(t testing.TB) [][]value.Value {
	day := func(y int, m time.Month, d int) value.Value {
		return value.OfDate(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
	}
	at := func(y int, m time.Month, d, us int) value.Value {
		return value.OfTimestamp(time.Date(y, m, d, 23, 59, 59, us*1000, time.UTC))
	}
	rows := [][]value.Value{
		{value.OfText("plain"), value.OfInteger(1), decimal(t, "12.5"), value.OfFloat(1.5), value.OfBoolean(true), day(2026, 1, 31), at(2026, 1, 31, 123456)},
		{value.OfText(""), value.OfInteger(math.MaxInt64), decimal(t, "1234567890123456789012345678.0123456789"), value.OfFloat(math.MaxFloat64), value.OfBoolean(false), day(9999, 12, 31), at(9999, 12, 31, 999999)},
		{value.OfText(strings.Repeat("ü€🙂", 4000)), value.OfInteger(math.MinInt64), decimal(t, "-9999999999999999999999999999.9999999999"), value.OfFloat(math.SmallestNonzeroFloat64), value.OfBoolean(true), day(1, 1, 1), at(1, 1, 1, 1)},
		{value.OfText(" \t\n"), value.OfInteger(0), decimal(t, "0"), value.OfFloat(math.Inf(1)), value.OfBoolean(false), day(1970, 1, 1), at(1969, 12, 31, 0)},
		{value.OfText("NULL"), value.OfInteger(-1), decimal(t, "-0.0000000001"), value.OfFloat(math.NaN()), value.OfBoolean(true), day(2000, 2, 29), at(2000, 2, 29, 1)},
		{value.OfText("{}"), value.OfInteger(10000), decimal(t, "10000.0001"), value.OfFloat(math.Inf(-1)), value.OfBoolean(true), day(1999, 12, 31), at(2038, 1, 19, 0)},
	}
	var null []value.Value
	for _, c := range allKinds[1:] {
		null = append(null, value.Null(c.Kind))
	}
	rows = append(rows, null)
	for i := range rows {
		rows[i] = append([]value.Value{value.OfInteger(int64(i))}, rows[i]...)
	}
	return rows
}

// testRoundTrip writes every kind in three ways (rows, single arguments, lists) and reads it back.
func testRoundTrip(t *testing.T, db *database) {
	want := extremes(t)
	db.create(t, "kinds", allKinds)
	db.exec(t, db.insert("kinds", allKinds, want))
	all := db.build(func(b *source.Builder) { b.Raw(`SELECT * FROM kinds ORDER BY id`) })
	got := db.query(t, all)
	for i, c := range got.Columns {
		if c.Name != allKinds[i].Name || c.Kind != allKinds[i].Kind {
			t.Errorf("column %d is %s %s; want %s %s", i, c.Name, c.Kind, allKinds[i].Name, allKinds[i].Kind)
		}
	}
	if diff := cmp.Diff(want, got.Rows, cmp.AllowUnexported(value.Value{})); diff != "" {
		t.Errorf("through Rows (-want +got):\n%.2000s", diff)
	}
	db.exec(t, raw("DELETE FROM kinds")...)
	for _, row := range want {
		db.exec(t, db.build(func(b *source.Builder) {
			b.Raw("INSERT INTO kinds VALUES (").List(", ", len(row), func(i int) { b.Arg(row[i]) }).Raw(")")
		}))
	}
	if diff := cmp.Diff(want, db.query(t, all).Rows, cmp.AllowUnexported(value.Value{})); diff != "" {
		t.Errorf("through Arg (-want +got):\n%.2000s", diff)
	}
	for c := 1; c < len(allKinds); c++ {
		list := value.List{Kind: allKinds[c].Kind}
		for _, row := range want {
			list.Values = append(list.Values, row[c])
		}
		found := db.query(t, db.build(func(b *source.Builder) {
			b.Raw("SELECT count(*) FROM kinds WHERE ").Ident(allKinds[c].Name).Raw(" = ANY(").ArgList(list).Raw(")")
		}))
		if n := found.Rows[0][0]; n.Int() != int64(len(want)-1) {
			t.Errorf("= ANY over %s finds %v rows; want all %d that are not NULL", allKinds[c].Name, n, len(want)-1)
		}
	}
}

func testRows(t *testing.T, db *database) {
	columns := []source.Column{{Name: "k", Kind: value.Text}, {Name: "n", Kind: value.Decimal}}
	for _, n := range []int{0, 1, 3, 1000} {
		rows := make([][]value.Value, n)
		for i := range rows {
			rows[i] = []value.Value{value.OfText(fmt.Sprint("k", i)), decimal(t, fmt.Sprintf("%d.%02d", i, i%100))}
			if i%3 == 2 {
				rows[i][0] = value.Null(value.Text)
			}
			if i%5 == 4 {
				rows[i][1] = value.Null(value.Decimal)
			}
		}
		got := db.query(t, db.build(func(b *source.Builder) {
			b.Raw(`SELECT "r"."ord", "r"."k", "r"."n" FROM `).Rows("r", columns, rows).Raw(` ORDER BY "r"."ord"`)
		}))
		if len(got.Rows) != n {
			t.Fatalf("%d rows came back as %d", n, len(got.Rows))
		}
		for i, row := range got.Rows {
			if row[0].Int() != int64(i) || !row[1].Equal(rows[i][0]) || !row[2].Equal(rows[i][1]) {
				t.Fatalf("row %d of %d is %v; want %v", i, n, row, rows[i])
			}
		}
	}
}

var hostileNames = []string{
	`a"b`, `"; DROP TABLE kept; --`, `'; DROP TABLE kept; --`, `back\slash`, `select`, `naïve ☃ 🙂`, `two words`, ` lead`, `semi;colon`,
	`$1`, `?`, `:name`, `%s`, `/* c */`, `-- x`, `CamelCase`, "tab\tnew\nline", strings.Repeat("x", 63), strings.Repeat("é", 31),
}

// testHostileNames makes tables and columns of names that would break out of naive quoting.
func testHostileNames(t *testing.T, db *database) {
	db.exec(t, raw("CREATE TABLE kept (x INTEGER)", "INSERT INTO kept VALUES (7)")...)
	for _, name := range hostileNames {
		columns := []source.Column{{Name: "id", Kind: value.Integer}, {Name: name, Kind: value.Text}}
		db.create(t, name, columns)
		got, err := db.Columns(within(t), name)
		if err != nil || len(got) != 2 || got[1].Name != name || got[1].Kind != value.Text {
			t.Errorf("Columns(%q) = %v, %v", name, got, err)
		}
		db.exec(t, db.insert(name, columns, [][]value.Value{{value.OfInteger(1), value.OfText("v")}}))
		r := db.query(t, db.build(func(b *source.Builder) {
			b.Raw("SELECT ").Ident(name, name).Raw(" FROM ").Table(name).Raw(" WHERE ").Ident(name).Raw(" = ").Arg(value.OfText("v"))
		}))
		if r.Columns[0].Name != name || len(r.Rows) != 1 {
			t.Errorf("%q came back as %q with %d rows", name, r.Columns[0].Name, len(r.Rows))
		}
	}
	if r := db.query(t, raw("SELECT x FROM kept")[0]); len(r.Rows) != 1 {
		t.Error("a hostile name reached another table")
	}
}

func testHostileValues(t *testing.T, db *database) {
	empty := db.query(t, db.build(func(b *source.Builder) {
		b.Raw("SELECT CAST(").Arg(value.OfText("")).Raw(" AS VARCHAR(9)) IS NULL, CAST(").Arg(value.Null(value.Text)).Raw(" AS VARCHAR(9)) IS NULL")
	}))
	if empty.Rows[0][0].Bool() || !empty.Rows[0][1].Bool() {
		t.Errorf("IS NULL of an empty text and of NULL: %v; want false and true", texts(empty))
	}
	columns := []source.Column{{Name: "id", Kind: value.Integer}, {Name: "v", Kind: value.Text}}
	db.create(t, "vals", columns)
	hostile := append([]string{`'`, `''`, `\`, `\'`, `' OR '1'='1`, `'); DROP TABLE vals; --`, `{"a",NULL}`, `NULL`, `\x00`, "\u202e", "a\r\nb", `$1`, `?`}, hostileNames...)
	for i, h := range hostile {
		db.exec(t, db.insert("vals", columns, [][]value.Value{{value.OfInteger(int64(i)), value.OfText(h)}}))
		for how, where := range map[string]func(b *source.Builder){
			"=": func(b *source.Builder) { b.Raw("v = ").Arg(value.OfText(h)) },
			"ANY": func(b *source.Builder) {
				b.Raw("v = ANY(").ArgList(value.List{Kind: value.Text, Values: []value.Value{value.OfText(h)}}).Raw(")")
			},
			"Contains": func(b *source.Builder) { db.d.Contains(b, func() { b.Raw("v") }, h) },
		} {
			r := db.query(t, db.build(func(b *source.Builder) {
				b.Raw("SELECT v FROM vals WHERE id = ").Arg(value.OfInteger(int64(i))).Raw(" AND ")
				where(b)
			}))
			if len(r.Rows) != 1 || r.Rows[0][0].String() != h {
				t.Errorf("%q through %s came back as %v", h, how, r.Rows)
			}
		}
	}
	tx, err := db.BeginWrite(within(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	nul := "a\x00b"
	switch _, err := tx.Commit(within(t), db.insert("vals", columns, [][]value.Value{{value.OfInteger(-1), value.OfText(nul)}})); {
	case err == nil:
		if r := db.query(t, raw("SELECT v FROM vals WHERE id = -1")[0]); r.Rows[0][0].String() != nul {
			t.Errorf("a text with NUL came back as %q", r.Rows[0][0].String())
		}
	case !errors.Is(err, source.ErrValue):
		t.Errorf("a text with NUL: %v; want it whole or ErrValue", err)
	}
}

func testContains(t *testing.T, db *database) {
	columns := []source.Column{{Name: "v", Kind: value.Text}}
	db.create(t, "words", columns)
	var rows [][]value.Value
	for _, w := range []string{"50% off", "50 off", "a_b", "axb", `c\d`, "Straße", "ÉCOLE"} {
		rows = append(rows, []value.Value{value.OfText(w)})
	}
	db.exec(t, db.insert("words", columns, append(rows, []value.Value{value.Null(value.Text)})))
	for text, want := range map[string]string{"0%": "50% off", "A_B": "a_b", `C\D`: `c\d`, "STRA": "Straße", "école": "ÉCOLE", "'": ""} {
		r := db.query(t, db.build(func(b *source.Builder) {
			b.Raw("SELECT v FROM words WHERE ")
			db.d.Contains(b, func() { b.Ident("v") }, text)
		}))
		var got []string
		for _, row := range r.Rows {
			got = append(got, row[0].String())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("contains %q finds %q; want %q", text, got, want)
		}
	}
}

func testTrunc(t *testing.T, db *database) {
	columns := []source.Column{{Name: "day", Kind: value.Date}, {Name: "at", Kind: value.Timestamp}}
	db.create(t, "times", columns)
	when := time.Date(2026, 8, 15, 23, 30, 0, 0, time.UTC) // a Saturday
	db.exec(t, db.insert("times", columns, [][]value.Value{
		{value.OfDate(when), value.OfTimestamp(when)},
		{value.Null(value.Date), value.Null(value.Timestamp)},
	}))
	for granularity, want := range map[string]string{"day": "2026-08-15", "week": "2026-08-10", "month": "2026-08-01", "quarter": "2026-07-01", "year": "2026-01-01"} {
		for _, c := range columns {
			r := db.query(t, db.build(func(b *source.Builder) {
				b.Raw("SELECT ")
				db.d.Trunc(b, granularity, func() { b.Ident(c.Name) })
				b.Raw(" FROM times WHERE day IS NOT NULL")
			}))
			if v := r.Rows[0][0]; v.Kind() != value.Date || v.String() != want {
				t.Errorf("%s of %s is %s %s; want %s", granularity, c.Name, v.Kind(), v, want)
			}
		}
	}
}
