package formula

import (
	"maps"
	"strings"
)

// shared holds what all dialects write alike, by operator or function; behind a colon stands what
// chooses among several: a type, a period, a mode. What a dialect writes otherwise is in its own file.
//
// Whatever has no answer (a division by zero, the logarithm of a negative number) is NULL, and is kept
// from the database, which would end the query.
var shared = map[string]string{
	"and": "({0} AND {1})", "or": "({0} OR {1})", "not": "(NOT {0})",
	"=": "({0} = {1})", "<>": "({0} <> {1})", "<": "({0} < {1})", "<=": "({0} <= {1})", ">": "({0} > {1})", ">=": "({0} >= {1})",
	"+": "({0} + {1})", "-": "({0} - {1})", "*": "({0} * {1})", "negate": "(- {0})",
	"/": "({0} / NULLIF({1}, 0))",
	"%": "({0} % NULLIF({1}, 0))", "mod": "({0} % NULLIF({1}, 0))",
	"%:FLOAT": floatMod, "mod:FLOAT": floatMod,
	"^": "CASE WHEN {0} = 0 THEN CASE WHEN {1} < 0 THEN NULL WHEN {1} = 0 THEN 1 ELSE 0 END WHEN {0} < 0 AND {1} <> floor({1}) THEN NULL" +
		" WHEN {1} * ln(abs({0})) > 709.78 THEN NULL WHEN {1} * ln(abs({0})) < -708 THEN 0 ELSE power({0}, {1}) END",

	"isNull": "({0} IS NULL)", "isNotNull": "({0} IS NOT NULL)", "nullIf": "NULLIF({0}, {1})",

	"abs": "abs({0})", "ceil": "CAST(ceil({0}) AS {int})", "floor": "CAST(floor({0}) AS {int})", "decimalToInt": "CAST(trunc({0}) AS {int})",
	"ceil:INTEGER": "{0}", "floor:INTEGER": "{0}", "decimalToInt:INTEGER": "{0}", "intToDecimal": "{0}",
	"ln": "CASE WHEN {0} > 0 THEN ln({0}) END", "log": "CASE WHEN {0} > 0 THEN log10({0}) END", "sqrt": "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
	"exp": "CASE WHEN {0} > 709.78 THEN NULL WHEN {0} < -708 THEN 0 ELSE exp({0}) END",

	"left": "substr({0}, 1, {small1})", "right": "right({0}, {small1})",
	"substring": "substr({0}, {from1}, {small2})",
	"locate":    "CAST(strpos({0}, {1}) AS {int})",
	"locate:from": "CASE WHEN strpos(substr({0}, {from2}), {1}) = 0 THEN 0" +
		" ELSE CAST(strpos(substr({0}, {from2}), {1}) + {from2} - 1 AS {int}) END",
	"ltrim": "ltrim({0}, {blank})", "rtrim": "rtrim({0}, {blank})", "trim": "{trim}({0}, {blank})",
	"replace": "CASE WHEN {1} = '' THEN {0} ELSE replace({0}, {1}, {2}) END", "strlen": "CAST(length({0}) AS {int})",
	"toLower": "lower({0})", "toUpper": "upper({0})",
	"toString:STRING": "{0}", "toString:INTEGER": "CAST({0} AS {text})", "toString:BOOLEAN": "CAST({0} AS {text})",
	"toString:DECIMAL": "CASE WHEN strpos(CAST({0} AS {text}), '.') > 0 THEN rtrim(rtrim(CAST({0} AS {text}), '0'), '.') ELSE CAST({0} AS {text}) END",
	"toString:FLOAT":   "CASE WHEN {0} = trunc({0}) AND abs({0}) < 1e18 THEN CAST(CAST({0} AS {int}) AS {text}) ELSE CAST({0} AS {text}) END",

	"parseInt":     "CASE WHEN {matches:number} THEN CASE WHEN strpos({0}, '-') > 0 THEN - " + whole + " - CASE WHEN {matches:part} THEN 1 ELSE 0 END ELSE " + whole + " END END",
	"parseDecimal": "CASE WHEN {matches:number} THEN CAST({trim}({0}, {blank}) AS DECIMAL(38, 10)) END",

	"isWorkDay":   "CAST(CASE WHEN " + days("{0}") + " % 7 < 5 THEN 1 WHEN {0} IS NOT NULL THEN 0 END AS {int})",
	"netWorkDays": "CAST(CASE WHEN " + days("{0}") + " <= " + days("{1}") + " THEN " + workDays("("+days("{1}")+" + 1)") + " - " + workDays(days("{0}")) + " ELSE " + workDays(days("{1}")) + " - " + workDays("("+days("{0}")+" + 1)") + " END AS {int})",
	"addWorkDays": "CASE WHEN {1} = 0 THEN CAST(CAST({0} AS date) AS timestamp)" +
		" ELSE CAST(DATE '0001-01-01' + CAST(((" + workDay + ") {div} 5) * 7 + (" + workDay + ") % 5 AS int) AS timestamp) END",

	"extract:YYYY": extract("year"), "extract:Q": extract("quarter"), "extract:MM": extract("month"), "extract:DD": extract("day"),
	"extract:WD": "(" + extract("dow") + " + 1)", "extract:HH": extract("hour"), "extract:MI": extract("minute"),
	"extract:SS": "CAST(floor(EXTRACT(second FROM {1})) AS {int})",
	"extract:MS": "(CAST(floor(EXTRACT(milliseconds FROM {1})) AS {int}) % 1000)",

	"truncDate:YYYY": trunc("year"), "truncDate:Q": trunc("quarter"), "truncDate:MM": trunc("month"), "truncDate:DD": trunc("day"),
	"truncDate:WK": "CAST(DATE '0001-01-01' + CAST(((" + days("{1}") + " + 1) {div} 7) * 7 - 1 AS int) AS timestamp)",
	"truncDate:HH": trunc("hour"), "truncDate:MI": trunc("minute"), "truncDate:SS": trunc("second"), "truncDate:MS": trunc("milliseconds"),

	"dateDiff:YYYY": "(" + at("year", "{1}") + " - " + at("year", "{0}") + ")",
	"dateDiff:Q":    "((" + at("year", "{1}") + " - " + at("year", "{0}") + ") * 4 + " + at("quarter", "{1}") + " - " + at("quarter", "{0}") + ")",
	"dateDiff:MM":   "((" + at("year", "{1}") + " - " + at("year", "{0}") + ") * 12 + " + at("month", "{1}") + " - " + at("month", "{0}") + ")",
	"dateDiff:DD":   "CAST(" + days("{1}") + " - " + days("{0}") + " AS {int})",
	"dateDiff:WK":   "CAST((" + days("{1}") + " + 1) {div} 7 - (" + days("{0}") + " + 1) {div} 7 AS {int})",
	"dateDiff:HH":   elapsed("hour", "3600"), "dateDiff:MI": elapsed("minute", "60"), "dateDiff:SS": elapsed("second", "1"),
	"dateDiff:MS": "CAST(round(" + begins("milliseconds", "{1}") + " * 1000) - round(" + begins("milliseconds", "{0}") + " * 1000) AS {int})",

	"group":          "{group:args}",
	"matches":        "{matches:args}",
	"number of text": "CAST({0} AS int)",
	"month by name": "CASE lower({0}) WHEN 'jan' THEN 1 WHEN 'feb' THEN 2 WHEN 'mar' THEN 3 WHEN 'apr' THEN 4 WHEN 'may' THEN 5 WHEN 'jun' THEN 6" +
		" WHEN 'jul' THEN 7 WHEN 'aug' THEN 8 WHEN 'sep' THEN 9 WHEN 'oct' THEN 10 WHEN 'nov' THEN 11 WHEN 'dec' THEN 12 ELSE 0 END",
	"made date": " THEN CASE WHEN {0} >= 1 AND {1} BETWEEN 1 AND 12 AND {2} BETWEEN 1 AND 31 AND {3} < 24 AND {4} < 60 AND {5} < 60" +
		" THEN CASE WHEN {2} <= CASE WHEN {1} IN (4, 6, 9, 11) THEN 30 WHEN {1} = 2 AND ({0} % 4 <> 0 OR {0} % 100 = 0 AND {0} % 400 <> 0) THEN 28 WHEN {1} = 2 THEN 29 ELSE 31 END" +
		" THEN make_timestamp({0}, {1}, {2}, {3}, {4}, {5} + {6} / CAST(1000 AS {float})) END END",

	"count": "count({0}){filter}", "distinct_count": "count(DISTINCT {0}){filter}",
	"avg": "avg({0}){filter}", "min": "min({0}){filter}", "max": "max({0}){filter}",
	"sum": "sum({0}){filter}", "sum:INTEGER": "CAST(sum({0}){filter} AS {int})",
	"stdev": "stddev_samp({0}){filter}", "stdevp": "stddev_pop({0}){filter}", "var": "var_samp({0}){filter}", "varp": "var_pop({0}){filter}",
}

