package mysql

import (
	"fmt"
	"strconv"
	"strings"

	"signet/internal/value"
	"signet/source"
)

// Dialect is how MySQL and MariaDB write SQL.
type Dialect struct{ source.Standard }

var _ source.Dialect = Dialect{}

// Name implements source.Dialect.
func (Dialect) Name() string { return "mysql" }

// Ident implements source.Dialect.
func (Dialect) Ident(name string) string {
	return "`" + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), "`", "``") + "`"
}

// Placeholder implements source.Dialect. Decimals and times travel as texts; without their types the server
// would compare decimals as floating-point numbers.
func (Dialect) Placeholder(_ int, v any) string {
	one, ok := v.(value.Value)
	if !ok {
		return "?"
	}
	switch one.Kind() {
	case value.Decimal, value.Date, value.Timestamp:
		return "CAST(? AS " + exactType(one.Kind(), one) + ")"
	}
	return "?"
}

// commonScale is the number of digits after the point of a decimal whose column is not known.
const commonScale = 10

// textType keeps every text as it is: its characters, its case and the spaces at its end.
const textType = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"

var typeNames = map[value.Kind]string{
	value.Text: textType, value.Integer: "BIGINT", value.Decimal: fmt.Sprintf("DECIMAL(38,%d)", commonScale), value.Float: "DOUBLE",
	value.Boolean: "TINYINT(1)", value.Date: "DATE", value.Timestamp: "DATETIME(6)",
}

// Type implements source.Dialect. Timestamps are DATETIME in UTC: a TIMESTAMP ends in 2038.
func (Dialect) Type(k value.Kind) string { return typeNames[k] }

// KeyType implements source.Dialect: a LONGTEXT can be no key.
func (Dialect) KeyType(n int) string {
	return "VARCHAR(" + strconv.Itoa(n) + ") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
}

// Booleans implements source.Dialect: BOOLEAN is a name for TINYINT(1), and a comparison gives an integer.
func (Dialect) Booleans() bool { return false }

// Cast implements source.Dialect. Of bytes that Exact made, it makes the text again.
func (Dialect) Cast(b *source.Builder, k value.Kind, expr func()) {
	if k == value.Text {
		b.Raw("CONVERT(")
		expr()
		b.Raw(" USING utf8mb4)")
		return
	}
	b.Raw("CAST(")
	expr()
	b.Raw(" AS " + castType(k) + ")")
}

func castType(k value.Kind) string {
	switch k {
	case value.Integer, value.Boolean:
		return "SIGNED"
	}
	return typeNames[k]
}

// Exact implements source.Dialect: the text's bytes in UTF-8. Most collations hold texts of other case, other
// accents or more spaces at the end to be the same.
func (Dialect) Exact(b *source.Builder, k value.Kind, expr func()) {
	if k != value.Text {
		expr()
		return
	}
	b.Raw("CAST(CONVERT(")
	expr()
	b.Raw(" USING utf8mb4) AS BINARY)")
}

// Exactly implements source.Dialect: a comparison of two collations is made in the one that is exact.
func (Dialect) Exactly(b *source.Builder, v value.Value) {
	switch v.Kind() {
	case value.Text:
		b.Raw("CONVERT(").Arg(v).Raw(" USING utf8mb4) COLLATE utf8mb4_bin")
	case value.Float:
		b.Raw("CAST(").Arg(v).Raw(" AS DOUBLE)")
	case value.Integer, value.Boolean:
		b.Raw("CAST(").Arg(v).Raw(" AS SIGNED)")
	default:
		b.Arg(v) // with its type
	}
}

// bytes binds a value so that it can be compared with Exact.
func bytes(b *source.Builder, v value.Value) {
	if v.Kind() != value.Text {
		b.Arg(v)
		return
	}
	b.Raw("CAST(").Arg(v).Raw(" AS BINARY)")
}

// Compare implements source.Dialect. The first of two tests for equal texts finds an index.
func (d Dialect) Compare(b *source.Builder, expr func(), op string, v value.Value) {
	text := v.Kind() == value.Text
	if text && op == "=" {
		b.Raw("(")
		expr()
		b.Raw(" = ").Arg(v).Raw(" AND ")
	}
	d.Exact(b, v.Kind(), expr)
	b.Raw(" " + source.Comparison(op) + " ")
	bytes(b, v)
	if text && op == "=" {
		b.Raw(")")
	}
}

// fewMembers is how many values are written one by one, which finds an index.
const fewMembers = 32

