package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Outcome is the answer to a request.
type Outcome int

// The outcomes. The zero Outcome denies.
const (
	ImplicitDeny Outcome = iota // nothing allows it
	ExplicitDeny                // a Deny statement forbids it
	Allow
)

// String returns the outcome's name, as IAM's simulator spells it.
func (o Outcome) String() string {
	switch o {
	case Allow:
		return "allowed"
	case ExplicitDeny:
		return "explicitDeny"
	default:
		return "implicitDeny"
	}
}

// Policies are all the rules that apply to a request. Leaving out what a principal or resource
// does not have is right; a nil document inside a list is a mistake and denies.
type Policies struct {
	Identity []*Document // of the user or role, and of the user's groups
	Boundary *Document   // the most that the identity may do; nil for no boundary
	Session  []*Document // the most that the session may do; none for no session policy
	Resource *Document   // of the resource: its resource policy, key policy or trust policy
	Grants   []KeyGrant  // of the key
}

// StatementRef names a statement that decided something, or a grant.
type StatementRef struct {
	Layer  string // "identity policy", "permissions boundary", "session policy", "grant", or the Kind of the resource's policy
	Policy string // the document's name, or the grant's
	Sid    string
	Index  int // place in the document; -1 for a grant
}

// The layers besides those of the resource, which are called by their Kind.
const (
	identityLayer = string(IdentityPolicy)
	boundaryLayer = "permissions boundary"
	sessionLayer  = "session policy"
	grantLayer    = "grant"
)

// String names the statement for people.
func (s StatementRef) String() string {
	where := s.Layer
	if s.Policy != "" {
		where += " " + s.Policy
	}
	switch {
	case s.Index < 0:
		return where
	case s.Sid != "":
		return fmt.Sprintf("statement %q of %s", s.Sid, where)
	default:
		return fmt.Sprintf("statement %d of %s", s.Index+1, where)
	}
}

// Decision is the answer with what decided it. The zero Decision denies.
type Decision struct {
	Outcome    Outcome
	Statements []StatementRef // that denied; or that allowed together
	Reason     string         // in plain words, what a denial without statements lacks
}

// Allowed reports whether the request may go on.
func (d Decision) Allowed() bool { return d.Outcome == Allow }

// By says what decided: the statements, or what a denial lacks. "" for an allowance without a statement.
func (d Decision) By() string {
	if len(d.Statements) > 0 {
		return enumerate(d.Statements)
	}
	return d.Reason
}

// verdict is what one layer of policies says.
type verdict struct {
	deny      []StatementRef
	allow     []StatementRef // for the principal itself
	delegated []StatementRef // for the principal's account, whose policies then decide
}

// Evaluate decides a request. A Deny in any policy wins. Without one, the request must be allowed
// by the identity's policies or by the resource's policy, by both when they belong to different
// accounts; for keys and roles the resource's own policy must allow it or leave it to the account.
// Session policies and a boundary then have to allow it as well.
func Evaluate(r Request, p Policies) Decision {
	d, _ := evaluate(r, p)
	return d
}

// evaluate also tells which layers lack a statement that would allow the request.
func evaluate(r Request, p Policies) (d Decision, lacking []string) {
	f, problem := newFacts(&r)
	if problem == "" {
		problem = p.problem()
	}
	if problem != "" {
		return Decision{Reason: problem}, nil
	}
	e := evaluation{r: &r, f: f, p: &p}
	e.judge()
	var denied []StatementRef
	for _, v := range []verdict{e.identity, e.boundary, e.session, e.resource} {
		denied = append(denied, v.deny...)
	}
	if len(denied) > 0 {
		return Decision{Outcome: ExplicitDeny, Statements: denied}, nil
	}
	return e.decide()
}

// problem reports a document in a place that is not for its kind, which must not count as absent.
func (p *Policies) problem() string {
	for _, d := range slices.Concat(p.Identity, p.Session) {
		if d == nil || d.kind != IdentityPolicy {
			return "a policy of the principal is missing or of another kind"
		}
	}
	if p.Boundary != nil && p.Boundary.kind != IdentityPolicy {
		return "the permissions boundary is of another kind"
	}
	if d := p.Resource; d != nil && (!d.kind.valid() || d.kind == IdentityPolicy) {
		return "the resource's policy is of another kind"
	}
	return ""
}

// evaluation is one request on its way through the layers.
type evaluation struct {
	r *Request
	f *facts
	p *Policies

	identity, boundary, session, resource, grants verdict
}

func (e *evaluation) judge() {
	for _, d := range e.p.Identity {
		e.examine(d, identityLayer, &e.identity)
	}
	if e.p.Boundary != nil {
		e.examine(e.p.Boundary, boundaryLayer, &e.boundary)
	}
	for _, d := range e.p.Session {
		e.examine(d, sessionLayer, &e.session)
	}
	if d := e.p.Resource; d != nil {
		e.examine(d, string(d.kind), &e.resource)
	}
	if !e.isKey() {
		return
	}
	for i := range e.p.Grants {
		g := &e.p.Grants[i]
		ref := StatementRef{Layer: grantLayer, Policy: g.Name, Index: -1}
		switch g.allows(e.r, e.f) {
		case byName:
			e.grants.allow = append(e.grants.allow, ref)
		case byAccount:
			e.grants.delegated = append(e.grants.delegated, ref)
		}
	}
}

