package formula

import (
	"fmt"

	"signet/internal/value"
)

// mySQL is how MariaDB and MySQL write formulas, in a session whose literals are utf8mb4 and whose
// backslashes mean nothing.
var mySQL = newMySQL()

// mySQLRefused are the functions that have no answer there, or another one than elsewhere. The medians and
// percentiles are window functions there and no aggregates.
var mySQLRefused = map[string]bool{
	"median": true, "medianIf": true, "percentile": true, "percentileCont": true, "percentileDisc": true,
	"split": true, "parseJson": true,
}

// Texts are compared as bytes: most collations hold other cases, accents and more spaces at the end to be the
// same. What counts characters is told the collation that tells them apart.
var mySQLTemplates = map[string]string{
	"=:STRING": bytewise("="), "<>:STRING": bytewise("<>"), "<:STRING": bytewise("<"),
	"<=:STRING": bytewise("<="), ">:STRING": bytewise(">"), ">=:STRING": bytewise(">="),
	"nullIf:STRING": "CASE WHEN " + bytewise("=") + " THEN NULL ELSE {0} END",
	"%:FLOAT":       "({0} - {1} * TRUNCATE({0} / NULLIF({1}, 0), 0))", "mod:FLOAT": "({0} - {1} * TRUNCATE({0} / NULLIF({1}, 0), 0))",
	// A cast would make the largest integer of what is larger.
	"ceil": whenInteger("ceil({0})"), "floor": whenInteger("floor({0})"), "decimalToInt": whenInteger("TRUNCATE({0}, 0)"),

	"contains":    "(LOCATE(CAST({1} AS BINARY), CAST({0} AS BINARY)) > 0)",
	"startsWith":  "(LEFT(CAST({0} AS BINARY), LENGTH({1})) = CAST({1} AS BINARY))",
	"endsWith":    "(RIGHT(CAST({0} AS BINARY), LENGTH({1})) = CAST({1} AS BINARY))",
	"locate":      "CAST(LOCATE(({1}) COLLATE utf8mb4_bin, ({0}) COLLATE utf8mb4_bin) AS {int})",
	"locate:from": "CAST(LOCATE(({1}) COLLATE utf8mb4_bin, ({0}) COLLATE utf8mb4_bin, {from2}) AS {int})",
	"replace":     "CASE WHEN CAST({1} AS BINARY) = '' THEN {0} ELSE REPLACE(({0}) COLLATE utf8mb4_bin, ({1}) COLLATE utf8mb4_bin, {2}) END",
	"strlen":      "CHAR_LENGTH({0})",
	"ltrim":       "REGEXP_REPLACE({0}, '^[ \\t\\r\\n]+', '')", "rtrim": "REGEXP_REPLACE({0}, '[ \\t\\r\\n]+$', '')", "trim": trimmed,

	"toString:BOOLEAN": "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
	"toString:DECIMAL": "CASE WHEN LOCATE('.', CAST({0} AS {text})) > 0 THEN TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CAST({0} AS {text}))) ELSE CAST({0} AS {text}) END",
	"toString:FLOAT":   "CASE WHEN {0} = TRUNCATE({0}, 0) AND abs({0}) < 1e18 THEN CAST(CAST({0} AS {int}) AS {text}) ELSE CAST({0} AS {text}) END",
	"parseInt":         "CASE WHEN {matches:number} THEN CASE WHEN LOCATE('-', {0}) > 0 THEN - " + mySQLWhole + " - CASE WHEN {matches:part} THEN 1 ELSE 0 END ELSE " + mySQLWhole + " END END",
	"parseDecimal":     "CASE WHEN {matches:number} THEN CAST(" + trimmed + " AS DECIMAL(38, 10)) END",

	"isWorkDay":   "CASE WHEN WEEKDAY({0}) < 5 THEN 1 WHEN {0} IS NOT NULL THEN 0 END",
	"netWorkDays": "CASE WHEN " + dayOf("{0}") + " <= " + dayOf("{1}") + " THEN " + workDays("("+dayOf("{1}")+" + 1)") + " - " + workDays(dayOf("{0}")) + " ELSE " + workDays(dayOf("{1}")) + " - " + workDays("("+dayOf("{0}")+" + 1)") + " END",
	"addWorkDays": "CASE WHEN {1} = 0 THEN CAST(CAST({0} AS DATE) AS DATETIME(6))" +
		" ELSE CAST(DATE '0001-01-01' + INTERVAL (((" + mySQLWorkDay + ") DIV 5) * 7 + (" + mySQLWorkDay + ") % 5) DAY AS DATETIME(6)) END",
	"now":       "UTC_TIMESTAMP(6)",
	"epochDate": "(CAST('1970-01-01' AS DATETIME(6)) + INTERVAL CASE WHEN {0} >= 10000000000 THEN CAST(SUBSTR(CAST({0} AS {text}), 1, 10) AS {int}) ELSE {0} END SECOND)",

	"extract:YYYY": "YEAR({1})", "extract:Q": "QUARTER({1})", "extract:MM": "MONTH({1})", "extract:DD": "DAYOFMONTH({1})",
	"extract:WD": "DAYOFWEEK({1})", "extract:HH": "HOUR({1})", "extract:MI": "MINUTE({1})", "extract:SS": "SECOND({1})", "extract:MS": "(MICROSECOND({1}) DIV 1000)",

	"truncDate:YYYY": since("DAYOFYEAR({1}) - 1"), "truncDate:MM": since("DAYOFMONTH({1}) - 1"), "truncDate:DD": since("0"), "truncDate:WK": since("DAYOFWEEK({1}) - 1"),
	"truncDate:Q":  "(" + since("DAYOFYEAR({1}) - 1") + " + INTERVAL (QUARTER({1}) - 1) QUARTER)",
	"truncDate:HH": began("HH", "{1}"), "truncDate:MI": began("MI", "{1}"), "truncDate:SS": began("SS", "{1}"), "truncDate:MS": began("MS", "{1}"),

	"dateDiff:YYYY": "(YEAR({1}) - YEAR({0}))",
	"dateDiff:Q":    "((YEAR({1}) - YEAR({0})) * 4 + QUARTER({1}) - QUARTER({0}))",
	"dateDiff:MM":   "((YEAR({1}) - YEAR({0})) * 12 + MONTH({1}) - MONTH({0}))",
	"dateDiff:DD":   "DATEDIFF({1}, {0})",
	"dateDiff:WK":   "((" + dayOf("{1}") + " + 1) DIV 7 - (" + dayOf("{0}") + " + 1) DIV 7)",
	"dateDiff:HH":   between("HOUR", "HH"), "dateDiff:MI": between("MINUTE", "MI"), "dateDiff:SS": between("SECOND", "SS"),
	"dateDiff:MS": "(" + between("MICROSECOND", "MS") + " DIV 1000)",

	"addDateTime:YYYY": "({2} + INTERVAL {0} YEAR)", "addDateTime:Q": "({2} + INTERVAL {0} QUARTER)", "addDateTime:MM": "({2} + INTERVAL {0} MONTH)",
	"addDateTime:WK": "({2} + INTERVAL {0} WEEK)", "addDateTime:DD": "({2} + INTERVAL {0} DAY)", "addDateTime:HH": "({2} + INTERVAL {0} HOUR)",
	"addDateTime:MI": "({2} + INTERVAL {0} MINUTE)", "addDateTime:SS": "({2} + INTERVAL {0} SECOND)", "addDateTime:MS": "({2} + INTERVAL ({0} * 1000) MICROSECOND)",

	"number of text": "CAST({0} AS {int})",
	"made date": " THEN CASE WHEN {0} >= 1 AND {1} BETWEEN 1 AND 12 AND {2} BETWEEN 1 AND 31 AND {3} < 24 AND {4} < 60 AND {5} < 60" +
		" THEN CASE WHEN {2} <= CASE WHEN {1} IN (4, 6, 9, 11) THEN 30 WHEN {1} = 2 AND ({0} % 4 <> 0 OR {0} % 100 = 0 AND {0} % 400 <> 0) THEN 28 WHEN {1} = 2 THEN 29 ELSE 31 END" +
		" THEN CAST(CONCAT(LPAD({0}, 4, '0'), '-', {1}, '-', {2}, ' ', {3}, ':', {4}, ':', {5}, '.', LPAD({6}, 3, '0')) AS DATETIME(6)) END END",

	// There is no FILTER: {when} and {end} make NULL of what an aggregate is not to take.
	"count": "count({when}{0}{end})", "distinct_count": "count(DISTINCT {when}CAST({0} AS BINARY){end})",
	"avg": "avg({when}{0}{end})", "min": "min({when}{0}{end})", "max": "max({when}{0}{end})",
	"min:STRING": "CONVERT(min({when}CAST({0} AS BINARY){end}) USING utf8mb4)", "max:STRING": "CONVERT(max({when}CAST({0} AS BINARY){end}) USING utf8mb4)",
	"sum": "sum({when}{0}{end})", "sum:INTEGER": whenInteger("sum({when}{0}{end})"),
	"stdev": "stddev_samp({when}{0}{end})", "stdevp": "stddev_pop({when}{0}{end})", "var": "var_samp({when}{0}{end})", "varp": "var_pop({when}{0}{end})",
}

