package formula

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads a formula by its grammar alone; Check also looks at names and types. The error is an *Error.
func Parse(formula string) (n *Node, err error) {
	defer rescue(formula, &err)
	if len(formula) > MaxLength {
		fail(0, "the formula is longer than %d KiB", MaxLength>>10)
	}
	refuseBytes(formula)
	p := &parser{lex: lexer{in: formula}}
	p.advance()
	if p.token.kind == end {
		fail(0, "the formula is empty")
	}
	n = p.expression(bindsOr)
	if p.token.kind != end {
		fail(p.token.offset, "the formula could end here, but there is %s", p.token.describe())
	}
	return n, nil
}

// refuseBytes refuses what databases cannot take.
func refuseBytes(formula string) {
	if i := strings.IndexByte(formula, 0); i >= 0 {
		fail(i, "a NUL character cannot be in a formula")
	}
	for i := 0; i < len(formula); {
		r, n := utf8.DecodeRuneInString(formula[i:])
		if r == utf8.RuneError && n == 1 {
			fail(i, "the formula is not valid UTF-8")
		}
		i += n
	}
}

type parser struct {
	lex   lexer
	token token
	depth int
	nodes int
	// closed is the node that stood in parentheses last: (a = b) = c is no chain.
	closed *Node
}

func (p *parser) advance() { p.token = p.lex.next() }

func (p *parser) is(symbols ...string) bool {
	return p.token.kind == symbol && slices.Contains(symbols, p.token.text)
}

func (p *parser) expect(s, of string) {
	if !p.is(s) {
		fail(p.token.offset, "want %s %s, there is %s", s, of, p.token.describe())
	}
	p.advance()
}

func (t token) describe() string {
	switch t.kind {
	case end:
		return "the end"
	case numberToken, nameToken, symbol:
		return t.text
	case textToken:
		return "a text"
	case fieldToken:
		return fmt.Sprintf("the field {%.40s}", t.text)
	}
	return fmt.Sprintf("the parameter ${%.40s}", t.text)
}

func (p *parser) node(k kind, at int, s string, args ...*Node) *Node {
	if p.nodes++; p.nodes > maxNodes {
		fail(at, "the formula has more than %d parts: put some of it into a field of its own", maxNodes)
	}
	return &Node{kind: k, offset: at, text: s, args: args}
}

// nested runs f one level deeper.
func (p *parser) nested(f func() *Node) *Node {
	if p.depth++; p.depth > maxDepth {
		fail(p.token.offset, "the formula is nested deeper than %d levels: put some of it into a field of its own", maxDepth)
	}
	defer func() { p.depth-- }()
	return f()
}

// expression reads operators that bind at least as strongly as least.
func (p *parser) expression(least int) *Node {
	return p.nested(func() *Node {
		left := p.operand(least)
		for p.token.kind == symbol {
			op := p.token
			b := binding[op.text]
			if b == 0 || b < least {
				break
			}
			if b == bindsComparison && left.kind == binary && binding[left.text] == bindsComparison && left != p.closed {
				fail(op.offset, "comparisons do not chain: join them by and")
			}
			p.advance()
			right := b + 1
			if op.text == "^" {
				right = bindsUnary
			}
			left = p.node(binary, op.offset, op.text, left, p.expression(right))
		}
		return left
	})
}

func (p *parser) operand(least int) *Node {
	if p.is("not") && least <= bindsNot {
		at := p.token.offset
		p.advance()
		return p.node(unary, at, "not", p.expression(bindsNot))
	}
	if p.is("-", "+") && least <= bindsUnary {
		op := p.token
		p.advance()
		arg := p.expression(bindsUnary)
		if op.text == "+" {
			return arg
		}
		return p.node(unary, op.offset, "-", arg)
	}
	return p.atom()
}

func (p *parser) atom() *Node {
	t := p.token
	switch {
	case p.is("("):
		p.advance()
		n := p.expression(bindsOr)
		p.expect(")", "to close the parenthesis")
		p.closed = n
		return n
	case p.is("["):
		p.advance()
		return p.node(list, t.offset, "", p.rest("]", "to close the list")...)
	case t.kind == end || t.kind == symbol:
		fail(t.offset, "want a value, a field or a function, there is %s", t.describe())
	}
	p.advance()
	switch t.kind {
	case numberToken:
		return p.node(number, t.offset, t.text)
	case textToken:
		return p.node(text, t.offset, t.text)
	case fieldToken:
		return p.node(field, t.offset, t.text)
	case parameterToken:
		return p.node(parameter, t.offset, t.text)
	}
	if p.is("(") {
		p.advance()
		return p.node(call, t.offset, t.text, p.rest(")", "to close "+t.text)...)
	}
	if w := strings.ToLower(t.text); w == "null" || w == "true" || w == "false" {
		return p.node(word, t.offset, w)
	}
	return p.node(name, t.offset, t.text)
}

// rest reads values that are divided by commas, to the closing character.
func (p *parser) rest(close, of string) []*Node {
	var args []*Node
	if p.is(close) {
		p.advance()
		return nil
	}
	for {
		args = append(args, p.expression(bindsOr))
		if !p.is(",") {
			p.expect(close, of)
			return args
		}
		p.advance()
	}
}
