// Package policy says who is calling and what they may do. It is pure: no clock, no store, no
// network. It guarantees that nobody passes by default: the zero Caller is denied everything, and
// so is the zero Request.
//
// Two kinds of rules live here. Grant and Decide are those of Signet's own resources (policy.go).
// Document, Evaluate and Explain are those of the AWS side: IAM policy documents. ParseDocument
// (document.go, statement.go) is strict, so that a policy is either understood whole or refused.
// Evaluate (evaluate.go) joins the policies that apply to a request; a Deny anywhere wins, and what
// cannot be understood does not allow. condition.go holds the operators, variable.go the policy
// variables, pattern.go the wildcards, grant.go the grants of a key.
//
// Where public descriptions of IAM leave a choice, the stricter one is taken:
//   - A session policy and a permissions boundary limit every allowance, also one that a resource
//     policy or a grant gives to the session by name.
//   - An unresolved variable never widens: it names no resource, and in an Allow it also fails
//     NotResource and the negated operators. In a Deny those still deny.
//   - A wildcard that comes out of a variable is an ordinary character.
//   - In a Resource a "*" at the end of a segment also matches colons; all other wildcards stay
//     within their segment.
//   - NotPrincipal exempts a principal only when its account, its role and itself are all named.
package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Role is what a user may do in general; grants narrow or widen it per resource.
type Role string

// The roles, widest first. System is for Signet's own jobs and for the loader of the project's files.
const (
	System Role = "system"
	Admin  Role = "admin"
	Author Role = "author"
	Reader Role = "reader"
)

// Valid reports whether a user may have the role.
func (r Role) Valid() bool { return r == Admin || r == Author || r == Reader }

// Principal is an authenticated user or job. ID is stable; Name is what people type and read.
type Principal struct {
	ID        string
	Name      string
	Role      Role
	Groups    []string
	Session   string // id of the session, "" for jobs
	SourceIP  string
	UserAgent string
	RequestID string

	AWS Identity // how the AWS side knows the principal; zero for jobs
}

// Identity is a principal as IAM policies see it, with the policies that are attached to it.
type Identity struct {
	Requester   Requester
	AccessKeyID string    // that signed the request; "" in the browser
	At          time.Time // of the request
	Region      string    // that the request is for
	Secure      bool      // the request came over TLS

	Policies []*Document // of the user or role, and of the user's groups
	Boundary *Document   // the most that the identity may do; nil for no boundary
	Session  []*Document // the most that the session may do; none for no session policy
}

// Caller is proof of authentication: the zero Caller is nobody, and only package identity makes others.
type Caller struct{ p *Principal }

// NewCaller vouches for a principal. Only package identity calls it; the test of the
// dependency rules fails on any other caller.
func NewCaller(p Principal) Caller { return Caller{p: &p} }

// Known reports whether somebody is calling.
func (c Caller) Known() bool { return c.p != nil }

// Principal returns who is calling; the zero Principal for nobody.
func (c Caller) Principal() Principal {
	if c.p == nil {
		return Principal{}
	}
	return *c.p
}

// Grant lists who may use a resource. The zero Grant names nobody.
type Grant struct {
	Roles  []Role   `yaml:"roles,omitempty" json:"roles,omitempty"`
	Groups []string `yaml:"groups,omitempty" json:"groups,omitempty"`
	Users  []string `yaml:"users,omitempty" json:"users,omitempty"`
}

// IsZero reports whether the grant names nobody.
func (g Grant) IsZero() bool { return len(g.Roles)+len(g.Groups)+len(g.Users) == 0 }

// Allows reports whether the grant names the caller by role, group or user name.
func (g Grant) Allows(c Caller) bool {
	if c.p == nil {
		return false
	}
	if slices.Contains(g.Roles, c.p.Role) || slices.Contains(g.Users, c.p.Name) {
		return true
	}
	return slices.ContainsFunc(c.p.Groups, func(name string) bool { return slices.Contains(g.Groups, name) })
}

// reason says what who is not in the grant lacks.
func (g Grant) reason() string {
	var of []string
	for _, kind := range []struct {
		name  string
		named []string
	}{{"role", roleNames(g.Roles)}, {"group", g.Groups}, {"user", g.Users}} {
		if len(kind.named) > 0 {
			of = append(of, kind.name+" "+strings.Join(kind.named, ", "))
		}
	}
	if len(of) == 0 {
		return "it is open to nobody"
	}
	return "it is open to " + strings.Join(of, "; ")
}

func roleNames(roles []Role) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return names
}

