package postgres

import (
	"strconv"
	"strings"

	"signet/internal/value"
	"signet/source"
)

// Dialect is how PostgreSQL writes SQL.
type Dialect struct{ source.Standard }

var _ source.Dialect = Dialect{}

// Name implements source.Dialect.
func (Dialect) Name() string { return "postgres" }

// Ident implements source.Dialect.
func (Dialect) Ident(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}

// Placeholder implements source.Dialect.
func (Dialect) Placeholder(n int, _ any) string { return "$" + strconv.Itoa(n) }

var typeNames = map[value.Kind]string{
	value.Text: "text", value.Integer: "bigint", value.Decimal: "numeric", value.Float: "double precision",
	value.Boolean: "boolean", value.Date: "date", value.Timestamp: "timestamp with time zone",
}

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

// Rows implements source.Dialect: each column is one array, so the SQL does not depend on the
// number of rows. Texts are cast to the types that the catalogue names for uuid, json and enum columns.
// A single row, which is what one person alone submits, is written plainly: it runs twice as fast.
func (d Dialect) Rows(b *source.Builder, alias string, columns []source.Column, rows [][]value.Value) {
	if len(rows) == 1 {
		d.row(b, alias, columns, rows[0])
		return
	}
	b.Raw("(SELECT ")
	for _, c := range columns {
		b.Ident(c.Name)
		if cast := textCast(c); cast != "" {
			b.Raw("::" + cast + " AS ").Ident(c.Name)
		}
		b.Raw(", ")
	}
	b.Raw(`"ord" - 1 AS "ord" FROM unnest(`)
	b.List(", ", len(columns), func(i int) {
		l := value.List{Kind: columns[i].Kind, Values: make([]value.Value, len(rows))}
		for j, row := range rows {
			l.Values[j] = row[i]
		}
		b.ArgList(l).Raw("::" + d.Type(columns[i].Kind) + "[]")
	})
	b.Raw(`) WITH ORDINALITY AS "u"(`).List(", ", len(columns), func(i int) { b.Ident(columns[i].Name) })
	b.Raw(`, "ord")) AS `).Ident(alias)
}

func (d Dialect) row(b *source.Builder, alias string, columns []source.Column, row []value.Value) {
	b.Raw("(SELECT ")
	for i, c := range columns {
		b.Arg(row[i]).Raw("::" + d.Type(c.Kind))
		if cast := textCast(c); cast != "" {
			b.Raw("::" + cast)
		}
		b.Raw(" AS ").Ident(c.Name).Raw(", ")
	}
	b.Raw(`0::bigint AS "ord") AS `).Ident(alias)
}

// textCast returns the type that a text must be cast to, "" when it needs none. Casts to
// character types would cut values; only plain type names are taken from the catalogue.
func textCast(c source.Column) string {
	if c.Kind != value.Text || c.Type == "" || strings.HasPrefix(c.Type, "character") || c.Type == "text" || c.Type == "name" || c.Type == "unknown" {
		return ""
	}
	if strings.Trim(c.Type, "abcdefghijklmnopqrstuvwxyz0123456789_.") != "" {
		return ""
	}
	return c.Type
}

// Lateral implements source.Dialect.
func (Dialect) Lateral() bool { return true }

// KeepWhole implements source.Dialect: from 2 kB on, the server compresses texts and moves them to
// another table, which costs a tenth of a write.
func (Dialect) KeepWhole() string { return " WITH (toast_tuple_target = 8160)" }

// Trunc implements source.Dialect.
func (Dialect) Trunc(b *source.Builder, granularity string, expr func()) {
	b.Raw("CAST(pg_catalog.date_trunc('" + source.Granularity(granularity) + "', ")
	expr()
	b.Raw(") AS date)")
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Contains implements source.Dialect.
func (Dialect) Contains(b *source.Builder, expr func(), text string) {
	b.Raw("CAST(")
	expr()
	b.Raw(" AS text) ILIKE ").Arg(value.OfText("%" + likeEscapes.Replace(text) + "%")).Raw(` ESCAPE '\'`)
}
