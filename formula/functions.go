package formula

import (
	"slices"
	"strings"
)

// function is one entry of the table below.
type function struct {
	name      string
	group     string
	params    []param
	result    string
	aggregate bool // of a group's rows
	served    bool
}

// param is what a function takes at one place.
type param struct {
	what     string // a type, or one of the words below
	optional bool
	many     bool // this and any number more
}

// table is every function of the language by group. What stands without a signature is known by name and not served yet.
//
// In a signature, ANY is any type, and SAME as a result the type of what goes in; NUMBER is the same
// for numbers. CONDITION is a BOOLEAN. These are written in the formula itself and not computed: PERIOD
// (of extract: PART), FORMAT, PATH, PLACES and PERCENT. MODE is CASE_SENSITIVE or CASE_INSENSITIVE.
var table = []struct{ group, functions string }{
	{"aggregate", `
		avg(DECIMAL) FLOAT; avgIf(DECIMAL, CONDITION) FLOAT
		count(ANY) INTEGER; countIf(ANY, CONDITION) INTEGER
		distinct_count(ANY) INTEGER; distinct_countIf(ANY, CONDITION) INTEGER
		max(ANY) SAME; maxIf(ANY, CONDITION) SAME
		median(DECIMAL) FLOAT; medianIf(DECIMAL, CONDITION) FLOAT
		min(ANY) SAME; minIf(ANY, CONDITION) SAME
		percentile(NUMBER, PERCENT) SAME; percentileCont(DECIMAL, PERCENT) FLOAT; percentileDisc(NUMBER, PERCENT) SAME
		periodToDateAvg; periodToDateCount; periodToDateMax; periodToDateMedian; periodToDateMin; periodToDatePercentile
		periodToDatePercentileCont; periodToDateStDev; periodToDateStDevP; periodToDateSum; periodToDateVar; periodToDateVarP
		stdev(DECIMAL) FLOAT; stdevIf(DECIMAL, CONDITION) FLOAT; stdevp(DECIMAL) FLOAT; stdevpIf(DECIMAL, CONDITION) FLOAT
		var(DECIMAL) FLOAT; varIf(DECIMAL, CONDITION) FLOAT; varp(DECIMAL) FLOAT; varpIf(DECIMAL, CONDITION) FLOAT
		sum(NUMBER) SAME; sumIf(NUMBER, CONDITION) SAME`},
	{"conditional", `
		coalesce(ANY, ANY...) SAME; ifelse(CONDITION, ANY, ANY...) SAME; in(ANY, LIST) BOOLEAN; isNotNull(ANY) BOOLEAN
		isNull(ANY) BOOLEAN; notIn(ANY, LIST) BOOLEAN; nullIf(ANY, ANY) SAME; switch(ANY, ANY, ANY, ANY...) SAME`},
	{"date", `
		addDateTime(INTEGER, PERIOD, DATETIME) DATETIME; addWorkDays(DATETIME, INTEGER) DATETIME
		dateDiff(DATETIME, DATETIME, [PERIOD]) INTEGER; epochDate(INTEGER) DATETIME; extract(PART, DATETIME) INTEGER
		formatDate(DATETIME, [FORMAT]) STRING; isWorkDay(DATETIME) INTEGER; netWorkDays(DATETIME, DATETIME) INTEGER
		now() DATETIME; truncDate(PERIOD, DATETIME) DATETIME`},
	{"numeric", `
		ceil(NUMBER) INTEGER; decimalToInt(NUMBER) INTEGER; floor(NUMBER) INTEGER; intToDecimal(INTEGER) DECIMAL
		round(NUMBER, [PLACES]) ROUNDED`},
	{"mathematical", `
		mod(NUMBER, NUMBER) SAME; log(DECIMAL) FLOAT; ln(DECIMAL) FLOAT; abs(NUMBER) SAME; sqrt(DECIMAL) FLOAT; exp(DECIMAL) FLOAT`},
	{"string", `
		concat(STRING, STRING...) STRING; contains(STRING, STRING, [MODE]) BOOLEAN; endsWith(STRING, STRING, [MODE]) BOOLEAN
		left(STRING, INTEGER) STRING; locate(STRING, STRING, [INTEGER]) INTEGER; ltrim(STRING) STRING
		parseDate(STRING, [FORMAT]) DATETIME; parseDecimal(STRING) DECIMAL; parseInt(STRING) INTEGER; parseJson(STRING, PATH) STRING
		replace(STRING, STRING, STRING) STRING; right(STRING, INTEGER) STRING; rtrim(STRING) STRING
		split(STRING, STRING, INTEGER) STRING; startsWith(STRING, STRING, [MODE]) BOOLEAN; strlen(STRING) INTEGER
		substring(STRING, INTEGER, INTEGER) STRING; toLower(STRING) STRING; toString(ANY) STRING; toUpper(STRING) STRING; trim(STRING) STRING`},
	{"table calculation", `
		difference; lag; lead; percentDifference
		avgOver; countOver; distinctCountOver; maxOver; minOver; percentileOver; percentileContOver; percentileDiscOver; percentOfTotal
		periodOverPeriodDifference; periodOverPeriodLastValue; periodOverPeriodPercentDifference; periodToDateAvgOverTime
		periodToDateCountOverTime; periodToDateMaxOverTime; periodToDateMinOverTime; periodToDateSumOverTime; sumOver; stdevOver
		stdevpOver; varOver; varpOver
		rank; denseRank; percentileRank
		runningAvg; runningCount; runningMax; runningMin; runningSum
		firstValue; lastValue; windowAvg; windowCount; windowMax; windowMin; windowSum`},
}

