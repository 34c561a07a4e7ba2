package kms

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"signet/internal/store"
	"signet/policy"
)

const (
	maxGrants = 50_000 // of one key
	maxPairs  = 8      // of a constraint
	maxPair   = 384    // characters of a pair
)

// Grant lets a principal use a key for some operations. It is kept under its key's id, so it never
// passes on to another key of the same alias.
type Grant struct {
	GrantID, KeyARN, Name               string
	CreationDate                        time.Time
	GranteePrincipal, RetiringPrincipal string
	IssuingAccount                      string
	Operations                          []string
	EncryptionContextEquals             map[string]string
	EncryptionContextSubset             map[string]string
	SourceArn                           string
}

// rule is the grant as policy judges by it.
func (g Grant) rule() policy.KeyGrant {
	return policy.KeyGrant{
		Name: g.GrantID, Grantee: g.GranteePrincipal, Operations: g.Operations, SourceArn: g.SourceArn,
		EncryptionContextEquals: g.EncryptionContextEquals, EncryptionContextSubset: g.EncryptionContextSubset,
	}
}

func plainGrants(grants []Grant) []policy.KeyGrant {
	rules := make([]policy.KeyGrant, len(grants))
	for i, g := range grants {
		rules[i] = g.rule()
	}
	return rules
}

// within reports whether g allows nothing that its parent does not.
func (g Grant) within(parent Grant) bool {
	for _, operation := range g.Operations {
		if !slices.Contains(parent.Operations, operation) {
			return false
		}
	}
	if parent.SourceArn != "" && g.SourceArn != parent.SourceArn {
		return false
	}
	equals, subset := foldKeys(g.EncryptionContextEquals), foldKeys(g.EncryptionContextSubset)
	if len(parent.EncryptionContextEquals) > 0 && !maps.Equal(equals, foldKeys(parent.EncryptionContextEquals)) {
		return false
	}
	for key, value := range foldKeys(parent.EncryptionContextSubset) {
		a, inEquals := equals[key]
		b, inSubset := subset[key]
		if !(inEquals && a == value) && !(inSubset && b == value) {
			return false
		}
	}
	return true
}

// foldKeys: the keys of constraints do not differ by case.
func foldKeys(pairs map[string]string) map[string]string {
	out := make(map[string]string, len(pairs))
	for key, value := range pairs {
		out[fold(key)] = value
	}
	return out
}

// grantMemory holds the grants of those who have asked for a key, as long as the key stays as it is.
type grantMemory struct {
	mu sync.Mutex
	of map[string][]Grant // guarded by mu
}

// maxRemembered bounds the principals in memory for one key.
const maxRemembered = 256

// grantsFor returns the grants of a key that may name the caller: itself, its role or its account.
func (s *Service) grantsFor(ctx context.Context, k *known, c policy.Caller) ([]Grant, error) {
	who := c.Principal().AWS.Requester
	if k.grantCount == 0 || who.ARN == "" {
		return nil, nil
	}
	name := who.ARN + "\n" + who.Issuer
	k.grants.mu.Lock()
	grants, ok := k.grants.of[name]
	k.grants.mu.Unlock()
	if ok {
		return grants, nil
	}
	grants, err := s.collectGrants(s.db.Query(ctx, selectGrants+" WHERE key_id = ? AND grantee IN (?, ?, ?) ORDER BY id",
		k.id, who.ARN, who.Issuer, rootOf(who.Account)))
	if err != nil {
		return nil, err
	}
	k.grants.mu.Lock()
	defer k.grants.mu.Unlock()
	if k.grants.of == nil || len(k.grants.of) >= maxRemembered {
		k.grants.of = map[string][]Grant{}
	}
	k.grants.of[name] = grants
	return grants, nil
}

func rootOf(account string) string { return "arn:aws:iam::" + account + ":root" }

const selectGrants = `SELECT id, key_id, region, name, grantee, retiring, operations, context_equals, context_subset, source_arn, issuer, created_at
	FROM kms_grants`

