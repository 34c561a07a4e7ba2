package kms

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

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