var modes = []string{"CASE_SENSITIVE", "CASE_INSENSITIVE"}

// functions holds the table by the name in lower case: a formula may write a name in any case.
var functions = readTable()

func readTable() map[string]*function {
	all := map[string]*function{}
	for _, g := range table {
		for _, line := range strings.FieldsFunc(g.functions, func(r rune) bool { return r == ';' || r == '\n' }) {
			if line = strings.TrimSpace(line); line != "" {
				f := readFunction(g.group, line)
				all[strings.ToLower(f.name)] = f
			}
		}
	}
	return all
}

func readFunction(group, line string) *function {
	f := &function{name: line, group: group, aggregate: group == "aggregate"}
	name, rest, served := strings.Cut(line, "(")
	if !served {
		return f
	}
	f.name, f.served = name, true
	params, result, _ := strings.Cut(rest, ")")
	f.result = strings.TrimSpace(result)
	for _, p := range strings.Split(params, ",") {
		if p = strings.TrimSpace(p); p != "" {
			bare := strings.TrimSuffix(strings.Trim(p, "[]"), "...")
			f.params = append(f.params, param{what: bare, optional: p[0] == '[', many: strings.HasSuffix(p, "...")})
		}
	}
	return f
}

// signature spells how the function is called.
func (f *function) signature() string {
	var b strings.Builder
	b.WriteString(f.name + "(")
	for i, p := range f.params {
		sep, what := "", p.what
		if i > 0 {
			sep = ", "
		}
		switch {
		case p.optional:
			what = "[" + what + "]"
		case p.many:
			what += " ..."
		}
		b.WriteString(sep + what)
	}
	b.WriteString(")")
	return b.String()
}

// at returns what the function takes at a place.
func (f *function) at(i int) (param, bool) {
	if i < len(f.params) {
		return f.params[i], true
	}
	if n := len(f.params); n > 0 && f.params[n-1].many {
		return f.params[n-1], true
	}
	return param{}, false
}

// least is how many arguments the function needs.
func (f *function) least() int {
	n := 0
	for _, p := range f.params {
		if !p.optional {
			n++
		}
	}
	if f.name == "coalesce" || f.name == "concat" {
		n = 1
	}
	return n
}

// Functions returns the names of all functions of the language, and of those that are served, in the order of the table.
func Functions() (all, served []string) {
	for _, g := range table {
		for _, line := range strings.FieldsFunc(g.functions, func(r rune) bool { return r == ';' || r == '\n' }) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			f := readFunction(g.group, line)
			if all = append(all, f.name); f.served {
				served = append(served, f.name)
			}
		}
	}
	return all, served
}

// nearest suggests a function for a name that is none: one that differs in a letter or two.
func nearest(name string) string {
	best, limit := "", 3
	all, _ := Functions()
	for _, f := range all {
		if d := distance(strings.ToLower(name), strings.ToLower(f)); d < limit {
			best, limit = f, d
		}
	}
	return best
}

// distance counts the letters to change, add or leave out.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], slices.Min([]int{row[j] + 1, row[j+1] + 1, diagonal + cost})
		}
	}
	return row[len(b)]
}
