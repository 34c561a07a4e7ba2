package formula

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"signet/internal/value"
)

// Field is what a formula must know of a field that it uses.
type Field struct {
	Kind      value.Kind
	Aggregate bool // its own formula gives one value for a group of rows
}

// Check parses a formula and checks its names, types and arguments. The error is an *Error.
func Check(formula string, fields func(name string) (Field, bool)) (e *Expr, err error) {
	root, err := Parse(formula)
	if err != nil {
		return nil, err
	}
	defer rescue(formula, &err)
	c := &checker{fields: fields}
	c.check(root)
	if root.rep == null {
		fail(root.offset, "NULL alone has no type")
	}
	e = &Expr{root: root}
	root.walk(func(n *Node) {
		if n.kind == call {
			e.calls = append(e.calls, called{n.text, n.offset, utf8.RuneCountInString(formula[:n.offset]) + 1})
		}
	})
	return e, nil
}

type checker struct {
	fields func(name string) (Field, bool)
}

func (c *checker) check(n *Node) {
	switch n.kind {
	case number:
		c.number(n)
	case text:
		n.rep = str
	case word:
		n.rep = boolean
		if n.text == "null" {
			n.rep = null
		}
	case field, name:
		f, ok := c.fields(n.text)
		if !ok {
			fail(n.offset, "there is no field {%.60s}", n.text)
		}
		n.rep, n.level, n.of = repOf[f.Kind], row, f.Kind
		if f.Aggregate {
			n.level = aggregate
		}
	case parameter:
		fail(n.offset, "parameters are not served yet: write the value of ${%.40s}", n.text)
	case list:
		fail(n.offset, "a list is only the second argument of in and notIn")
	case unary, binary:
		c.operator(n)
	case call:
		c.call(n)
	}
}

func (c *checker) number(n *Node) {
	n.rep = integer
	digits := strings.Trim(n.text, "0")
	if strings.Contains(n.text, ".") {
		n.rep = exact
		digits = strings.Replace(n.text, ".", "", 1)
	} else if _, err := strconv.ParseInt(n.text, 10, 64); err != nil {
		fail(n.offset, "%s is larger than an INTEGER can be, %d", n.text, math.MaxInt64)
	}
	if len(digits) > maxDigits {
		fail(n.offset, "a number has at most %d digits", maxDigits)
	}
}

// maxDigits is what every database holds exactly.
const maxDigits = 38

// need has the node give a type, or fails at its place.
func (c *checker) need(n *Node, want rep, who string) {
	got := n.rep
	if got == want || got == null || want.number() && got.number() && got < want {
		n.to = want
		return
	}
	fail(n.offset, "%s wants %s here, there is %s%s", who, article(want), article(got), mend(want, got))
}

func article(r rep) string {
	if r == integer {
		return "an " + r.String()
	}
	return "a " + r.String()
}

// mend says which function gives what is wanted.
func mend(want, got rep) string {
	switch {
	case want == str:
		return ": toString makes one"
	case want == integer && got.number():
		return ": round, floor, ceil or decimalToInt makes one"
	case want.number() && got == str:
		return ": parseInt or parseDecimal makes one"
	case want == datetime && got == str:
		return ": parseDate makes one"
	}
	return ""
}

func (c *checker) operator(n *Node) {
	for _, a := range n.args {
		c.check(a)
	}
	switch n.text {
	case "not", "and", "or":
		for _, a := range n.args {
			c.need(a, boolean, n.text)
		}
		n.rep = boolean
	case "=", "<>", "<", "<=", ">", ">=":
		c.comparison(n)
	case "/", "^":
		c.numbers(n)
		c.as(n, binary64)
	default:
		c.as(n, c.numbers(n))
	}
	c.levels(n)
}

// numbers wants numbers on all sides and returns the type that holds them all.
func (c *checker) numbers(n *Node) rep {
	all := integer
	for _, a := range n.args {
		if a.rep != null && !a.rep.number() {
			hint := ""
			switch {
			case a.rep == datetime:
				hint = ": dateDiff and addDateTime reckon with dates"
			case a.rep == str && n.text == "+":
				hint = ": concat joins texts"
			default:
				hint = mend(exact, a.rep)
			}
			fail(a.offset, "%s wants a number here, there is %s%s", n.text, article(a.rep), hint)
		}
		if a.rep != null {
			all = max(all, a.rep)
		}
	}
	return all
}

