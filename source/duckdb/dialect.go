package duckdb

import (
	"fmt"
	"strconv"
	"strings"

	"signet/internal/value"
	"signet/source"
)

// Dialect is how DuckDB writes SQL.
type Dialect struct{ source.Standard }

var _ source.Dialect = Dialect{}

// Name implements source.Dialect.
func (Dialect) Name() string { return "duckdb" }

// Ident implements source.Dialect.
func (Dialect) Ident(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}

// Placeholder implements source.Dialect.
func (Dialect) Placeholder(n int, _ any) string { return "$" + strconv.Itoa(n) }

// commonScale is the number of digits after the point of a decimal whose column is not known.
const commonScale = 10

var typeNames = map[value.Kind]string{
	value.Text: "VARCHAR", value.Integer: "BIGINT", value.Decimal: decimalType(commonScale), value.Float: "DOUBLE",
	value.Boolean: "BOOLEAN", value.Date: "DATE", value.Timestamp: "TIMESTAMPTZ",
}

func decimalType(scale int) string { return fmt.Sprintf("DECIMAL(%d,%d)", maxDigits, scale) }

// Type implements source.Dialect.
func (Dialect) Type(k value.Kind) string { return typeNames[k] }

// KeyType implements source.Dialect.
func (Dialect) KeyType(int) string { return typeNames[value.Text] }

// Cast implements source.Dialect.
func (d Dialect) Cast(b *source.Builder, k value.Kind, expr func()) {
	b.Raw("CAST(")
	expr()
	b.Raw(" AS " + d.Type(k) + ")")
}

// Rows implements source.Dialect: each column is one list, so the SQL does not depend on the
// number of rows.
func (d Dialect) Rows(b *source.Builder, alias string, columns []source.Column, rows [][]value.Value) {
	b.Raw("(SELECT ")
	b.List(", ", len(columns), func(i int) {
		l := value.List{Kind: columns[i].Kind, Values: make([]value.Value, len(rows))}
		for j, row := range rows {
			l.Values[j] = row[i]
		}
		b.Raw("unnest(CAST(").ArgList(l).Raw(" AS " + columnType(l) + "[])) AS ").Ident(columns[i].Name)
	})
	order := value.List{Kind: value.Integer, Values: make([]value.Value, len(rows))}
	for j := range rows {
		order.Values[j] = value.OfInteger(int64(j))
	}
	b.Raw(", unnest(CAST(").ArgList(order).Raw(` AS BIGINT[])) AS "ord") AS `).Ident(alias)
}

// columnType is wide enough for every value of the list and, for the common ones, always the same.
func columnType(l value.List) string {
	if l.Kind != value.Decimal {
		return typeNames[l.Kind]
	}
	whole, scale := width(l.Values)
	if scale <= commonScale && whole <= maxDigits-commonScale {
		return typeNames[value.Decimal]
	}
	return decimalType(min(scale, maxDigits))
}

// Lateral implements source.Dialect: the engine plans such a subquery longer than it saves.
func (Dialect) Lateral() bool { return false }

// KeepWhole implements source.Dialect.
func (Dialect) KeepWhole() string { return "" }

// Trunc implements source.Dialect.
func (Dialect) Trunc(b *source.Builder, granularity string, expr func()) {
	b.Raw("CAST(date_trunc('" + source.Granularity(granularity) + "', ")
	expr()
	b.Raw(") AS DATE)")
}

// Contains implements source.Dialect.
func (Dialect) Contains(b *source.Builder, expr func(), text string) {
	b.Raw("contains(lower(CAST(")
	expr()
	b.Raw(" AS VARCHAR)), lower(").Arg(value.OfText(text)).Raw("))")
}
