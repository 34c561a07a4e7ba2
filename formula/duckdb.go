package formula

import (
	"fmt"
	"strings"

	"signet/internal/value"
)

// duckDB is how DuckDB writes formulas.
var duckDB = newDuckDB()

var duckDBTemplates = map[string]string{
	"contains": "contains({0}, {1})", "startsWith": "starts_with({0}, {1})", "endsWith": "ends_with({0}, {1})",
	"split": "CASE WHEN {1} <> '' AND {2} >= 1 THEN list_extract(list_filter(string_split({0}, {1}), lambda item: item <> ''), {2}) END",

	"now":       "(CAST(now() AS TIMESTAMPTZ) AT TIME ZONE 'UTC')",
	"epochDate": "make_timestamp(CAST(CASE WHEN {0} >= 10000000000 THEN CAST(substr(CAST({0} AS VARCHAR), 1, 10) AS BIGINT) ELSE {0} END * 1000000 AS BIGINT))",
	"parseJson": "json_extract_string({0}, {1})",

	"addDateTime:YYYY": "({2} + to_years(CAST({0} AS INTEGER)))", "addDateTime:Q": "({2} + to_months(CAST({0} * 3 AS INTEGER)))",
	"addDateTime:MM": "({2} + to_months(CAST({0} AS INTEGER)))", "addDateTime:WK": "({2} + to_days(CAST({0} * 7 AS INTEGER)))",
	"addDateTime:DD": "({2} + to_days(CAST({0} AS INTEGER)))", "addDateTime:HH": "({2} + to_hours({0}))",
	"addDateTime:MI": "({2} + to_minutes({0}))", "addDateTime:SS": "({2} + to_seconds({0}))", "addDateTime:MS": "({2} + to_milliseconds({0}))",

	"median":         "quantile_cont({0}, 0.5){filter}",
	"percentileCont": "quantile_cont({0}, {1}){filter}", "percentileDisc": "quantile_disc({0}, {1}){filter}",
}

func newDuckDB() *Dialect {
	w := words{
		"int": "BIGINT", "float": "DOUBLE", "text": "VARCHAR", "div": "//", "trim": "trim",
		"pattern": numberPattern, "blank": "chr(32) || chr(9) || chr(10) || chr(13)",
	}
	small := func(n, least string) string { return "least(greatest(" + n + ", " + least + "), 2147483647)" }
	regexps := map[string]string{
		"matches:number": "regexp_matches({0}, {pattern})", "matches:part": "regexp_matches({0}, '[.][0-9]*[1-9]')",
		"group:args": "regexp_extract({0}, {1}, {2})", "matches:args": "regexp_matches({0}, {1})",
		"small1": small("{1}", "0"), "small2": small("{2}", "0"), "from1": small("{1}", "1"), "from2": small("{2}", "1"),
	}
	decimal := func(digits, scale int) string { return fmt.Sprintf("DECIMAL(%d, %d)", max(digits, 1), scale) }
	return &Dialect{
		name:  "duckdb",
		types: map[rep]string{str: "VARCHAR", integer: "BIGINT", exact: "DECIMAL(19, 0)", binary64: "DOUBLE", datetime: "TIMESTAMP", boolean: "BOOLEAN"},
		// A decimal column stays as narrow as the table declares it.
		columns: compileEach(w, map[value.Kind]string{
			value.Text: "CAST({0} AS VARCHAR)", value.Integer: "CAST({0} AS BIGINT)", value.Decimal: "{0}", value.Float: "CAST({0} AS DOUBLE)",
			value.Boolean: "{0}", value.Date: "CAST(CAST({0} AS DATE) AS TIMESTAMP)", value.Timestamp: "(CAST({0} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')",
		}),
		results: compileEach(w, map[value.Kind]string{
			value.Decimal: "CAST({0} AS DECIMAL(38, 10))", value.Float: "CAST({0} AS DOUBLE)",
			value.Date: "CAST({0} AS DATE)", value.Timestamp: "({0} AT TIME ZONE 'UTC')",
		}),
		decimal:   decimal,
		join:      [2]string{"(", " || "},
		templates: compileAll(w, expand(regexps, duckDBTemplates)),
		formats: compileEach(w, map[string]string{
			"yyyy": "strftime({0}, '%Y')", "yy": "strftime({0}, '%y')", "MMMM": "strftime({0}, '%B')", "MMM": "strftime({0}, '%b')",
			"MM": "strftime({0}, '%m')", "M": "strftime({0}, '%-m')", "dd": "strftime({0}, '%d')", "d": "strftime({0}, '%-d')",
			"HH": "strftime({0}, '%H')", "H": "strftime({0}, '%-H')", "hh": "strftime({0}, '%I')", "h": "strftime({0}, '%-I')",
			"mm": "strftime({0}, '%M')", "m": "strftime({0}, '%-M')", "ss": "strftime({0}, '%S')", "s": "strftime({0}, '%-S')",
			"SSS": "strftime({0}, '%g')", "a": "strftime({0}, '%p')", "EEEE": "strftime({0}, '%A')", "EEE": "strftime({0}, '%a')",
		}),
		path: func(c *composer, steps []string) {
			var path strings.Builder
			path.WriteByte('$')
			for _, s := range steps {
				if s[0] == '.' {
					s = `."` + s[1:] + `"`
				}
				path.WriteString(s)
			}
			c.cast(str, func() { c.arg(value.OfText(path.String())) })
		},
	}
}
