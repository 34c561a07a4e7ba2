package kms

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"signet/internal/store"
	"signet/policy"
)

// CreateGrantInput describes a grant.
type CreateGrantInput struct {
	Scope
	KeyID                                             string
	Name                                              string // makes a repeat find the first grant
	GranteePrincipal, RetiringPrincipal               string // an account, or the ARN of a principal
	GranteeServicePrincipal, RetiringServicePrincipal string // names of services; need a GrantSourceArn
	Operations                                        []string
	EncryptionContextEquals, EncryptionContextSubset  map[string]string
	GrantSourceArn                                    string
	GrantTokens                                       []string
	DryRun                                            bool
}

// CreateGrantOutput names the grant. The token is for AWS's clients: here a grant holds at once, for everybody.
type CreateGrantOutput struct{ GrantID, GrantToken string }

// CreateGrant lets a principal use a key. Who may do so by a grant only can pass on no more than that
// grant allows.
func (s *Service) CreateGrant(ctx context.Context, c policy.Caller, in CreateGrantInput) (CreateGrantOutput, error) {
	g, err := s.draftGrant(c, in)
	if err != nil {
		return CreateGrantOutput{}, err
	}
	rec := &policy.Record{}
	r := request{Scope: in.Scope, action: "CreateGrant", key: in.KeyID, params: in.params(), record: rec, conditions: grantConditions(in, g),
		detail: map[string]string{"grantee": g.GranteePrincipal, "operations": strings.Join(g.Operations, ",")},
		grants: func(own []Grant) []policy.KeyGrant {
			return plainGrants(slices.DeleteFunc(slices.Clone(own), func(parent Grant) bool { return !g.within(parent) }))
		}}
	err = s.change(ctx, c, r, in.DryRun, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := s.checkGrantTokens(in.GrantTokens); err != nil {
			return nil, err
		}
		if err := k.in(s.clock(), Enabled); err != nil {
			return nil, err
		}
		if err := k.grantable(g); err != nil {
			return nil, err
		}
		if g.GrantID, err = s.insertGrant(ctx, tx, k, g); err != nil {
			return nil, err
		}
		rec.Response = params{"keyId": k.arn, "grantId": g.GrantID}
		return map[string]string{"grant": g.GrantID}, nil
	})
	if err != nil {
		return CreateGrantOutput{}, err
	}
	id, _, _ := s.address(in.Region, in.KeyID) // it was found
	token, err := s.grantToken(id, g.GrantID)
	return CreateGrantOutput{GrantID: g.GrantID, GrantToken: token}, err
}

func grantConditions(in CreateGrantInput, g Grant) map[string][]string {
	pairs := maps.Clone(in.EncryptionContextEquals)
	if pairs == nil {
		pairs = map[string]string{}
	}
	maps.Copy(pairs, in.EncryptionContextSubset)
	out := join(contextConditions(pairs), condition("kms:GranteePrincipal", g.GranteePrincipal),
		condition("kms:RetiringPrincipal", g.RetiringPrincipal), flag("kms:GrantIsForAWSResource", in.Via != ""))
	out["kms:GrantOperations"] = g.Operations
	if len(in.EncryptionContextEquals) > 0 {
		out["kms:GrantConstraintType"] = append(out["kms:GrantConstraintType"], "EncryptionContextEquals")
	}
	if len(in.EncryptionContextSubset) > 0 {
		out["kms:GrantConstraintType"] = append(out["kms:GrantConstraintType"], "EncryptionContextSubset")
	}
	return out
}

// Operations that a grant can hold, beside those of the key's usage.
var everyGrant = []string{"CreateGrant", "RetireGrant", "DescribeKey"}

var symmetricGrants = []string{
	"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
	"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
}

var usageGrants = map[string][]string{
	EncryptDecrypt:    {"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"},
	SignVerify:        {"Sign", "Verify", "GetPublicKey"},
	GenerateVerifyMac: {"GenerateMac", "VerifyMac"},
	KeyAgreement:      {"DeriveSharedSecret", "GetPublicKey"},
}

var allGrants = slices.Concat(symmetricGrants, everyGrant, []string{"GetPublicKey", "Sign", "Verify", "GenerateMac", "VerifyMac", "DeriveSharedSecret"})

// grantable checks that the grant suits the key.
func (k *known) grantable(g Grant) error {
	can := usageGrants[k.usage]
	if k.spec == SymmetricDefault {
		can = symmetricGrants
	} else if len(g.EncryptionContextEquals)+len(g.EncryptionContextSubset) > 0 {
		return invalid("Encryption context constraints can only be used with symmetric encryption keys.")
	}
	for _, operation := range g.Operations {
		if !slices.Contains(can, operation) && !slices.Contains(everyGrant, operation) {
			return invalid("Grant operation %s is not supported for %s keys with key spec %s.", operation, k.usage, k.spec)
		}
	}
	return nil
}