func (s *Service) collectGrants(rows *sql.Rows, err error) ([]Grant, error) {
	return collect(func(rows *sql.Rows) (Grant, error) {
		var g Grant
		var key, region, operations, equals, subset string
		var created int64
		err := rows.Scan(&g.GrantID, &key, &region, &g.Name, &g.GranteePrincipal, &g.RetiringPrincipal, &operations, &equals, &subset,
			&g.SourceArn, &g.IssuingAccount, &created)
		for text, into := range map[string]any{operations: &g.Operations, equals: &g.EncryptionContextEquals, subset: &g.EncryptionContextSubset} {
			if err == nil {
				err = json.Unmarshal([]byte(text), into)
			}
		}
		g.KeyARN, g.CreationDate = s.keyARN(region, key), time.UnixMicro(created).UTC()
		return g, err
	})(rows, err)
}

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
	if err == nil {
		err = s.checkGrantTokens(in.GrantTokens)
	}
	if err != nil {
		return CreateGrantOutput{}, err
	}
	r := request{Scope: in.Scope, action: "CreateGrant", key: in.KeyID, conditions: grantConditions(in, g),
		detail: map[string]string{"grantee": g.GranteePrincipal, "operations": strings.Join(g.Operations, ",")},
		grants: func(own []Grant) []policy.KeyGrant {
			return plainGrants(slices.DeleteFunc(slices.Clone(own), func(parent Grant) bool { return !g.within(parent) }))
		}}
	err = s.change(ctx, c, r, in.DryRun, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.in(s.clock(), Enabled); err != nil {
			return nil, err
		}
		if err := k.grantable(g); err != nil {
			return nil, err
		}
		if g.GrantID, err = s.insertGrant(ctx, tx, k, g); err != nil {
			return nil, err
		}
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

// GrantInput names a grant.
type GrantInput struct {
	Scope
	KeyID, GrantID string
	GrantToken     string // for RetireGrant, in place of both
	DryRun         bool
}

// RevokeGrant ends a grant. It is for those who look after the key.
func (s *Service) RevokeGrant(ctx context.Context, c policy.Caller, in GrantInput) error {
	if !grantIDForm.MatchString(in.GrantID) {
		return fail(InvalidGrantIDException, "Invalid grant ID %s", clip(in.GrantID))
	}
	return s.endGrant(ctx, c, in, request{Scope: in.Scope, action: "RevokeGrant", key: in.KeyID})
}

// RetireGrant ends a grant. It is for its retiring principal, and for the grantee when the grant says so.
func (s *Service) RetireGrant(ctx context.Context, c policy.Caller, in GrantInput) error {
	if in.GrantToken != "" {
		if in.KeyID != "" || in.GrantID != "" {
			return invalid("Name the grant by its token, or by key and id.")
		}
		var ok bool
		if in.KeyID, in.GrantID, ok = s.readGrantToken(in.GrantToken); !ok {
			return fail(InvalidGrantTokenException, "The grant token is not valid.")
		}
	}
	if !grantIDForm.MatchString(in.GrantID) {
		return fail(InvalidGrantIDException, "Invalid grant ID %s", clip(in.GrantID))
	}
	found, err := s.collectGrants(s.db.Query(ctx, selectGrants+" WHERE id = ?", in.GrantID))
	if err != nil {
		return err
	}
	r := request{Scope: in.Scope, action: "RetireGrant", key: in.KeyID, grants: func([]Grant) []policy.KeyGrant {
		var rules []policy.KeyGrant
		for _, g := range found { // only this grant speaks for its end
			rules = append(rules, g.rule())
			if g.RetiringPrincipal != "" {
				rules = append(rules, policy.KeyGrant{Name: g.GrantID, Grantee: g.RetiringPrincipal, Operations: []string{"RetireGrant"}})
			}
		}
		return rules
	}}
	if len(found) == 1 {
		if id, _, err := s.address(in.Region, in.KeyID); err != nil || s.keyARN(in.Region, id) != found[0].KeyARN {
			found = nil // of another key: it must not open this one
		}
	}
	return s.endGrant(ctx, c, in, r)
}

func (s *Service) endGrant(ctx context.Context, c policy.Caller, in GrantInput, r request) error {
	r.detail = map[string]string{"grant": in.GrantID}
	return s.change(ctx, c, r, in.DryRun, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		result, err := tx.Exec(ctx, "DELETE FROM kms_grants WHERE id = ? AND key_id = ?", in.GrantID, k.id)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return nil, fail(NotFoundException, "Grant ID %s not found", in.GrantID)
		}
		_, err = tx.Exec(ctx, "UPDATE kms_keys SET grants = grants - 1 WHERE id = ?", k.id)
		return nil, err
	})
}