const trimmed = "REGEXP_REPLACE({0}, '^[ \\t\\r\\n]+|[ \\t\\r\\n]+$', '')"

const mySQLWhole = "CAST(CONCAT('0', REGEXP_REPLACE(SUBSTRING_INDEX({0}, '.', 1), '[^0-9]', '')) AS {int})"

// mySQLWorkDay is workDay.
var mySQLWorkDay = workDays(dayOf("{0}")) + " + {1} - CASE WHEN WEEKDAY({0}) >= 5 AND {1} > 0 THEN 1 ELSE 0 END"

func bytewise(op string) string { return "(CAST({0} AS BINARY) " + op + " CAST({1} AS BINARY))" }

func whenInteger(of string) string {
	return "CASE WHEN abs(" + of + ") < 9223372036854775807 THEN CAST(" + of + " AS {int}) END"
}

// dayOf counts what days counts.
func dayOf(of string) string { return "DATEDIFF(" + of + ", DATE '0001-01-01')" }

// since is the beginning of a day some days before.
func since(days string) string {
	return "CAST(CAST({1} AS DATE) - INTERVAL (" + days + ") DAY AS DATETIME(6))"
}

// began is when a unit of time began.
func began(unit, of string) string {
	rest := map[string]string{
		"HH": "((MINUTE(%[1]s) * 60 + SECOND(%[1]s)) * 1000000 + MICROSECOND(%[1]s))",
		"MI": "(SECOND(%[1]s) * 1000000 + MICROSECOND(%[1]s))", "SS": "MICROSECOND(%[1]s)", "MS": "(MICROSECOND(%[1]s) %% 1000)",
	}[unit]
	return "CAST(" + of + " - INTERVAL " + fmt.Sprintf(rest, of) + " MICROSECOND AS DATETIME(6))"
}

