package policy

import "slices"

// Public returns the statements that open the resource to everybody: those that allow "*" without a
// condition that pins the request to a fixed origin. Secrets Manager's BlockPublicPolicy refuses a
// policy that has any. It errs on the side of public: what it cannot follow does not restrict.
func (d *Document) Public() []StatementRef {
	if d == nil {
		return nil
	}
	var out []StatementRef
	for i := range d.statements {
		s := &d.statements[i]
		if s.deny || !slices.ContainsFunc(s.principals, principal.everyone) || slices.ContainsFunc(s.tests, test.pins) {
			continue
		}
		out = append(out, StatementRef{Layer: string(d.kind), Policy: d.name, Sid: s.sid, Index: s.index})
	}
	return out
}

// pinning are the keys that say where a request comes from, and that no requester chooses.
var pinning = []string{
	"aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourceip",
	"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:userid",
}

// pinningOperators demand that the key is there and has a value of the list.
var pinningOperators = []*operator{
	operators["StringEquals"], operators["StringEqualsIgnoreCase"], operators["StringLike"],
	operators["ArnEquals"], operators["ArnLike"], operators["IpAddress"],
}

// pins reports whether the test restricts a request to fixed origins: a key of pinning that must be
// there, with fixed values only. ForAllValues and IfExists hold for a missing key, so they pin nothing.
func (t test) pins() bool {
	return slices.Contains(pinning, t.folded) && slices.Contains(pinningOperators, t.base) &&
		!t.ifExists && t.set != forAllValues && !slices.ContainsFunc(t.values, operand.wide)
}

// wide reports whether the value stands for many: by a wildcard, a variable or a large range.
func (o operand) wide() bool {
	if o.prefix.IsValid() {
		return o.prefix.Addr().Is4() && o.prefix.Bits() < 8 || o.prefix.Addr().Is6() && o.prefix.Bits() < 32
	}
	return o.template.open()
}
