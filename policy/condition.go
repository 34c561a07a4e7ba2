package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// test is one line of a Condition: an operator, a key, and the values that it is compared with.
type test struct {
	operator string // as written, with prefix and suffix
	base     *operator
	set      set
	ifExists bool
	key      string
	folded   string
	values   []operand
}

// set is how an operator treats a key that has several values in the request.
type set int

const (
	plain        set = iota
	forAnyValue      // one of the request's values is enough
	forAllValues     // each of the request's values must do
)

// keyForm is prefix:name, where the name may itself have parts: aws:PrincipalTag/team, kms:EncryptionContext:app.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9-]+:.{1,256}$`)

func (p *parser) condition(n node, field string) []test {
	if n.kind != anObject || len(n.keys) == 0 {
		p.Add(field, `write {"operator": {"key": "value"}}, or leave it out`)
		return nil
	}
	var tests []test
	for i, name := range n.keys {
		head, problem := parseOperator(name)
		if problem != "" {
			p.Add(join(field, clip(name)), "%s", problem)
			continue
		}
		tests = append(tests, p.tests(head, n.items[i], join(field, name))...)
	}
	p.Want(len(tests) <= maxTests, field, "it has %d tests: at most %d are allowed", len(tests), maxTests)
	slices.SortFunc(tests, func(a, b test) int {
		return cmp.Or(cmp.Compare(a.operator, b.operator), cmp.Compare(a.folded, b.folded))
	})
	return tests
}

// tests reads the keys and values under one operator.
func (p *parser) tests(head test, n node, field string) []test {
	if n.kind != anObject || len(n.keys) == 0 {
		p.Add(field, `write {"key": "value"}`)
		return nil
	}
	out := make([]test, 0, len(n.keys))
	for i, key := range n.keys {
		one := head
		one.key, one.folded = key, fold(key)
		at := join(field, clip(key))
		p.Want(keyForm.MatchString(key), at, "it is not a condition key: write prefix:name, such as aws:SourceIp")
		one.values = p.operands(one.base, n.items[i], at)
		out = append(out, one)
	}
	return out
}

func (p *parser) operands(op *operator, n node, field string) []operand {
	items := n.listed()
	if len(items) == 0 || len(items) > maxListed {
		p.Add(field, "it lists %d values: write 1 to %d", len(items), maxListed)
		return nil
	}
	out := make([]operand, 0, len(items))
	for i, item := range items {
		if item.kind != aText && item.kind != op.bare {
			p.Add(at(field, n, i), "it is %s: write a text, in quotes", item.kind)
			continue
		}
		value, problem := op.parse(item.text, p.variables)
		p.Want(problem == "", at(field, n, i), "%q: %s", clip(item.text), problem)
		value.source = item.text
		out = append(out, value)
	}
	return out
}

// parseOperator takes a name such as ForAnyValue:StringLikeIfExists apart.
func parseOperator(name string) (test, string) {
	t, base := test{operator: name}, name
	if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		t.set, base = forAnyValue, rest
	} else if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		t.set, base = forAllValues, rest
	}
	base, t.ifExists = strings.CutSuffix(base, "IfExists")
	t.base = operators[base]
	switch {
	case t.base == nil:
		return t, "there is no such operator: write one such as StringEquals, ArnLike or IpAddress, spelt so"
	case t.base.presence && (t.ifExists || t.set != plain):
		return t, "Null already asks whether the key exists: write Null alone"
	}
	return t, ""
}

// holds reports whether the request passes the test. deny is the statement's effect: where a
// variable has no value, the answer is the one that keeps access out.
func (t *test) holds(f *facts, deny bool) bool {
	values := f.values[t.folded]
	if t.base.presence {
		absent := fmt.Sprint(len(values) == 0)
		return slices.ContainsFunc(t.values, func(o operand) bool { return o.source == absent })
	}
	if t.set != plain && blank(values) {
		values = nil
	}
	wanted, whole := t.resolve(f)
	if t.base.negated && !whole && !deny {
		return false
	}
	if len(values) == 0 {
		return t.ifExists || t.set == forAllValues || t.set == plain && t.base.negated
	}
	passes := func(value string) bool { return t.base.equal(wanted, value) != t.base.negated }
	// Values of the policy are joined by OR; those of a negated operator by NOR. A key with several
	// values in the request but no set operator follows suit: none of them may match what is negated.
	if t.set == forAllValues || t.set == plain && t.base.negated {
		return !slices.ContainsFunc(values, func(v string) bool { return !passes(v) })
	}
	return slices.ContainsFunc(values, passes)
}

// blank reports whether the values are only empty texts, which the set operators take for none.
func blank(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return v != "" })
}

// resolve returns the values whose variables all have values; whole says whether these are all.
func (t *test) resolve(f *facts) (wanted []operand, whole bool) {
	if !slices.ContainsFunc(t.values, func(o operand) bool { return o.template.variable() }) {
		return t.values, true
	}
	whole = true
	for _, o := range t.values {
		tokens, ok := o.template.resolve(f)
		if !ok {
			whole = false
			continue
		}
		o.tokens = tokens
		wanted = append(wanted, o)
	}
	return wanted, whole
}

func writeTests(w *writer, tests []test) {
	if len(tests) == 0 {
		return
	}
	w.key("Condition")
	w.open('{')
	for i, t := range tests {
		if i == 0 || tests[i-1].operator != t.operator {
			w.key(t.operator)
			w.open('{')
		}
		var values []string
		for _, o := range t.values {
			values = append(values, o.source)
		}
		w.list(t.key, values)
		if i+1 == len(tests) || tests[i+1].operator != t.operator {
			w.close('}')
		}
	}
	w.close('}')
}
