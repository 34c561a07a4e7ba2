package policy

import "fmt"

// Refusal is the message of AWS's AccessDeniedException for an operation that Ask refuses. Like AWS
// it says which kind of policy is in the way, and nothing of what the policies hold.
func Refusal(c Caller, op Operation) string {
	op = Refused(c, op)
	p := c.Principal()
	who := p.AWS.Requester.ARN
	if who == "" {
		who = p.Name
	}
	text := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", who, op.Action, op.Resource)
	if !c.Known() || op.Rules == nil {
		return text
	}
	d, lacking := evaluate(op.request(c.p), op.policies(&c.p.AWS))
	switch {
	case d.Outcome == ExplicitDeny:
		kind := refusing(d.Statements[0].Layer)
		article := "a"
		if kind == refusing(identityLayer) {
			article = "an"
		}
		return fmt.Sprintf("%s with an explicit deny in %s %s", text, article, kind)
	case d.Outcome == ImplicitDeny && len(lacking) > 0:
		return fmt.Sprintf("%s because no %s allows the %s action", text, refusing(lacking[0]), op.Action)
	}
	return text
}

// refusing is what AWS calls a layer in such messages.
func refusing(layer string) string {
	switch layer {
	case identityLayer:
		return "identity-based policy"
	case boundaryLayer, sessionLayer:
		return layer
	default:
		return "resource-based policy"
	}
}