// as has all arguments and the result be of one type.
func (c *checker) as(n *Node, r rep) {
	for _, a := range n.args {
		a.to = r
	}
	n.rep = r
}

func (c *checker) comparison(n *Node) {
	left, right := n.args[0], n.args[1]
	r, ok := unify(left.rep, right.rep)
	if !ok {
		fail(right.offset, "%s compares with %s, there is %s%s", n.text, article(left.rep), article(right.rep), mend(left.rep, right.rep))
	}
	if r == null {
		fail(n.offset, "comparing NULL with NULL gives nothing: isNull asks for it")
	}
	if r == boolean && n.text != "=" && n.text != "<>" {
		fail(n.offset, "a BOOLEAN has no order: want = or <>")
	}
	left.to, right.to, n.rep = r, r, boolean
}

// levels settles how many rows a value is of, and refuses a mixture: what one row and what many rows
// give cannot stand in one value.
func (c *checker) levels(n *Node) {
	var one, many *Node
	for _, a := range n.args {
		n.level = max(n.level, a.level)
		switch a.level {
		case row:
			one = a
		case aggregate:
			many = a
		}
	}
	if one != nil && many != nil {
		at := first(one, row)
		fail(at.offset, "{%.60s} is of one row, and beside it stands an aggregate: put it into an aggregate too", at.text)
	}
}

// first returns the first field within the node that has the level.
func first(n *Node, l level) *Node {
	found := n
	n.walk(func(m *Node) {
		if (m.kind == field || m.kind == name) && m.level == l && found == n {
			found = m
		}
	})
	return found
}

func (c *checker) call(n *Node) {
	f := functions[strings.ToLower(n.text)]
	if f == nil {
		hint := ""
		if other := nearest(n.text); other != "" {
			hint = "; do you mean " + other + "?"
		}
		fail(n.offset, "there is no function %.60s%s", n.text, hint)
	}
	n.fn, n.text, n.key = f, f.name, f.name
	switch {
	case !f.served:
		fail(n.offset, "%s is not served yet", f.name)
	case len(n.args) < f.least():
		fail(n.offset, "%s wants more: %s", f.name, f.signature())
	}
	for i, a := range n.args {
		p, ok := f.at(i)
		if !ok {
			if f.aggregate && a.kind == list {
				fail(a.offset, "aggregates at a level of their own are not served yet")
			}
			fail(a.offset, "%s takes no more: %s", f.name, f.signature())
		}
		c.argument(n, a, p.what)
	}
	c.result(n)
	if f.aggregate {
		c.aggregate(n)
		return
	}
	c.levels(n)
}

// result settles a call's type, and what its arguments must become.
func (c *checker) result(n *Node) {
	switch n.text {
	case "ifelse":
		c.branches(n, 1)
	case "switch":
		c.branches(n, 2)
	case "in", "notIn", "isNull", "isNotNull":
		n.rep = boolean
		if n.args[0].rep == null {
			fail(n.args[0].offset, "%s wants a value that has a type", n.text)
		}
	case "round":
		c.round(n)
	case "formatDate", "parseDate":
		c.format(n)
	case "parseJson":
		n.rep, n.steps = str, jsonPath(n.args[1])
	case "toString":
		c.toString(n)
	case "dateDiff":
		if n.rep = integer; len(n.args) == 2 {
			n.key += ":DD"
		}
	case "locate":
		if n.rep = integer; len(n.args) == 3 {
			n.key += ":from"
		}
	default:
		n.rep = c.resultOf(n)
	}
	if strings.HasPrefix(n.text, "percentile") {
		n.parts = []*Node{n.args[0], percent(n.args[1])}
	}
}

