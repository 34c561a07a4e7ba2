package policy

import (
	"fmt"
	"regexp"
	"strings"
)

// piece is one part of a template: fixed text, a wildcard, or a variable.
type piece struct {
	text     string
	wild     wild
	key      string // the folded condition key of a variable
	fallback string // a variable's value where the request has none; "" for no such value
}

// template is a value of a policy with its wildcards and variables.
type template struct {
	source string
	pieces []piece
	fixed  []token // the whole pattern, when there are no variables
	arn    bool    // its colons divide an ARN
}

// reading says how the text of a template is read.
type reading struct {
	variables bool // Version 2012-10-17
	wildcards bool
	segments  bool // wildcards keep to the segments of an ARN
	arn       bool
}

// parseTemplate reads text; problem is "" when it is well formed.
func parseTemplate(text string, how reading) (t template, problem string) {
	t = template{source: text, arn: how.arn}
	for rest := text; rest != ""; {
		if how.variables && strings.HasPrefix(rest, "${") {
			body, after, closed := strings.Cut(rest[2:], "}")
			if !closed {
				return template{}, "a variable is not closed: add a }"
			}
			p, problem := parseVariable(body)
			if problem != "" {
				return template{}, problem
			}
			t.pieces, rest = append(t.pieces, p), after
			continue
		}
		t.pieces = append(t.pieces, nextPiece(&rest, how))
	}
	if how.segments {
		keepToSegments(t.pieces)
	}
	if !t.variable() {
		t.fixed, _ = t.resolve(nil)
	}
	return t, ""
}

// nextPiece takes a wildcard or the text up to the next special character off rest.
func nextPiece(rest *string, how reading) piece {
	text := *rest
	if how.wildcards && (text[0] == '*' || text[0] == '?') {
		*rest = text[1:]
		return piece{wild: map[byte]wild{'*': run, '?': one}[text[0]]}
	}
	end := len(text)
	if i := strings.Index(text[1:], "${"); how.variables && i >= 0 {
		end = i + 1
	}
	if i := strings.IndexAny(text[1:end], "*?"); how.wildcards && i >= 0 {
		end = i + 1
	}
	*rest = text[end:]
	return piece{text: text[:end]}
}

var (
	variableName = regexp.MustCompile(`^[A-Za-z0-9-]+:[^\s'"{}$,*?]+$`)
	defaultValue = regexp.MustCompile(`^ *'([^'{}$]*)' *$`)
)

// parseVariable reads what stands between ${ and }.
func parseVariable(body string) (piece, string) {
	if body == "*" || body == "?" || body == "$" {
		return piece{text: body}, ""
	}
	name, after, hasDefault := strings.Cut(body, ",")
	if !variableName.MatchString(name) {
		return piece{}, fmt.Sprintf("${%s} is not a variable: write ${prefix:key}, ${prefix:key, 'default'}, ${*}, ${?} or ${$}", clip(body))
	}
	p := piece{key: fold(name)}
	if hasDefault {
		m := defaultValue.FindStringSubmatch(after)
		if m == nil || m[1] == "" {
			return piece{}, fmt.Sprintf("the default in ${%s} must be some text in single quotes", clip(body))
		}
		p.fallback = m[1]
	}
	return p, ""
}

// keepToSegments narrows the wildcards of a Resource: all but a * at the end of a segment stay
// within their segment. What a variable holds does not count as the end of one.
func keepToSegments(pieces []piece) {
	for i := range pieces {
		last := i+1 == len(pieces) || strings.HasPrefix(pieces[i+1].text, ":")
		switch {
		case pieces[i].wild == one:
			pieces[i].wild = oneInSegment
		case pieces[i].wild == run && !last:
			pieces[i].wild = runInSegment
		}
	}
}

// variable reports whether the template has variables.
func (t template) variable() bool {
	for _, p := range t.pieces {
		if p.key != "" {
			return true
		}
	}
	return false
}

// resolve replaces the variables. It fails when a value is missing: the template then means nothing
// at all. Values become plain characters, so a * in a user's name or tag is only a *.
func (t template) resolve(f *facts) ([]token, bool) {
	if t.fixed != nil {
		return t.fixed, true
	}
	out, colons := make([]token, 0, len(t.source)), 0
	for _, p := range t.pieces {
		switch {
		case p.wild != literal:
			out = append(out, token{wild: p.wild})
		case p.key == "":
			out = append(out, literals(p.text)...)
			colons += strings.Count(p.text, ":")
		default:
			value, ok := f.variable(p)
			if !ok || t.shifts(value, colons) {
				return nil, false
			}
			out = append(out, literals(value)...)
		}
	}
	return out, true
}

// shifts reports whether a variable's value would move the fields of an ARN: a colon in one of the
// first five would put what follows into another field. A template that is one variable is a whole ARN.
func (t template) shifts(value string, colons int) bool {
	return t.arn && len(t.pieces) > 1 && colons < 5 && strings.Contains(value, ":")
}

// variableMark stands for a variable in a shape. It is a character without meaning of its own.
const variableMark = "\uE000"

// shape is the template's source with each variable as one character, for checks of its form.
func (t template) shape() string {
	var b strings.Builder
	for _, p := range t.pieces {
		switch {
		case p.key != "":
			b.WriteString(variableMark)
		case p.wild == one || p.wild == oneInSegment:
			b.WriteByte('?')
		case p.wild != literal:
			b.WriteByte('*')
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// open reports whether the template can stand for more than one text.
func (t template) open() bool {
	for _, p := range t.pieces {
		if p.key != "" || p.wild != literal {
			return true
		}
	}
	return false
}

// clip shortens text from outside for a message.
func clip(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return text
}
