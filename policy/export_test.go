package policy

import (
	"reflect"
	"slices"
)

// Matches is the matcher of actions and texts.
func Matches(pattern, text string) bool { return matches(glob(pattern), text) }

// MatchesResource is the matcher of resources.
func MatchesResource(pattern, text string) bool {
	t, problem := parseTemplate(pattern, reading{wildcards: true, segments: true, arn: true})
	return problem == "" && matches(t.fixed, text)
}

// Same reports whether two documents say the same in the same words.
func Same(a, b *Document) bool {
	x, y := *a, *b
	x.text, y.text = nil, nil
	return reflect.DeepEqual(x, y)
}

// Shuffled is the document with its statements in another order.
func (d *Document) Shuffled(swap func(n int, swap func(i, j int))) *Document {
	out := *d
	out.statements = slices.Clone(d.statements)
	swap(len(out.statements), func(i, j int) {
		out.statements[i], out.statements[j] = out.statements[j], out.statements[i]
	})
	return &out
}

// OperatorNames are the names of all operators.
func OperatorNames() []string {
	var names []string
	for name := range operators {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