func (c *checker) resultOf(n *Node) rep {
	switch n.fn.result {
	case "STRING":
		return str
	case "INTEGER":
		c.byType(n)
		return integer
	case "DECIMAL":
		if n.text == "intToDecimal" {
			n.args[0].to = exact
		}
		return exact
	case "FLOAT":
		return binary64
	case "DATETIME":
		return datetime
	case "BOOLEAN":
		return boolean
	}
	same := null
	for i, a := range n.args {
		if p, _ := n.fn.at(i); p.what != "ANY" && p.what != "NUMBER" {
			continue
		}
		r, ok := unify(same, a.rep)
		if !ok {
			fail(a.offset, "%s wants %s here like the ones before, there is %s%s", n.text, article(same), article(a.rep), mend(same, a.rep))
		}
		same = r
	}
	if same == null {
		fail(n.args[0].offset, "%s wants a value that has a type", n.text)
	}
	for i, a := range n.args {
		if p, _ := n.fn.at(i); p.what == "ANY" || p.what == "NUMBER" {
			a.to = same
		}
	}
	if same == boolean && n.fn.aggregate {
		fail(n.args[0].offset, "%s is not for true and false", n.text)
	}
	n.key = n.text + ":" + same.String()
	if same == binary64 {
		n.key = n.text + ":FLOAT"
	}
	return same
}

// byType chooses the template by the type of the first argument where it matters.
func (c *checker) byType(n *Node) {
	if n.fn.group != "numeric" {
		return
	}
	if n.args[0].rep == null {
		n.args[0].to = exact
	}
	if n.args[0].rep == integer {
		n.key += ":INTEGER"
	}
}

// branches checks ifelse and switch: the first value stands at from, then every second, and last the one for all else.
func (c *checker) branches(n *Node, from int) {
	if (len(n.args)-from)%2 != 0 {
		fail(n.args[len(n.args)-1].offset, "%s wants pairs, and one value at the end for all else", n.text)
	}
	value, label := null, null
	isValue := func(i int) bool { return i == len(n.args)-1 || i >= from && (i-from)%2 == 0 }
	for i, a := range n.args {
		switch {
		case isValue(i):
			value = c.join(n, a, value)
		case from == 1:
			c.need(a, boolean, n.text)
		default:
			label = c.join(n, a, label)
		}
	}
	if value == null {
		fail(n.offset, "%s gives nothing but NULL", n.text)
	}
	for i, a := range n.args {
		switch {
		case isValue(i):
			a.to = value
		case from == 2:
			a.to = label
		}
	}
	n.rep = value
}

func (c *checker) join(n, a *Node, with rep) rep {
	r, ok := unify(with, a.rep)
	if !ok {
		fail(a.offset, "%s wants %s here like the ones before, there is %s%s", n.text, article(with), article(a.rep), mend(with, a.rep))
	}
	return r
}

func (c *checker) round(n *Node) {
	n.rep = n.args[0].rep
	if n.rep != binary64 {
		n.rep = exact
	}
	n.args[0].to = n.rep
	places := 0
	if len(n.args) == 2 {
		places, _ = strconv.Atoi(n.args[1].text)
	}
	n.key = fmt.Sprintf("round:%d", places)
	if n.rep == binary64 {
		n.key = fmt.Sprintf("round:FLOAT:%d", places)
	}
	n.parts = n.args[:1]
}

func (c *checker) toString(n *Node) {
	a := n.args[0]
	switch a.rep {
	case null:
		a.to = str
		n.key += ":STRING"
	case datetime:
		n.spell = spellDate("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", a, false)
	case binary64:
		n.key += ":FLOAT"
	default:
		n.key += ":" + a.rep.String()
	}
	n.rep = str
}

func (c *checker) format(n *Node) {
	parse := n.text == "parseDate"
	pattern, at := "yyyy-MM-dd'T'HH:mm:ss:SSS", n
	if parse {
		pattern = "yyyy-MM-dd"
	}
	if len(n.args) == 2 {
		pattern, at = n.args[1].text, n.args[1]
	}
	n.spell, n.rep = spellDate(pattern, at, parse), str
	if parse {
		n.rep = datetime
	}
}

// aggregate settles the level of an aggregate: it is over rows, and gives one value for many.
func (c *checker) aggregate(n *Node) {
	for _, a := range n.args {
		if a.level == aggregate {
			fail(a.offset, "an aggregate of an aggregate is not possible here")
		}
	}
	n.level = aggregate
	if n.args[0].rep == null {
		fail(n.args[0].offset, "%s wants a value that has a type", n.text)
	}
	if cond := len(n.args) - 1; n.fn.params[cond].what == "CONDITION" {
		n.key = strings.Replace(n.key, "If", "", 1)
	}
	if n.text == "percentile" {
		n.key = strings.Replace(n.key, "percentile", "percentileDisc", 1)
	}
}