// ListGrantsInput asks for the grants of a key.
type ListGrantsInput struct {
	ListOfKeyInput
	GrantID          string // only this one
	GranteePrincipal string // only those of this principal
}

// ListGrants lists a key's grants, by id.
func (s *Service) ListGrants(ctx context.Context, c policy.Caller, in ListGrantsInput) (Page[Grant], error) {
	if in.GrantID != "" && !grantIDForm.MatchString(in.GrantID) {
		return Page[Grant]{}, fail(InvalidGrantIDException, "Invalid grant ID %s", clip(in.GrantID))
	}
	grantee := in.GranteePrincipal
	if accountForm.MatchString(grantee) {
		grantee = rootOf(grantee)
	}
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListGrants", key: in.KeyID})
	if err != nil {
		return Page[Grant]{}, err
	}
	p, err := openPage("ListGrants", in.ListInput, 50, 100, k.id, in.GrantID, grantee)
	if err != nil {
		return Page[Grant]{}, err
	}
	var rows *sql.Rows
	switch {
	case in.GrantID != "":
		rows, err = s.db.Query(ctx, selectGrants+" WHERE id = ? AND key_id = ? AND (grantee = ? OR ? = '')", in.GrantID, k.id, grantee, grantee)
	case grantee != "":
		rows, err = s.db.Query(ctx, selectGrants+" WHERE key_id = ? AND grantee = ? AND id > ? ORDER BY id LIMIT ?", k.id, grantee, p.after, p.limit+1)
	default:
		rows, err = s.db.Query(ctx, selectGrants+" WHERE key_id = ? AND id > ? ORDER BY id LIMIT ?", k.id, p.after, p.limit+1)
	}
	grants, err := s.collectGrants(rows, err)
	if err != nil {
		return Page[Grant]{}, err
	}
	return closePage(p, grants, func(g Grant) string { return g.GrantID }), nil
}

// ListRetirableGrantsInput asks for the grants that a principal can retire.
type ListRetirableGrantsInput struct {
	ListInput
	RetiringPrincipal string
}

// ListRetirableGrants lists the grants of a region whose retiring principal is the named one, by id.
func (s *Service) ListRetirableGrants(ctx context.Context, c policy.Caller, in ListRetirableGrantsInput) (Page[Grant], error) {
	who, err := grantPrincipal(in.RetiringPrincipal, "", "")
	if err == nil && who == "" {
		err = invalid("The retiring principal is missing.")
	}
	if err != nil {
		return Page[Grant]{}, err
	}
	p, err := openPage("ListRetirableGrants", in.ListInput, 50, 100, who)
	if err != nil {
		return Page[Grant]{}, err
	}
	if _, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListRetirableGrants"}); err != nil {
		return Page[Grant]{}, err
	}
	grants, err := s.collectGrants(s.db.Query(ctx, selectGrants+" WHERE region = ? AND retiring = ? AND retiring <> '' AND id > ? ORDER BY id LIMIT ?",
		in.Region, who, p.after, p.limit+1))
	if err != nil {
		return Page[Grant]{}, fmt.Errorf("listing grants: %w", err)
	}
	return closePage(p, grants, func(g Grant) string { return g.GrantID }), nil
}
