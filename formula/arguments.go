package formula

import (
	"slices"
	"strconv"
	"strings"
)

// argument checks one argument against what the function takes there.
func (c *checker) argument(n, a *Node, what string) {
	switch what {
	case "PERIOD", "PART":
		c.period(n, a, what)
		return
	case "MODE":
		c.mode(n, a)
		return
	case "FORMAT", "PATH":
		if a.kind != text {
			fail(a.offset, "%s wants a text here that stands in the formula itself", n.text)
		}
		a.rep = str
		return
	case "PLACES", "PERCENT":
		c.literal(n, a, what)
		return
	case "LIST":
		c.list(n, a)
		return
	}
	c.check(a)
	switch what {
	case "STRING":
		c.need(a, str, n.text)
	case "INTEGER":
		c.need(a, integer, n.text)
	case "DECIMAL":
		if a.rep != null && !a.rep.number() {
			c.need(a, binary64, n.text)
		}
		a.to = binary64 // what takes a DECIMAL is reckoned in doubles
	case "NUMBER":
		if a.rep != null && !a.rep.number() {
			c.need(a, exact, n.text)
		}
	case "DATETIME":
		c.need(a, datetime, n.text)
	case "CONDITION":
		c.need(a, boolean, n.text)
	}
}

var periods = map[string][]string{
	"PERIOD": {"YYYY", "Q", "MM", "WK", "DD", "HH", "MI", "SS", "MS"},
	"PART":   {"YYYY", "Q", "MM", "DD", "WD", "HH", "MI", "SS", "MS"},
}

func (c *checker) period(n, a *Node, what string) {
	p := strings.ToUpper(a.text)
	if a.kind != text || !slices.Contains(periods[what], p) {
		fail(a.offset, "%s wants a period here: one of %s, in quotes", n.text, strings.Join(periods[what], ", "))
	}
	a.rep, n.key = str, n.text+":"+p
}

func (c *checker) mode(n, a *Node) {
	m := strings.ToUpper(a.text)
	if a.kind != name && a.kind != text || !slices.Contains(modes, m) {
		fail(a.offset, "%s wants CASE_SENSITIVE or CASE_INSENSITIVE here", n.text)
	}
	a.rep = str
	if m == modes[1] {
		n.key += ":" + m
	}
}

// literal reads a number that stands in the formula itself.
func (c *checker) literal(n, a *Node, what string) {
	limit := 15
	if what == "PERCENT" {
		limit = 100
	}
	v, err := strconv.ParseFloat(a.text, 64)
	whole := what == "PERCENT" || !strings.Contains(a.text, ".")
	if a.kind != number || err != nil || v > float64(limit) || !whole {
		fail(a.offset, "%s wants a number of 0 to %d here that stands in the formula itself", n.text, limit)
	}
	a.rep = integer
}

// list checks the values of in and notIn: each stands in the formula itself.
func (c *checker) list(n, a *Node) {
	if a.kind != list || len(a.args) == 0 {
		fail(a.offset, "%s wants a list of values here, such as ['a', 'b']", n.text)
	}
	all := n.args[0].rep
	for _, v := range a.args {
		c.check(v)
		r, ok := unify(all, v.rep)
		if !ok {
			fail(v.offset, "%s looks for %s, there is %s%s", n.text, article(all), article(v.rep), mend(all, v.rep))
		}
		if v.level != constant || v.kind == call {
			fail(v.offset, "%s takes values that stand in the formula itself", n.text)
		}
		if v.rep == null {
			fail(v.offset, "NULL is in no list: isNull asks for it")
		}
		all = r
	}
	for _, v := range append([]*Node{n.args[0]}, a.args...) {
		v.to = all
	}
	a.rep = all
}

// percent is a percentage as a fraction.
func percent(n *Node) *Node {
	v, _ := strconv.ParseFloat(n.text, 64)
	return &Node{kind: number, offset: n.offset, text: strconv.FormatFloat(v/100, 'f', -1, 64), rep: exact, to: binary64}
}