// Everyone is the grant of a resource that each signed-in user may use.
var Everyone = Grant{Roles: []Role{System, Admin, Author, Reader}}

// Operation is one thing that a caller wants to do.
type Operation struct {
	Action   string // service:Name, e.g. "writeback:Submit"
	Resource string // kind/id, e.g. "action/generate-quote"; an ARN on the AWS side
	ReadOnly bool
	Allow    Grant             // who may
	Rules    *Rules            // of operations on the AWS side, which IAM policies decide; else nil
	Detail   map[string]string // recorded with the attempt; never secret
	Record   *Record           // of operations on the AWS side: what the trail keeps besides; else nil
	Needs    []Operation       // that must all be allowed, in place of Allow and Rules; for one that touches two resources
}

// Rules are what an operation brings to the decision besides the caller's own policies.
type Rules struct {
	Resource string              // its ARN; "*" for an operation on no resource
	Owner    string              // the resource's account, when its ARN has none
	Context  map[string][]string // condition keys of the operation, e.g. kms:EncryptionContext:app
	Policy   *Document           // of the resource
	Grants   []KeyGrant          // of the key
}

// Decide reports whether the caller may do op: see Judge.
func Decide(c Caller, op Operation) bool { return Judge(c, op).Allowed() }

// Judge decides whether the caller may do op, and says what decided: somebody must be calling, and the grant
// must name them, or the policies of the AWS side allow it.
func Judge(c Caller, op Operation) Decision {
	switch {
	case !c.Known():
		return Decision{Reason: "nobody is asking"}
	case len(op.Needs) > 0:
		return judgeAll(c, op.Needs)
	case op.Allow.Allows(c):
		return Decision{Outcome: Allow}
	case op.Rules == nil:
		return Decision{Reason: op.Allow.reason()}
	}
	return Ask(c, op)
}

func judgeAll(c Caller, needs []Operation) Decision {
	all := Decision{Outcome: Allow}
	for _, op := range needs {
		d := Judge(c, op)
		if !d.Allowed() {
			return d
		}
		all.Statements = append(all.Statements, d.Statements...)
	}
	return all
}

// Refused is the operation that is in the way of op: the first that is denied of those that it needs, else op.
func Refused(c Caller, op Operation) Operation {
	for _, need := range op.Needs {
		if !Decide(c, need) {
			return need
		}
	}
	return op
}

// Ask evaluates the policies of the AWS side for an operation with Rules, and says what decided.
func Ask(c Caller, op Operation) Decision {
	if !c.Known() || op.Rules == nil {
		return Decision{Reason: "nobody is asking"}
	}
	return Evaluate(op.request(c.p), op.policies(&c.p.AWS))
}

// Explanation says in plain words how Ask decides. It is for administrators: it shows what policies say.
type Explanation struct {
	Allowed bool
	Why     string   // which statements decide, or what is lacking
	Needed  string   // what would allow it; "" when it is allowed
	Looked  []string // at which policies and grants
}

// Why explains how Ask decides.
func Why(c Caller, op Operation) Explanation {
	if !c.Known() || op.Rules == nil {
		return Explanation{Why: "nobody is asking"}
	}
	r, p := op.request(c.p), op.policies(&c.p.AWS)
	return Explanation{Allowed: Evaluate(r, p).Allowed(), Why: Explain(r, p), Needed: Needed(r, p), Looked: p.looked()}
}

func (op *Operation) policies(i *Identity) Policies {
	return Policies{Identity: i.Policies, Boundary: i.Boundary, Session: i.Session, Resource: op.Rules.Policy, Grants: op.Rules.Grants}
}

// request adds what is known of every request to the operation's own condition keys.
func (op *Operation) request(p *Principal) Request {
	context := maps.Clone(op.Rules.Context)
	if context == nil {
		context = map[string][]string{}
	}
	set := func(key, value string) {
		if value != "" {
			context[key] = []string{value}
		}
	}
	set("aws:SourceIp", p.SourceIP)
	set("aws:UserAgent", p.UserAgent)
	set("aws:CurrentTime", p.AWS.At.UTC().Format(time.RFC3339))
	set("aws:EpochTime", strconv.FormatInt(p.AWS.At.Unix(), 10))
	set("aws:RequestedRegion", p.AWS.Region)
	set("aws:SecureTransport", strconv.FormatBool(p.AWS.Secure))
	return Request{Principal: p.AWS.Requester, Action: op.Action, Resource: op.Rules.Resource, Owner: op.Rules.Owner, Context: context}
}
