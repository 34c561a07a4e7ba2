package policy

import (
	"regexp"
	"slices"
	"strings"
)

// principal is one name in a Principal or NotPrincipal element.
type principal struct {
	class   string // AWS, Service, Federated, CanonicalUser; "" for the bare "*"
	value   string
	account string // of an account as a whole
}

// classes are the keys of a Principal element, in the order in which they are written.
var classes = []string{"AWS", "Service", "Federated", "CanonicalUser"}

// everyone reports whether the name is that of all principals.
func (p principal) everyone() bool { return p.value == "*" }

// strength is how a statement names a principal.
type strength int

const (
	unnamed   strength = iota
	byAccount          // its account, which leaves the choice to the account's own policies
	byName             // itself, its role, or everyone
)

// names says how the element's entry names r.
func (p principal) names(r *Requester) strength {
	switch {
	case p.everyone():
		return byName
	case p.account != "":
		if p.account != r.Account {
			return unnamed
		}
		if r.Type == AccountRoot {
			return byName
		}
		return byAccount
	case p.class == r.class() && (p.value == r.ARN || p.value == r.Issuer):
		return byName
	}
	return unnamed
}

// named is the strongest way in which the statement's principals name r.
func (s *statement) named(r *Requester) strength {
	if s.notPrincipal {
		if s.exempts(r) {
			return unnamed
		}
		return byName
	}
	best := unnamed
	for _, p := range s.principals {
		best = max(best, p.names(r))
	}
	return best
}

// exempts reports whether NotPrincipal leaves r out. A session is checked as its account, then as
// its role, then as itself; leaving out any of them denies, as public descriptions of IAM warn.
func (s *statement) exempts(r *Requester) bool {
	lists := func(match func(principal) bool) bool { return slices.ContainsFunc(s.principals, match) }
	if r.Account != "" && !lists(func(p principal) bool { return p.account == r.Account }) {
		return false
	}
	if r.Type == AccountRoot {
		return true
	}
	for _, name := range []string{r.Issuer, r.ARN} {
		if name != "" && !lists(func(p principal) bool { return p.class == r.class() && p.value == name }) {
			return false
		}
	}
	return true
}

func (p *parser) principals(n node, field string, s *statement) {
	if !p.kind.namesPrincipals() {
		for _, key := range []string{"Principal", "NotPrincipal"} {
			_, there := n.get(key)
			p.Want(!there, field+"."+key, "an identity policy is about whom it is attached to: remove it")
		}
		return
	}
	found, not, ok := p.either(n, field, "Principal", "NotPrincipal")
	if !ok {
		return
	}
	s.notPrincipal = not
	field += "." + element("Principal", not)
	if not {
		p.Want(p.kind != TrustPolicy, field, "a trust policy cannot have it: write Principal")
		p.Want(s.deny, field, `with "Allow" it would let everybody else in: write Principal, or "Deny"`)
	}
	s.principals = p.principalList(found, field)
	for _, one := range s.principals {
		p.Want(!not || !one.everyone(), field, `"*" exempts everybody, so the statement would do nothing: name principals`)
	}
}

func (p *parser) principalList(n node, field string) []principal {
	if n.kind == aText {
		p.Want(n.text == "*", field, `%s is not a principal: write "*" or {"AWS": "..."}`, quoted(n))
		return []principal{{value: "*"}}
	}
	if !p.known(n, field, classes...) {
		return nil
	}
	p.Want(len(n.keys) > 0, field, `it is empty: write "*" or {"AWS": "..."}`)
	var out []principal
	for _, class := range classes {
		listed, ok := n.get(class)
		if !ok {
			continue
		}
		for _, value := range p.texts(listed, join(field, class)) {
			one, problem := newPrincipal(class, value)
			p.Want(problem == "", join(field, class), "%q: %s", clip(value), problem)
			out = append(out, one)
		}
	}
	return out
}

var (
	rootARN    = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::([0-9]{12}):root$`)
	userARN    = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::([0-9]{12}):user/([A-Za-z0-9_+=,.@/-]+)$`)
	roleARN    = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::([0-9]{12}):role/([A-Za-z0-9_+=,.@/-]+)$`)
	sessionARN = regexp.MustCompile(`^arn:[a-z0-9-]+:sts::([0-9]{12}):assumed-role/([A-Za-z0-9_+=,.@-]+)/([A-Za-z0-9_+=,.@-]+)$`)
	guestARN   = regexp.MustCompile(`^arn:[a-z0-9-]+:sts::([0-9]{12}):federated-user/([A-Za-z0-9_+=,.@-]+)$`)

	serviceHost   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	providerARN   = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::[0-9]{12}:(saml|oidc)-provider/[A-Za-z0-9_+=,.@:/-]+$`)
	canonicalUser = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func newPrincipal(class, value string) (principal, string) {
	p := principal{class: class, value: value}
	switch class {
	case "AWS":
		return awsPrincipal(value)
	case "Service":
		if !serviceHost.MatchString(value) {
			return p, "write the name of one service, such as quicksight.amazonaws.com"
		}
	case "Federated":
		if !serviceHost.MatchString(value) && !providerARN.MatchString(value) {
			return p, "write the provider's name or its ARN"
		}
	case "CanonicalUser":
		if !canonicalUser.MatchString(value) {
			return p, "write 64 hexadecimal digits"
		}
	}
	return p, ""
}

func awsPrincipal(value string) (principal, string) {
	p := principal{class: "AWS", value: value}
	if accountID.MatchString(value) {
		p.account = value
		return p, ""
	}
	if m := rootARN.FindStringSubmatch(value); m != nil {
		p.account = m[1]
		return p, ""
	}
	for _, form := range []*regexp.Regexp{userARN, roleARN, sessionARN, guestARN} {
		if form.MatchString(value) {
			return p, ""
		}
	}
	switch {
	case value == "*":
		return p, ""
	case strings.ContainsAny(value, "*?"):
		return p, `a wildcard may only stand alone: write "*" with a Condition ArnLike on aws:PrincipalArn`
	case strings.Contains(value, ":group/"):
		return p, "a group is not a principal: name its users, or attach the policy to the group"
	}
	return p, "write an account of 12 digits, or the ARN of an account's root, a user, a role or a session"
}

// writePrincipals writes the element. The order of its classes is fixed, so grouping them loses nothing.
func writePrincipals(w *writer, key string, list []principal) {
	switch {
	case len(list) == 0:
		return
	case list[0].class == "":
		w.member(key, "*")
		return
	}
	w.key(key)
	w.open('{')
	for _, class := range classes {
		var values []string
		for _, p := range list {
			if p.class == class {
				values = append(values, p.value)
			}
		}
		if len(values) > 0 {
			w.list(class, values)
		}
	}
	w.close('}')
}
