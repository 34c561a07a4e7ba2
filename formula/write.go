package formula

import (
	"strconv"
	"strings"

	"signet/internal/value"
)

// Writer takes the SQL of a formula. Raw gets constants of this package only; whatever stands in the
// formula itself comes through Arg and Field.
type Writer interface {
	Raw(sql string)
	Arg(v value.Value)
	// Field writes the SQL of a field: its quoted column, or its own formula in parentheses.
	Field(name string)
}

// Options of one Write.
type Options struct {
	// As is what the result is cast to: the kind that a field declares.
	As value.Kind
	// Where writes a condition on the rows that aggregates take; nil for all rows.
	Where func()
}

// Write writes the formula as SQL.
func (e *Expr) Write(w Writer, d *Dialect, o Options) {
	c := &composer{w: w, d: d, o: o, left: MaxSQL}
	c.result(e.root)
}

// Size returns how many bytes of SQL the formula is, when size tells that of its fields; ok is false
// for more than MaxSQL.
func (e *Expr) Size(d *Dialect, o Options, size func(field string) int) (n int, ok bool) {
	m := &measure{size: size}
	c := &composer{w: m, d: d, o: o, left: MaxSQL}
	m.c = c
	c.result(e.root)
	return MaxSQL - c.left, c.left >= 0
}

// measure is a Writer that only counts.
type measure struct {
	c    *composer
	size func(field string) int
}

func (*measure) Raw(string)          {}
func (*measure) Arg(value.Value)     {}
func (m *measure) Field(name string) { m.c.left -= m.size(name) }

// composer writes one formula.
type composer struct {
	w    Writer
	d    *Dialect
	o    Options
	left int // bytes; a formula whose arguments repeat stops growing here
}

const argSize = 8 // of a placeholder, about

func (c *composer) raw(sql string) {
	c.left -= len(sql)
	c.w.Raw(sql)
}

func (c *composer) arg(v value.Value) {
	c.left -= argSize
	c.w.Arg(v)
}

// result writes the whole, as a value of the declared kind.
func (c *composer) result(n *Node) {
	as := c.o.As
	if as == 0 {
		as = kinds[n.rep][0]
	}
	if n.rep == datetime || as != kinds[n.rep][0] {
		c.template(c.d.results[as], func(int) { c.write(n) })
		return
	}
	c.write(n)
}

// write writes a node as its own type.
func (c *composer) write(n *Node) {
	if c.left < 0 {
		return // Size refuses the formula
	}
	switch n.kind {
	case number:
		c.number(n)
	case text:
		c.cast(str, func() { c.arg(value.OfText(n.text)) })
	case word:
		if n.text == "null" {
			c.raw("NULL")
		} else {
			c.cast(boolean, func() { c.arg(value.OfBoolean(n.text == "true")) })
		}
	case field, name:
		c.template(c.d.columns[n.of], func(int) { c.w.Field(n.text) })
	case unary, binary:
		c.operator(n)
	case call:
		c.call(n)
	}
}

func (c *composer) cast(r rep, inner func()) {
	c.raw("CAST(")
	inner()
	c.raw(" AS " + c.d.types[r] + ")")
}

func (c *composer) number(n *Node) {
	if n.rep == integer {
		i, _ := strconv.ParseInt(n.text, 10, 64)
		c.cast(integer, func() { c.arg(value.OfInteger(i)) })
		return
	}
	v, err := value.OfDecimal(strings.TrimSuffix("0"+n.text, "."))
	if err != nil {
		panic("formula: a number that the lexer let through: " + err.Error())
	}
	c.raw("CAST(")
	c.arg(v)
	whole, frac, _ := strings.Cut(v.String(), ".")
	c.raw(" AS " + c.d.decimal(len(whole)+len(frac), len(frac)) + ")")
}

// operand writes a node as the type that its user needs.
func (c *composer) operand(n *Node) {
	if n.to == 0 || n.to == n.rep {
		c.write(n)
		return
	}
	if n.rep == null {
		c.cast(n.to, func() { c.raw("NULL") })
		return
	}
	if n.to == exact && n.kind == number { // as narrow as its digits
		c.raw("CAST(")
		c.write(n)
		c.raw(" AS " + c.d.decimal(len(n.text), 0) + ")")
		return
	}
	c.cast(n.to, func() { c.write(n) })
}

func (c *composer) operator(n *Node) {
	key := n.text
	if n.kind == unary && n.text == "-" {
		key = "negate"
	}
	r := n.args[0].to
	if r == 0 {
		r = n.args[0].rep
	}
	suffix := ":" + r.String()
	if r == binary64 {
		suffix = ":FLOAT"
	}
	c.named(key+suffix, n.args)
}

// named writes the template of a key, or of the key before its colon.
func (c *composer) named(key string, args []*Node) {
	t, ok := c.d.templates[key]
	if !ok {
		base, _, _ := strings.Cut(key, ":")
		if t, ok = c.d.templates[base]; !ok {
			panic("formula: " + c.d.name + " has no template for " + key)
		}
	}
	c.template(t, func(i int) {
		switch i {
		case filterArg:
			c.filter(args, " FILTER (WHERE ", ")")
		case whenArg:
			c.filter(args, "CASE WHEN ", " THEN ")
		case endArg:
			if _, some := c.condition(args); some {
				c.raw(" END")
			}
		default:
			c.operand(args[i])
		}
	})
}