func (e *evaluation) examine(d *Document, layer string, v *verdict) {
	for i := range d.statements {
		s := &d.statements[i]
		how, _ := s.applies(d.kind, e.r, e.f)
		ref := StatementRef{Layer: layer, Policy: d.name, Sid: s.sid, Index: s.index}
		switch {
		case how == unnamed:
		case s.deny:
			v.deny = append(v.deny, ref)
		case how == byName:
			v.allow = append(v.allow, ref)
		default:
			v.delegated = append(v.delegated, ref)
		}
	}
}

// stage is how far a request got through a statement.
type stage int

const (
	atAction stage = iota
	atPrincipal
	atResource
	atCondition // plus the number of tests that it passed
)

// applies reports whether the statement is about the request, and for whom; when it is not, where
// it failed.
func (s *statement) applies(k Kind, r *Request, f *facts) (strength, stage) {
	if !s.coversAction(f) {
		return unnamed, atAction
	}
	how := byName
	if k.namesPrincipals() {
		how = s.named(&r.Principal)
	}
	if how == unnamed {
		return unnamed, atPrincipal
	}
	if k.namesResources() && !s.coversResource(f) {
		return unnamed, atResource
	}
	for i := range s.tests {
		if !s.tests[i].holds(f, s.deny) {
			return unnamed, atCondition + stage(i)
		}
	}
	return how, atCondition + stage(len(s.tests))
}

func (s *statement) coversAction(f *facts) bool {
	listed := slices.ContainsFunc(s.actions, func(a action) bool { return matches(a.pattern, f.action) })
	return listed != s.notAction
}

// coversResource: a NotResource whose variable has no value excludes nobody knows what. It then
// covers nothing in an Allow, and in a Deny all that the other patterns leave.
func (s *statement) coversResource(f *facts) bool {
	listed := false
	for _, t := range s.resources {
		pattern, ok := t.resolve(f)
		if !ok && s.notResource && !s.deny {
			return false
		}
		listed = listed || ok && matches(pattern, f.resource)
	}
	return listed != s.notResource
}

// isKey reports whether the resource is a KMS key.
func (e *evaluation) isKey() bool {
	a, ok := splitARN(e.r.Resource)
	return ok && a.service == "kms" && strings.HasPrefix(a.resource, "key/")
}

// ownRules reports whether only the resource's own policy opens it. It looks at the request too, so
// that a key whose policy was not handed in stays shut.
func (e *evaluation) ownRules() bool {
	if d := e.p.Resource; d != nil && (d.kind == KeyPolicy || d.kind == TrustPolicy) {
		return true
	}
	return e.isKey() || strings.HasPrefix(e.f.action, "sts:assumerole")
}

// decide joins the layers, once nothing denies.
func (e *evaluation) decide() (d Decision, lacking []string) {
	p, own := &e.r.Principal, e.ownRules()
	foreign := p.Account != "" && p.Account != e.f.owner
	named := len(e.resource.allow)+len(e.grants.allow) > 0
	delegated := len(e.resource.delegated)+len(e.grants.delegated) > 0
	identity := p.Type == AccountRoot || len(e.identity.allow) > 0
	lacks := func(layer, format string, args ...any) (Decision, []string) {
		return Decision{Reason: fmt.Sprintf(format, args...)}, []string{layer}
	}
	switch {
	case own && !named && !delegated:
		return lacks(e.layer(), "neither the %s nor a grant allows it, and nothing else can open this resource", e.layer())
	case own && !named && !identity:
		return lacks(identityLayer, "the %s leaves it to the account's identity policies, and none of them allows it", e.layer())
	case foreign && !named && !delegated:
		return lacks(e.layer(), "the resource is another account's, and its policy does not allow it")
	case foreign && !identity:
		return lacks(identityLayer, "the resource is another account's, and no identity policy of the principal allows it")
	case !named && !identity:
		return Decision{Reason: "no statement allows it"}, []string{identityLayer, e.layer()}
	case len(e.p.Session) > 0 && len(e.session.allow) == 0:
		return lacks(sessionLayer, "no session policy allows it, and they limit all that the session may do")
	case e.p.Boundary != nil && len(e.boundary.allow) == 0:
		return lacks(boundaryLayer, "the permissions boundary does not allow it, and it limits all that the principal may do")
	}
	return Decision{Outcome: Allow, Statements: e.allowing(own || foreign)}, nil
}

// layer is what the resource's policy is called.
func (e *evaluation) layer() string {
	switch {
	case e.p.Resource != nil:
		return string(e.p.Resource.kind)
	case e.isKey():
		return string(KeyPolicy)
	case e.ownRules():
		return string(TrustPolicy)
	default:
		return string(ResourcePolicy)
	}
}

// allowing lists what allowed the request together. Statements for the account count only where
// they were needed.
func (e *evaluation) allowing(delegation bool) []StatementRef {
	all := slices.Concat(e.identity.allow, e.boundary.allow, e.session.allow, e.resource.allow, e.grants.allow)
	if delegation {
		all = append(all, slices.Concat(e.resource.delegated, e.grants.delegated)...)
	}
	return all
}
