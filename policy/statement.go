package policy

import (
	"fmt"
	"regexp"
)

// statement is one rule of a document.
type statement struct {
	index        int
	sid          string
	deny         bool
	notPrincipal bool
	principals   []principal
	notAction    bool
	actions      []action
	notResource  bool
	resources    []template
	tests        []test
}

// action is a pattern of actions such as kms:Get*.
type action struct {
	source  string
	pattern []token // of the folded source
}

// label names the statement in errors: by its place, and by its Sid when it has one.
func (s *statement) label() string {
	if s.sid == "" {
		return fmt.Sprintf("Statement[%d]", s.index)
	}
	return fmt.Sprintf("Statement[%d] (Sid %q)", s.index, clip(s.sid))
}

var (
	plainSid   = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	actionForm = regexp.MustCompile(`^(\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$`)
)

func (p *parser) statement(n node, index int) statement {
	s := statement{index: index}
	if sid, ok := n.get("Sid"); ok && sid.kind == aText {
		s.sid = sid.text
	}
	field := s.label()
	if !p.known(n, field, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition") {
		return s
	}
	if sid, ok := n.get("Sid"); ok {
		p.sid(sid, field)
	}
	effect, _ := n.get("Effect")
	s.deny = effect.text == "Deny"
	p.Want(effect.kind == aText && (s.deny || effect.text == "Allow"), field+".Effect", `write "Allow" or "Deny"`)
	p.principals(n, field, &s)
	p.actions(n, field, &s)
	p.resources(n, field, &s)
	if c, ok := n.get("Condition"); ok {
		s.tests = p.condition(c, field+".Condition")
	}
	return s
}

// sid checks a Sid. IAM takes only letters and digits for identities; services are not that strict.
func (p *parser) sid(n node, field string) {
	p.Want(n.kind == aText && len(n.text) <= 256, field+".Sid", "write a text of at most 256 bytes, or leave it out")
	p.Want(p.kind != IdentityPolicy || plainSid.MatchString(n.text), field+".Sid", "use only letters and digits")
}

// either finds one of two elements that exclude each other.
func (p *parser) either(n node, field, plain, not string) (found node, negated, ok bool) {
	a, hasPlain := n.get(plain)
	b, hasNot := n.get(not)
	switch {
	case hasPlain && hasNot:
		p.Add(field+"."+not, "%s is there too: keep one of them", plain)
	case hasNot:
		return b, true, true
	case hasPlain:
		return a, false, true
	default:
		p.Add(field+"."+plain, "it is missing: write %s or %s", plain, not)
	}
	return node{}, false, false
}

// texts returns the texts of an element that is a text or a list of texts.
func (p *parser) texts(n node, field string) []string {
	items := n.listed()
	if len(items) == 0 || len(items) > maxListed {
		p.Add(field, "it lists %d: write 1 to %d", len(items), maxListed)
		return nil
	}
	out := make([]string, 0, len(items))
	for i, item := range items {
		if item.kind != aText || item.text == "" {
			p.Add(at(field, n, i), "it is %s: write a text, in quotes", quoted(item))
			continue
		}
		out = append(out, item.text)
	}
	return out
}

// at is the field of an item: its number counts only in a list.
func at(field string, n node, i int) string {
	if n.kind != aList {
		return field
	}
	return fmt.Sprintf("%s[%d]", field, i)
}

func (p *parser) actions(n node, field string, s *statement) {
	found, not, ok := p.either(n, field, "Action", "NotAction")
	if !ok {
		return
	}
	s.notAction = not
	field += "." + element("Action", not)
	for _, source := range p.texts(found, field) {
		p.Want(actionForm.MatchString(source), field,
			`%q is not an action: write service:Name, with * and ? in the name only, or "*"`, clip(source))
		s.actions = append(s.actions, action{source, glob(fold(source))})
	}
}

func (p *parser) resources(n node, field string, s *statement) {
	if !p.kind.namesResources() {
		for _, key := range []string{"Resource", "NotResource"} {
			_, there := n.get(key)
			p.Want(!there, field+"."+key, "a %s is about its own resource: remove it", p.kind)
		}
		return
	}
	found, not, ok := p.either(n, field, "Resource", "NotResource")
	if !ok {
		return
	}
	s.notResource = not
	field += "." + element("Resource", not)
	for _, source := range p.texts(found, field) {
		t, problem := parseTemplate(source, reading{variables: p.variables, wildcards: true, segments: true, arn: true})
		if problem == "" {
			problem = checkResource(t.shape())
		}
		p.Want(problem == "", field, "%q: %s", clip(source), problem)
		s.resources = append(s.resources, t)
	}
}

func element(name string, not bool) string {
	if not {
		return "Not" + name
	}
	return name
}

func (s *statement) write(w *writer) {
	w.open('{')
	if s.sid != "" {
		w.member("Sid", s.sid)
	}
	w.member("Effect", map[bool]string{false: "Allow", true: "Deny"}[s.deny])
	writePrincipals(w, element("Principal", s.notPrincipal), s.principals)
	var actions, resources []string
	for _, a := range s.actions {
		actions = append(actions, a.source)
	}
	for _, r := range s.resources {
		resources = append(resources, r.source)
	}
	w.list(element("Action", s.notAction), actions)
	if len(resources) > 0 {
		w.list(element("Resource", s.notResource), resources)
	}
	writeTests(w, s.tests)
	w.close('}')
}
