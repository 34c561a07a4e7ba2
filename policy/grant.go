package policy

import (
	"slices"
	"strings"
)

// KeyGrant is a grant of a KMS key, as far as it decides. Grants only allow. The zero KeyGrant
// allows nobody anything.
//
// Whether a new grant that is made under a grant of CreateGrant is at least as narrow as its parent
// is for whoever makes it to check; here it is only seen to that its encryption context is.
type KeyGrant struct {
	Name       string   // its id, for explanations
	Grantee    string   // ARN of a user, role, session or account root, or the name of a service
	Operations []string // Decrypt, GenerateDataKey, ...

	EncryptionContextEquals map[string]string // exactly these pairs; none for no such constraint
	EncryptionContextSubset map[string]string // at least these pairs
	SourceArn               string            // the resource on whose behalf a service asks; "" for any
}

// unconstrained are the operations that no encryption context comes with.
var unconstrained = []string{"kms:describekey", "kms:retiregrant"}

// allows says how the grant names the request's principal, when it covers the request.
func (g *KeyGrant) allows(r *Request, f *facts) strength {
	covers := func(operation string) bool { return operation != "" && "kms:"+fold(operation) == f.action }
	if !slices.ContainsFunc(g.Operations, covers) || !g.contextFits(f) {
		return unnamed
	}
	if g.SourceArn != "" && !slices.Equal(f.values["aws:sourcearn"], []string{g.SourceArn}) {
		return unnamed
	}
	return g.grantee().names(&r.Principal)
}

// grantee reads the grantee like a name of a Principal element. What is not one names nobody, and
// everybody cannot be a grantee.
func (g *KeyGrant) grantee() principal {
	for _, class := range []string{"AWS", "Service"} {
		if p, problem := newPrincipal(class, g.Grantee); problem == "" && !p.everyone() {
			return p
		}
	}
	return principal{class: "nobody"}
}

// contextFits compares the pairs of the constraint with those of the request. Their keys do not
// differ by case, their values do.
func (g *KeyGrant) contextFits(f *facts) bool {
	if slices.Contains(unconstrained, f.action) {
		return true
	}
	if len(g.EncryptionContextSubset) > 0 && !contains(f, g.EncryptionContextSubset) {
		return false
	}
	if len(g.EncryptionContextEquals) == 0 {
		return true
	}
	return contains(f, g.EncryptionContextEquals) && f.pairs() == len(g.EncryptionContextEquals)
}

const encryptionContext = "kms:encryptioncontext:"

func contains(f *facts, pairs map[string]string) bool {
	seen := map[string]bool{}
	for key, value := range pairs {
		folded := encryptionContext + fold(key)
		if seen[folded] || !slices.Equal(f.values[folded], []string{value}) {
			return false // two keys that differ only by case cannot both be asked for
		}
		seen[folded] = true
	}
	return true
}

// pairs counts the pairs of the request's encryption context.
func (f *facts) pairs() int {
	n := 0
	for key := range f.values {
		if strings.HasPrefix(key, encryptionContext) {
			n++
		}
	}
	return n
}
