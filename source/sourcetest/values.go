package sourcetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
	if db.suite.Finite {
		want = db.finite(t, want)
	}
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
			if !row[c].IsNull() {
				list.Values = append(list.Values, row[c])
			}
		}
		found := db.query(t, db.build(func(b *source.Builder) {
			b.Raw("SELECT count(*) FROM kinds WHERE ")
			db.d.Members(b, func() { b.Ident(allKinds[c].Name) }, list, false)
		}))
		if n := found.Rows[0][0]; n.Int() != int64(len(want)-1) {
			t.Errorf("Members of %s finds %v rows; want all %d that are not NULL", allKinds[c].Name, n, len(want)-1)
		}
	}
}

// finite checks that each infinity is refused whichever way it is written, and gives zeros in their place.
func (db *database) finite(t *testing.T, rows [][]value.Value) [][]value.Value {
	t.Helper()
	for _, row := range rows {
		f := row[4]
		if f.IsNull() || !math.IsNaN(f.Float()) && !math.IsInf(f.Float(), 0) {
			continue
		}
		for how, st := range map[string]source.Statement{
			"Rows":          db.insert("kinds", allKinds, [][]value.Value{row, row}),
			"Rows of one":   db.insert("kinds", allKinds, [][]value.Value{row}),
			"Arg":           db.build(func(b *source.Builder) { b.Raw("INSERT INTO kinds (f) VALUES (").Arg(f).Raw(")") }),
			"Arg of others": db.build(func(b *source.Builder) { b.Raw("UPDATE kinds SET i = 1 WHERE f = ").Arg(f) }),
		} {
			tx, err := db.BeginWrite(within(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Commit(within(t), st); !errors.Is(err, source.ErrValue) {
				t.Errorf("%v through %s: %v; want ErrValue", f.Float(), how, err)
			}
		}
		row[4] = value.OfFloat(0)
	}
	return rows
}

// testExact wants texts that many collations hold to be equal to be told apart, and ordered by their bytes.
func testExact(t *testing.T, db *database) {
	columns := []source.Column{{Name: "id", Kind: value.Integer}, {Name: "v", Kind: value.Text}}
	words := []string{"", " ", "A", "A ", "Z", "a", "a ", "e", "z", "é"}
	db.create(t, "words", columns)
	var rows [][]value.Value
	for i, w := range words {
		rows = append(rows, []value.Value{value.OfInteger(int64(i)), value.OfText(w)})
	}
	db.exec(t, db.insert("words", columns, append(rows, []value.Value{value.OfInteger(99), value.Null(value.Text)})))
	ids := func(what string, want string, where func(b *source.Builder)) {
		t.Helper()
		r := db.query(t, db.build(func(b *source.Builder) {
			b.Raw("SELECT id FROM words WHERE ")
			where(b)
			b.Raw(" ORDER BY id")
		}))
		var got []string
		for _, row := range texts(r) {
			got = append(got, row[0])
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s finds %q; want %q", what, s, want)
		}
	}
	v := func(b *source.Builder) func() { return func() { b.Ident("v") } }
	many := value.List{Kind: value.Text}
	for i := range 100 {
		many.Values = append(many.Values, value.OfText(fmt.Sprint("x", i)))
	}
	for i, w := range words {
		id := fmt.Sprint(i)
		one := value.List{Kind: value.Text, Values: []value.Value{value.OfText(w)}}
		all := value.List{Kind: value.Text, Values: append(many.Values[:100:100], one.Values...)}
		ids("= "+w, id, func(b *source.Builder) { db.d.Compare(b, v(b), "=", one.Values[0]) })
		ids("Members "+w, id, func(b *source.Builder) { db.d.Members(b, v(b), one, false) })
		ids("many Members "+w, id, func(b *source.Builder) { db.d.Members(b, v(b), all, false) })
		rest := strings.Fields(strings.Replace(" 0 1 2 3 4 5 6 7 8 9 ", " "+id+" ", " ", 1))
		ids("not Members "+w, strings.Join(rest, " "), func(b *source.Builder) { db.d.Members(b, v(b), one, true) })
		ids("many not Members "+w, strings.Join(rest, " "), func(b *source.Builder) { db.d.Members(b, v(b), all, true) })
	}
	ids("no Members", "", func(b *source.Builder) { db.d.Members(b, v(b), value.List{Kind: value.Text}, false) })
	ids("not no Members", "0 1 2 3 4 5 6 7 8 9 99", func(b *source.Builder) { db.d.Members(b, v(b), value.List{Kind: value.Text}, true) })
	for _, descending := range []bool{false, true} {
		want := "0 1 2 3 4 5 6 7 8 9 99"
		if descending {
			want = "9 8 7 6 5 4 3 2 1 0 99"
		}
		r := db.query(t, db.build(func(b *source.Builder) {
			b.Raw("SELECT id FROM words ORDER BY ")
			db.d.Order(b, value.Text, v(b), descending)
		}))
		var got []string
		for _, row := range texts(r) {
			got = append(got, row[0])
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("the order is %q; want %q", s, want)
		}
	}
	r := db.query(t, db.build(func(b *source.Builder) {
		b.Raw("SELECT count(DISTINCT ")
		db.d.Exact(b, value.Text, v(b))
		b.Raw("), ")
		db.d.Cast(b, value.Text, func() {
			b.Raw("max(")
			db.d.Exact(b, value.Text, v(b))
			b.Raw(")")
		})
		b.Raw(" FROM words")
	}))
	if got := texts(r)[0]; got[0] != "10" || got[1] != "é" || r.Columns[1].Kind != value.Text {
		t.Errorf("count and maximum are %v; want 10 and é", got)
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
			b.Raw("SELECT ").Ident("r", "ord").Raw(", ").Ident("r", "k").Raw(", ").Ident("r", "n").Raw(" FROM ").Rows("r", columns, rows)
			b.Raw(" ORDER BY ").Ident("r", "ord")
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
		if slices.Contains(db.suite.NoNames, name) {
			continue
		}
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
		b.Raw("SELECT CASE WHEN ")
		db.d.Cast(b, value.Text, func() { b.Arg(value.OfText("")) })
		b.Raw(" IS NULL THEN 1 ELSE 0 END, CASE WHEN ")
		db.d.Cast(b, value.Text, func() { b.Arg(value.Null(value.Text)) })
		b.Raw(" IS NULL THEN 1 ELSE 0 END")
	}))
	if empty.Rows[0][0].Int() != 0 || empty.Rows[0][1].Int() != 1 {
		t.Errorf("IS NULL of an empty text and of NULL: %v; want 0 and 1", texts(empty))
	}
	columns := []source.Column{{Name: "id", Kind: value.Integer}, {Name: "v", Kind: value.Text}}
	db.create(t, "vals", columns)
	hostile := append([]string{`'`, `''`, `\`, `\'`, `' OR '1'='1`, `'); DROP TABLE vals; --`, `{"a",NULL}`, `NULL`, `\x00`, "\u202e", "a\r\nb", `$1`, `?`}, hostileNames...)
	for i, h := range hostile {
		db.exec(t, db.insert("vals", columns, [][]value.Value{{value.OfInteger(int64(i)), value.OfText(h)}}))
		for how, where := range map[string]func(b *source.Builder){
			"=":       func(b *source.Builder) { b.Raw("v = ").Arg(value.OfText(h)) },
			"Compare": func(b *source.Builder) { db.d.Compare(b, func() { b.Ident("v") }, "=", value.OfText(h)) },
			"Members": func(b *source.Builder) {
				db.d.Members(b, func() { b.Ident("v") }, value.List{Kind: value.Text, Values: []value.Value{value.OfText(h)}}, false)
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
