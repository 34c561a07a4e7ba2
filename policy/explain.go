package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Explain says in plain words how a request is decided and why. It is for administrators: it shows
// what policies say and what the request holds.
func Explain(r Request, p Policies) string {
	d, lacking := evaluate(r, p)
	what := fmt.Sprintf("%s on %s", clip(r.Action), r.Resource)
	switch d.Outcome {
	case Allow:
		if len(d.Statements) == 0 {
			return fmt.Sprintf("%s is allowed: an account's root user may do what no policy denies", what)
		}
		return fmt.Sprintf("%s is allowed by %s", what, enumerate(d.Statements))
	case ExplicitDeny:
		return fmt.Sprintf("%s is denied by %s; a Deny wins over every Allow", what, enumerate(d.Statements))
	}
	near, failed := nearest(&r, &p, lacking)
	if failed == "" {
		return fmt.Sprintf("%s is denied: %s", what, d.Reason)
	}
	return fmt.Sprintf("%s is denied: %s; the nearest was %s, which failed at %s", what, d.Reason, near, failed)
}

// Needed says what would have to change for a denied request to be allowed; "" for one that is. It is for
// administrators, as Explain is.
func Needed(r Request, p Policies) string {
	d, lacking := evaluate(r, p)
	what := fmt.Sprintf("an Allow of %s on %s", clip(r.Action), r.Resource)
	switch {
	case d.Allowed():
		return ""
	case d.Outcome == ExplicitDeny:
		return fmt.Sprintf("a change of %s: no Allow wins over a Deny", enumerate(d.Statements))
	case len(lacking) == 0:
		return "a request that can be judged: " + d.Reason
	case slices.Contains(lacking, identityLayer) && len(lacking) > 1:
		return what + " in a policy of the principal or of a group that it is in, or in the resource's own policy"
	}
	switch lacking[0] {
	case identityLayer:
		return what + " in a policy of the principal or of a group that it is in"
	case boundaryLayer:
		return what + " in the permissions boundary too"
	case sessionLayer:
		return what + " in the session policy too: a session that was begun without one, or with another"
	case string(KeyPolicy):
		return what + " in the key policy that names the principal or its account, or a grant to the principal"
	}
	return fmt.Sprintf("%s in the %s that names the principal or its account", what, lacking[0])
}

// looked names the policies and grants that a decision looks at.
func (p *Policies) looked() []string {
	var names []string
	for _, l := range p.layers() {
		names = append(names, strings.TrimSpace(l.name+" "+l.doc.name))
	}
	for _, g := range p.Grants {
		names = append(names, grantLayer+" "+g.Name)
	}
	return names
}

func enumerate(refs []StatementRef) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.String()
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// nearest finds, in the lacking layers, the Allow statement that the request got furthest through
// without passing, and what it failed at; "" when there is none.
func nearest(r *Request, p *Policies, lacking []string) (near StatementRef, failed string) {
	f, problem := newFacts(r)
	if problem != "" {
		return near, ""
	}
	best := atAction - 1
	for _, l := range p.layers() {
		if !slices.Contains(lacking, l.name) {
			continue
		}
		for i := range l.doc.statements {
			s := &l.doc.statements[i]
			how, reached := s.applies(l.doc.kind, r, f)
			if s.deny || how != unnamed || reached <= best {
				continue
			}
			best = reached
			near = StatementRef{Layer: l.name, Policy: l.doc.name, Sid: s.sid, Index: s.index}
			failed = s.describe(reached, r, f)
		}
	}
	return near, failed
}

type layer struct {
	name string
	doc  *Document
}

// layers lists the documents in the order in which they are looked through.
func (p *Policies) layers() []layer {
	var out []layer
	for _, d := range p.Identity {
		out = append(out, layer{identityLayer, d})
	}
	if p.Resource != nil {
		out = append(out, layer{string(p.Resource.kind), p.Resource})
	}
	for _, d := range p.Session {
		out = append(out, layer{sessionLayer, d})
	}
	if p.Boundary != nil {
		out = append(out, layer{boundaryLayer, p.Boundary})
	}
	return out
}

// describe says at which element a request failed.
func (s *statement) describe(reached stage, r *Request, f *facts) string {
	switch reached {
	case atAction:
		var sources []string
		for _, a := range s.actions {
			sources = append(sources, a.source)
		}
		return element("Action", s.notAction) + ": it has " + sample(sources)
	case atPrincipal:
		var sources []string
		for _, p := range s.principals {
			sources = append(sources, p.value)
		}
		return fmt.Sprintf("%s: it has %s, and %s asks", element("Principal", s.notPrincipal), sample(sources), r.Principal.ARN)
	case atResource:
		var sources []string
		for _, t := range s.resources {
			sources = append(sources, t.source)
		}
		return element("Resource", s.notResource) + ": it has " + sample(sources)
	}
	return s.tests[reached-atCondition].describe(f)
}

func (t *test) describe(f *facts) string {
	var sources []string
	for _, o := range t.values {
		sources = append(sources, o.source)
	}
	have := "the request has no such key"
	if values := f.values[t.folded]; len(values) > 0 {
		have = "the request has " + sample(values)
	}
	if _, whole := t.resolve(f); !whole {
		have += ", and a variable in it has no value"
	}
	return fmt.Sprintf("Condition %s %s: it has %s, and %s", t.operator, t.key, sample(sources), have)
}

// sample quotes the first few of many texts.
func sample(texts []string) string {
	const most = 3
	var out []string
	for i, one := range texts {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(texts)-most))
			break
		}
		out = append(out, fmt.Sprintf("%q", clip(one)))
	}
	return strings.Join(out, ", ")
}
