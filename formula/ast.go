package formula

import (
	"slices"
	"strings"

	"signet/internal/value"
)

type kind uint8

const (
	number    kind = iota + 1 // Text has its digits
	text                      // Text has the content
	word                      // null, true, false
	field                     // {Field Name}; Text has the name
	name                      // a field or a mode, written without braces
	parameter                 // ${name}
	unary                     // Text has the operator: - or not
	binary                    // Text has the operator
	call                      // Text has the function's name
	list                      // [a, b]
)

// Node is a part of a parsed formula.
type Node struct {
	kind   kind
	offset int // where it begins; of a binary operator, where the operator stands
	text   string
	args   []*Node

	// What the checker finds:
	rep   rep        // what its SQL gives
	of    value.Kind // of a field: what its column holds
	to    rep        // what its user needs; 0 for the same
	level level      // whether it differs within a group
	fn    *function  // of a call
	key   string     // of a call: which template is written
	parts []*Node    // of a call: what the template's arguments are, when they are not args
	spell []piece    // of a call with a date format
	steps []string   // of parseJson: the path
}

// String writes the formula so that parsing it gives the same formula.
func (n *Node) String() string {
	var b strings.Builder
	n.print(&b, 0)
	return b.String()
}

var quoting = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// print writes parentheses where the node binds less than its place needs.
func (n *Node) print(b *strings.Builder, needs int) {
	own := n.binds()
	if own < needs {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch n.kind {
	case number, word, name:
		b.WriteString(n.text)
	case text:
		b.WriteString("'" + quoting.Replace(n.text) + "'")
	case field:
		b.WriteString("{" + n.text + "}")
	case parameter:
		b.WriteString("${" + n.text + "}")
	case unary:
		b.WriteString(n.text)
		if n.text == "not" {
			b.WriteByte(' ')
		}
		n.args[0].print(b, own)
	case binary:
		left, right := own, own+1
		switch {
		case n.text == "^": // from the right
			left, right = own+1, bindsUnary
		case own == bindsComparison:
			left = own + 1
		}
		n.args[0].print(b, left)
		b.WriteString(" " + n.text + " ")
		n.args[1].print(b, right)
	case call:
		b.WriteString(n.text)
		printList(b, "(", n.args, ")")
	case list:
		printList(b, "[", n.args, "]")
	}
}

func printList(b *strings.Builder, open string, args []*Node, end string) {
	b.WriteString(open)
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		a.print(b, 0)
	}
	b.WriteString(end)
}

// How strongly a node holds together; what needs no parentheses comes last.
const (
	bindsOr = iota + 1
	bindsAnd
	bindsNot
	bindsComparison
	bindsSum
	bindsProduct
	bindsUnary
	bindsPower
	bindsAtom
)

var binding = map[string]int{
	"or": bindsOr, "and": bindsAnd, "=": bindsComparison, "<>": bindsComparison, "<": bindsComparison, "<=": bindsComparison,
	">": bindsComparison, ">=": bindsComparison, "+": bindsSum, "-": bindsSum, "*": bindsProduct, "/": bindsProduct, "%": bindsProduct, "^": bindsPower,
}

func (n *Node) binds() int {
	switch {
	case n.kind == binary:
		return binding[n.text]
	case n.kind == unary && n.text == "not":
		return bindsNot
	case n.kind == unary:
		return bindsUnary
	}
	return bindsAtom
}

// Fields returns the names of the fields that the formula uses, sorted, each once. A mode such as
// CASE_INSENSITIVE is none.
func (n *Node) Fields() []string {
	var names []string
	n.walk(func(m *Node) {
		if m.kind == field || m.kind == name && !slices.Contains(modes, m.text) {
			names = append(names, m.text)
		}
	})
	slices.Sort(names)
	return slices.Compact(names)
}

func (n *Node) walk(f func(*Node)) {
	f(n)
	for _, a := range n.args {
		a.walk(f)
	}
}