// Members implements source.Dialect.
func (d Dialect) Members(b *source.Builder, expr func(), values value.List, not bool) {
	in := func(test func(), list func()) {
		test()
		if not {
			b.Raw(" NOT")
		}
		b.Raw(" IN (")
		list()
		b.Raw(")")
	}
	exact := func() { d.Exact(b, values.Kind, expr) }
	n := len(values.Values)
	switch {
	case n == 0 && not:
		b.Raw("1 = 1")
	case n == 0:
		b.Raw("1 = 0")
	case n > fewMembers:
		in(exact, func() {
			b.Raw("SELECT ")
			d.Exact(b, values.Kind, func() { b.Ident("l", "v") })
			b.Raw(" FROM ")
			d.table(b, "l", []source.Column{{Name: "v", Kind: values.Kind}}, column(values))
		})
	default:
		b.Raw("(")
		if values.Kind == value.Text && !not {
			in(expr, func() { b.List(", ", n, func(i int) { b.Arg(values.Values[i]) }) })
			b.Raw(" AND ")
		}
		in(exact, func() { b.List(", ", n, func(i int) { bytes(b, values.Values[i]) }) })
		b.Raw(")")
	}
}

func column(l value.List) [][]value.Value {
	rows := make([][]value.Value, len(l.Values))
	for i := range l.Values {
		rows[i] = l.Values[i : i+1]
	}
	return rows
}

// Order implements source.Dialect.
func (d Dialect) Order(b *source.Builder, k value.Kind, expr func(), descending bool) {
	expr()
	b.Raw(" IS NULL, ")
	d.Exact(b, k, expr)
	if descending {
		b.Raw(" DESC")
	}
}

// Rows implements source.Dialect: all rows are one JSON text, so the SQL does not depend on their number. A
// single row, which is what one person alone submits, is written plainly.
func (d Dialect) Rows(b *source.Builder, alias string, columns []source.Column, rows [][]value.Value) {
	if len(rows) == 1 {
		d.row(b, alias, columns, rows[0])
		return
	}
	d.table(b, alias, columns, rows)
}

func (d Dialect) row(b *source.Builder, alias string, columns []source.Column, row []value.Value) {
	b.Raw("(SELECT ")
	for i, c := range columns {
		d.Exactly(b, row[i])
		b.Raw(" AS ").Ident(c.Name).Raw(", ")
	}
	b.Raw("0 AS ").Ident("ord").Raw(") AS ").Ident(alias)
}

// table writes rows as a JSON_TABLE. Its columns have names of their own inside: there the server takes no
// name that is not plain.
func (d Dialect) table(b *source.Builder, alias string, columns []source.Column, rows [][]value.Value) {
	b.Raw("(SELECT ")
	for i, c := range columns {
		b.Ident("j", "c"+strconv.Itoa(i)).Raw(" AS ").Ident(c.Name).Raw(", ")
	}
	b.Ident("j", "n").Raw(" - 1 AS ").Ident("ord").Raw(" FROM JSON_TABLE(")
	text, err := encodeRows(columns, rows)
	if err != nil {
		b.Fail(err)
	}
	b.Arg(value.OfText(text)).Raw(", '$[*]' COLUMNS(").Ident("n").Raw(" FOR ORDINALITY")
	for i, c := range columns {
		of := make([]value.Value, len(rows))
		for j, row := range rows {
			of[j] = row[i]
		}
		b.Raw(", ").Ident("c" + strconv.Itoa(i)).Raw(" " + exactType(c.Kind, of...) + " PATH '$[" + strconv.Itoa(i) + "]' ERROR ON ERROR")
	}
	b.Raw(")) AS ").Ident("j").Raw(") AS ").Ident(alias)
}

// exactType holds each of the values as it is.
func exactType(k value.Kind, values ...value.Value) string {
	if k != value.Decimal {
		return typeNames[k]
	}
	return decimalType(values)
}

// Lateral implements source.Dialect: MariaDB has no LATERAL.
func (Dialect) Lateral() bool { return false }

// Apart implements source.Dialect.
func (Dialect) Apart() bool { return true }

// KeepWhole implements source.Dialect: other engines have no transactions.
func (Dialect) KeepWhole() string { return " ENGINE=InnoDB" }

// Trunc implements source.Dialect.
func (Dialect) Trunc(b *source.Builder, granularity string, expr func()) {
	back := func(days string) {
		b.Raw("CAST(")
		expr()
		b.Raw(" AS DATE) - INTERVAL " + days + "(")
		expr()
		b.Raw(")")
	}
	b.Raw("CAST(")
	switch source.Granularity(granularity) {
	case "day":
		expr()
	case "week":
		back("WEEKDAY")
		b.Raw(" DAY")
	case "month":
		back("DAYOFMONTH")
		b.Raw(" - 1 DAY")
	case "quarter":
		back("DAYOFYEAR")
		b.Raw(" - 1 DAY + INTERVAL QUARTER(")
		expr()
		b.Raw(") - 1 QUARTER")
	case "year":
		back("DAYOFYEAR")
		b.Raw(" - 1 DAY")
	}
	b.Raw(" AS DATE)")
}

// Contains implements source.Dialect: bytes are looked for in bytes, so that no character of the text means
// anything else, and accents count.
func (d Dialect) Contains(b *source.Builder, expr func(), text string) {
	b.Raw("LOCATE(CAST(LOWER(CONVERT(").Arg(value.OfText(text)).Raw(" USING utf8mb4)) AS BINARY), CAST(LOWER(CONVERT(")
	expr()
	b.Raw(" USING utf8mb4)) AS BINARY)) > 0")
}