var (
	grantNameForm = regexp.MustCompile(`^[a-zA-Z0-9:/_-]{0,256}$`)
	grantIDForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	granteeForm   = regexp.MustCompile(`^arn:aws:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role|federated-user)/[A-Za-z0-9_+=,.@/-]+)$`)
	serviceHost   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

// draftGrant checks the description of a grant.
func (s *Service) draftGrant(c policy.Caller, in CreateGrantInput) (Grant, error) {
	g := Grant{
		Name: in.Name, Operations: slices.Compact(slices.Sorted(slices.Values(in.Operations))), SourceArn: in.GrantSourceArn,
		EncryptionContextEquals: in.EncryptionContextEquals, EncryptionContextSubset: in.EncryptionContextSubset,
		IssuingAccount: rootOf(c.Principal().AWS.Requester.Account), CreationDate: s.clock(),
	}
	if !grantNameForm.MatchString(in.Name) {
		return g, invalid("The grant's name has characters other than a-z, A-Z, 0-9 and :/_-, or more than 256.")
	}
	if len(g.Operations) == 0 {
		return g, invalid("The grant has no operations.")
	}
	for _, operation := range g.Operations {
		if !slices.Contains(allGrants, operation) {
			return g, notOneOf("operations", operation, allGrants)
		}
	}
	for _, pairs := range []map[string]string{g.EncryptionContextEquals, g.EncryptionContextSubset} {
		if err := checkConstraint(pairs); err != nil {
			return g, err
		}
	}
	if err := text("sourceArn", in.GrantSourceArn, 2048); err != nil {
		return g, err
	}
	var err error
	if g.GranteePrincipal, err = grantPrincipal(in.GranteePrincipal, in.GranteeServicePrincipal, in.GrantSourceArn); err != nil {
		return g, err
	}
	if g.GranteePrincipal == "" {
		return g, invalid("The grant has no grantee principal.")
	}
	g.RetiringPrincipal, err = grantPrincipal(in.RetiringPrincipal, in.RetiringServicePrincipal, in.GrantSourceArn)
	return g, err
}

func checkConstraint(pairs map[string]string) error {
	if len(pairs) > maxPairs {
		return invalid("A constraint has at most %d pairs.", maxPairs)
	}
	for key, value := range pairs {
		if utf8.RuneCountInString(key+value) > maxPair || text("encryptionContext", key+value, maxPair) != nil {
			return invalid("A pair of a constraint has at most %d characters.", maxPair)
		}
	}
	return checkContext(pairs)
}

// grantPrincipal is the name of a principal in one form; "" for none. Everybody is no principal.
func grantPrincipal(principal, service, source string) (string, error) {
	switch {
	case principal != "" && service != "":
		return "", invalid("Name a principal or a service, not both.")
	case accountForm.MatchString(principal):
		return rootOf(principal), nil
	case principal != "" && (!granteeForm.MatchString(principal) || len(principal) > 256):
		return "", fail(InvalidArnException, "ARN does not refer to a valid principal: %s", clip(principal))
	case service != "" && (!serviceHost.MatchString(service) || len(service) > 256):
		return "", invalid("%q is not the name of a service.", clip(service))
	case service != "" && source == "":
		return "", invalid("A grant to a service needs a SourceArn constraint.")
	}
	return principal + service, nil
}

// insertGrant writes the grant, unless the key has one of that name which says the same.
func (s *Service) insertGrant(ctx context.Context, tx *store.Tx, k *known, g Grant) (string, error) {
	if g.Name != "" {
		same, err := s.collectGrants(tx.Query(ctx, selectGrants+" WHERE key_id = ? AND grantee = ? AND name = ? ORDER BY id LIMIT 100",
			k.id, g.GranteePrincipal, g.Name))
		if err != nil {
			return "", err
		}
		for _, old := range same {
			if old.RetiringPrincipal == g.RetiringPrincipal && old.within(g) && g.within(old) {
				return old.GrantID, nil
			}
		}
	}
	if k.grantCount >= maxGrants {
		return "", fail(LimitExceededException, "%s has %d grants already.", k.arn, maxGrants)
	}
	var id [32]byte
	_, _ = rand.Read(id[:]) // never fails: it would end the process
	g.GrantID = hex.EncodeToString(id[:])
	_, err := tx.Exec(ctx, `INSERT INTO kms_grants (id, key_id, region, name, grantee, retiring, operations, context_equals, context_subset, source_arn, issuer, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, g.GrantID, k.id, k.region, g.Name, g.GranteePrincipal, g.RetiringPrincipal, asJSON(g.Operations),
		asJSON(g.EncryptionContextEquals), asJSON(g.EncryptionContextSubset), g.SourceArn, g.IssuingAccount, g.CreationDate.UnixMicro())
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, "UPDATE kms_keys SET grants = grants + 1 WHERE id = ?", k.id)
	return g.GrantID, err
}
