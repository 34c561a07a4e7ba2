package formula

import (
	"strings"

	"signet/internal/value"
)

// postgreSQL is how PostgreSQL writes formulas.
var postgreSQL = newPostgreSQL()

var postgreSQLTemplates = map[string]string{
	// The order of texts is that of their bytes, whatever the database's own is.
	"<:STRING": `({0} COLLATE "C" < {1} COLLATE "C")`, "<=:STRING": `({0} COLLATE "C" <= {1} COLLATE "C")`,
	">:STRING": `({0} COLLATE "C" > {1} COLLATE "C")`, ">=:STRING": `({0} COLLATE "C" >= {1} COLLATE "C")`,
	"min:STRING": `min({0} COLLATE "C"){filter}`, "max:STRING": `max({0} COLLATE "C"){filter}`,

	"contains": "(strpos({0}, {1}) > 0)", "startsWith": "starts_with({0}, {1})", "endsWith": "(right({0}, length({1})) = {1})",
	"split": "CASE WHEN {1} <> '' AND {2} >= 1 THEN (array_remove(string_to_array({0}, {1}), ''))[CAST(least({2}, 2147483647) AS integer)] END",

	"now":       "(statement_timestamp() AT TIME ZONE 'UTC')",
	"epochDate": "(to_timestamp(CASE WHEN {0} >= 10000000000 THEN CAST(substr(CAST({0} AS text), 1, 10) AS bigint) ELSE {0} END) AT TIME ZONE 'UTC')",
	"parseJson": "(CAST({0} AS json) #>> {1})",

	"addDateTime:YYYY": add("1 year"), "addDateTime:Q": add("3 months"), "addDateTime:MM": add("1 month"), "addDateTime:WK": add("7 days"),
	"addDateTime:DD": add("1 day"), "addDateTime:HH": add("1 hour"), "addDateTime:MI": add("1 minute"), "addDateTime:SS": add("1 second"),
	"addDateTime:MS": add("1 millisecond"),

	"median":         "percentile_cont(0.5) WITHIN GROUP (ORDER BY {0}){filter}",
	"percentileCont": "percentile_cont({1}) WITHIN GROUP (ORDER BY {0}){filter}", "percentileDisc": "percentile_disc({1}) WITHIN GROUP (ORDER BY {0}){filter}",
}

func add(one string) string { return "({2} + CAST({0} AS double precision) * INTERVAL '" + one + "')" }

func newPostgreSQL() *Dialect {
	w := words{
		"int": "bigint", "float": "double precision", "text": "text", "div": "/", "trim": "btrim",
		"pattern": numberPattern, "blank": "chr(32) || chr(9) || chr(10) || chr(13)",
	}
	small := func(n, least string) string {
		return "CAST(least(greatest(" + n + ", " + least + "), 2147483647) AS integer)"
	}
	regexps := map[string]string{
		"matches:number": "({0} ~ {pattern})", "matches:part": "({0} ~ '[.][0-9]*[1-9]')",
		"group:args": "(regexp_match({0}, {1}))[{2}]", "matches:args": "({0} ~ {1})",
		"small1": small("{1}", "0"), "small2": small("{2}", "0"), "from1": small("{1}", "1"), "from2": small("{2}", "1"),
	}
	return &Dialect{
		name:  "postgres",
		types: map[rep]string{str: "text", integer: "bigint", exact: "numeric", binary64: "double precision", datetime: "timestamp", boolean: "boolean"},
		columns: compileEach(w, map[value.Kind]string{
			value.Text: "CAST({0} AS text)", value.Integer: "CAST({0} AS bigint)", value.Decimal: "CAST({0} AS numeric)", value.Float: "CAST({0} AS double precision)",
			value.Boolean: "{0}", value.Date: "CAST(CAST({0} AS date) AS timestamp)", value.Timestamp: "(CAST({0} AS timestamp with time zone) AT TIME ZONE 'UTC')",
		}),
		results: compileEach(w, map[value.Kind]string{
			value.Decimal: "CAST({0} AS numeric(38, 10))", value.Float: "CAST({0} AS double precision)",
			value.Date: "CAST({0} AS date)", value.Timestamp: "({0} AT TIME ZONE 'UTC')",
		}),
		decimal:   func(int, int) string { return "numeric" },
		join:      [2]string{"(", " || "},
		templates: compileAll(w, expand(regexps, postgreSQLTemplates)),
		formats: compileEach(w, map[string]string{
			"yyyy": "to_char({0}, 'YYYY')", "yy": "to_char({0}, 'YY')", "MMMM": "to_char({0}, 'FMMonth')", "MMM": "to_char({0}, 'Mon')",
			"MM": "to_char({0}, 'MM')", "M": "to_char({0}, 'FMMM')", "dd": "to_char({0}, 'DD')", "d": "to_char({0}, 'FMDD')",
			"HH": "to_char({0}, 'HH24')", "H": "to_char({0}, 'FMHH24')", "hh": "to_char({0}, 'HH12')", "h": "to_char({0}, 'FMHH12')",
			"mm": "to_char({0}, 'MI')", "m": "to_char({0}, 'FMMI')", "ss": "to_char({0}, 'SS')", "s": "to_char({0}, 'FMSS')",
			"SSS": "to_char({0}, 'MS')", "a": "to_char({0}, 'AM')", "EEEE": "to_char({0}, 'FMDay')", "EEE": "to_char({0}, 'Dy')",
		}),
		path: func(c *composer, steps []string) {
			c.raw("ARRAY[")
			for i, s := range steps {
				if i > 0 {
					c.raw(", ")
				}
				c.cast(str, func() { c.arg(value.OfText(strings.Trim(s, ".[]"))) })
			}
			c.raw("]")
		},
	}
}