// template writes the pieces of a template; arg writes its arguments.
func (c *composer) template(t []templatePiece, arg func(i int)) {
	for _, p := range t {
		switch {
		case c.left < 0:
			return
		case p.sql == "":
			arg(p.arg)
		default:
			c.raw(p.sql)
		}
	}
}

func (c *composer) call(n *Node) {
	switch n.text {
	case "ifelse":
		c.cases(nil, n.args)
	case "switch":
		c.cases(n.args[0], n.args[1:])
	case "coalesce":
		c.list("COALESCE(", ", ", n.args, ")")
	case "concat":
		c.list(c.d.join[0], c.d.join[1], n.args, ")")
	case "in", "notIn":
		c.raw("(")
		c.compared(n.args[0])
		c.comparedList(map[string]string{"in": " IN (", "notIn": " NOT IN ("}[n.text], ", ", n.args[1].args, "))")
	case "formatDate":
		c.format(n)
	case "parseDate":
		c.parseDate(n)
	case "parseJson":
		c.json(n)
	case "toString":
		if n.spell != nil {
			c.format(n)
			return
		}
		c.named(n.key, n.args)
	default:
		args := n.args
		if n.parts != nil {
			args = n.parts
		}
		c.named(n.key, args)
	}
}

func (c *composer) list(open, between string, args []*Node, end string) {
	c.each(open, between, args, end, c.operand)
}

func (c *composer) comparedList(open, between string, args []*Node, end string) {
	c.each(open, between, args, end, c.compared)
}

func (c *composer) each(open, between string, args []*Node, end string, write func(*Node)) {
	c.raw(open)
	for i, a := range args {
		if i > 0 {
			c.raw(between)
		}
		write(a)
	}
	c.raw(end)
}

// compared writes an operand so that a comparison with another tells all texts apart.
func (c *composer) compared(n *Node) {
	if text := n.to == str || n.to == 0 && n.rep == str; !text || c.d.exactText == nil {
		c.operand(n)
		return
	}
	c.template(c.d.exactText, func(int) { c.operand(n) })
}

// cases writes ifelse and switch: pairs, and the value for all else at the end.
func (c *composer) cases(of *Node, args []*Node) {
	c.raw("CASE")
	if of != nil {
		c.raw(" ")
		c.compared(of)
	}
	for i := 0; i+1 < len(args); i += 2 {
		c.raw(" WHEN ")
		if of != nil {
			c.compared(args[i])
		} else {
			c.operand(args[i])
		}
		c.raw(" THEN ")
		c.operand(args[i+1])
	}
	c.raw(" ELSE ")
	c.operand(args[len(args)-1])
	c.raw(" END")
}

// condition returns the condition of an aggregate's own, if any, and whether there is one of it or of the caller's.
func (c *composer) condition(args []*Node) (own *Node, some bool) {
	if last := args[len(args)-1]; last.to == boolean && len(args) == 2 {
		own = last
	}
	return own, own != nil || c.o.Where != nil
}

// filter writes the condition of an aggregate: its own, which is its last argument, and the caller's.
func (c *composer) filter(args []*Node, open, end string) {
	condition, some := c.condition(args)
	if !some {
		return
	}
	own := condition != nil
	c.raw(open)
	if own {
		c.operand(condition)
	}
	if own && c.o.Where != nil {
		c.raw(" AND ")
	}
	if c.o.Where != nil {
		c.o.Where()
	}
	c.raw(end)
}

// format writes a date's pieces, joined.
func (c *composer) format(n *Node) {
	c.raw(c.d.join[0])
	for i, p := range n.spell {
		if i > 0 {
			c.raw(c.d.join[1])
		}
		if p.code == "" {
			c.cast(str, func() { c.arg(value.OfText(p.literal)) })
			continue
		}
		c.template(c.d.formats[p.code], func(int) { c.operand(n.args[0]) })
	}
	c.raw(")")
}

// parseDate reads a date by the groups of a regular expression. The three levels of CASE see to it that nothing is
// reckoned with that is not a number, and no date made that the calendar does not have.
func (c *composer) parseDate(n *Node) {
	pattern := expression(n.spell)
	matched := func(template string, k int) {
		c.template(c.d.templates[template], func(i int) {
			switch i {
			case 0:
				c.operand(n.args[0])
			case 1:
				c.cast(str, func() { c.arg(value.OfText(pattern)) })
			case 2:
				c.raw(strconv.Itoa(k))
			}
		})
	}
	part := func(of byte, otherwise string) func(int) {
		k, code := group(n.spell, of)
		return func(int) {
			switch {
			case k == 0:
				c.raw(otherwise)
			case code == "MMM":
				c.template(c.d.templates["month by name"], func(int) { matched("group", k) })
			default:
				c.template(c.d.templates["number of text"], func(int) { matched("group", k) })
			}
		}
	}
	y, mo, d, h, mi, s, ms := part('y', "1"), part('M', "1"), part('d', "1"), part('H', "0"), part('m', "0"), part('s', "0"), part('S', "0")
	parts := []func(int){y, mo, d, h, mi, s, ms}
	c.raw("CASE WHEN ")
	matched("matches", 0)
	c.template(c.d.templates["made date"], func(i int) { parts[i](i) })
	c.raw(" END")
}

// json writes the steps of a path as bound values.
func (c *composer) json(n *Node) {
	c.template(c.d.templates["parseJson"], func(i int) {
		if i == 0 {
			c.operand(n.args[0])
			return
		}
		c.d.path(c, n.steps)
	})
}
