package dataset

import (
	"slices"

	"signet/internal/value"
	"signet/policy"
	"signet/source"
)

// rule is a checked Rule.
type rule struct {
	grant      policy.Grant
	all        bool
	conditions []condition
}

// condition holds when the field has one of the values; NULL is a value of its own.
type condition struct {
	field  Field
	values []value.Value // not NULL
	null   bool
}

func (d *Dataset) compileRules() []rule {
	var rules []rule
	for _, r := range d.def.RowPolicy {
		out := rule{grant: r.grant(), all: r.All}
		for _, name := range sortedKeys(r.Where) {
			c := condition{field: d.fields[d.places[name]]}
			for _, x := range r.Where[name] {
				v, err := value.Parse(c.field.Type, x)
				if err != nil {
					panic("dataset: a value that Validate let through: " + err.Error())
				}
				if v.IsNull() {
					c.null = true
				} else {
					c.values = append(c.values, v)
				}
			}
			out.conditions = append(out.conditions, c)
		}
		rules = append(rules, out)
	}
	return rules
}

// rulesFor returns the rules that name the caller, and whether they see every row.
func (d *Dataset) rulesFor(c policy.Caller) (rules []rule, all bool) {
	if !c.Known() {
		return nil, false
	}
	if len(d.rules) == 0 {
		return nil, true
	}
	for _, r := range d.rules {
		if r.grant.Allows(c) {
			if r.all {
				return nil, true
			}
			rules = append(rules, r)
		}
	}
	return rules, false
}

// Allows reports whether the caller may see the row whose fields get returns. A field that get
// does not know matches no rule.
func (d *Dataset) Allows(c policy.Caller, get func(field string) (value.Value, bool)) bool {
	rules, all := d.rulesFor(c)
	return all || slices.ContainsFunc(rules, func(r rule) bool { return r.matches(get) })
}

func (r rule) matches(get func(field string) (value.Value, bool)) bool {
	return !slices.ContainsFunc(r.conditions, func(c condition) bool {
		v, ok := get(c.field.Name)
		if ok && v.IsNull() {
			return !c.null
		}
		return !ok || !slices.ContainsFunc(c.values, v.Equal)
	})
}

// wherePolicy writes the caller's rules as a condition on the columns of alias.
func (d *Dataset) wherePolicy(b *source.Builder, c policy.Caller, alias string) {
	rules, all := d.rulesFor(c)
	switch {
	case all:
		b.Raw("1 = 1")
		return
	case len(rules) == 0:
		b.Raw("1 = 0")
		return
	}
	b.Raw("(").List(" OR ", len(rules), func(i int) {
		b.Raw("(").List(" AND ", len(rules[i].conditions), func(j int) { d.writeCondition(b, alias, rules[i].conditions[j]) }).Raw(")")
	}).Raw(")")
}

func (d *Dataset) writeCondition(b *source.Builder, alias string, c condition) {
	b.Raw("(")
	if len(c.values) > 0 {
		b.Dialect.Members(b, func() { d.Column(b, alias, c.field) }, value.List{Kind: c.field.Type, Values: c.values}, false)
	}
	if c.null {
		if len(c.values) > 0 {
			b.Raw(" OR ")
		}
		d.Column(b, alias, c.field)
		b.Raw(" IS NULL")
	}
	b.Raw(")")
}