// whole is the digits before the point of a text that is a number.
const whole = "CAST('0' || regexp_replace(split_part({0}, '.', 1), '[^0-9]', '', 'g') AS {int})"

const floatMod = "({0} - {1} * trunc({0} / NULLIF({1}, 0)))"

// days counts the days since a Monday, the first day of year 1, so that no count is negative.
func days(of string) string { return "(CAST(" + of + " AS date) - DATE '0001-01-01')" }

// workDays counts the working days before a day.
func workDays(day string) string { return "((" + day + " {div} 7) * 5 + least(" + day + " % 7, 5))" }

// workDay is the number of the working day that addWorkDays ends on. From a weekend it goes on from the
// Friday before, and back from the Monday behind.
var workDay = workDays(days("{0}")) + " + {1} - CASE WHEN " + days("{0}") + " % 7 >= 5 AND {1} > 0 THEN 1 ELSE 0 END"

func extract(part string) string { return at(part, "{1}") }

func at(part, of string) string { return "CAST(EXTRACT(" + part + " FROM " + of + ") AS {int})" }

func trunc(part string) string { return "CAST(date_trunc('" + part + "', {1}) AS timestamp)" }

// begins is when the unit of time began, in seconds since 1970.
func begins(unit, of string) string {
	return "EXTRACT(epoch FROM date_trunc('" + unit + "', " + of + "))"
}

// elapsed counts how often a unit of time begins between two times.
func elapsed(unit, seconds string) string {
	return "CAST((" + begins(unit, "{1}") + " - " + begins(unit, "{0}") + ") / " + seconds + " AS {int})"
}

// numberPattern is a number with an optional point, small enough for every database.
const numberPattern = `'^[ \t\r\n]*[+-]?([0-9]{1,18}([.][0-9]*)?|[.][0-9]+)[ \t\r\n]*$'`

// expand replaces the words of a dialect that hold arguments themselves, in its own templates and in the
// shared ones, and adds the tests that do not look at the case.
func expand(with, own map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, shared)
	maps.Copy(all, own)
	insensitive := strings.NewReplacer("{0}", "lower({0})", "{1}", "lower({1})")
	for _, f := range []string{"contains", "startsWith", "endsWith"} {
		all[f+":CASE_INSENSITIVE"] = insensitive.Replace(all[f])
	}
	for key, t := range all {
		for word, sql := range with {
			t = strings.ReplaceAll(t, "{"+word+"}", sql)
		}
		all[key] = t
	}
	return all
}