func between(unit, short string) string {
	return "TIMESTAMPDIFF(" + unit + ", " + began(short, "{0}") + ", " + began(short, "{1}") + ")"
}

func newMySQL() *Dialect {
	const text = "CHAR CHARACTER SET utf8mb4"
	w := words{"int": "SIGNED", "float": "DOUBLE", "text": text, "div": "DIV", "trim": "TRIM", "pattern": numberPattern, "blank": "' '"}
	small := func(n, least string) string { return "least(greatest(" + n + ", " + least + "), 2147483647)" }
	regexps := map[string]string{
		"matches:number": "({0} REGEXP {pattern})", "matches:part": "({0} REGEXP '[.][0-9]*[1-9]')",
		// The two servers name a group differently.
		"group:args": "REGEXP_REPLACE(({0}) COLLATE utf8mb4_bin, {1}, CASE WHEN VERSION() LIKE '%MariaDB%' THEN '\\{2}' ELSE '${2}' END)",
		// $ is also the place before a line's end.
		"matches:args": "(({0}) COLLATE utf8mb4_bin REGEXP {1} AND CAST(RIGHT({0}, 1) AS BINARY) NOT IN (CHAR(10), CHAR(13)))",
		"small1":       small("{1}", "0"), "small2": small("{2}", "0"), "from1": small("{1}", "1"), "from2": small("{2}", "1"),
	}
	return &Dialect{
		name:    "mysql",
		refused: mySQLRefused,
		types:   map[rep]string{str: text, integer: "SIGNED", exact: "DECIMAL(19, 0)", binary64: "DOUBLE", datetime: "DATETIME(6)", boolean: "SIGNED"},
		columns: compileEach(w, map[value.Kind]string{
			value.Text: "CONVERT({0} USING utf8mb4)", value.Integer: "CAST({0} AS SIGNED)", value.Decimal: "{0}", value.Float: "CAST({0} AS DOUBLE)",
			value.Boolean: "{0}", value.Date: "CAST(CAST({0} AS DATE) AS DATETIME(6))", value.Timestamp: "CAST({0} AS DATETIME(6))",
		}),
		results: compileEach(w, map[value.Kind]string{
			value.Decimal: "CAST({0} AS DECIMAL(38, 10))", value.Float: "CAST({0} AS DOUBLE)",
			value.Date: "CAST({0} AS DATE)", value.Timestamp: "CAST({0} AS DATETIME(6))",
		}),
		decimal:   func(digits, scale int) string { return fmt.Sprintf("DECIMAL(%d, %d)", max(digits, 1), scale) },
		templates: compileAll(w, expand(regexps, mySQLTemplates)),
		exactText: compile("CAST({0} AS BINARY)", w),
		join:      [2]string{"CONCAT(", ", "},
		formats: compileEach(w, map[string]string{
			"yyyy": "DATE_FORMAT({0}, '%Y')", "yy": "DATE_FORMAT({0}, '%y')", "MMMM": "DATE_FORMAT({0}, '%M')", "MMM": "DATE_FORMAT({0}, '%b')",
			"MM": "DATE_FORMAT({0}, '%m')", "M": "DATE_FORMAT({0}, '%c')", "dd": "DATE_FORMAT({0}, '%d')", "d": "DATE_FORMAT({0}, '%e')",
			"HH": "DATE_FORMAT({0}, '%H')", "H": "DATE_FORMAT({0}, '%k')", "hh": "DATE_FORMAT({0}, '%h')", "h": "DATE_FORMAT({0}, '%l')",
			"mm": "DATE_FORMAT({0}, '%i')", "m": "CAST(MINUTE({0}) AS {text})", "ss": "DATE_FORMAT({0}, '%s')", "s": "CAST(SECOND({0}) AS {text})",
			"SSS": "LEFT(DATE_FORMAT({0}, '%f'), 3)", "a": "DATE_FORMAT({0}, '%p')", "EEEE": "DATE_FORMAT({0}, '%W')", "EEE": "DATE_FORMAT({0}, '%a')",
		}),
	}
}
